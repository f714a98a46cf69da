//! Rate limits on the virtual clock, by the generic cell rate algorithm (GCRA): of each caller it stores only the time
//! at which the allowance is full again.

use super::fields::{ConfigError, Fields};
use super::{Call, Id, Live, Response};
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The rate limits of all clouds of a world.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitPlan {
    /// False: no limits, except those of scenarios.
    pub enabled: bool,
    by_cloud: BTreeMap<Id, Limit>,
    /// Limits of applied scenarios: scenario (or step of it), cloud, limit. The last one of a cloud counts.
    overrides: Vec<(Id, Id, Limit)>,
}

/// The rate limit of one cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The number of requests, and the milliseconds that they are counted over; `None` is no limit.
    rate: Option<(u64, i64)>,
    /// How many requests may come at once.
    burst: u64,
    per: LimitScope,
    form: Form,
    /// The message of a refusal.
    message: String,
}

/// What an allowance applies to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitScope {
    Project,
    Token,
    /// Every pair of a caller and an operation.
    Endpoint,
}

/// Who counts the requests, and how a client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A gateway in front of the services. Every answer has `X-Rate-Limit-*` headers; refusals have the gateway's form.
    Gateway,
    /// The service itself, without headers. Refusals have the service's form.
    Service,
    /// The service itself, in fixed windows as long as the rate's unit instead of by GCRA. Every answer has
    /// `X-RateLimit-*` headers; refusals have the service's form.
    Window,
}

/// The state of an allowance at a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance {
    limit: u64,
    left: u64,
    /// Unix time in seconds at which the allowance is full again.
    full_at: i64,
    /// Seconds until the allowance is full again.
    full_in: i64,
    /// Seconds until a request is accepted again, if this one is refused.
    wait: Option<i64>,
}

/// The allowances of all callers, by cloud and key. They are not part of the world value: reading a limit must not make
/// a write.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// The virtual time at which an allowance is full again, in nanoseconds. 64 bits would end in the year 2262, and the
    /// time to fill a large allowance may be longer than that.
    full: DashMap<(Id, Id), i128>,
    /// The virtual time at which a window ends, in seconds, and the number of requests in it.
    windows: DashMap<(Id, Id), (i64, u64)>,
    /// The number of callers that were added since full allowances were last forgotten.
    added: AtomicUsize,
}

/// After so many new callers, those whose allowance is full again are forgotten: it is as if they had never called.
const NEW_CALLERS: usize = 10_000;

/// The largest number of requests in a rate.
const MAX_COUNT: u64 = 1_000_000;

const UNITS: [(&str, i64); 4] = [("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Default for Limit {
    fn default() -> Self {
        let message = "Rate limit exceeded. Back off and retry.".into();
        Limit { rate: None, burst: 1, per: LimitScope::Project, form: Form::Service, message }
    }
}

impl LimitPlan {
    /// A plan without limits.
    pub fn new(enabled: bool) -> Self {
        LimitPlan { enabled, ..LimitPlan::default() }
    }

    /// Checks a plan from a file that may be edited by hand.
    pub(super) fn check(&self) -> Result<(), String> {
        let all = self.by_cloud.values().chain(self.overrides.iter().map(|(_, _, limit)| limit));
        let wrong = |limit: &&Limit| {
            let known =
                |(count, ms): (u64, i64)| (1..=MAX_COUNT).contains(&count) && UNITS.iter().any(|unit| unit.1 == ms);
            limit.burst == 0 || !limit.rate.is_none_or(known)
        };
        let wrong = all.into_iter().find(wrong);
        wrong.map_or(Ok(()), |limit| Err(format!("{:?} with a burst of {} is not a rate", limit.rate, limit.burst)))
    }

    /// The limit that applies to a cloud, if any.
    pub fn of(&self, cloud: &str) -> Option<&Limit> {
        let overriding = self.overrides.iter().rev().find(|(_, name, _)| **name == *cloud).map(|(_, _, limit)| limit);
        let own = || self.by_cloud.get(cloud).filter(|_| self.enabled);
        overriding.or_else(own).filter(|limit| limit.rate.is_some())
    }

    /// Changes the keys of a cloud's limit that `source` has: `{"rate": "50/s", "burst": 100}`. `at` is the place of
    /// `source`, for errors.
    pub fn change(&mut self, cloud: &str, source: &Value, at: &[String]) -> Result<(), ConfigError> {
        let changed = self.by_cloud.get(cloud).cloned().unwrap_or_default().changed(source, at)?;
        self.by_cloud.insert(cloud.into(), changed);
        Ok(())
    }

    /// As [`LimitPlan::change`], until [`LimitPlan::clear_override`], and also if limits are disabled. `tag` is the
    /// scenario, or the step of it.
    pub(super) fn override_for(&mut self, tag: &Id, cloud: &str, source: &Value) -> Result<(), ConfigError> {
        let own = self.by_cloud.get(cloud).cloned().unwrap_or_default();
        self.overrides.push((tag.clone(), cloud.into(), own.changed(source, &[])?));
        Ok(())
    }

    pub(super) fn clear_override(&mut self, tag: &str) {
        self.overrides.retain(|(owner, ..)| **owner != *tag);
    }

    /// As `GET /limits` shows it.
    pub fn show(&self) -> Value {
        let clouds: BTreeMap<_, _> = self.by_cloud.iter().map(|(cloud, limit)| (cloud, limit.show())).collect();
        json!({"enabled": self.enabled, "clouds": clouds})
    }
}

impl Limit {
    fn changed(mut self, source: &Value, at: &[String]) -> Result<Limit, ConfigError> {
        let mut fields = Fields::of(source, at)?;
        if let Some(text) = fields.text("rate")? {
            self.rate = match (text, parse_rate(text)) {
                ("none", _) => None,
                (_, Some(rate)) => Some(rate),
                _ => {
                    return fields
                        .error("rate", format!("{text:?} is not a rate; examples: \"50/s\", \"1000/h\", \"none\""));
                }
            };
            self.burst = self.rate.map_or(1, |(count, _)| count);
        }
        self.burst = fields.count("burst", 1)?.unwrap_or(self.burst);
        let scopes =
            [("project", LimitScope::Project), ("token", LimitScope::Token), ("endpoint", LimitScope::Endpoint)];
        self.per = fields.choice("per", &scopes)?.unwrap_or(self.per);
        let forms = [("gateway", Form::Gateway), ("service", Form::Service), ("window", Form::Window)];
        self.form = fields.choice("form", &forms)?.unwrap_or(self.form);
        self.message = fields.text("message")?.map_or(self.message, str::to_owned);
        fields.end()?;
        Ok(self)
    }

    fn show(&self) -> Value {
        let unit = |ms: i64| UNITS.into_iter().find(|(_, length)| *length == ms).map_or("s", |(name, _)| name);
        let rate = self.rate.map_or("none".into(), |(count, ms)| format!("{count}/{}", unit(ms)));
        json!({"rate": rate, "burst": self.burst, "per": self.per, "form": self.form, "message": self.message})
    }

    /// The key of the allowance that a request uses; `None` for a request without a caller, which is not limited.
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

    /// For a refused request: the form of the refusal, its message, and the value of `Retry-After`.
    pub(super) fn refusal(&self, allowance: Allowance) -> Option<(Form, &str, String)> {
        allowance.wait.map(|seconds| (self.form, self.message.as_str(), seconds.to_string()))
    }
}

/// Adds the rate limit headers, which every answer has.
pub(super) fn add_headers(live: &Live, call: &Call, mut response: Response) -> Response {
    let (world, _) = live.read_published();
    let Some(limit) = world.limits().of(&call.cloud) else { return response };
    let allowance = || call.allowance.unwrap_or_else(|| live.allowance(limit, call, false));
    if limit.form == Form::Window {
        let mut allowance = allowance();
        if response.status == 304 && call.allowance.is_some() {
            // As the marketplace documents, an answer 304 does not count against the limit.
            live.give_back(limit, call);
            allowance.left += 1;
        }
        response.headers.push(("X-RateLimit-Limit", allowance.limit.to_string()));
        response.headers.push(("X-RateLimit-Remaining", allowance.left.to_string()));
        response.headers.push(("X-RateLimit-Reset", allowance.full_in.to_string()));
    }
    if limit.form == Form::Gateway {
        let allowance = allowance();
        response.headers.push(("X-Rate-Limit-Limit", allowance.limit.to_string()));
        response.headers.push(("X-Rate-Limit-Remaining", allowance.left.to_string()));
        response.headers.push(("X-Rate-Limit-Reset", allowance.full_at.to_string()));
    }
    response
}

/// `50/s`, `1000/h`
fn parse_rate(text: &str) -> Option<(u64, i64)> {
    let (count, unit) = text.split_once('/')?;
    let count = count.parse().ok().filter(|count| (1..=MAX_COUNT).contains(count))?;
    UNITS.into_iter().find(|(name, _)| *name == unit).map(|(_, ms)| (count, ms))
}

impl Buckets {
    /// [`Buckets::allowance`] by fixed windows.
    fn window_allowance(&self, limit: &Limit, at: Option<(Id, Id)>, now: DateTime<Utc>, consumes: bool) -> Allowance {
        let (count, ms) = limit.rate.unwrap_or((1, 1));
        let (now, length) = (now.timestamp(), (ms / 1_000).max(1));
        let current = |(end, used): (i64, u64)| {
            if end <= now || end > now + length { (now + length, 0) } else { (end, used) }
        };
        let full_window = (now + length, 0);
        let ((end, used), taken) = match at {
            Some(at) if consumes => {
                self.make_room(i128::from(now) * 1_000_000_000, || self.windows.contains_key(&at));
                let mut window = self.windows.entry(at).or_insert(full_window);
                let (end, used) = current(*window);
                let fits = used < count;
                *window = (end, used + u64::from(fits));
                (*window, fits)
            }
            Some(at) => (self.windows.get(&at).map_or(full_window, |window| current(*window)), true),
            None => (full_window, true),
        };
        let full_in = end - now;
        Allowance {
            limit: count,
            left: count.saturating_sub(used),
            full_at: end,
            full_in,
            wait: (!taken).then_some(full_in),
        }
    }

    /// Puts one request back into its window.
    pub fn give_back(&self, cloud: &Id, key: Option<Id>) {
        let Some(key) = key else { return };
        if let Some(mut window) = self.windows.get_mut(&(cloud.clone(), key)) {
            window.1 = window.1.saturating_sub(1);
        }
    }

    /// The state of an allowance. With `consumes`, one request is taken out of it first, if it fits.
    pub fn allowance(
        &self,
        limit: &Limit,
        cloud: &Id,
        key: Option<Id>,
        now: DateTime<Utc>,
        consumes: bool,
    ) -> Allowance {
        if limit.form == Form::Window {
            return self.window_allowance(limit, key.map(|key| (cloud.clone(), key)), now, consumes);
        }
        let (count, ms) = limit.rate.unwrap_or((1, 1));
        let each = i128::from(ms) * 1_000_000 / i128::from(count);
        let room = each * i128::from(limit.burst);
        let now_ns = i128::from(now.timestamp()) * 1_000_000_000 + i128::from(now.timestamp_subsec_nanos());
        // The clock may have been set back: nobody waits longer than for a full allowance.
        let due = |stored: i128| stored.clamp(now_ns, now_ns + room);
        let (full_at, taken) = match key {
            Some(key) if consumes => {
                let at = (cloud.clone(), key);
                self.make_room(now_ns, || self.full.contains_key(&at));
                let mut stored = self.full.entry(at).or_insert(now_ns);
                let next = due(*stored) + each;
                let fits = next - now_ns <= room;
                *stored = if fits { next } else { due(*stored) };
                (*stored, fits)
            }
            Some(key) => (self.full.get(&(cloud.clone(), key)).map_or(now_ns, |stored| due(*stored)), true),
            None => (now_ns, true),
        };
        let left = u64::try_from((room - (full_at - now_ns)) / each).unwrap_or_default();
        let seconds = |ns: i128| i64::try_from(-(-ns).div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
        Allowance {
            limit: count,
            left: left.min(count - u64::from(consumes)),
            full_at: seconds(full_at),
            full_in: seconds(full_at - now_ns),
            wait: (!taken).then(|| seconds(full_at + each - room - now_ns).max(1)),
        }
    }

    /// Called before a caller is counted. Forgets full allowances after many new callers, so that what is stored does not
    /// grow with every token that was ever used.
    fn make_room(&self, now_ns: i128, is_known: impl FnOnce() -> bool) {
        if is_known() || self.added.fetch_add(1, Ordering::Relaxed) + 1 < NEW_CALLERS {
            return;
        }
        self.added.store(0, Ordering::Relaxed);
        self.full.retain(|_, full| *full > now_ns);
        self.windows.retain(|_, (end, _)| i128::from(*end) * 1_000_000_000 > now_ns);
    }

    pub fn clear(&self) {
        self.full.clear();
        self.windows.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_whose_allowance_is_full_again_are_forgotten() {
        let now = DateTime::UNIX_EPOCH;
        for form in [Form::Gateway, Form::Window] {
            let buckets = Buckets::default();
            let limit = Limit { rate: Some((1, 1_000)), burst: 1, form, ..Limit::default() };
            let call = |number: usize, seconds: i64| {
                let at = now + chrono::TimeDelta::seconds(seconds);
                buckets.allowance(&limit, &"cloud".into(), Some(number.to_string().into()), at, true).wait
            };
            for number in 0..3 * NEW_CALLERS {
                assert_eq!(call(number, number as i64 / 1_000), None);
            }
            let stored = buckets.full.len() + buckets.windows.len();
            assert!(stored <= NEW_CALLERS + 2_000, "{stored}");
            let last = 3 * NEW_CALLERS - 1;
            assert!(call(last, last as i64 / 1_000).is_some(), "who has used up the allowance is not forgotten");
        }
    }
}
