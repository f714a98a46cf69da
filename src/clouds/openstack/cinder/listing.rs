//! What all of Cinder's lists share: whose rows, `limit`, `offset` and `marker`, `sort`, links to
//! the next page (cinder/api/common.py).

use super::{errors, policy};
use crate::engine::{Call, Id, Object, Problem, Row, Table};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::cmp::Ordering;

/// No list is longer (`osapi_max_limit`).
const MOST: usize = 1000;

/// The value by which a row is sorted.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Key {
    Nothing,
    Number(i64),
    Text(String),
}

/// How one resource is listed.
pub struct Listing<T> {
    /// The value of a sort key, and nothing if there is no such key.
    pub key: fn(&T, &str) -> Option<Key>,
    /// What is said of a marker that is not there. Without it such a list begins at its beginning.
    pub no_marker: Option<fn(&str) -> Problem>,
}

/// A page of a list.
pub struct Page<'t, T> {
    pub rows: Vec<&'t T>,
    /// How many rows there are on all pages; counted only if the client asks (`with_count`).
    pub count: Option<usize>,
    limit: usize,
}

impl<T: Row> Listing<T> {
    /// The rows that the call asks for, of those for which `wanted` is true. An administrator who says
    /// `all_tenants` sees everybody's.
    pub fn page<'t>(
        &self,
        call: &Call,
        table: &'t Table<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Page<'t, T>, Problem> {
        let owner = (!everybody(call)?).then(|| call.project());
        self.page_of(call, table, owner, wanted)
    }

    /// The same of one owner's rows, or of all: of what belongs to no project.
    pub fn page_of<'t>(
        &self,
        call: &Call,
        table: &'t Table<T>,
        owner: Option<Id>,
        wanted: impl Fn(&T) -> bool,
    ) -> Result<Page<'t, T>, Problem> {
        let limit = limit(call)?;
        let offset = offset(call)?;
        let sort = sort(call)?;
        let count = counted(call)?.then(|| rows(table, owner.as_ref()).filter(|row| wanted(row)).count());
        let marker = self.marker(call, table, owner.as_ref())?;
        if sort.len() == 1 && sort[0] == ("created_at".to_owned(), false) {
            let after: Box<dyn Iterator<Item = &T>> = match (marker, &owner) {
                (None, _) => rows(table, owner.as_ref()),
                (Some(marker), Some(owner)) => Box::new(table.of_before(owner, marker)),
                (Some(marker), None) => Box::new(table.all_before(marker)),
            };
            let rows = after.filter(|row| wanted(row)).skip(offset).take(limit).collect();
            return Ok(Page { rows, count, limit });
        }
        let mut all: Vec<&T> = rows(table, owner.as_ref()).filter(|row| wanted(row)).collect();
        self.sort(&mut all, &sort)?;
        let skipped = marker.and_then(|marker| all.iter().position(|row| **row.id() == *marker)).map_or(0, |at| at + 1);
        let rows = all.into_iter().skip(skipped + offset).take(limit).collect();
        Ok(Page { rows, count, limit })
    }

    /// The id of the row after which the page begins.
    fn marker<'c>(&self, call: &'c Call, table: &Table<T>, owner: Option<&Id>) -> Result<Option<&'c str>, Problem> {
        let Some(id) = call.query("marker") else { return Ok(None) };
        let row = table.get(id).filter(|row| owner.is_none_or(|owner| row.owner() == owner));
        match (row, self.no_marker) {
            (Some(_), _) => Ok(Some(id)),
            (None, Some(refuse)) => Err(refuse(id)),
            (None, None) => Ok(None),
        }
    }

    fn sort(&self, rows: &mut [&T], sort: &[(String, bool)]) -> Result<(), Problem> {
        if let Some(first) = rows.first() {
            for (name, _) in sort {
                (self.key)(first, name).ok_or_else(errors::invalid_sort_key)?;
            }
        }
        rows.sort_by(|one, other| {
            let by = |(name, ascending): &(String, bool)| {
                let order = (self.key)(one, name).partial_cmp(&(self.key)(other, name)).unwrap_or(Ordering::Equal);
                if *ascending { order } else { order.reverse() }
            };
            sort.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        Ok(())
    }
}

impl<T: Row> Page<'_, T> {
    /// `volumes_links` with the next page, where there is one, and `count`.
    pub fn finish(&self, o: &mut Object, call: &Call, collection: &str, path: &str) {
        if let Some(last) = self.rows.last().filter(|_| self.rows.len() >= self.limit && self.limit > 0) {
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

fn rows<'t, T: Row>(table: &'t Table<T>, owner: Option<&Id>) -> Box<dyn Iterator<Item = &'t T> + 't> {
    match owner {
        Some(owner) => Box::new(table.of(owner)),
        None => Box::new(table.all()),
    }
}

fn next_link(call: &Call, path: &str, marker: &str) -> String {
    let others =
        call.query.iter().filter(|(key, _)| key != "marker").map(|(key, value)| (key.as_str(), value.as_str()));
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = others
        .chain([("marker", marker)])
        .map(|(key, value)| format!("{}={}", encode(key), encode(value).replace("%2D", "-")))
        .collect();
    format!("{}/{path}?{}", root(call), pairs.join("&"))
}

/// `http://…/v3/{project}`, with the project if the client put it into the path.
pub fn root(call: &Call) -> String {
    match call.param("project_id") {
        "" => format!("{}/v3", call.base()),
        project => format!("{}/v3/{project}", call.base()),
    }
}

/// The `self` and `bookmark` links of a resource.
pub fn links(o: &mut Object, call: &Call, collection: &str, id: &str) {
    let root = root(call);
    let bookmark = root.replacen("/v3", "", 1);
    o.list("links", |links| {
        for (rel, root) in [("self", &root), ("bookmark", &bookmark)] {
            links.object(|o| {
                o.set("rel", rel);
                o.set("href", format_args!("{root}/{collection}/{id}"));
            });
        }
    });
}

fn limit(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query("limit") else { return Ok(MOST) };
    let limit: i64 = text.trim().parse().map_err(|_| errors::limit_not_an_integer())?;
    usize::try_from(limit).map(|limit| limit.min(MOST)).map_err(|_| errors::limit_negative())
}

fn offset(call: &Call) -> Result<usize, Problem> {
    let Some(text) = call.query("offset") else { return Ok(0) };
    let offset: i64 = text.trim().parse().map_err(|_| errors::offset_not_an_integer(text))?;
    let offset = usize::try_from(offset).map_err(|_| errors::offset_negative())?;
    if offset > 0x7FFF_FFFF { Err(errors::offset_too_large()) } else { Ok(offset) }
}

/// Sort keys, and whether they ascend.
fn sort(call: &Call) -> Result<Vec<(String, bool)>, Problem> {
    let (key, direction) = (call.query("sort_key"), call.query("sort_dir"));
    let mut pairs: Vec<(String, String)> = vec![];
    match call.query("sort") {
        Some(_) if key.is_some() || direction.is_some() => return Err(errors::sort_parameters_mixed()),
        Some(sort) => pairs.extend(sort.trim().split(',').map(|one| {
            let (key, direction) = one.split_once(':').unwrap_or((one, "desc"));
            (key.trim().to_owned(), if direction.is_empty() { "desc" } else { direction.trim() }.to_owned())
        })),
        None => {
            pairs.push((key.unwrap_or("created_at").trim().to_owned(), direction.unwrap_or("desc").trim().to_owned()))
        }
    }
    let ascending = |(key, direction): (String, String)| match direction.as_str() {
        "asc" => Ok((key, true)),
        "desc" => Ok((key, false)),
        _ => Err(errors::unknown_sort_direction()),
    };
    pairs.into_iter().map(ascending).collect()
}

/// True if an administrator asks for everybody's rows.
pub fn everybody(call: &Call) -> Result<bool, Problem> {
    match call.query("all_tenants") {
        Some(text) if policy::is_admin(call) => Ok(text.is_empty() || super::strict_bool("all_tenants", text)?),
        _ => Ok(false),
    }
}

/// `with_count` came with 3.45.
fn counted(call: &Call) -> Result<bool, Problem> {
    match call.query("with_count") {
        Some(text) if call.since(3, 45) => super::strict_bool("with_count", text),
        _ => Ok(false),
    }
}
