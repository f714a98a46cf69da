//! Lists in pages: `limit`, `marker`, and the links that lead on.

use super::errors;
use crate::clouds::openstack::{python, urls};
use crate::engine::{Call, Problem};

/// A list is no longer unless more is asked for, and no longer than that.
const USUALLY: usize = 25;
const MOST: usize = 1000;

/// How long a page is.
pub fn limit(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query("limit") else { return Ok(USUALLY) };
    let limit = python::int(text).ok_or_else(errors::limit_not_an_integer)?;
    usize::try_from(limit).map(|limit| limit.min(MOST)).map_err(|_| errors::limit_negative())
}

/// True if the list is sorted from the largest on.
pub fn descends(direction: Option<&str>) -> Result<bool, Problem> {
    match direction {
        None | Some("desc") => Ok(true),
        Some("asc") => Ok(false),
        Some(other) => Err(errors::invalid_sort_direction(other)),
    }
}

/// The link to a page that begins behind `marker`: the client's own query, of each parameter the last value.
pub fn link(call: &Call, path: &str, marker: Option<&str>) -> String {
    let mut pairs: Vec<(&str, &str)> = vec![];
    for (name, value) in urls::query(call).filter(|(name, _)| *name != "marker") {
        match pairs.iter_mut().find(|(known, _)| *known == name) {
            Some((_, last)) => *last = value,
            None => pairs.push((name, value)),
        }
    }
    pairs.extend(marker.map(|marker| ("marker", marker)));
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", urls::urlencode(pairs)) }
}
