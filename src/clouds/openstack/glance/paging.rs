//! Paging of lists: `limit`, `marker`, and the links to pages (glance/api/v2/images.py and tasks.py).

use super::errors;
use crate::clouds::openstack::{python, urls};
use crate::engine::{Call, Problem};

/// The default length of a page (`limit_param_default`).
const DEFAULT_LIMIT: usize = 25;
/// The maximum length of a page (`api_limit_max`).
const MAX_LIMIT: usize = 1000;

/// The length of a page. Errors: 400 for a negative number or other text.
pub fn limit(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query("limit") else { return Ok(DEFAULT_LIMIT) };
    let limit = python::int(text).ok_or_else(errors::limit_not_an_integer)?;
    usize::try_from(limit).map(|limit| limit.min(MAX_LIMIT)).map_err(|_| errors::limit_negative())
}

/// True for the descending order, which is the default.
pub fn descends(direction: Option<&str>) -> Result<bool, Problem> {
    match direction {
        None | Some("desc") => Ok(true),
        Some("asc") => Ok(false),
        Some(other) => Err(errors::invalid_sort_direction(other)),
    }
}

/// The link to the page after `marker`. It repeats the query of the request, with the last value of each parameter.
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
