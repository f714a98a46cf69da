//! One ordered failure: what it hits, when, and how.

use super::FaultTarget;
use crate::engine::fields::{ConfigError, Fields};
use crate::engine::{Glob, Id, Names, Range, milliseconds};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// As it was written down.
    pub given: Value,
    /// Operations or transitions.
    pub on: Glob,
    pub cloud: Option<Id>,
    pub service: Option<Id>,
    /// Id or name.
    pub project: Option<Id>,
    /// Id or name.
    pub user: Option<Id>,
    /// Id or name of what a request or a transition is about.
    pub resource: Option<Id>,
    /// A request header with a glob of its value.
    pub header: Option<(String, Glob)>,
    pub when: Trigger,
    pub effect: Effect,
}

/// Which of the occasions that a fault fits it takes; all that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Only the first n.
    pub first: Option<u64>,
    /// Not the first n.
    pub after: Option<u64>,
    /// Every nth.
    pub every: Option<u64>,
    pub probability: Option<f64>,
    /// From and to in milliseconds of virtual time since the fault was ordered.
    pub window: Option<(i64, i64)>,
    /// n times in all.
    pub times: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// A transition fails as the real one does, with this reason.
    Fails(String),
    /// A transition never ends.
    Stuck,
    /// A transition takes this many times as long.
    Slower(f64),
    /// An answer in place of the service's own.
    Answer(Refusal),
    /// A read sees what was there this many milliseconds of virtual time ago.
    Stale(i64),
    /// The service does not answer: its connections are closed, or the proxy before it says 503.
    Outage(Outage),
    /// The answer comes this much later in real time.
    Delay(Range),
    Broken(Break),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    pub status: u16,
    /// In place of the service's own words.
    pub message: Option<String>,
    /// In place of the service's own form.
    pub body: Option<Value>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outage {
    Closed,
    Unavailable,
}

/// How a connection or an answer breaks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Break {
    /// The connection closes before the request is looked at.
    ResetBefore,
    /// The connection closes in the middle of the answer; the request was done.
    ResetDuring,
    /// The connection closes without a byte of the answer; the request was done.
    ResetAfter,
    /// The answer is whole for HTTP, but its body ends in the middle.
    Truncate,
    /// The second half of the answer comes this many milliseconds late, or never.
    Stall(Option<u64>),
    /// Bytes without sense in place of the body.
    Garbage,
}

/// Effects of one kind exclude each other; those of different kinds come together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::engine) enum EffectKind {
    Ending,
    Pace,
    Answer,
    Reading,
    Connection,
    Delay,
}

impl Effect {
    pub(in crate::engine) fn kind(&self) -> EffectKind {
        match self {
            Effect::Fails(_) | Effect::Stuck => EffectKind::Ending,
            Effect::Slower(_) => EffectKind::Pace,
            Effect::Answer(_) => EffectKind::Answer,
            Effect::Stale(_) => EffectKind::Reading,
            Effect::Delay(_) => EffectKind::Delay,
            Effect::Outage(_) | Effect::Broken(_) => EffectKind::Connection,
        }
    }

    fn hits_transitions(&self) -> bool {
        matches!(self.kind(), EffectKind::Ending | EffectKind::Pace)
    }
}

impl Fault {
    /// A fault of every target of this name.
    pub fn new(on: &str, effect: Effect) -> Self {
        let given = match &effect {
            Effect::Fails(reason) => json!({"on": on, "fails": reason}),
            Effect::Stuck => json!({"on": on, "stuck": true}),
            Effect::Slower(times) => json!({"on": on, "slower": times}),
            Effect::Answer(refusal) => json!({"on": on, "status": refusal.status}),
            other => json!({"on": on, "effect": format!("{other:?}")}),
        };
        Fault {
            given,
            on: Glob::new(on),
            cloud: None,
            service: None,
            project: None,
            user: None,
            resource: None,
            header: None,
            when: Trigger::default(),
            effect,
        }
    }

    /// A fault as it is written down: `{"on": "nova.server.build", "every": 3, "fails": "No valid host was found."}`.
    pub fn read(given: &Value, at: &[String], names: &Names) -> Result<Fault, ConfigError> {
        let mut fields = Fields::of(given, at)?;
        let mut one_of = |key: &'static str, known: &[String]| -> Result<Option<Id>, ConfigError> {
            let Some(name) = fields.text(key)? else { return Ok(None) };
            if known.iter().any(|known| known == name) {
                return Ok(Some(name.into()));
            }
            Err(ConfigError::unknown(&fields.at(key), key, name, known.iter().map(String::as_str)))
        };
        let cloud = one_of("cloud", &names.clouds)?;
        let service = one_of("service", &names.services)?;
        let project = fields.text("project")?.map(Id::from);
        let user = fields.text("user")?.map(Id::from);
        let resource = fields.text("resource")?.map(Id::from);
        let header = read_header(&mut fields)?;
        let when = Trigger::read(&mut fields)?;
        let effect = Effect::read(&mut fields)?;
        let on = fields.text("on")?.unwrap_or("*");
        let on = read_on(on, &effect, &fields, names)?;
        fields.end()?;
        Ok(Fault { given: given.clone(), on, cloud, service, project, user, resource, header, when, effect })
    }

    pub(super) fn fits(&self, target: &FaultTarget) -> bool {
        let is = |wanted: &Option<Id>, found: &[&str]| match wanted {
            None => true,
            Some(wanted) => found.contains(&&**wanted),
        };
        let header = |(name, glob): &(String, Glob)| {
            target.headers.iter().any(|(key, value)| key.eq_ignore_ascii_case(name) && glob.matches(value))
        };
        is(&self.cloud, &[target.cloud])
            && is(&self.service, &[target.service])
            && target.names.iter().any(|name| self.on.matches(name))
            && is(&self.project, &target.project)
            && is(&self.user, &target.user)
            && is(&self.resource, &target.resources)
            && self.header.as_ref().is_none_or(header)
    }

    /// True if it can only be told with the names of projects, users and resources at hand.
    pub(super) fn selects_by_name(&self) -> bool {
        self.project.is_some() || self.user.is_some() || self.resource.is_some()
    }
}

/// `"X-Trace: demo-*"`
fn read_header(fields: &mut Fields) -> Result<Option<(String, Glob)>, ConfigError> {
    let Some(text) = fields.text("header")? else { return Ok(None) };
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => Ok(Some((name.trim().into(), Glob::new(value.trim())))),
        _ => fields.error("header", "write a header as \"Name: value\"; the value may have wildcards"),
    }
}

/// The names that an effect can hit: transitions, or operations.
fn read_on(on: &str, effect: &Effect, fields: &Fields, names: &Names) -> Result<Glob, ConfigError> {
    let glob = Glob::new(on);
    let (what, right, wrong) = match effect.hits_transitions() {
        true => ("transition", &names.transitions, &names.operations),
        false => ("operation", &names.operations, &names.transitions),
    };
    if Names::any(right, &glob) {
        return Ok(glob);
    }
    let at = fields.at("on");
    if Names::any(wrong, &glob) {
        let near = crate::engine::names::nearest(on, right.iter().map(String::as_str)).unwrap_or_default();
        let message = format!("{on:?} is no {what}, but this effect needs one; the nearest is {near:?}");
        return Err(ConfigError::new(&at, message));
    }
    Err(ConfigError::unknown(&at, what, on, right.iter().map(String::as_str)))
}

impl Trigger {
    fn read(fields: &mut Fields) -> Result<Trigger, ConfigError> {
        let window = match fields.text("window")? {
            None => None,
            Some(text) => {
                let bounds =
                    text.split_once("..").and_then(|(from, to)| Some((milliseconds(from)?, milliseconds(to)?)));
                match bounds.filter(|(from, to)| from < to) {
                    Some(bounds) => Some(bounds),
                    None => return fields.error("window", format!("{text:?} is no window; write \"10m..20m\"")),
                }
            }
        };
        Ok(Trigger {
            first: fields.count("first", 1)?,
            after: fields.count("after", 1)?,
            every: fields.count("every", 1)?,
            probability: fields.number("probability", 0.0..=1.0)?,
            window,
            times: fields.count("times", 1)?,
        })
    }

    /// Whether the target of this number (from 1) is taken.
    pub(super) fn takes(&self, seen: u64, fired: u64, age_ms: i64, rng: &mut ChaCha8Rng) -> bool {
        let past = seen.saturating_sub(self.after.unwrap_or(0));
        past > 0
            && self.first.is_none_or(|first| past <= first)
            && self.every.is_none_or(|every| past.is_multiple_of(every))
            && self.times.is_none_or(|times| fired < times)
            && self.window.is_none_or(|(from, to)| (from..to).contains(&age_ms))
            && self.probability.is_none_or(|probability| rng.random::<f64>() < probability)
    }
}

/// The keys that say how a fault shows, of which each has one.
const HOW: [&str; 10] =
    ["fails", "stuck", "slower", "status", "outage", "delay", "reset", "truncate", "stall", "garbage"];

impl Effect {
    fn read(fields: &mut Fields) -> Result<Effect, ConfigError> {
        let mut said: Vec<&str> = HOW.into_iter().filter(|key| fields.has(key)).collect();
        said.extend(fields.has("stale").then_some("stale"));
        let [how] = said[..] else {
            let message = format!("say how it fails, with one of {}, stale; for two, write two faults", HOW.join(", "));
            return Err(ConfigError::new(fields.place(), message));
        };
        let effect = match how {
            "fails" => Effect::Fails(fields.text("fails")?.unwrap_or_default().into()),
            "stuck" => only_true(fields, "stuck", Effect::Stuck)?,
            "slower" => Effect::Slower(fields.number("slower", 1.0..=1e6)?.unwrap_or(1.0)),
            "status" => return Refusal::read(fields).map(Effect::Answer),
            "outage" => {
                let how = [("closed", Outage::Closed), ("503", Outage::Unavailable)];
                Effect::Outage(fields.choice("outage", &how)?.unwrap_or(Outage::Closed))
            }
            "delay" => Effect::Delay(fields.range("delay")?.unwrap_or(Range { low_ms: 0, high_ms: 0 })),
            "reset" => {
                let when =
                    [("before", Break::ResetBefore), ("during", Break::ResetDuring), ("after", Break::ResetAfter)];
                Effect::Broken(fields.choice("reset", &when)?.unwrap_or(Break::ResetBefore))
            }
            "truncate" => only_true(fields, "truncate", Effect::Broken(Break::Truncate))?,
            "stall" if fields.value("stall") == Some(&Value::Bool(true)) => Effect::Broken(Break::Stall(None)),
            "stall" => Effect::Broken(Break::Stall(fields.time("stall")?.map(i64::unsigned_abs))),
            "garbage" => only_true(fields, "garbage", Effect::Broken(Break::Garbage))?,
            _ => Effect::Stale(fields.time("stale")?.unwrap_or(0)),
        };
        Ok(effect)
    }
}

fn only_true(fields: &mut Fields, key: &'static str, effect: Effect) -> Result<Effect, ConfigError> {
    match fields.flag(key)? {
        Some(true) => Ok(effect),
        _ => fields.error(key, "this can only be true: leave it out otherwise"),
    }
}

impl Refusal {
    fn read(fields: &mut Fields) -> Result<Refusal, ConfigError> {
        let status = fields.count("status", 0)?.and_then(|status| u16::try_from(status).ok());
        let Some(status) = status.filter(|status| (200..600).contains(status)) else {
            return fields.error("status", "this must be an HTTP status from 200 to 599");
        };
        Ok(Refusal {
            status,
            message: fields.text("message")?.map(str::to_owned),
            body: fields.value("body").cloned(),
            retry_after: fields.count("retry_after", 0)?,
        })
    }
}

impl Fault {
    /// As it was written down, for `GET /faults`.
    pub fn show(&self) -> Map<String, Value> {
        self.given.as_object().cloned().unwrap_or_default()
    }
}
