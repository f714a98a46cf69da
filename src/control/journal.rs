//! The journal: the recorded requests to the clouds and their answers.

use super::route::{Route, delete, get};
use super::{errors, har, json};
use crate::app::App;
use crate::engine::{Answer, Body, Call, Entry, Glob, Id, Live, Problem, Response, nearest};
use chrono::{DateTime, Utc};
use serde_json::json as value;
use std::sync::Arc;

pub const ROUTES: &[Route] = &[
    get("/journal", "control.journal.list", list).summary("Lists the recorded requests."),
    delete("/journal", "control.journal.clear", clear).summary("Empties the journal."),
    get("/journal/stream", "control.journal.stream", stream).summary("Streams requests as server-sent events."),
    get("/journal/har", "control.journal.har", export).summary("Exports the recorded requests as an HTTP archive."),
];

const FILTERS: [&str; 13] = [
    "operation",
    "status",
    "cloud",
    "service",
    "method",
    "user",
    "project",
    "since",
    "from",
    "to",
    "injected",
    "touched",
    "limit",
];

/// Selects entries: all conditions that are set must hold.
#[derive(Default)]
struct Filter {
    operation: Option<Glob>,
    /// `404`, or a class: `4xx`.
    status: Option<String>,
    cloud: Option<String>,
    service: Option<String>,
    method: Option<String>,
    /// Ids; a name in the query matches all users or projects with that name.
    user: Option<Vec<String>>,
    project: Option<Vec<String>>,
    /// Entries with a higher number.
    since: u64,
    /// Virtual time, inclusive.
    from: Option<DateTime<Utc>>,
    /// Virtual time, exclusive.
    to: Option<DateTime<Utc>>,
    injected: Option<bool>,
    /// Entries that changed a row that matches: `gozunga/nova/servers/*`.
    touched: Option<Glob>,
}

/// Oldest first. `limit` keeps the newest.
fn list(_app: &App, live: &Live, call: &Call) -> Answer {
    let entries = entries(live, call)?;
    Ok(json(value!({"count": entries.len(), "entries": entries.iter().map(|entry| entry.show()).collect::<Vec<_>>()})))
}

fn clear(_app: &App, live: &Live, _call: &Call) -> Answer {
    live.journal.clear();
    Ok(json(value!({"entries": []})))
}

/// With `since`, or with the `Last-Event-ID` that a browser sends when it reconnects, the recorded entries after that
/// number come first.
fn stream(_app: &App, live: &Live, call: &Call) -> Answer {
    let filter = Filter::read(live, call)?;
    let last = call.header("last-event-id").and_then(|id| id.parse().ok());
    let since = last.unwrap_or(if call.query("since").is_some() { filter.since } else { live.journal.count() });
    let follow = live.journal.follow(since, move |entry| filter.matches(entry));
    let follow = follow.ok_or_else(errors::too_many_streams)?;
    let response = Response { status: 0, headers: vec![], body: Body::Events(follow) };
    Ok(response.header("Cache-Control", "no-cache"))
}

fn export(_app: &App, live: &Live, call: &Call) -> Answer {
    Ok(json(har::export(&entries(live, call)?)))
}

fn entries(live: &Live, call: &Call) -> Result<Vec<Arc<Entry>>, Problem> {
    let filter = Filter::read(live, call)?;
    let mut entries = live.journal.entries(|entry| filter.matches(entry));
    let limit = number(call, "limit")?.map_or(usize::MAX, |limit| limit as usize);
    entries.drain(..entries.len().saturating_sub(limit));
    Ok(entries)
}

impl Filter {
    fn read(live: &Live, call: &Call) -> Result<Filter, Problem> {
        if let Some((name, _)) = call.query.iter().find(|(name, _)| !FILTERS.contains(&name.as_str())) {
            return Err(errors::unknown_filter(name, nearest(name, FILTERS)));
        }
        let text = |name: &str| call.query(name).map(str::to_owned);
        let ids = |name: &str| call.query(name).map(|text| ids_of(live, text));
        Ok(Filter {
            operation: call.query("operation").map(Glob::new),
            status: text("status"),
            cloud: text("cloud"),
            service: text("service"),
            method: text("method"),
            user: ids("user"),
            project: ids("project"),
            since: number(call, "since")?.unwrap_or(0),
            from: time(call, "from")?,
            to: time(call, "to")?,
            injected: flag(call, "injected")?,
            touched: call.query("touched").map(Glob::new),
        })
    }

    fn matches(&self, entry: &Entry) -> bool {
        let is = |expected: &Option<String>, actual: &str| expected.as_ref().is_none_or(|text| text == actual);
        let is_one_of = |expected: &Option<Vec<String>>, actual: &Option<Id>| {
            let Some(ids) = expected else { return true };
            actual.as_ref().is_some_and(|actual| ids.iter().any(|id| **id == **actual))
        };
        entry.number > self.since
            && self.operation.as_ref().is_none_or(|glob| glob.matches(entry.operation))
            && self.status.as_ref().is_none_or(|text| has_status(entry.status, text))
            && is(&self.cloud, &entry.cloud)
            && is(&self.service, entry.service)
            && is(&self.method, entry.method)
            && is_one_of(&self.user, &entry.user)
            && is_one_of(&self.project, &entry.project)
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
            && self.injected.is_none_or(|injected| entry.injected.is_empty() != injected)
            && self.touched.as_ref().is_none_or(|glob| entry.touched.rows.iter().any(|row| glob.matches(row)))
    }
}

/// The text itself as an id, and the ids of all users and projects of any cloud with this name.
fn ids_of(live: &Live, text: &str) -> Vec<String> {
    let (world, _) = live.read_current();
    let clouds: Vec<_> = world.clouds().cloned().collect();
    let named = clouds.iter().flat_map(|cloud| world.ids_of(cloud, &["users", "projects"], text));
    named.chain([text.to_owned()]).collect()
}

fn number(call: &Call, name: &str) -> Result<Option<u64>, Problem> {
    let text = call.query(name);
    text.map(|text| text.parse().map_err(|_| errors::bad_filter(name, text))).transpose()
}

fn time(call: &Call, name: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    let text = call.query(name);
    text.map(|text| text.parse().map_err(|_| errors::bad_time_filter(name, text))).transpose()
}

fn flag(call: &Call, name: &str) -> Result<Option<bool>, Problem> {
    let text = call.query(name);
    text.map(|text| text.parse().map_err(|_| errors::bad_flag_filter(name, text))).transpose()
}

/// `text` is `404` or `4xx`.
fn has_status(status: u16, text: &str) -> bool {
    match text.strip_suffix("xx") {
        Some(class) => class.parse() == Ok(status / 100),
        None => text.parse() == Ok(status),
    }
}
