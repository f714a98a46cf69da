//! What was asked and answered: a ring of the last requests of one world.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// How many requests are remembered.
const LENGTH: usize = 2_000;
/// How many bytes of a body are remembered.
const KEPT: usize = 4_096;
const MASK: &str = "***";

#[derive(Clone, Debug)]
pub struct Entry {
    /// Counts all requests of this world; set when the entry is pushed.
    pub number: u64,
    /// Virtual time of the request.
    pub at: DateTime<Utc>,
    /// How long the answer took, in real microseconds.
    pub micros: u64,
    pub cloud: crate::engine::Id,
    pub service: &'static str,
    /// Empty if no operation was recognised.
    pub operation: &'static str,
    pub method: &'static str,
    /// With the query.
    pub path: String,
    pub status: u16,
    pub user: Option<crate::engine::Id>,
    pub project: Option<crate::engine::Id>,
    pub request_id: String,
    /// The address that the client used, before the path.
    pub base: String,
    pub request: Bytes,
    pub response: Bytes,
    /// Rows that the request changed: `gozunga/cinder/volumes/ID`.
    pub touched: Vec<String>,
    /// What a handler that panicked said.
    pub panic: Option<String>,
    /// Numbers of the faults that made this answer.
    pub injected: Vec<u64>,
    /// Numbers of the faults of what this request began: a build that will fail.
    pub scheduled: Vec<u64>,
}

/// The part of a body that the journal keeps. A small body is copied, so that it does not hold on to
/// the buffer it came in.
pub(super) fn truncated(body: &Bytes) -> Bytes {
    if body.is_empty() { Bytes::new() } else { Bytes::copy_from_slice(&body[..body.len().min(KEPT)]) }
}

/// The same of an answer, whose bytes stand alone: they need no copy.
pub(super) fn shared(body: &Bytes) -> Bytes {
    if body.len() <= KEPT { body.clone() } else { truncated(body) }
}

#[derive(Debug, Default)]
pub struct Journal {
    ring: Mutex<(u64, VecDeque<Entry>)>,
    pushed: Notify,
}

/// Entries as they come.
#[derive(Clone)]
pub struct Follow {
    journal: Arc<Journal>,
    /// The number of the last entry that was told.
    since: u64,
    wanted: Arc<dyn Fn(&Entry) -> bool + Send + Sync>,
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("since", &self.since).finish_non_exhaustive()
    }
}

impl Follow {
    /// The next entries that are wanted, at least one; waits until there is one.
    pub async fn next(&mut self) -> Vec<Entry> {
        let journal = self.journal.clone();
        loop {
            let mut pushed = std::pin::pin!(journal.pushed.notified());
            pushed.as_mut().enable();
            let since = self.since;
            let new = journal.entries(|entry| entry.number > since);
            self.since = new.last().map_or(since, |entry| entry.number);
            let new: Vec<_> = new.into_iter().filter(|entry| (self.wanted)(entry)).collect();
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

    /// The remembered entries for which `wanted` is true, oldest first.
    pub fn entries(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.1.iter().filter(|entry| wanted(entry)).cloned().collect()
    }

    /// What comes after the entry of this number.
    pub fn follow(self: &Arc<Self>, since: u64, wanted: impl Fn(&Entry) -> bool + Send + Sync + 'static) -> Follow {
        Follow { journal: self.clone(), since, wanted: Arc::new(wanted) }
    }

    /// How many requests there were.
    pub fn count(&self) -> u64 {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Forgets everything; numbers go on.
    pub fn clear(&self) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.1.clear();
    }
}

impl Entry {
    /// As `GET /journal` shows it, secrets masked.
    pub fn show(&self) -> Value {
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
            "request": body(&self.request),
            "response": body(&self.response),
            "touched": self.touched,
            "panic": self.panic,
            "injected": self.injected,
            "scheduled": self.scheduled,
        })
    }
}

/// A body as JSON with its secrets masked; one that is no JSON, or was cut, as its length alone, since
/// secrets could not be found in it.
fn body(bytes: &Bytes) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            mask(&mut value);
            value
        }
        Err(_) => json!(format!("{} bytes", bytes.len())),
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if is_secret(name) && field.is_string() { *field = MASK.into() } else { mask(field) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn is_secret(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    ["password", "secret", "adminpass", "auth_key", "blob", "private_key", "secret_key"]
        .iter()
        .any(|word| field.ends_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let body = body(&Bytes::from_static(
            br#"{"auth": [{"user": {"password": "x", "original_password": "y", "name": "z"}}]}"#,
        ));
        assert_eq!(body, json!({"auth": [{"user": {"password": "***", "original_password": "***", "name": "z"}}]}));
    }

    #[test]
    fn what_cannot_be_searched_for_secrets_is_not_shown() {
        assert_eq!(body(&Bytes::from_static(b"{\"password\": \"x")), json!("15 bytes"));
    }
}
