//! Subscriptions to the journal, for `GET /journal/stream`.

use super::{Entry, Journal};
use std::sync::Arc;

/// The maximum number of subscriptions to the journal of one world.
pub const MAX_FOLLOWERS: usize = 32;

/// The maximum number of entries that a subscription looks at in one step.
const STEP: usize = 50;

/// A subscription to the entries that match a filter. It costs nothing while nobody asks for the next ones.
#[derive(Clone)]
pub struct Follow {
    pub(super) journal: Arc<Journal>,
    /// The number of the last entry that was looked at.
    pub(super) since: u64,
    pub(super) filter: Arc<dyn Fn(&Entry) -> bool + Send + Sync>,
    pub(super) _place: Arc<()>,
}

/// What a subscription found.
#[derive(Debug, Default)]
pub struct Followed {
    /// How many entries were skipped before these, because they had left the journal. Whether they match is not known.
    pub skipped: u64,
    pub entries: Vec<Arc<Entry>>,
    /// True if there are more entries to look at.
    pub is_behind: bool,
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("since", &self.since).finish_non_exhaustive()
    }
}

impl Follow {
    /// Waits for matching entries, and returns at least one, or how many were skipped.
    pub async fn next(&mut self) -> Followed {
        let journal = self.journal.clone();
        loop {
            let mut pushed = std::pin::pin!(journal.pushed.notified());
            pushed.as_mut().enable();
            let found = self.look();
            if !found.entries.is_empty() || found.skipped > 0 {
                return found;
            }
            if self.since >= journal.count() {
                pushed.await;
            }
        }
    }

    fn look(&mut self) -> Followed {
        let mut entries = self.journal.after(self.since, STEP);
        let Some((first, last)) = entries.first().zip(entries.last()).map(|(first, last)| (first.number, last.number))
        else {
            return Followed::default();
        };
        let (skipped, is_behind) = (first - 1 - self.since, entries.len() == STEP);
        self.since = last;
        entries.retain(|entry| (self.filter)(entry));
        Followed { skipped, entries, is_behind }
    }
}
