//! What is going to happen: transitions, their delays, and the chance to arrange them.

use super::faults::{EffectKind, Outcome};
use super::timing::{Range, delta};
use super::{Id, world::Common};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Builder;

/// Something that happens to one resource some time after it was asked for. Both functions look at
/// the resource's current state again: what was deleted or reset meanwhile is left alone.
pub struct Transition<C> {
    pub name: &'static str,
    pub happens: fn(&mut C, &mut Context, &Id),
    /// What happens instead when a fault says so, with the fault's reason.
    pub fails: fn(&mut C, &mut Context, &Id, &str),
}

impl<C> Transition<C> {
    /// Lets it happen, or fail where a reason is given.
    pub fn run(&self, cloud: &mut C, ctx: &mut Context, subject: &Id, fails: Option<&str>) {
        match fails {
            None => (self.happens)(cloud, ctx, subject),
            Some(reason) => (self.fails)(cloud, ctx, subject, reason),
        }
    }
}

pub const fn transition<C>(
    name: &'static str,
    happens: fn(&mut C, &mut Context, &Id),
    fails: fn(&mut C, &mut Context, &Id, &str),
) -> Transition<C> {
    Transition { name, happens, fails }
}

/// See `Context::arrange_within`; in virtual time.
const TICK: TimeDelta = TimeDelta::milliseconds(5);

/// When something is due; the number keeps what is due at one time in order.
pub(super) type Moment = (DateTime<Utc>, u64);

/// A transition in the queue of a world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Due {
    pub cloud: Id,
    /// Of a world that was read from a file it is the file's.
    pub transition: Cow<'static, str>,
    pub subject: Id,
    pub outcome: Outcome,
    pub origin: Arc<Origin>,
}

/// The request that something began with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Origin {
    pub request_id: Id,
    pub user: Option<Id>,
    pub project: Option<Id>,
}

/// The handle through which a handler or a transition reaches time, chance and the future.
pub struct Context<'w> {
    pub(super) cloud: Id,
    pub(super) common: &'w mut Common,
    pub(super) origin: Arc<Origin>,
}

impl Context<'_> {
    /// Virtual time; the same all through one request.
    pub fn now(&self) -> DateTime<Utc> {
        self.common.meta.now
    }

    /// The request that is being handled, or that began what happens now.
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

    /// Random bytes, for keys and tokens.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        self.common.meta.random.random()
    }

    fn random_uuid(&mut self) -> uuid::Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// Arranges for `transition` to happen to `subject`. The timing profile decides when, the fault
    /// plan decides how it ends.
    pub fn later<C>(&mut self, transition: &Transition<C>, subject: &Id) {
        let range = self.common.meta.timing.range(transition.name);
        self.arrange_within(range, transition.name, subject);
    }

    /// As `later`, for what really is over before anybody can see it: it takes time only if some is given
    /// for its name.
    pub fn soon<C>(&mut self, transition: &Transition<C>, subject: &Id) {
        let range = self.common.meta.timing.brief_range(transition.name);
        self.arrange_within(range, transition.name, subject);
    }

    /// True if [`Context::soon`] might not let the transition happen at once: time is given for its name, or faults
    /// may have a say in how it ends. Otherwise a handler that answers with the outcome may let it happen itself.
    pub fn takes_time<C>(&self, transition: &Transition<C>) -> bool {
        self.common.meta.timing.brief_range(transition.name).high_ms > 0
            || self.common.meta.faults.has(&[EffectKind::Ending, EffectKind::Pace])
    }

    fn arrange_within(&mut self, range: Range, transition: &'static str, subject: &Id) {
        if range.low_ms == range.high_ms {
            return self.arrange(transition, subject, delta(range.low_ms));
        }
        let drawn = self.common.meta.random.random_range(range.low_ms..=range.high_ms);
        // What happens in a busy cloud happens at the same moments, so that the world changes seldom and by
        // much: a delay is cut so that it ends at a whole tick, if it is still no shorter than it may be.
        let now = self.common.meta.now;
        let end = now.checked_add_signed(delta(drawn)).and_then(|end| end.duration_trunc(TICK).ok());
        let cut = end.map(|end| end - now).filter(|cut| *cut >= delta(range.low_ms));
        self.arrange(transition, subject, cut.unwrap_or(delta(drawn)));
    }

    /// Arranges for `transition` to happen to `subject` when `delay` of virtual time has passed,
    /// whatever the timing profile says: for what is a promise (an expiry), not an effort.
    pub fn after<C>(&mut self, delay: TimeDelta, transition: &Transition<C>, subject: &Id) {
        self.arrange(transition.name, subject, delay);
    }

    fn arrange(&mut self, transition: &'static str, subject: &Id, delay: TimeDelta) {
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
