//! Lists in pages (`get_limit_and_marker` and `get_links` in nova/api/openstack/common.py).

use super::links;
use crate::engine::{Call, Object};

/// The most that any list shows (`[api] max_limit`).
pub const MOST: usize = 1000;

/// How many rows the client wants. The operation's schema has seen to it that it is a number; 0 stands
/// for all.
pub fn limit(call: &Call) -> usize {
    match call.query("limit").map(|text| text.parse().unwrap_or(MOST)) {
        None | Some(0) => MOST,
        Some(limit) => limit.min(MOST),
    }
}

/// The same and how many rows to pass over, for lists without markers (`limited`).
pub fn slice(call: &Call) -> (usize, usize) {
    let offset = call.query("offset").map_or(0, |text| text.parse().unwrap_or(usize::MAX));
    (offset, limit(call))
}

/// Writes the link to the next page, `last` being the last row of this one. A page that is full has a
/// next one.
pub fn next_link(o: &mut Object, call: &Call, key: &str, collection: &str, count: usize, last: Option<&str>) {
    let asked_for_none = call.query("limit").is_some_and(|text| text.parse() == Ok(0));
    if let Some(last) = last
        && count == limit(call)
        && !asked_for_none
    {
        links::next_page(o, call, key, collection, last);
    }
}
