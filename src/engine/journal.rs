//! The journal: a ring buffer of the last requests of one world, with their answers.

use super::Id;
use super::masking::Masked;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// The number of requests that are kept.
const LENGTH: usize = 2_000;
/// The number of bytes of a body that are kept.
const BODY_LENGTH: usize = 4_096;

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Numbers the requests of this world from 1; set when the entry is pushed.
    pub number: u64,
    /// Virtual time of the request.
    pub at: DateTime<Utc>,
    /// The time that the answer took, in microseconds of real time.
    pub micros: u64,
    pub cloud: Id,
    pub service: &'static str,
    /// Empty if the request was refused before its operation was known.
    pub operation: &'static str,
    pub method: &'static str,
    /// With the query, without the prefix of the mount.
    pub path: String,
    pub status: u16,
    /// The caller, if it was authenticated.
    pub user: Option<Id>,
    pub project: Option<Id>,
    pub request_id: String,
    /// The address that the client used, up to the path: `http://127.0.0.1:8776`.
    pub base: String,
    /// The first bytes of the body.
    pub request: Bytes,
    /// The first bytes of the body; empty for files and streams.
    pub response: Bytes,
    /// Rows that the request changed: `gozunga/cinder/volumes/ID`.
    pub touched: Vec<String>,
    /// The message of the panic, if the handler panicked.
    pub panic: Option<String>,
    /// Ids of the faults that fired on this request.
    pub injected: Vec<u64>,
    /// Ids of the faults that will hit the transitions which this request scheduled: a build that will fail.
    pub scheduled_faults: Vec<u64>,
    /// True if no operation of the service answers such a request. Counted for `--strict`, not shown.
    pub unmatched: bool,
    /// The fields of bodies that this service keeps secret; see [`Dialect::secrets`](super::Dialect::secrets).
    pub secrets: &'static [&'static str],
}

/// The part of a request body that the journal keeps. It is copied, so that it does not keep the whole read buffer
/// alive.
pub(super) fn truncated(body: &Bytes) -> Bytes {
    if body.is_empty() { Bytes::new() } else { Bytes::copy_from_slice(&body[..body.len().min(BODY_LENGTH)]) }
}

/// The part of a response body that the journal keeps. Its buffer has nothing else in it, so it is shared.
pub(super) fn shared(body: &Bytes) -> Bytes {
    if body.len() <= BODY_LENGTH { body.clone() } else { truncated(body) }
}

/// The last requests of a world.
#[derive(Debug, Default)]
pub struct Journal {
    /// The number of the last request, and the kept entries, oldest first.
    ring: Mutex<(u64, VecDeque<Entry>)>,
    pushed: Notify,
}

/// A subscription to the entries that match a filter, for `GET /journal/stream`.
#[derive(Clone)]
pub struct Follow {
    journal: Arc<Journal>,
    /// The number of the last entry that was looked at.
    since: u64,
    filter: Arc<dyn Fn(&Entry) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("since", &self.since).finish_non_exhaustive()
    }
}

impl Follow {
    /// Waits for matching entries and returns at least one. Entries that left the ring buffer meanwhile are missed.
    pub async fn next(&mut self) -> Vec<Entry> {
        let journal = self.journal.clone();
        loop {
            let mut pushed = std::pin::pin!(journal.pushed.notified());
            pushed.as_mut().enable();
            let since = self.since;
            let new = journal.entries(|entry| entry.number > since);
            self.since = new.last().map_or(since, |entry| entry.number);
            let new: Vec<_> = new.into_iter().filter(|entry| (self.filter)(entry)).collect();
            if !new.is_empty() {
                return new;
            }
            pushed.await;
        }
    }
}

impl Journal {
    pub(super) fn push(&self, mut entry: Entry) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.0 += 1;
        entry.number = ring.0;
        if ring.1.len() == LENGTH {
            ring.1.pop_front();
        }
        ring.1.push_back(entry);
        drop(ring);
        self.pushed.notify_waiters();
    }

    /// The kept entries that match the filter, oldest first.
    pub fn entries(&self, filter: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.1.iter().filter(|entry| filter(entry)).cloned().collect()
    }

    /// Subscribes to the entries after the one of this number.
    pub fn follow(self: &Arc<Self>, since: u64, filter: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Follow {
        Follow { journal: self.clone(), since, filter: Arc::new(filter) }
    }

    /// The number of requests so far, whether kept or not.
    pub fn count(&self) -> u64 {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Removes all entries. The numbering continues.
    pub fn clear(&self) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.1.clear();
    }
}

impl Entry {
    /// As `GET /journal` shows it, with secrets masked.
    pub fn show(&self) -> Value {
        let masked = Masked::of(&self.request, &self.response, self.secrets, self.status);
        json!({
            "number": self.number,
            "at": self.at,
            "microseconds": self.micros,
            "cloud": self.cloud,
            "service": self.service,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "user": self.user,
            "project": self.project,
            "request_id": self.request_id,
            "request": masked.request,
            "response": masked.response,
            "touched": self.touched,
            "panic": self.panic,
            "injected": self.injected,
            "scheduled_faults": self.scheduled_faults,
        })
    }
}
