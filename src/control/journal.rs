//! What was asked of the clouds and what they answered.

use super::{Route, errors, json};
use crate::app::App;
use crate::engine::{Answer, Call, Entry, Glob, Live, Problem};
use serde_json::json as value;

pub const ROUTES: &[Route] = &[
    Route { name: "control.journal.list", method: "GET", path: "/journal", handler: list },
    Route { name: "control.journal.clear", method: "DELETE", path: "/journal", handler: clear },
];

/// `operation` (a glob), `status` (`404`, `4xx`), `cloud`, `since` (a number), `limit` (the newest n).
fn list(_app: &App, live: &Live, call: &Call) -> Answer {
    let operation = call.query("operation").map(Glob::new);
    let since = number(call, "since")?.unwrap_or(0);
    let limit = number(call, "limit")?.map_or(usize::MAX, |limit| limit as usize);
    let (status, cloud) = (call.query("status"), call.query("cloud"));
    let wanted = |entry: &Entry| {
        entry.number > since
            && operation.as_ref().is_none_or(|glob| glob.matches(entry.operation))
            && status.is_none_or(|status| fits(entry.status, status))
            && cloud.is_none_or(|cloud| *entry.cloud == *cloud)
    };
    let entries = live.journal.entries(wanted);
    let newest = &entries[entries.len().saturating_sub(limit)..];
    Ok(json(value!({"entries": newest.iter().map(Entry::show).collect::<Vec<_>>()})))
}

fn clear(_app: &App, live: &Live, _call: &Call) -> Answer {
    live.journal.clear();
    Ok(json(value!({"entries": []})))
}

fn number(call: &Call, name: &str) -> Result<Option<u64>, Problem> {
    let text = call.query(name);
    text.map(|text| text.parse().map_err(|_| errors::bad_filter(name, text))).transpose()
}

/// `404`, or a class of them: `4xx`.
fn fits(status: u16, wanted: &str) -> bool {
    match wanted.strip_suffix("xx") {
        Some(class) => class.parse() == Ok(status / 100),
        None => wanted.parse() == Ok(status),
    }
}
