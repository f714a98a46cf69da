//! What was asked of the clouds and what they answered.

use super::{Route, errors, har, json};
use crate::app::App;
use crate::engine::{Answer, Body, Call, Entry, Glob, Live, Problem, Response, nearest};
use chrono::{DateTime, Utc};
use serde_json::json as value;

pub const ROUTES: &[Route] = &[
    Route { name: "control.journal.list", method: "GET", path: "/journal", handler: list },
    Route { name: "control.journal.clear", method: "DELETE", path: "/journal", handler: clear },
    Route { name: "control.journal.stream", method: "GET", path: "/journal/stream", handler: stream },
    Route { name: "control.journal.har", method: "GET", path: "/journal/har", handler: export },
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

/// Which entries are wanted: all that is given must hold.
#[derive(Default)]
struct Filter {
    /// A glob.
    operation: Option<Glob>,
    /// `404`, or a class of them: `4xx`.
    status: Option<String>,
    cloud: Option<String>,
    service: Option<String>,
    method: Option<String>,
    /// Ids; names were looked up.
    user: Option<Vec<String>>,
    project: Option<Vec<String>>,
    /// Entries of higher numbers.
    since: u64,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    injected: Option<bool>,
    /// A glob of the rows that were changed: `gozunga/nova/servers/*`.
    touched: Option<Glob>,
}

/// The wanted entries, oldest first; with `limit` the newest n of them.
fn list(_app: &App, live: &Live, call: &Call) -> Answer {
    let entries = entries(live, call)?;
    Ok(json(value!({"count": entries.len(), "entries": entries.iter().map(Entry::show).collect::<Vec<_>>()})))
}

fn clear(_app: &App, live: &Live, _call: &Call) -> Answer {
    live.journal.clear();
    Ok(json(value!({"entries": []})))
}

/// The wanted entries as they come, as server-sent events; with `since`, or with the `Last-Event-ID` that a
/// browser sends when it connects again, also those that have come since.
fn stream(_app: &App, live: &Live, call: &Call) -> Answer {
    let filter = Filter::read(live, call)?;
    let last = call.header("last-event-id").and_then(|id| id.parse().ok());
    let since = last.unwrap_or(if call.query("since").is_some() { filter.since } else { live.journal.count() });
    let follow = live.journal.follow(since, move |entry| filter.wants(entry));
    let response = Response { status: 0, headers: vec![], body: Body::Events(follow) };
    Ok(response.header("Cache-Control", "no-cache"))
}

fn export(_app: &App, live: &Live, call: &Call) -> Answer {
    Ok(json(har::export(&entries(live, call)?)))
}

fn entries(live: &Live, call: &Call) -> Result<Vec<Entry>, Problem> {
    let filter = Filter::read(live, call)?;
    let mut entries = live.journal.entries(|entry| filter.wants(entry));
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
        let named = |name: &str| call.query(name).map(|wanted| ids_of(live, wanted));
        Ok(Filter {
            operation: call.query("operation").map(Glob::new),
            status: text("status"),
            cloud: text("cloud"),
            service: text("service"),
            method: text("method"),
            user: named("user"),
            project: named("project"),
            since: number(call, "since")?.unwrap_or(0),
            from: time(call, "from")?,
            to: time(call, "to")?,
            injected: flag(call, "injected")?,
            touched: call.query("touched").map(Glob::new),
        })
    }

    fn wants(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let who = |wanted: &Option<Vec<String>>, found: &Option<crate::engine::Id>| {
            wanted.as_ref().is_none_or(|ids| found.as_ref().is_some_and(|found| ids.iter().any(|id| **id == **found)))
        };
        entry.number > self.since
            && self.operation.as_ref().is_none_or(|glob| glob.matches(entry.operation))
            && self.status.as_ref().is_none_or(|status| fits(entry.status, status))
            && is(&self.cloud, &entry.cloud)
            && is(&self.service, entry.service)
            && is(&self.method, entry.method)
            && who(&self.user, &entry.user)
            && who(&self.project, &entry.project)
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
            && self.injected.is_none_or(|injected| entry.injected.is_empty() != injected)
            && self.touched.as_ref().is_none_or(|glob| entry.touched.iter().any(|row| glob.matches(row)))
    }
}

/// The ids that a user or a project may be meant by: the text itself, and whoever is called that in any cloud.
fn ids_of(live: &Live, wanted: &str) -> Vec<String> {
    let (world, _) = live.read_current();
    let clouds: Vec<_> = world.clouds().cloned().collect();
    let named = clouds.iter().flat_map(|cloud| world.ids_of(cloud, &["users", "projects"], wanted));
    named.chain([wanted.to_owned()]).collect()
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

fn fits(status: u16, wanted: &str) -> bool {
    match wanted.strip_suffix("xx") {
        Some(class) => class.parse() == Ok(status / 100),
        None => wanted.parse() == Ok(status),
    }
}
