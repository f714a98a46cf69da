//! The last worlds before this one: what a rewind goes back to. They share what did not change.

use super::World;
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many writes can be taken back.
const LENGTH: usize = 1_000;

/// The world before a write, and the virtual time of that write.
type Past = (Arc<World>, DateTime<Utc>);

#[derive(Default)]
pub(super) struct History {
    writes: Mutex<VecDeque<Past>>,
}

impl History {
    /// Keeps the world as it was before a write at this time; what it pushes out is given back, so that it
    /// can be freed while others write.
    pub fn push(&self, before: Arc<World>, at: DateTime<Utc>) -> Option<Past> {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = if writes.len() == LENGTH { writes.pop_front() } else { None };
        writes.push_back((before, at));
        oldest
    }

    /// Takes the last writes back: the world before the first of them, and the time of it. Where so many are
    /// not kept: how many are.
    pub fn back(&self, count: u64) -> Result<Past, usize> {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = writes.len();
        let first = usize::try_from(count).ok().and_then(|count| kept.checked_sub(count)).ok_or(kept)?;
        let past = writes.get(first).cloned().ok_or(kept)?;
        writes.truncate(first);
        Ok(past)
    }

    /// The last world from which a time can be reached: nothing if that is the world of now.
    pub fn at(&self, time: DateTime<Utc>) -> Option<Arc<World>> {
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        let next = writes.partition_point(|(_, at)| *at <= time);
        writes.get(next).map(|(before, _)| before.clone())
    }

    pub fn clear(&self) {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
