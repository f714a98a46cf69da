//! One fault: what it matches, when it fires, and what it does.
//!
//! Faults are written as TOML in scenarios and as JSON in `POST /faults`, with the same keys.

use super::FaultTarget;
use crate::engine::fields::{ConfigError, Fields};
use crate::engine::{Glob, Id, Names, Range, milliseconds};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A failure to inject into a world. It matches requests or transitions (all conditions that are set must hold), its
/// trigger picks some of those, and its effect says how they fail.
///
/// ```toml
/// on = "nova.server.build"                     # which transitions or operations
/// project = "demo"                             # whose
/// every = 3                                    # when: the third, the sixth, …
/// fails = "No valid host was found."           # how
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The fault as it was written, for `GET /faults`.
    #[serde(rename = "given")]
    pub source: Value,
    /// Names of operations, or of transitions where the effect is one of transitions.
    pub on: Glob,
    pub cloud: Option<Id>,
    pub service: Option<Id>,
    /// Id or name.
    pub project: Option<Id>,
    /// Id or name.
    pub user: Option<Id>,
    /// Id or name of the resource of the request or transition.
    pub resource: Option<Id>,
    /// The name of a request header, and a glob for its value.
    pub header: Option<(String, Glob)>,
    pub when: Trigger,
    pub effect: Effect,
}

/// Which of the matching targets a fault fires on. All conditions that are set must hold; without any, it fires on
/// all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Only the first n, counted after `after`.
    pub first: Option<u64>,
    /// Not the first n.
    pub after: Option<u64>,
    /// Every nth, counted after `after`.
    pub every: Option<u64>,
    /// From 0 to 1, drawn from the fault plan's generator.
    pub probability: Option<f64>,
    /// From (inclusive) and to (exclusive), in milliseconds of virtual time since the fault was added.
    pub window: Option<(i64, i64)>,
    /// At most n times in all.
    pub times: Option<u64>,
}

/// What a fault does to what it fires on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// The transition fails as the real one would, with this reason.
    Fails(String),
    /// The transition never ends.
    Stuck,
    /// The transition takes this many times as long.
    Slower(f64),
    /// This answer replaces the service's own.
    Answer(Refusal),
    /// A read sees the world of this many milliseconds of virtual time ago.
    Stale(i64),
    /// The service is down.
    Outage(Outage),
    /// The answer is delayed by this much real time.
    Delay(Range),
    /// The connection or the answer breaks.
    Broken(Break),
}

/// An error answer that a fault makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    pub status: u16,
    /// Replaces the message of the service; the form of the error stays the service's own.
    pub message: Option<String>,
    /// Replaces the whole body.
    pub body: Option<Value>,
    /// The value of the header `Retry-After` in seconds.
    pub retry_after: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outage {
    /// Connections are closed without an answer.
    Closed,
    /// The proxy in front of the service answers 503.
    Unavailable,
}

/// How a connection or an answer breaks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Break {
    /// The connection closes before the request is processed.
    ResetBefore,
    /// The connection closes in the middle of the answer; the request was processed.
    ResetDuring,
    /// The connection closes without a byte of the answer; the request was processed.
    ResetAfter,
    /// The answer is complete for HTTP, but its body is cut in half.
    Truncate,
    /// The second half of the answer is this many milliseconds of real time late, or never comes.
    Stall(Option<u64>),
    /// Random bytes replace the body.
    Garbage,
}

/// On one target, at most one effect of each kind applies; effects of different kinds combine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::engine) enum EffectKind {
    /// How a transition ends.
    Ending,
    /// How long a transition takes.
    Pace,
    /// What the answer is.
    Answer,
    /// Which version of the world a read sees.
    Reading,
    /// What becomes of the connection.
    Connection,
    /// How late the answer is.
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
    /// A fault that fires on every operation or transition whose name matches the glob `on`.
    pub fn new(on: &str, effect: Effect) -> Self {
        let source = match &effect {
            Effect::Fails(reason) => json!({"on": on, "fails": reason}),
            Effect::Stuck => json!({"on": on, "stuck": true}),
            Effect::Slower(times) => json!({"on": on, "slower": times}),
            Effect::Answer(refusal) => json!({"on": on, "status": refusal.status}),
            other => json!({"on": on, "effect": format!("{other:?}")}),
        };
        Fault {
            source,
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

    /// Reads a fault: `{"on": "nova.server.build", "every": 3, "fails": "No valid host was found."}`. `at` is its place
    /// in the file, for errors. Unknown keys and names are errors.
    pub fn read(source: &Value, at: &[String], names: &Names) -> Result<Fault, ConfigError> {
        let mut fields = Fields::of(source, at)?;
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
        Ok(Fault { source: source.clone(), on, cloud, service, project, user, resource, header, when, effect })
    }

    /// True if all conditions hold, whatever the trigger says.
    pub(super) fn matches(&self, target: &FaultTarget) -> bool {
        let is = |expected: &Option<Id>, actual: &[&str]| match expected {
            None => true,
            Some(expected) => actual.contains(&&**expected),
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

    /// True if the names of the target's project, user and resource are needed to match it.
    pub(super) fn selects_by_name(&self) -> bool {
        self.project.is_some() || self.user.is_some() || self.resource.is_some()
    }
}

/// `"X-Trace: demo-*"`
fn read_header(fields: &mut Fields) -> Result<Option<(String, Glob)>, ConfigError> {
    let Some(text) = fields.text("header")? else { return Ok(None) };
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => Ok(Some((name.trim().into(), Glob::new(value.trim())))),
        _ => fields.error("header", "expected \"Name: value\"; the value may have wildcards"),
    }
}

/// Effects of transitions need the name of a transition, all others that of an operation.
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
        let message = format!("{on:?} is not a {what}, but this effect needs one; did you mean {near:?}?");
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
                    None => return fields.error("window", format!("{text:?} is not a window; example: \"10m..20m\"")),
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

    /// True if the fault fires on its match of this number (from 1), `fired` times having passed.
    pub(super) fn fires(&self, seen: u64, fired: u64, age_ms: i64, rng: &mut ChaCha8Rng) -> bool {
        let past = seen.saturating_sub(self.after.unwrap_or(0));
        past > 0
            && self.first.is_none_or(|first| past <= first)
            && self.every.is_none_or(|every| past.is_multiple_of(every))
            && self.times.is_none_or(|times| fired < times)
            && self.window.is_none_or(|(from, to)| (from..to).contains(&age_ms))
            && self.probability.is_none_or(|probability| rng.random::<f64>() < probability)
    }
}

/// The keys of effects. A fault has exactly one of them.
const EFFECT_KEYS: [&str; 11] =
    ["fails", "stuck", "slower", "status", "outage", "delay", "reset", "truncate", "stall", "garbage", "stale"];

impl Effect {
    fn read(fields: &mut Fields) -> Result<Effect, ConfigError> {
        let keys: Vec<&str> = EFFECT_KEYS.into_iter().filter(|key| fields.has(key)).collect();
        let [key] = keys[..] else {
            let message =
                format!("expected exactly one effect of {}; two effects need two faults", EFFECT_KEYS.join(", "));
            return Err(ConfigError::new(fields.place(), message));
        };
        let effect = match key {
            "fails" => Effect::Fails(fields.text("fails")?.unwrap_or_default().into()),
            "stuck" => only_true(fields, "stuck", Effect::Stuck)?,
            "slower" => Effect::Slower(fields.number("slower", 1.0..=1e6)?.unwrap_or(1.0)),
            "status" => return Refusal::read(fields).map(Effect::Answer),
            "outage" => {
                let kinds = [("closed", Outage::Closed), ("503", Outage::Unavailable)];
                Effect::Outage(fields.choice("outage", &kinds)?.unwrap_or(Outage::Closed))
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
        _ => fields.error(key, "this can only be true; leave the key out otherwise"),
    }
}

impl Refusal {
    fn read(fields: &mut Fields) -> Result<Refusal, ConfigError> {
        let status = fields.count("status", 0)?.and_then(|status| u16::try_from(status).ok());
        let Some(status) = status.filter(|status| (200..600).contains(status)) else {
            return fields.error("status", "expected an HTTP status from 200 to 599");
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
    /// The fault as it was written, for `GET /faults`.
    pub fn show(&self) -> Map<String, Value> {
        self.source.as_object().cloned().unwrap_or_default()
    }
}
