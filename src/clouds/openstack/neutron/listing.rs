//! Queries of lists: fields, filters, sort keys, pages (neutron/api/api_common.py).

use super::attributes::{Attribute, ResourceType, TAG_FILTERS};
use super::{errors, is_served_by_pecan};
use crate::clouds::openstack::path_info::seen_by_middleware;
use crate::clouds::openstack::{mysql, python, urls};
use crate::engine::{Call, List, Problem};
use serde_json::Value;
use std::ops::Range;

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

/// Query parameters that upstream skips by mistake: names of attributes of the base class of its models (`BASEV2`).
const OVERLOOKED_PARAMETERS: [&str; 13] = [
    "get",
    "items",
    "iteritems",
    "keys",
    "metadata",
    "next",
    "registry",
    "save",
    "update",
    "_as_dict",
    "_extra_keys",
    "_is_protocol",
    "_sa_registry",
];

impl Query {
    /// Parses and checks the query of a list of this type.
    pub fn of(call: &Call, kind: &ResourceType) -> Result<Query, Problem> {
        let filters = filters(call, kind)?;
        let limit = if kind.paged { limit(call)? } else { None };
        Ok(Query {
            fields: fields_of(call, kind),
            filters,
            sorts: if kind.sorted { sorts(call, kind)? } else { vec![] },
            limit,
            marker: last(call, "marker").map(str::to_owned).filter(|_| limit.is_some()),
            reverse: last(call, "page_reverse").is_some_and(|text| text.eq_ignore_ascii_case("true")),
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

/// The attributes in the parameters `fields` for a resource of this type. Pecan counts empty names, which no attribute
/// has (`UserFilterHook`).
pub fn fields_of(call: &Call, kind: &ResourceType) -> Vec<String> {
    if is_served_by_pecan(call, kind) { all(call, "fields").map(str::to_owned).collect() } else { fields(call) }
}

/// The last value of a parameter, as `MultiDict.get` of webob returns it.
fn last<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// True if an answer has the attribute: the client asked for it, or for none.
pub fn wants(fields: &[String], name: &str) -> bool {
    fields.is_empty() || fields.iter().any(|field| field == name)
}

fn all<'c>(call: &'c Call, name: &str) -> impl Iterator<Item = &'c str> {
    call.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The filters of a query. A strict type refuses parameters that are not filters (`get_filters_from_dict`).
pub fn filters(call: &Call, kind: &ResourceType) -> Result<Vec<(String, Vec<Value>)>, Problem> {
    let mut filters: Vec<(String, Vec<Value>)> = vec![];
    let mut invalid = vec![];
    for (name, texts) in grouped(call) {
        let row = kind.row(name);
        let by_tag = kind.tags && TAG_FILTERS.contains(&name);
        if !by_tag && !row.is_some_and(|row| row.filter) {
            if kind.strict_filters {
                invalid.push(name);
            }
            continue;
        }
        let values = match row {
            Some(row) if row.idle_filter => converted(Some(row), &texts).map(|_| vec![])?,
            Some(row) if row.pairs => pairs(&texts)?,
            row => converted(row, &texts)?,
        };
        if !values.is_empty() {
            filters.push((name.to_owned(), values));
        }
    }
    if invalid.is_empty() { Ok(filters) } else { Err(errors::invalid_filters(&invalid)) }
}

/// The parameters that can be filters, with all their values, in the order of their first values.
fn grouped(call: &Call) -> Vec<(&str, Vec<&str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = vec![];
    let can_be_filter = |name: &str| !RESERVED_PARAMETERS.contains(&name) && !OVERLOOKED_PARAMETERS.contains(&name);
    for (name, text) in call.query.iter().filter(|(name, _)| can_be_filter(name)) {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, texts)) => texts.push(text),
            None => all.push((name, vec![text])),
        }
    }
    all
}

fn converted(row: Option<&Attribute>, texts: &[&str]) -> Result<Vec<Value>, Problem> {
    let convert = row.and_then(|row| row.convert);
    texts.iter().map(|text| Value::from(*text)).map(|value| convert.map_or(Ok(value.clone()), |it| it(value))).collect()
}

/// The values of a filter of pairs, without spaces around key and value. A bare parameter stands for no filter
/// (`convert_kvp_list_to_dict`).
fn pairs(texts: &[&str]) -> Result<Vec<Value>, Problem> {
    if texts == ["True"] {
        return Ok(vec![]);
    }
    let pair = |text: &&str| match text.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
        Some((key, value)) if !key.is_empty() => Ok(Value::from(format!("{key}={value}"))),
        _ => Err(errors::not_a_pair(text)),
    };
    texts.iter().map(pair).collect()
}

fn limit(call: &Call) -> Result<Option<usize>, Problem> {
    let Some(text) = last(call, "limit") else { return Ok(None) };
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
    if let Some((table, key)) = keys.iter().find_map(|key| Some((kind.row(key)?.no_column_of?, key))) {
        return Err(errors::sort_key_without_column(table, key));
    }
    Ok(keys.into_iter().zip(dirs).map(|(key, dir)| (key.to_owned(), dir == "asc")).collect())
}

/// True if the value equals one of `values`. A list matches if one of its items does.
pub fn matches_any(value: &Value, values: &[Value]) -> bool {
    let same = |value: &Value| values.iter().any(|other| mysql::matches(value, other));
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

/// One page of sorted rows. `marker` is where the marker is among the rows, or would be; `None` if there is none.
pub fn page<T>(mut rows: Vec<T>, query: &Query, marker: Option<Range<usize>>) -> Vec<T> {
    let Some(limit) = query.limit else { return rows };
    let (from, to) = match (marker, query.reverse) {
        (Some(at), true) => (at.start.saturating_sub(limit), at.start),
        (None, true) => (rows.len().saturating_sub(limit), rows.len()),
        (Some(at), false) => (at.end, at.end.saturating_add(limit).min(rows.len())),
        (None, false) => (0, limit.min(rows.len())),
    };
    rows.truncate(to);
    rows.drain(..from.min(rows.len()));
    rows
}

/// One page of a list that upstream pages when it has all rows: there is nothing behind an unknown marker
/// (`PaginationEmulatedHelper`).
pub fn page_of_all<T>(rows: Vec<T>, query: &Query, id: impl Fn(&T) -> &str) -> Vec<T> {
    let marker = query.marker.as_deref();
    match marker.map(|marker| rows.iter().position(|row| id(row) == marker)) {
        Some(None) => vec![],
        Some(Some(at)) => page(rows, query, Some(at..at + 1)),
        None => page(rows, query, None),
    }
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
