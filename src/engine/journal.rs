//! The journal: a ring buffer of the last requests of one world, with their answers.

mod follow;

use super::Id;
use super::masking::Masked;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::any::Any;
use std::collections::VecDeque;
use std::mem::size_of;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Notify;

pub use follow::{Follow, Followed, MAX_FOLLOWERS};

/// The number of requests that are kept.
const LENGTH: usize = 2_000;
/// What the kept requests take up at most, in bytes.
const BYTES: usize = 8 << 20;
/// The number of bytes of a body that are kept.
const BODY_LENGTH: usize = 4_096;
/// The number of bytes of a path with its query, of an address, and of the message of a panic that are kept.
const TEXT_LENGTH: usize = 2_048;
/// How many rows are listed that one request changed.
const ROWS: usize = 200;

/// One request and its answer.
#[derive(Clone, Debug, Default)]
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
    pub touched: Touched,
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
    /// What was too long to be kept whole: `path`, `host`, `request`, `response`, `panic`.
    pub cut: Vec<&'static str>,
    /// [`Entry::text`], once somebody has asked for it.
    pub(crate) text: OnceLock<String>,
}

/// The names of the rows that a change touched, at most 200 of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {
    /// `cloud/service/resource/id`
    pub rows: Vec<String>,
    /// The number of further rows.
    pub more: usize,
}

impl Touched {
    /// Adds a row. `name` is called if it is listed.
    pub(super) fn add(&mut self, name: impl FnOnce() -> String) {
        if self.rows.len() < ROWS { self.rows.push(name()) } else { self.more += 1 }
    }
}

/// Cuts a text to at most `length` bytes. True if it was longer.
pub(super) fn cut(text: &mut String, length: usize) -> bool {
    let is_longer = text.len() > length;
    if is_longer {
        let end = (0..=length).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(end.unwrap_or_default());
        text.shrink_to_fit();
    }
    is_longer
}

/// The first bytes of the bodies of a request and its answer, and which of them are not whole.
pub(super) struct Bodies {
    pub request: Bytes,
    pub response: Bytes,
    pub cut: Vec<&'static str>,
}

impl Bodies {
    /// The request is copied, so that the entry does not keep the whole read buffer alive. The buffer of the answer has nothing
    /// else in it, so it is shared, if it is short.
    pub fn of(request: &Bytes, response: &Bytes) -> Self {
        let first = |body: &Bytes| Bytes::copy_from_slice(body.get(..BODY_LENGTH).unwrap_or(body));
        let mut cut = vec![];
        for (name, body) in [("request", request), ("response", response)] {
            if body.len() > BODY_LENGTH {
                cut.push(name);
            }
        }
        let response = if response.len() <= BODY_LENGTH { response.clone() } else { first(response) };
        Bodies { request: first(request), response, cut }
    }
}

/// The message of a caught panic; empty if it has none.
pub fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// The last requests of a world.
#[derive(Debug, Default)]
pub struct Journal {
    ring: Mutex<Ring>,
    pushed: Notify,
    /// One for each subscription.
    followers: Arc<()>,
}

#[derive(Debug, Default)]
struct Ring {
    /// The number of the last request.
    last: u64,
    /// The kept entries, oldest first.
    entries: VecDeque<Arc<Entry>>,
    /// What they take up.
    bytes: usize,
}

impl Ring {
    fn drop_oldest(&mut self) {
        self.bytes -= self.entries.pop_front().map_or(0, |entry| entry.bytes());
    }
}

impl Journal {
    pub(super) fn push(&self, mut entry: Entry) {
        entry.cut_texts();
        let bytes = entry.bytes();
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.last += 1;
        entry.number = ring.last;
        while !ring.entries.is_empty() && (ring.entries.len() >= LENGTH || ring.bytes + bytes > BYTES) {
            ring.drop_oldest();
        }
        ring.bytes += bytes;
        ring.entries.push_back(Arc::new(entry));
        drop(ring);
        self.pushed.notify_waiters();
    }

    /// The kept entries that match the filter, oldest first.
    pub fn entries(&self, filter: impl Fn(&Entry) -> bool) -> Vec<Arc<Entry>> {
        // The filter runs after the lock is released, so that requests need not wait for it.
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries: Vec<_> = ring.entries.iter().cloned().collect();
        drop(ring);
        entries.retain(|entry| filter(entry));
        entries
    }

    /// At most `most` entries after the one of this number, oldest first.
    fn after(&self, number: u64, most: usize) -> Vec<Arc<Entry>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let first = ring.last + 1 - ring.entries.len() as u64;
        let known = usize::try_from((number + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        ring.entries.iter().skip(known).take(most).cloned().collect()
    }

    /// Subscribes to the entries after the one of this number; `None` if there are [`MAX_FOLLOWERS`].
    pub fn follow(
        self: &Arc<Self>,
        since: u64,
        filter: impl Fn(&Entry) -> bool + Send + Sync + 'static,
    ) -> Option<Follow> {
        let place = self.followers.clone();
        // The journal has one itself.
        if Arc::strong_count(&place) - 1 > MAX_FOLLOWERS {
            return None;
        }
        Some(Follow { journal: self.clone(), since: since.min(self.count()), filter: Arc::new(filter), _place: place })
    }

    /// The number of requests so far, whether kept or not.
    pub fn count(&self) -> u64 {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// Removes all entries. The numbering continues.
    pub fn clear(&self) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        (ring.entries, ring.bytes) = (VecDeque::new(), 0);
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
            "touched": self.touched.rows,
            "more_touched": self.touched.more,
            "panic": self.panic,
            "injected": self.injected,
            "scheduled_faults": self.scheduled_faults,
            "cut": self.cut,
        })
    }

    /// [`Entry::show`] as text. It is made once for all who follow the journal.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| self.show().to_string())
    }

    /// About what the entry takes up, without [`Entry::text`].
    fn bytes(&self) -> usize {
        let texts = [&self.path, &self.base, &self.request_id].into_iter().chain(&self.touched.rows).chain(&self.panic);
        let texts: usize = texts.map(|text| text.len() + size_of::<String>()).sum();
        let ids = (self.injected.len() + self.scheduled_faults.len()) * size_of::<u64>();
        size_of::<Entry>() + texts + ids + self.request.len() + self.response.len()
    }

    /// Cuts texts that are too long, and notes which.
    fn cut_texts(&mut self) {
        let no_panic = &mut String::new();
        let panic = self.panic.as_mut().unwrap_or(no_panic);
        for (name, text) in [("path", &mut self.path), ("host", &mut self.base), ("panic", panic)] {
            if cut(text, TEXT_LENGTH) {
                self.cut.push(name);
            }
        }
    }
}
