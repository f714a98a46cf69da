//! The last changes of a world: what a rewind takes back, and what a look into the past leaves out.

use super::change::Change;
use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many writes can be taken back.
const LENGTH: usize = 1_000;

/// How much of what nobody's write did is kept apart; beyond it, it is kept as one.
const PARTS: usize = 32;

#[derive(Default)]
pub(super) struct History {
    writes: VecDeque<Past>,
    /// What happened or was ordered since the last write.
    since: Vec<Arc<Change>>,
}

/// A write of a client, and what happened or was ordered between the one before it and this one.
pub(super) struct Past {
    meanwhile: Vec<Arc<Change>>,
    write: Arc<Change>,
}

impl History {
    /// Notes a write of a client; what it pushes out is given back, so that it can be freed while others write.
    pub fn wrote(&mut self, write: Arc<Change>) -> Option<Past> {
        let oldest = if self.writes.len() == LENGTH { self.writes.pop_front() } else { None };
        self.writes.push_back(Past { meanwhile: std::mem::take(&mut self.since), write });
        oldest
    }

    /// Notes what happened by itself, or was ordered.
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

    /// Forgets the last writes: what is to be taken back for that, the last first. Where so many are not kept:
    /// how many are.
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

    /// What was done after a time that is past, the last first; as far as it is kept.
    pub fn after(&self, time: DateTime<Utc>) -> Vec<Arc<Change>> {
        let before =
            self.writes.iter().rev().flat_map(|past| std::iter::once(&past.write).chain(past.meanwhile.iter().rev()));
        self.since.iter().rev().chain(before).take_while(|change| change.at > time).cloned().collect()
    }

    pub fn clear(&mut self) {
        *self = History::default();
    }
}
