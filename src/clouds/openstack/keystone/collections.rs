//! Lists of resources, their filters and pages, and the link of a resource to itself
//! (keystone/server/flask/common.py).

use super::super::python::bool_from_string;
use super::super::{mysql, urls};
use super::errors;
use crate::engine::{Call, Object, Problem, Response, Row, Table};
use serde_json::Value;

/// Builds the response of a list: `{"KEY": […], "links": {"next": null, "self": …, "previous": null}}`.
pub struct Collection<'c> {
    call: &'c Call,
    key: &'static str,
}

impl<'c> Collection<'c> {
    /// A list in the response to `call`; `key` is the plural name of the resource.
    pub fn new(call: &'c Call, key: &'static str) -> Self {
        Collection { call, key }
    }

    /// Shows at most as many rows as the `limit` of the query. A shortened list is marked `truncated` and has a link
    /// to a next page, although there is no marker.
    pub fn show<'t, T: Row>(
        &self,
        rows: impl IntoIterator<Item = &'t T>,
        view: impl Fn(&mut Object, &'t T),
    ) -> Response {
        let mut rows: Vec<&T> = rows.into_iter().collect();
        let cut = self.limit().is_some_and(|limit| rows.len() > limit);
        rows.truncate(self.limit().unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| cut).map(|last| self.address_after(last.id()));
        self.answer(rows, cut, next, view)
    }

    /// Shows all rows and ignores the `limit` of the query.
    pub fn show_all<T>(&self, rows: impl IntoIterator<Item = T>, view: impl Fn(&mut Object, T)) -> Response {
        self.answer(rows, false, None, view)
    }

    /// Shows a page in the order of ids: at most `limit` rows after `marker`, with a link to the next page.
    /// Fails with 404 if `table` has no row with the id `marker`.
    ///
    /// Of a list with filters, a full page is taken for a shortened one, and a limit of 0 for the largest one
    /// (`response_truncated`, `Hints.get_limit_or_max`).
    pub fn show_page<'t, T: Row>(
        &self,
        table: &'t Table<T>,
        rows: impl Iterator<Item = &'t T>,
        filtered: bool,
        view: impl Fn(&mut Object, &'t T),
    ) -> Result<Response, Problem> {
        let mut rows: Vec<&T> = rows.collect();
        rows.sort_by(|one, other| one.id().cmp(other.id()));
        if let Some(marker) = self.call.query("marker").filter(|marker| !marker.is_empty()) {
            if !table.contains(marker) {
                return Err(errors::marker_not_found(marker));
            }
            rows.retain(|row| &**row.id() > marker);
        }
        let limit = self.limit();
        let cut = limit.is_some_and(|limit| rows.len() > limit || (filtered && rows.len() == limit));
        rows.truncate(limit.filter(|limit| !filtered || *limit > 0).unwrap_or(usize::MAX));
        let next = rows.last().filter(|_| cut).map(|last| self.address_after(last.id()));
        Ok(self.answer(rows, cut, next, view))
    }

    fn limit(&self) -> Option<usize> {
        self.call.query("limit").and_then(|limit| limit.parse().ok())
    }

    fn address_after(&self, marker: &str) -> String {
        address(self.call, urls::query_behind(self.call, marker))
    }

    fn answer<T>(
        &self,
        rows: impl IntoIterator<Item = T>,
        cut: bool,
        next: Option<String>,
        view: impl Fn(&mut Object, T),
    ) -> Response {
        Response::object(|o| {
            o.each(self.key, rows, view);
            o.object("links", |o| {
                o.set("next", next);
                o.set("self", own_address(self.call));
                o.set("previous", ());
            });
            if cut {
                o.set("truncated", true);
            }
        })
    }
}

/// The filters of a query: `name=x`, `enabled=0`, `name__icontains=x`. Parameters that are not attributes
/// are ignored.
pub struct Filters<'c>(Vec<Filter<'c>>);

struct Filter<'c> {
    attribute: &'static str,
    /// `contains`, `startswith`, `endswith`, or empty for equality.
    comparator: &'c str,
    ignores_case: bool,
    value: &'c str,
}

impl<'c> Filters<'c> {
    /// The filters of `call` on `attributes`.
    pub fn of(call: &'c Call, attributes: &[&'static str]) -> Self {
        let filter = |(name, value): &'c (String, String)| {
            let (name, comparator) = name.split_once("__").unwrap_or((name, ""));
            let attribute = attributes.iter().copied().find(|attribute| *attribute == name)?;
            let case_insensitive = comparator.strip_prefix('i');
            Some(Filter {
                attribute,
                comparator: case_insensitive.unwrap_or(comparator),
                ignores_case: case_insensitive.is_some(),
                value,
            })
        };
        Filters(call.query.iter().filter_map(filter).collect())
    }

    /// True if there are no filters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if a row passes all filters. `attribute` returns the value of an attribute by name.
    pub fn admit(&self, attribute: impl Fn(&str) -> Value) -> bool {
        self.0.iter().all(|filter| filter.admits(&attribute(filter.attribute)))
    }
}

impl Filter<'_> {
    fn admits(&self, actual: &Value) -> bool {
        match actual {
            // A word that is not a boolean counts as true.
            Value::Bool(actual) if self.comparator.is_empty() => {
                bool_from_string(self.value).unwrap_or(true) == *actual
            }
            Value::String(actual) if self.ignores_case => {
                self.compares(&actual.to_lowercase(), &self.value.to_lowercase())
            }
            Value::String(actual) => self.compares(actual, self.value),
            _ => false,
        }
    }

    fn compares(&self, actual: &str, expected: &str) -> bool {
        match self.comparator {
            "" => mysql::same(actual, expected),
            "contains" => actual.contains(expected),
            "startswith" => actual.starts_with(expected),
            "endswith" => actual.ends_with(expected),
            _ => true,
        }
    }
}

/// True if the query has the parameter with any value except `0` (`query_filter_is_true`).
pub fn flag(call: &Call, name: &str) -> bool {
    call.query(name).is_some_and(|value| value != "0")
}

/// The URL of the request, with its query.
pub fn own_address(call: &Call) -> String {
    address(call, urls::query(call))
}

/// The URL of the API with the query of the request: where upstream forgets the path (`full_url()`).
pub fn root_address(call: &Call) -> String {
    address_of(call, "/v3", urls::query(call))
}

fn address<'q>(call: &Call, query: impl Iterator<Item = (&'q str, &'q str)>) -> String {
    address_of(call, call.path.trim_end_matches('/'), query)
}

fn address_of<'q>(call: &Call, path: &str, query: impl Iterator<Item = (&'q str, &'q str)>) -> String {
    let query = urls::urlencode_quoted(query);
    let query = if query.is_empty() { query } else { format!("?{query}") };
    format!("{}{path}{query}", call.base())
}

/// Writes `"links": {"self": "http://…/v3/users/ID"}`. `path` follows `/v3`.
pub fn link(o: &mut Object, call: &Call, path: &str) {
    o.object("links", |o| o.set("self", format_args!("{}/v3{path}", call.base())));
}
