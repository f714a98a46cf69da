//! The parts that all lists of Cinder have in common: projects, filters, `limit`, `offset`, `marker`, `sort`,
//! `with_count` and links to the next page (cinder/api/common.py, cinder/db/api.py).
//!
//! A list has two steps: `Query::of(call, "snapshot")` parses the query string and `SNAPSHOTS.page(…)` selects
//! the rows. In between, a resource takes the filters that it evaluates itself.

use super::{errors, policy, resource_filters};
use crate::clouds::openstack::{mysql, python, urls};
use crate::engine::{Call, Id, Object, Problem, Row, Table};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::cmp::Ordering;

/// The maximum length of a page (`osapi_max_limit`).
const MAX_LIMIT: usize = 1000;

/// The largest integer in the database.
const DB_MAX_INT: i64 = 0x7FFF_FFFF;

/// The value of a column, which lists sort and filter by.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Key {
    Nothing,
    Flag(bool),
    Number(i64),
    Text(String),
}

/// A column: its name in Cinder's database and a function that reads its value.
pub type Column<T> = (&'static str, fn(&T) -> Key);

/// A column to sort by, and whether it ascends.
type Sorting<T> = (fn(&T) -> Key, bool);

/// How one resource is listed.
pub struct Listing<T: 'static> {
    /// The columns to sort and filter by.
    pub columns: &'static [Column<T>],
    /// The error for an unknown marker. None: an unknown marker is ignored.
    pub no_marker: Option<fn(&str) -> Problem>,
}

/// The parsed query string of a list.
#[derive(Debug)]
pub struct Query {
    limit: usize,
    offset: usize,
    marker: Option<String>,
    /// Columns and directions, as the client sent them.
    sort: Vec<(String, String)>,
    count: bool,
    /// True if an administrator requests the rows of all projects.
    pub all_projects: bool,
    /// The remaining filters.
    filters: Vec<(String, String)>,
    /// True if the values of filters are parsed with `literal_eval`, so that `['a', 'b']` is a choice.
    literals: bool,
}

/// How a list reads `all_tenants`.
enum Tenants {
    /// Administrators say with a boolean that they want all projects.
    Flag,
    /// For administrators the parameter means all projects, whatever its value is. For others it is a filter.
    Presence,
    /// It is a filter as any other: no row has it.
    NotSpecial,
}

impl Tenants {
    fn of(resource: &str) -> Tenants {
        match resource {
            "volume_type" | "qos_specs" | "message" => Tenants::NotSpecial,
            "group" | "group_snapshot" | "consistencygroup" | "attachment" => Tenants::Presence,
            _ => Tenants::Flag,
        }
    }
}

/// A page of a list.
pub struct Page<'t, T> {
    pub rows: Vec<&'t T>,
    /// The number of rows on all pages, if the client requested it (`with_count`).
    pub count: Option<usize>,
    limit: usize,
}

impl Query {
    /// Parses the query string of a list without filters.
    pub fn unfiltered(call: &Call) -> Result<Query, Problem> {
        let (limit, offset) = (limit(call)?, offset(call)?);
        let (sort, marker) = (sort_by(call, "created_at")?, call.query("marker").map(str::to_owned));
        Ok(Query { limit, offset, marker, sort, all_projects: false, ..Query::everything() })
    }

    /// Parses the query string of a list of `resource`, a name in [`resource_filters`].
    /// Filters that the caller cannot use are errors since 3.31, and ignored before.
    pub fn of(call: &Call, resource: &str) -> Result<Query, Problem> {
        let has_count = matches!(resource, "volume" | "snapshot" | "backup") && call.since(3, 45);
        let admit = |filters| resource_filters::admitted(call, resource, filters);
        let query = Query { literals: resource == "volume", ..Query::read(call, has_count, admit)? };
        Ok(query.for_projects(call, Tenants::of(resource)))
    }

    /// Parses the query string of a list whose filters are not configurable.
    pub fn open(call: &Call, resource: &str) -> Result<Query, Problem> {
        Ok(Query::read(call, false, Ok)?.for_projects(call, Tenants::of(resource)))
    }

    /// Parses the query string of a list that takes every parameter for a filter, oldest row first. `limit` and
    /// `offset` are checked all the same (`common.limited`).
    pub fn filters_only(call: &Call, resource: &str) -> Result<Query, Problem> {
        limit(call)?;
        offset(call)?;
        let sort = vec![("created_at".to_owned(), "asc".to_owned())];
        let query = Query { sort, filters: call.query.clone(), all_projects: false, ..Query::everything() };
        Ok(query.for_projects(call, Tenants::of(resource)))
    }

    fn read(
        call: &Call,
        has_count: bool,
        admit: impl FnOnce(Vec<(String, String)>) -> Result<Vec<(String, String)>, Problem>,
    ) -> Result<Query, Problem> {
        let (limit, offset) = (limit(call)?, offset(call)?);
        let sort = sort_by(call, "created_at")?;
        let count = match call.query("with_count") {
            Some(text) if has_count => super::strict_bool("with_count", text)?,
            _ => false,
        };
        let paging = ["limit", "offset", "marker", "sort", "sort_key", "sort_dir"];
        let is_filter = |name: &str| !paging.contains(&name) && (name != "with_count" || !has_count);
        let filters = call.query.iter().filter(|(name, _)| is_filter(name)).cloned().collect();
        let filters = admit(filters)?;
        let marker = call.query("marker").map(str::to_owned);
        Ok(Query { limit, offset, marker, sort, count, filters, all_projects: false, ..Query::everything() })
    }

    fn for_projects(mut self, call: &Call, tenants: Tenants) -> Query {
        self.all_projects = match tenants {
            Tenants::NotSpecial => false,
            Tenants::Presence => policy::is_admin(call) && self.take("all_tenants").is_some(),
            Tenants::Flag => {
                let all = self.take("all_tenants").and_then(|text| python::bool_from_string(&text));
                all == Some(true) && policy::is_admin(call)
            }
        };
        self
    }

    /// All rows, newest first, without parameters.
    pub fn everything() -> Query {
        let sort = vec![("created_at".to_owned(), "desc".to_owned())];
        Query {
            limit: usize::MAX,
            offset: 0,
            marker: None,
            sort,
            count: false,
            all_projects: true,
            filters: vec![],
            literals: false,
        }
    }

    /// Removes a filter and returns its value.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.filters.iter().rposition(|(known, _)| known == name)?;
        let value = self.filters.remove(at).1;
        self.filters.retain(|(known, _)| known != name);
        Some(value)
    }

    /// Adds a filter on a column.
    pub fn put(&mut self, name: &str, value: &str) {
        self.filters.push((name.to_owned(), value.to_owned()));
    }

    /// Renames a filter to its column, such as `name` to `display_name`. Applies to `name~` as well.
    pub fn rename(&mut self, from: &str, to: &str) {
        for (name, _) in &mut self.filters {
            if name.trim_end_matches('~') == from {
                *name = name.replacen(from, to, 1);
            }
        }
    }

    /// Renames a column to sort by.
    pub fn rename_sort(&mut self, from: &str, to: &str) {
        for (name, _) in self.sort.iter_mut().filter(|(name, _)| name == from) {
            *name = to.to_owned();
        }
    }

    /// True for the default order.
    fn newest_first(&self) -> bool {
        matches!(&self.sort[..], [(key, direction)] if key == "created_at" && direction == "desc")
    }
}

/// A filter on a column.
struct Filter<T> {
    column: fn(&T) -> Key,
    /// `LIKE '%value%'` (`name~`) instead of equality.
    like: bool,
    value: Value,
}

impl<T> Filter<T> {
    fn matches(&self, row: &T) -> bool {
        let key = (self.column)(row);
        match &self.value {
            value if self.like => key.text().to_lowercase().contains(&python::str(value).to_lowercase()),
            Value::Array(values) => values.iter().any(|value| key.is(value)),
            value => key.is(value),
        }
    }
}

impl Key {
    /// Text, or nothing.
    pub fn of(text: &Option<impl AsRef<str>>) -> Key {
        text.as_ref().map_or(Key::Nothing, |text| Key::Text(text.as_ref().to_owned()))
    }

    /// A time in whole seconds, or nothing.
    pub fn time(at: Option<DateTime<Utc>>) -> Key {
        at.map_or(Key::Nothing, |at| Key::Number(at.timestamp()))
    }

    fn text(&self) -> String {
        match self {
            Key::Nothing => String::new(),
            Key::Flag(flag) => i32::from(*flag).to_string(),
            Key::Number(number) => number.to_string(),
            Key::Text(text) => text.clone(),
        }
    }

    /// Equality as in MySQL, where texts that differ in case only are equal, and a text that is compared with a number
    /// or a flag is the number that it begins with, or 0.
    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Key::Nothing, value) => value.is_null(),
            (_, Value::Null) => false,
            (Key::Flag(flag), Value::Bool(value)) => flag == value,
            (Key::Flag(flag), value) => mysql::number(&python::str(value)) == f64::from(u8::from(*flag)),
            (Key::Number(number), Value::Bool(value)) => *number == i64::from(*value),
            (Key::Number(number), value) => mysql::number(&python::str(value)) == *number as f64,
            (key, value) => mysql::same(&key.text(), &python::str(value)),
        }
    }

    /// The order of MySQL, which does not look at the case of texts.
    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Text(one), Key::Text(other)) => mysql::folded(one).cmp(&mysql::folded(other)),
            (one, other) => one.partial_cmp(other).unwrap_or(Ordering::Equal),
        }
    }
}

impl<T: Row> Listing<T> {
    /// The page of the rows of `table` that fulfil `condition`: those of the caller's project, or of all projects
    /// for an administrator with `all_tenants`.
    pub fn page<'t>(
        &self,
        call: &Call,
        query: &Query,
        table: &'t Table<T>,
        condition: impl Fn(&T) -> bool,
    ) -> Result<Page<'t, T>, Problem> {
        let owner = (!query.all_projects).then(|| call.project());
        self.page_of(call, query, table, owner, condition)
    }

    /// As [`Listing::page`], for the rows of `owner`, or for all rows.
    pub fn page_of<'t>(
        &self,
        call: &Call,
        query: &Query,
        table: &'t Table<T>,
        owner: Option<Id>,
        condition: impl Fn(&T) -> bool,
    ) -> Result<Page<'t, T>, Problem> {
        let marker = self.marker(call, query, table, owner.as_ref())?;
        let order = self.order(&query.sort)?;
        let Some(filters) = self.filters(query) else {
            return Ok(Page { rows: vec![], count: query.count.then_some(0), limit: query.limit });
        };
        let selected = |row: &&T| filters.iter().all(|filter| filter.matches(row)) && condition(row);
        let count = query.count.then(|| rows(table, owner.as_ref()).filter(selected).count());
        if query.newest_first() {
            let after: Box<dyn Iterator<Item = &T>> = match (marker, &owner) {
                (None, _) => rows(table, owner.as_ref()),
                (Some(marker), Some(owner)) => Box::new(table.of_before(owner, marker.id())),
                (Some(marker), None) => Box::new(table.all_before(marker.id())),
            };
            let rows = after.filter(selected).skip(query.offset).take(query.limit).collect();
            return Ok(Page { rows, count, limit: query.limit });
        }
        let mut all: Vec<&T> = rows(table, owner.as_ref()).filter(selected).collect();
        if order.first().is_some_and(|(_, ascending)| *ascending) {
            all.reverse();
        }
        all.sort_by(|one, other| compare(&order, one, other));
        let skipped = marker.map_or(0, |marker| match all.iter().position(|row| row.id() == marker.id()) {
            Some(at) => at + 1,
            None => all.iter().take_while(|row| compare(&order, row, marker).is_le()).count(),
        });
        let rows = all.into_iter().skip(skipped).skip(query.offset).take(query.limit).collect();
        Ok(Page { rows, count, limit: query.limit })
    }

    /// The row after which the page begins. For an administrator it can belong to any project.
    fn marker<'t>(
        &self,
        call: &Call,
        query: &Query,
        table: &'t Table<T>,
        owner: Option<&Id>,
    ) -> Result<Option<&'t T>, Problem> {
        let Some(id) = query.marker.as_deref() else { return Ok(None) };
        let visible = |row: &&T| policy::is_admin(call) || owner.is_none_or(|owner| row.owner() == owner);
        match (table.get(id).filter(visible), self.no_marker) {
            (None, Some(refuse)) => Err(refuse(id)),
            (row, _) => Ok(row),
        }
    }

    fn column(&self, name: &str) -> Option<fn(&T) -> Key> {
        self.columns.iter().find(|(known, _)| *known == name).map(|(_, column)| *column)
    }

    /// The columns to sort by, and whether they ascend (`process_sort_params`).
    fn order(&self, sort: &[(String, String)]) -> Result<Vec<Sorting<T>>, Problem> {
        if !sort.iter().all(|(_, direction)| direction == "asc" || direction == "desc") {
            return Err(errors::unknown_sort_direction());
        }
        let column = |(name, direction): &(String, String)| {
            let column = self.column(name).ok_or_else(errors::invalid_sort_key)?;
            Ok((column, direction == "asc"))
        };
        sort.iter().map(column).collect()
    }

    /// The remaining filters. None if one is not a column, since then no row matches.
    fn filters(&self, query: &Query) -> Option<Vec<Filter<T>>> {
        let mut filters = vec![];
        for (name, text) in &query.filters {
            let column = self.column(name.trim_end_matches('~'))?;
            // Names are always compared as text.
            let raw = !query.literals || name.starts_with("display_name");
            let value = if raw { None } else { python::literal(text) };
            let value = value.unwrap_or_else(|| Value::from(text.as_str()));
            filters.push(Filter { column, like: name.ends_with('~'), value });
        }
        Some(filters)
    }
}

fn compare<T>(order: &[Sorting<T>], one: &T, other: &T) -> Ordering {
    let by = |(column, ascending): &Sorting<T>| {
        let order = column(one).compare(&column(other));
        if *ascending { order } else { order.reverse() }
    };
    order.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// The rows of one owner, or of all, newest first.
fn rows<'t, T: Row>(table: &'t Table<T>, owner: Option<&Id>) -> Box<dyn Iterator<Item = &'t T> + 't> {
    match owner {
        Some(owner) => Box::new(table.of(owner)),
        None => Box::new(table.all()),
    }
}

impl<T: Row> Page<'_, T> {
    /// Skips the first rows once more, as lists do that apply `offset` to the result of their database, too.
    pub fn skip(&mut self, offset: usize) {
        self.rows.drain(..offset.min(self.rows.len()));
    }

    /// Writes the link to the next page and the count. A full page has a link. With a count, upstream compares the
    /// count with the limit, so that the last page also has a link.
    pub fn finish(&self, o: &mut Object, call: &Call, collection: &str, path: &str) {
        let full = self.count.filter(|count| *count > 0).unwrap_or(self.rows.len()) >= self.limit;
        if let Some(last) = self.rows.last().filter(|_| full) {
            let next = next_link(call, path, last.id());
            o.list(&format!("{collection}_links"), |links| {
                links.object(|o| {
                    o.set("rel", "next");
                    o.set("href", next);
                });
            });
        }
        if let Some(count) = self.count {
            o.set("count", count);
        }
    }
}

fn next_link(call: &Call, path: &str, marker: &str) -> String {
    format!("{}/{path}?{}", root(call), urls::urlencode(urls::query_behind(call, marker)))
}

/// The base URL of the API: `http://…/v3/{project}`. The project is omitted if the request's path has none.
pub fn root(call: &Call) -> String {
    match call.param("project_id") {
        "" => format!("{}/v3", call.base()),
        project => format!("{}/v3/{project}", call.base()),
    }
}

/// The `self` and `bookmark` links of a resource.
pub fn links(o: &mut Object, call: &Call, collection: &str, id: &str) {
    let (base, project) = (call.base(), call.param("project_id"));
    let slash = if project.is_empty() { "" } else { "/" };
    o.list("links", |links| {
        for (rel, version) in [("self", "/v3"), ("bookmark", "")] {
            links.object(|o| {
                o.set("rel", rel);
                o.set("href", format_args!("{base}{version}{slash}{project}/{collection}/{id}"));
            });
        }
    });
}

/// `offset` and `limit`, for lists without other parameters. Fails with 400.
pub fn slice(call: &Call) -> Result<(usize, usize), Problem> {
    let limit = limit(call)?;
    Ok((offset(call)?, limit))
}

/// `limit`, or the maximum. Fails with 400 if it is not a number or negative.
pub fn limit(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query("limit") else { return Ok(MAX_LIMIT) };
    let limit = python::int(text).ok_or_else(errors::limit_not_an_integer)?;
    usize::try_from(limit).map(|limit| limit.min(MAX_LIMIT)).map_err(|_| errors::limit_negative())
}

/// `offset`, 0 by default. Fails with 400 if it is not a number, negative or too large.
pub fn offset(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query("offset") else { return Ok(0) };
    let offset = python::int(text).ok_or_else(errors::offset_not_an_integer)?;
    if offset > DB_MAX_INT {
        return Err(errors::offset_too_large());
    }
    usize::try_from(offset).map_err(|_| errors::offset_negative())
}

/// The sort keys and directions, as the client sent them, with `default` as the default key.
pub fn sort_by(call: &Call, default: &str) -> Result<Vec<(String, String)>, Problem> {
    let (key, direction) = (call.query("sort_key"), call.query("sort_dir"));
    let pair = |key: &str, direction: &str| (key.trim().to_owned(), direction.trim().to_owned());
    let Some(sort) = call.query("sort") else {
        return Ok(vec![pair(key.unwrap_or(default), direction.unwrap_or("desc"))]);
    };
    if key.is_some() || direction.is_some() {
        return Err(errors::sort_parameters_mixed());
    }
    let pairs = sort.trim().split(',').map(|one| match one.split_once(':') {
        Some((key, direction)) if !direction.is_empty() => pair(key, direction),
        Some((key, _)) => pair(key, "desc"),
        None => pair(one, "desc"),
    });
    Ok(pairs.collect())
}
