//! Queries of lists: fields, filters, sort keys, pages (neutron/api/api_common.py).

use super::attributes::{ResourceType, TAG_FILTERS};
use super::errors;
use crate::clouds::openstack::path_info::seen_by_middleware;
use crate::clouds::openstack::{python, urls};
use crate::engine::{Call, List, Problem};
use serde_json::Value;
use std::cmp::Ordering;

/// The valid query of a list.
pub struct Query {
    /// Attributes to show; empty for all.
    pub fields: Vec<String>,
    /// Filters: an attribute must have one of the values, converted as its table says.
    pub filters: Vec<(String, Vec<Value>)>,
    /// Sort keys, with true for ascending.
    pub sorts: Vec<(String, bool)>,
    /// The size of a page; `None` for the whole list.
    pub limit: Option<usize>,
    /// The id of the last row of the page before.
    pub marker: Option<String>,
    /// Return the page before the marker (`page_reverse`).
    pub reverse: bool,
}

/// Query parameters that are not filters.
const RESERVED_PARAMETERS: [&str; 6] = ["fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse"];

impl Query {
    /// Parses and checks the query of a list of this type.
    pub fn of(call: &Call, kind: &ResourceType) -> Result<Query, Problem> {
        let filters = filters(call, kind)?;
        let limit = if kind.paged { limit(call)? } else { None };
        Ok(Query {
            fields: fields(call),
            filters,
            sorts: if kind.sorted { sorts(call, kind)? } else { vec![] },
            limit,
            marker: call.query("marker").map(str::to_owned).filter(|_| limit.is_some()),
            reverse: call.query("page_reverse").is_some_and(|text| text.eq_ignore_ascii_case("true")),
        })
    }

    /// The values of the filter `name`.
    pub fn filter(&self, name: &str) -> Option<&[Value]> {
        self.filters.iter().find(|(known, _)| known == name).map(|(_, values)| values.as_slice())
    }
}

/// The attributes in the parameters `fields`.
pub fn fields(call: &Call) -> Vec<String> {
    all(call, "fields").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn all<'c>(call: &'c Call, name: &str) -> impl Iterator<Item = &'c str> {
    call.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The filters of a query. A strict type refuses parameters that are not filters.
pub fn filters(call: &Call, kind: &ResourceType) -> Result<Vec<(String, Vec<Value>)>, Problem> {
    let mut filters: Vec<(String, Vec<Value>)> = vec![];
    let mut invalid = vec![];
    for (name, text) in call.query.iter().filter(|(name, _)| !RESERVED_PARAMETERS.contains(&name.as_str())) {
        let row = kind.row(name);
        let by_tag = kind.tags && TAG_FILTERS.contains(&name.as_str());
        if !by_tag && !row.is_some_and(|row| row.filter) {
            if kind.strict_filters && !invalid.contains(&name.as_str()) {
                invalid.push(name);
            }
            continue;
        }
        let convert = row.and_then(|row| row.convert);
        let value = Value::from(text.as_str());
        let value = convert.map_or(Ok(value.clone()), |convert| convert(value))?;
        match filters.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => filters.push((name.clone(), vec![value])),
        }
    }
    if invalid.is_empty() { Ok(filters) } else { Err(errors::invalid_filters(&invalid)) }
}

fn limit(call: &Call) -> Result<Option<usize>, Problem> {
    let Some(text) = call.query("limit") else { return Ok(None) };
    let limit = python::int(text).filter(|limit| *limit >= 0).ok_or_else(|| errors::invalid_limit(text))?;
    Ok(Some(limit as usize).filter(|limit| *limit > 0))
}

fn sorts(call: &Call, kind: &ResourceType) -> Result<Vec<(String, bool)>, Problem> {
    let keys: Vec<_> = all(call, "sort_key").filter(|key| !key.is_empty()).collect();
    let dirs: Vec<_> = all(call, "sort_dir").filter(|dir| !dir.is_empty()).collect();
    if keys.len() != dirs.len() {
        return Err(errors::unequal_sorts());
    }
    let unknown: Vec<_> = keys.iter().copied().filter(|key| !kind.row(key).is_some_and(|row| row.sort)).collect();
    if !unknown.is_empty() {
        return Err(errors::invalid_sort_keys(&unknown));
    }
    let wrong: Vec<_> = dirs.iter().copied().filter(|dir| !matches!(*dir, "asc" | "desc")).collect();
    if !wrong.is_empty() {
        return Err(errors::invalid_sort_dirs(&wrong));
    }
    Ok(keys.into_iter().zip(dirs).map(|(key, dir)| (key.to_owned(), dir == "asc")).collect())
}

/// The order of values: null first, numbers by size, strings by code points.
pub fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (one, other) => python::str(one).cmp(&python::str(other)),
    }
}

/// True if the value equals one of `values`. A list matches if one of its items does.
pub fn matches_any(value: &Value, values: &[Value]) -> bool {
    let same = |value: &Value| {
        values.iter().any(|other| match (value, other) {
            // Upstream's database compares strings without regard to case.
            (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
            (Value::Null, _) | (_, Value::Null) => false,
            (one, other) => one == other || python::str(one) == python::str(other),
        })
    };
    match value {
        Value::Array(items) => items.iter().any(same),
        value => same(value),
    }
}

/// Evaluates a filter by tags: `tags`, `tags-any`, `not-tags` or `not-tags-any`, with tags separated by commas.
pub fn matches_tags(tags: &[crate::engine::Id], filter: &str, values: &[Value]) -> bool {
    let filtered: Vec<_> = values.iter().filter_map(Value::as_str).flat_map(|text| text.split(',')).collect();
    let has = |tag: &&str| tags.iter().any(|one| &**one == *tag);
    match filter {
        "tags" => filtered.iter().all(has),
        "tags-any" => filtered.iter().any(has),
        "not-tags" => !filtered.iter().all(has),
        _ => !filtered.iter().any(has),
    }
}

/// One page of sorted rows.
pub fn page<T>(mut rows: Vec<T>, query: &Query, is_marker: impl Fn(&T, &str) -> bool) -> Vec<T> {
    let Some(limit) = query.limit else { return rows };
    let at = query.marker.as_deref().and_then(|marker| rows.iter().position(|row| is_marker(row, marker)));
    let (from, to) = match (at, query.reverse) {
        (Some(at), true) => (at.saturating_sub(limit), at),
        (None, true) => (rows.len().saturating_sub(limit), rows.len()),
        (Some(at), false) => (at + 1, (at + 1 + limit).min(rows.len())),
        (None, false) => (0, limit.min(rows.len())),
    };
    rows.truncate(to);
    rows.drain(..from.min(rows.len()));
    rows
}

/// Writes the links to the next and the previous page. `first` and `last` are the ids at the ends of this page.
pub fn links(call: &Call, query: &Query, count: usize, first: Option<&str>, last: Option<&str>, list: &mut List) {
    let Some(limit) = query.limit else { return };
    if count >= limit || query.reverse {
        list.object(|o| {
            o.set("rel", "next");
            o.set("href", link(call, last, false));
        });
    }
    if count >= limit || !query.reverse {
        list.object(|o| {
            o.set("rel", "previous");
            o.set("href", link(call, first, true));
        });
    }
}

fn link(call: &Call, marker: Option<&str>, reverse: bool) -> String {
    let others = urls::query(call).filter(|(name, _)| !matches!(*name, "marker" | "page_reverse"));
    let marker = marker.map(|marker| ("marker", marker));
    let direction = reverse.then_some(("page_reverse", "True"));
    format!("{}{}?{}", call.origin, seen_by_middleware(call), urls::urlencode(others.chain(marker).chain(direction)))
}
