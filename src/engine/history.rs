//! The last changes of a world, kept so that they can be undone.
//!
//! Two things need them. `POST /rewind` takes back the last writes of clients. A request with a time that is past
//! (`as_of`) gets a copy of the world in which everything later is undone; as rows and queue are shared, the copy
//! costs what the undone changes touched.
//!
//! Clients count in writes: "take back three" means three requests, whatever else has happened in between. So the
//! history is a list of writes, and each holds the changes that came before it and were nobody's write: transitions
//! that became due, orders of the control API. A rewind undoes these together with the write.

use super::change::Change;
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many writes are kept.
const LENGTH: usize = 1_000;

/// How many changes that are not writes are kept one by one between two writes. If there are more, the ones so far
/// are merged into one: a world that is left alone with its clock running must not grow.
const PARTS: usize = 32;

/// The last [`LENGTH`] writes, and what happened since.
#[derive(Default)]
pub(super) struct History {
    writes: VecDeque<Past>,
    /// Changes since the last write, oldest first.
    since: Vec<Arc<Change>>,
}

/// A write, and the changes between the write before it and this one, oldest first.
pub(super) struct Past {
    meanwhile: Vec<Arc<Change>>,
    write: Arc<Change>,
}

impl History {
    /// Adds the write of a client. Returns the oldest write if it has no room any more, so that the caller can free
    /// it after it has let go of the world.
    pub fn wrote(&mut self, write: Arc<Change>) -> Option<Past> {
        let oldest = if self.writes.len() == LENGTH { self.writes.pop_front() } else { None };
        self.writes.push_back(Past { meanwhile: std::mem::take(&mut self.since), write });
        oldest
    }

    /// Adds a change that is not the write of a client.
    pub fn happened(&mut self, change: Arc<Change>) {
        if self.since.len() == PARTS {
            let mut parts = std::mem::take(&mut self.since).into_iter();
            if let Some(mut first) = parts.next() {
                parts.for_each(|part| Arc::make_mut(&mut first).followed_by(&part));
                self.since.push(first);
            }
        }
        self.since.push(change);
    }

    /// Removes the last `count` writes and everything after them. Returns the changes to undo, in the order in which
    /// to undo them. The error is the number of writes that there are, if there are fewer than `count` or if `count`
    /// is zero; nothing is removed then.
    pub fn back(&mut self, count: u64) -> Result<Vec<Arc<Change>>, usize> {
        let kept = self.writes.len();
        let first = usize::try_from(count).ok().filter(|count| *count > 0);
        let first = first.and_then(|count| kept.checked_sub(count)).ok_or(kept)?;
        let mut changes: Vec<_> = self.since.drain(..).rev().collect();
        for past in self.writes.drain(first..).rev() {
            changes.extend(std::mem::replace(&mut self.since, past.meanwhile).into_iter().rev());
            changes.push(past.write);
        }
        Ok(changes)
    }

    /// The changes after a virtual time, in the order in which to undo them, as far back as they are kept.
    pub fn after(&self, time: DateTime<Utc>) -> Vec<Arc<Change>> {
        let before =
            self.writes.iter().rev().flat_map(|past| std::iter::once(&past.write).chain(past.meanwhile.iter().rev()));
        self.since.iter().rev().chain(before).take_while(|change| change.at > time).cloned().collect()
    }

    /// Forgets everything: the world has become another one.
    pub fn clear(&mut self) {
        *self = History::default();
    }
}
