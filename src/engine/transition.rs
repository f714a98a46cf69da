//! Transitions: changes of resources that happen some time after a request. Handlers schedule them with [`Context`].

use super::faults::{EffectKind, Outcome};
use super::timing::{Range, delta};
use super::{Id, world::Common};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Builder;

/// A change of one resource that a handler schedules: the end of a build, the expiry of a token. `C` is the state of the
/// cloud. Transitions are constants, so a wrong name does not compile:
///
/// ```ignore
/// const CREATE: Transition<OpenStack> = transition("cinder.volume.create", created, not_created);
///
/// fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
///     // insert the volume with the status `creating`
///     ctx.later(&CREATE, &volume.id);  // `created` runs after the delay that the timing profile draws
/// }
/// ```
///
/// Both functions must read the resource again: it may have been deleted or changed since the transition was scheduled,
/// and then they do nothing. A transition may schedule the next one.
pub struct Transition<C> {
    /// Service, resource and verb: `nova.server.build`. Faults and delays use it.
    pub name: &'static str,
    /// Runs when the transition is due.
    pub happens: fn(&mut C, &mut Context, &Id),
    /// Runs instead if a fault makes the transition fail, with the fault's reason.
    pub fails: fn(&mut C, &mut Context, &Id, &str),
}

impl<C> Transition<C> {
    /// Runs the transition on the resource `subject`; with a reason, lets it fail.
    pub fn run(&self, cloud: &mut C, ctx: &mut Context, subject: &Id, fails: Option<&str>) {
        match fails {
            None => (self.happens)(cloud, ctx, subject),
            Some(reason) => (self.fails)(cloud, ctx, subject, reason),
        }
    }
}

/// Makes a [`Transition`].
pub const fn transition<C>(
    name: &'static str,
    happens: fn(&mut C, &mut Context, &Id),
    fails: fn(&mut C, &mut Context, &Id, &str),
) -> Transition<C> {
    Transition { name, happens, fails }
}

/// The grid of virtual time that delays are rounded down to; see `Context::schedule_within`.
const TICK: TimeDelta = TimeDelta::milliseconds(5);

/// The key of a scheduled transition: the time at which it is due, and its sequence number.
pub(super) type Moment = (DateTime<Utc>, u64);

/// A scheduled transition, or step of a scenario, in the event queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Due {
    /// Empty for a step of a scenario.
    pub cloud: Id,
    /// Owned if the world was loaded from a file.
    pub transition: Cow<'static, str>,
    /// The id of the resource, or the step of a scenario.
    pub subject: Id,
    pub outcome: Outcome,
    pub origin: Arc<Origin>,
}

/// The request that a transition goes back to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Origin {
    pub request_id: Id,
    pub user: Option<Id>,
    pub project: Option<Id>,
}

/// What a handler or a transition has beside the state of its cloud: virtual time, random values, and the event queue.
/// There is no other source of time or chance, so the same requests always have the same results.
pub struct Context<'w> {
    pub(super) cloud: Id,
    pub(super) common: &'w mut Common,
    pub(super) origin: Arc<Origin>,
}

impl Context<'_> {
    /// The virtual time. It does not change during a request or a transition.
    pub fn now(&self) -> DateTime<Utc> {
        self.common.meta.now
    }

    /// When something happens again that happens every `interval`: after that, or after many intervals at once while the
    /// world follows a clock that was moved far. So a clock that is moved by millennia needs a few thousand transitions.
    pub fn recurs_after(&self, interval: TimeDelta) -> TimeDelta {
        /// So many are run one by one.
        const FEW: i64 = 2_000;
        /// Of more, this part is one.
        const PART: i64 = 50;
        let left = (self.common.until - self.common.meta.now).num_milliseconds();
        let intervals = left / interval.num_milliseconds().max(1);
        let many = TimeDelta::try_milliseconds(intervals / PART * interval.num_milliseconds());
        many.filter(|_| intervals > FEW).unwrap_or(interval)
    }

    /// The id of the current request, or of the one that the current transition goes back to.
    pub fn request_id(&self) -> &Id {
        &self.origin.request_id
    }

    /// A random UUID: `c1b6c9a2-…`.
    pub fn uuid(&mut self) -> Id {
        self.random_uuid().hyphenated().to_string().into()
    }

    /// A random UUID without dashes.
    pub fn hex_id(&mut self) -> Id {
        self.random_uuid().simple().to_string().into()
    }

    /// Random bytes that anybody may know. Keys and tokens are [`Context::secret`]s.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        self.common.meta.random.random()
    }

    /// Bytes for a token, a key or a password of `owner`, such as the id of a user. They are drawn apart from ids, so that
    /// a login does not change the ids that come after it.
    pub fn secret<const N: usize>(&mut self, owner: &str) -> [u8; N] {
        self.common.meta.secrets.bytes(owner)
    }

    /// As [`Context::uuid`], for a UUID that lets in whoever knows it.
    pub fn secret_uuid(&mut self, owner: &str) -> Id {
        Builder::from_random_bytes(self.secret(owner)).into_uuid().hyphenated().to_string().into()
    }

    /// Makes all further secrets depend on `known`: a new password, or its hash.
    pub fn mix_into_secrets(&mut self, known: &[u8]) {
        self.common.meta.secrets.mix(known);
    }

    fn random_uuid(&mut self) -> uuid::Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// Schedules a transition of the resource `subject`. The timing plan draws the delay; the fault plan decides how it
    /// ends.
    pub fn later<C>(&mut self, transition: &Transition<C>, subject: &Id) {
        let range = self.common.meta.timing.range(transition.name);
        self.schedule_within(range, transition.name, subject);
    }

    /// As [`Context::later`], for a transition that upstream finishes before a client can see it: it takes no time unless
    /// a delay is set for its name.
    pub fn soon<C>(&mut self, transition: &Transition<C>, subject: &Id) {
        let range = self.common.meta.timing.brief_range(transition.name);
        self.schedule_within(range, transition.name, subject);
    }

    /// False if a transition scheduled with [`Context::soon`] would run at once and succeed. A handler that answers with its
    /// outcome may then run it directly.
    pub fn takes_time<C>(&self, transition: &Transition<C>) -> bool {
        self.common.meta.timing.brief_range(transition.name).high_ms > 0
            || self.common.meta.faults.has(&[EffectKind::Ending, EffectKind::Pace])
    }

    fn schedule_within(&mut self, range: Range, transition: &'static str, subject: &Id) {
        if range.low_ms == range.high_ms {
            return self.schedule(transition, subject, delta(range.low_ms));
        }
        let drawn = self.common.meta.random.random_range(range.low_ms..=range.high_ms);
        // Transitions of a busy cloud are due at the same times, so that they run in few, large changes: the delay is
        // shortened to end on the grid, unless that makes it shorter than the range allows.
        let now = self.common.meta.now;
        let end = now.checked_add_signed(delta(drawn)).and_then(|end| end.duration_trunc(TICK).ok());
        let cut = end.map(|end| end - now).filter(|cut| *cut >= delta(range.low_ms));
        self.schedule(transition, subject, cut.unwrap_or(delta(drawn)));
    }

    /// Schedules a transition after a fixed delay of virtual time, whatever the timing plan says: for delays that the API
    /// promises, such as an expiry.
    pub fn after<C>(&mut self, delay: TimeDelta, transition: &Transition<C>, subject: &Id) {
        self.schedule(transition.name, subject, delay);
    }

    fn schedule(&mut self, transition: &'static str, subject: &Id, delay: TimeDelta) {
        let at = self.common.meta.now.checked_add_signed(delay).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let due = Due {
            cloud: self.cloud.clone(),
            transition: transition.into(),
            subject: subject.clone(),
            outcome: Outcome::Succeeds,
            origin: self.origin.clone(),
        };
        self.common.meta.sequence += 1;
        let key = (at, self.common.meta.sequence);
        if self.common.meta.faults.has(&[EffectKind::Ending, EffectKind::Pace]) {
            self.common.unscheduled.push((key, delay.num_milliseconds()));
        }
        self.common.queue.insert(key, Arc::new(due));
    }
}
