//! What the journal keeps of a request.

use super::Service;
use crate::engine::journal::{Bodies, Entry, Touched};
use crate::engine::masking::{MASK, is_secret_name};
use crate::engine::{Body, Call, Clock, Cloud, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};

impl<C: Cloud> Service<C> {
    /// The parts of the request body and of the answer that the journal keeps.
    pub(super) fn journal_bodies(&self, call: &Call, response: &Response) -> Bodies {
        let to_json = |body: &[u8]| self.dialect.to_journal_json(body).map(|json| Bytes::from(json.to_string()));
        let answer = match &response.body {
            Body::Json(bytes) => bytes.clone(),
            Body::Text(_, text) => to_json(text.as_bytes()).unwrap_or_default(),
            _ => Bytes::new(),
        };
        Bodies::of(to_json(&call.bytes).as_ref().unwrap_or(&call.bytes), &answer)
    }
}

/// The journal entry of an answered call. Strings are moved out of the call.
pub(super) fn entry(
    service: &'static str,
    call: &mut Call,
    status: u16,
    Bodies { request, response, cut }: Bodies,
    started: DateTime<Utc>,
    touched: Touched,
    panic: Option<String>,
) -> Entry {
    hide_secrets_in_path(call);
    let query: Vec<_> = call.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let path =
        if query.is_empty() { std::mem::take(&mut call.path) } else { format!("{}?{}", call.path, query.join("&")) };
    let mut base = std::mem::take(&mut call.origin);
    base.push_str(&call.prefix);
    Entry {
        number: 0,
        base,
        at: call.now,
        micros: (Clock::real() - started).num_microseconds().unwrap_or_default().max(0) as u64,
        cloud: call.cloud.clone(),
        service,
        operation: call.operation,
        method: call.method,
        path,
        status,
        user: call.caller.user.take(),
        project: call.caller.project.take(),
        request_id: std::mem::take(&mut call.request_id),
        request,
        response,
        touched,
        panic,
        injected: std::mem::take(&mut call.injected),
        scheduled_faults: std::mem::take(&mut call.scheduled_faults),
        unmatched: call.unmatched,
        cut,
        text: Default::default(),
        secrets: &[],
    }
}

/// Masks tokens and the like in the path and the query, for the journal.
fn hide_secrets_in_path(call: &mut Call) {
    for (name, value) in &mut call.query {
        if is_secret_name(name) {
            MASK.clone_into(value);
        }
    }
    let secrets = call.params.iter().filter(|(name, value)| !value.is_empty() && is_secret_name(name));
    for (_, value) in secrets {
        call.path = call.path.replace(value.as_str(), MASK);
    }
}
