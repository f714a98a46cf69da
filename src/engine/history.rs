//! The recent changes of a world, for undo.
//!
//! Two features use it. `POST /rewind` undoes the last writes of clients. A stale read (`as_of`) gets a copy of the world
//! in which all later changes are undone; rows and queue are shared, so the copy costs what those changes touched.
//!
//! A rewind counts writes of clients: three writes are three requests, whatever else ran in between. So the history is a
//! list of writes. Each has the other changes since the write before it: due transitions and writes of the control API. A
//! rewind undoes them together with the write.
//!
//! The history is bounded by writes and by bytes. Contents count that only the history keeps alive, so a deleted image leaves
//! the disk after a few more writes.

use super::change::Change;
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::Arc;

/// The maximum number of writes.
const LENGTH: usize = 1_000;

/// What the recorded changes may keep alive, in estimated bytes. The last write is recorded whatever it keeps alive.
const BYTES: u64 = 32 << 20;

/// The maximum number of other changes between two writes. Beyond it neighbours are merged, so that an idle world with a
/// running clock does not grow.
const PARTS: usize = 32;

/// The last [`LENGTH`] writes and the changes since.
#[derive(Default)]
pub(super) struct History {
    writes: VecDeque<Past>,
    /// Changes since the last write, oldest first.
    since: Vec<Arc<Change>>,
    /// The estimated bytes of all changes.
    bytes: u64,
}

/// A write, and the changes between the write before it and this one, oldest first.
pub(super) struct Past {
    meanwhile: Vec<Arc<Change>>,
    write: Arc<Change>,
}

impl Past {
    fn bytes(&self) -> u64 {
        self.write.bytes() + bytes_of(&self.meanwhile)
    }
}

fn bytes_of(changes: &[Arc<Change>]) -> u64 {
    changes.iter().map(|change| change.bytes()).sum()
}

impl History {
    /// Adds the write of a client. Returns the oldest writes if they were dropped, so that the caller can free them after
    /// it has released the write lock.
    pub fn wrote(&mut self, write: Arc<Change>) -> Vec<Past> {
        self.bytes += write.bytes();
        self.writes.push_back(Past { meanwhile: std::mem::take(&mut self.since), write });
        self.trimmed(1)
    }

    /// Adds a change that is not the write of a client. Returns what was dropped, as [`History::wrote`] does.
    pub fn happened(&mut self, change: Arc<Change>) -> Vec<Past> {
        self.bytes += change.bytes();
        self.since.push(change);
        if self.since.len() > PARTS {
            self.merge_two();
        }
        self.trimmed(0)
    }

    /// Merges the two neighbours in `since` that are smallest together. A change is so merged a few times only, however many
    /// come.
    fn merge_two(&mut self) {
        let pairs = self.since.windows(2).map(bytes_of).enumerate();
        let Some((first, bytes)) = pairs.min_by_key(|(_, bytes)| *bytes) else { return };
        let second = self.since.remove(first + 1);
        if let Some(merged) = self.since.get_mut(first) {
            Arc::make_mut(merged).followed_by(&second);
            self.bytes = self.bytes - bytes + merged.bytes();
        }
    }

    /// Drops the oldest writes while there are too many or they keep too much alive; `kept` writes at least stay. If the
    /// changes since the last write alone keep too much alive, everything is dropped: nothing before them can be undone
    /// without them.
    fn trimmed(&mut self, kept: usize) -> Vec<Past> {
        let mut dropped = vec![];
        while self.writes.len() > LENGTH || (self.bytes > BYTES && self.writes.len() > kept) {
            let Some(oldest) = self.writes.pop_front() else { break };
            self.bytes -= oldest.bytes();
            dropped.push(oldest);
        }
        if self.bytes > BYTES && self.writes.is_empty() {
            self.clear();
        }
        dropped
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
        self.bytes -= bytes_of(&changes);
        Ok(changes)
    }

    /// The changes after a virtual time, in the order in which to undo them, as far back as the history reaches.
    pub fn after(&self, time: DateTime<Utc>) -> Vec<Arc<Change>> {
        let before =
            self.writes.iter().rev().flat_map(|past| std::iter::once(&past.write).chain(past.meanwhile.iter().rev()));
        self.since.iter().rev().chain(before).take_while(|change| change.at > time).cloned().collect()
    }

    /// Clears the history, because the world was replaced.
    pub fn clear(&mut self) {
        *self = History::default();
    }
}
