//! How many requests a cloud takes, on the virtual clock: the generic cell rate algorithm, which knows of
//! every project only when its allowance is whole again.

use super::fields::{ConfigError, Fields};
use super::{Call, Id, Live, Response};
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The limits of all clouds of a world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitPlan {
    pub enabled: bool,
    by_cloud: BTreeMap<Id, Limit>,
    /// What scenarios order while the world is in them: whose, of which cloud; the last counts.
    overrides: Vec<(Id, Id, Limit)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Requests in a length of time, in milliseconds; none is no limit.
    rate: Option<(u64, i64)>,
    /// How many may come at once.
    burst: u64,
    per: LimitScope,
    form: Form,
    /// What a refusal says.
    message: String,
}

/// Who has an allowance of their own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitScope {
    Project,
    Token,
    /// Every caller at every operation.
    Endpoint,
}

/// Who counts: a gateway before the services, which says so in headers of every answer and refuses in its own
/// form; or the service itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    Gateway,
    Service,
    /// The service counts by the hour or whatever the rate names, starts anew when that is over, and says so
    /// in headers; what it refuses, it words.
    Window,
}

/// What is left of an allowance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    limit: u64,
    left: u64,
    /// Unix time, in seconds, at which the allowance is whole again.
    whole_at: i64,
    /// The same in seconds from now.
    whole_in: i64,
    /// Seconds until the next request is taken, if this one was not.
    wait: Option<i64>,
}

/// What has been taken of allowances.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// When the allowance of each will be whole again, in nanoseconds of virtual time.
    full: DashMap<(Id, Id), i64>,
    /// When the window of each ends, in seconds of virtual time, and how many requests it has seen.
    windows: DashMap<(Id, Id), (i64, u64)>,
}

const UNITS: [(&str, i64); 4] = [("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Default for Limit {
    fn default() -> Self {
        let message = "Rate limit exceeded. Back off and retry.".into();
        Limit { rate: None, burst: 1, per: LimitScope::Project, form: Form::Service, message }
    }
}

impl LimitPlan {
    /// No cloud has a limit yet.
    pub fn new(enabled: bool) -> Self {
        LimitPlan { enabled, ..LimitPlan::default() }
    }

    pub fn of(&self, cloud: &str) -> Option<&Limit> {
        let ordered = self.overrides.iter().rev().find(|(_, name, _)| **name == *cloud).map(|(_, _, limit)| limit);
        let own = || self.by_cloud.get(cloud).filter(|_| self.enabled);
        ordered.or_else(own).filter(|limit| limit.rate.is_some())
    }

    /// Changes what is said of a cloud's limit: `{"rate": "50/s", "burst": 100}`.
    pub fn change(&mut self, cloud: &str, given: &Value, at: &[String]) -> Result<(), ConfigError> {
        let changed = self.by_cloud.get(cloud).cloned().unwrap_or_default().changed(given, at)?;
        self.by_cloud.insert(cloud.into(), changed);
        Ok(())
    }

    /// The same for as long as the world is in a scenario, also where limits are switched off.
    pub(super) fn override_for(&mut self, tag: &Id, cloud: &str, given: &Value) -> Result<(), ConfigError> {
        let own = self.by_cloud.get(cloud).cloned().unwrap_or_default();
        self.overrides.push((tag.clone(), cloud.into(), own.changed(given, &[])?));
        Ok(())
    }

    pub(super) fn clear_override(&mut self, tag: &str) {
        self.overrides.retain(|(whose, ..)| **whose != *tag);
    }

    pub fn show(&self) -> Value {
        let clouds: BTreeMap<_, _> = self.by_cloud.iter().map(|(cloud, limit)| (cloud, limit.show())).collect();
        json!({"enabled": self.enabled, "clouds": clouds})
    }
}

impl Limit {
    fn changed(mut self, given: &Value, at: &[String]) -> Result<Limit, ConfigError> {
        let mut fields = Fields::of(given, at)?;
        if let Some(text) = fields.text("rate")? {
            self.rate = match (text, parse_rate(text)) {
                ("none", _) => None,
                (_, Some(rate)) => Some(rate),
                _ => return fields.error("rate", format!("{text:?} is no rate; write \"50/s\", or \"none\"")),
            };
            self.burst = self.rate.map_or(1, |(count, _)| count);
        }
        self.burst = fields.count("burst", 1)?.unwrap_or(self.burst);
        let whose =
            [("project", LimitScope::Project), ("token", LimitScope::Token), ("endpoint", LimitScope::Endpoint)];
        self.per = fields.choice("per", &whose)?.unwrap_or(self.per);
        let form = [("gateway", Form::Gateway), ("service", Form::Service), ("window", Form::Window)];
        self.form = fields.choice("form", &form)?.unwrap_or(self.form);
        self.message = fields.text("message")?.map_or(self.message, str::to_owned);
        fields.end()?;
        Ok(self)
    }

    fn show(&self) -> Value {
        let unit = |ms: i64| UNITS.into_iter().find(|(_, length)| *length == ms).map_or("s", |(name, _)| name);
        let rate = self.rate.map_or("none".into(), |(count, ms)| format!("{count}/{}", unit(ms)));
        json!({"rate": rate, "burst": self.burst, "per": self.per, "form": self.form, "message": self.message})
    }

    /// LimitScope allowance a request uses; nothing for those that nobody is known to have made.
    pub(super) fn key(&self, call: &Call) -> Option<Id> {
        let token = || call.caller.token.clone();
        match self.per {
            LimitScope::Project => call.caller.project.clone().or_else(token),
            LimitScope::Token => token(),
            LimitScope::Endpoint => {
                let caller = call.caller.user.as_deref().unwrap_or("nobody");
                Some(format!("{} {caller}", call.operation).into())
            }
        }
    }

    /// Nothing, or who refuses the request, in which words, and for how many seconds.
    pub(super) fn refusal(&self, allowance: Allowance) -> Option<(Form, &str, String)> {
        allowance.wait.map(|seconds| (self.form, self.message.as_str(), seconds.to_string()))
    }
}

/// Adds what the gateway says on every answer.
pub(super) fn mark(live: &Live, call: &Call, mut response: Response) -> Response {
    let (world, _) = live.read_published();
    let Some(limit) = world.limits().of(&call.cloud) else { return response };
    let allowance = || call.allowance.unwrap_or_else(|| live.allowance(limit, call, false));
    if limit.form == Form::Window {
        let mut allowance = allowance();
        if response.status == 304 && call.allowance.is_some() {
            // What has not changed costs nothing.
            live.give_back(limit, call);
            allowance.left += 1;
        }
        response.headers.push(("X-RateLimit-Limit", allowance.limit.to_string()));
        response.headers.push(("X-RateLimit-Remaining", allowance.left.to_string()));
        response.headers.push(("X-RateLimit-Reset", allowance.whole_in.to_string()));
    }
    if limit.form == Form::Gateway {
        let allowance = allowance();
        response.headers.push(("X-Rate-Limit-Limit", allowance.limit.to_string()));
        response.headers.push(("X-Rate-Limit-Remaining", allowance.left.to_string()));
        response.headers.push(("X-Rate-Limit-Reset", allowance.whole_at.to_string()));
    }
    response
}

/// `50/s`, `1000/h`
fn parse_rate(text: &str) -> Option<(u64, i64)> {
    let (count, unit) = text.split_once('/')?;
    let count = count.parse().ok().filter(|count| (1..=1_000_000).contains(count))?;
    UNITS.into_iter().find(|(name, _)| *name == unit).map(|(_, ms)| (count, ms))
}

impl Buckets {
    /// As [`Buckets::ask`], where an allowance holds for a length of time and is new after it.
    fn ask_window(&self, limit: &Limit, at: Option<(Id, Id)>, now: DateTime<Utc>, takes: bool) -> Allowance {
        let (count, ms) = limit.rate.unwrap_or((1, 1));
        let (now, length) = (now.timestamp(), (ms / 1_000).max(1));
        let current = |(end, used): (i64, u64)| {
            if end <= now || end > now + length { (now + length, 0) } else { (end, used) }
        };
        let full_window = (now + length, 0);
        let ((end, used), taken) = match at {
            Some(at) if takes => {
                let mut window = self.windows.entry(at).or_insert(full_window);
                let (end, used) = current(*window);
                let fits = used < count;
                *window = (end, used + u64::from(fits));
                (*window, fits)
            }
            Some(at) => (self.windows.get(&at).map_or(full_window, |window| current(*window)), true),
            None => (full_window, true),
        };
        let whole_in = end - now;
        Allowance {
            limit: count,
            left: count.saturating_sub(used),
            whole_at: end,
            whole_in,
            wait: (!taken).then_some(whole_in),
        }
    }

    /// Undoes what one request took of its window.
    pub fn give_back(&self, cloud: &Id, key: Option<Id>) {
        let Some(key) = key else { return };
        if let Some(mut window) = self.windows.get_mut(&(cloud.clone(), key)) {
            window.1 = window.1.saturating_sub(1);
        }
    }

    /// Takes one request out of an allowance (`takes`), or looks at it.
    pub fn ask(&self, limit: &Limit, cloud: &Id, key: Option<Id>, now: DateTime<Utc>, takes: bool) -> Allowance {
        if limit.form == Form::Window {
            return self.ask_window(limit, key.map(|key| (cloud.clone(), key)), now, takes);
        }
        let (count, ms) = limit.rate.unwrap_or((1, 1));
        let each = ms * 1_000_000 / count as i64;
        let room = each * limit.burst as i64;
        let now_ns = now.timestamp_nanos_opt().unwrap_or(i64::MAX / 2);
        // Time may have been set back: nobody waits longer than for a whole allowance.
        let due = |stored: i64| stored.clamp(now_ns, now_ns + room);
        let (full_at, taken) = match key {
            Some(key) if takes => {
                let mut stored = self.full.entry((cloud.clone(), key)).or_insert(now_ns);
                let next = due(*stored) + each;
                let fits = next - now_ns <= room;
                *stored = if fits { next } else { due(*stored) };
                (*stored, fits)
            }
            Some(key) => (self.full.get(&(cloud.clone(), key)).map_or(now_ns, |stored| due(*stored)), true),
            None => (now_ns, true),
        };
        let left = ((room - (full_at - now_ns)) / each).max(0) as u64;
        let seconds = |ns: i64| ns.div_euclid(1_000_000_000) + i64::from(ns.rem_euclid(1_000_000_000) > 0);
        Allowance {
            limit: count,
            left: left.min(count - u64::from(takes)),
            whole_at: seconds(full_at),
            whole_in: seconds(full_at - now_ns),
            wait: (!taken).then(|| seconds(full_at + each - room - now_ns).max(1)),
        }
    }

    pub fn clear(&self) {
        self.full.clear();
        self.windows.clear();
    }
}
