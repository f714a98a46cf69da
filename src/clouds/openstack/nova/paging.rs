//! Pagination of lists (`get_limit_and_marker` and `get_links` in nova/api/openstack/common.py).

use super::links;
use crate::engine::{Call, Object};

/// The maximum length of a page (`[api] max_limit`).
pub const MAX_LIMIT: usize = 1000;

/// The requested page length, capped at [`MAX_LIMIT`]. The query schema has checked that `limit` is a number; 0 means
/// no limit.
pub fn limit(call: &Call) -> usize {
    match call.last_query("limit").map(|text| text.parse().unwrap_or(MAX_LIMIT)) {
        None | Some(0) => MAX_LIMIT,
        Some(limit) => limit.min(MAX_LIMIT),
    }
}

/// Offset and limit, for lists without markers (`limited`).
pub fn slice(call: &Call) -> (usize, usize) {
    let offset = call.last_query("offset").map_or(0, |text| text.parse().unwrap_or(usize::MAX));
    (offset, limit(call))
}

/// Writes the link to the next page if the page is full. `count` is the number of rows on the page and `last` the id of
/// its last row.
pub fn next_link(o: &mut Object, call: &Call, key: &str, collection: &str, count: usize, last: Option<&str>) {
    let zero_limit = call.last_query("limit").is_some_and(|text| text.parse() == Ok(0));
    if let Some(last) = last
        && count == limit(call)
        && !zero_limit
    {
        links::next_page(o, call, key, collection, last);
    }
}
