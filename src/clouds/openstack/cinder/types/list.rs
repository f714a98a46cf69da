//! `GET /types`, with the filters `is_public` and `extra_specs`, and by column for administrators.

use super::super::super::{OpenStack, python};
use super::super::listing::{Column, Key, Listing, Query};
use super::super::{errors, policy};
use super::{VolumeType, view};
use crate::engine::{Answer, Call, Problem, Response};
use serde_json::Value;

const TYPES: Listing<VolumeType> = Listing { columns: COLUMNS, no_marker: None };

/// The columns of `volume_types` in cinder/db/models.py.
const COLUMNS: &[Column<VolumeType>] = &[
    ("id", |one| Key::Text(one.id.to_string())),
    ("name", |one| Key::Text(one.name.clone())),
    ("description", |one| Key::of(&one.description)),
    ("qos_specs_id", |one| Key::of(&one.qos_specs)),
    ("is_public", |one| Key::Flag(one.is_public)),
    ("created_at", |one| Key::time(Some(one.created))),
    ("updated_at", |one| Key::time(one.updated)),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

pub(super) fn list(call: &Call, os: &OpenStack) -> Answer {
    let types = &os.cinder.volume_types;
    let mut query = Query::of(call, "volume_type")?;
    let shown = PublicFilter::of(call, query.take("is_public"))?;
    let specs = spec_filter(call, query.take("extra_specs"))?;
    let page = TYPES.page_of(call, &query, types, None, |one| {
        shown.includes(call, one)
            && specs.iter().all(|(key, value)| view::may_see_spec(call, key) && has_spec(one, key, value))
    })?;
    Ok(Response::object(|o| {
        o.each("volume_types", page.rows.iter().copied(), |o, one| {
            view::fields(o, one, call);
            view::access(o, one, call);
        });
        page.finish(o, call, "volume_type", "types");
    }))
}

/// The filter `is_public`.
pub enum PublicFilter {
    All,
    Public,
    Private,
}

impl PublicFilter {
    /// Parses the filter. Only administrators can use it (`_parse_is_public` in cinder/api/api_utils.py).
    pub fn of(call: &Call, text: Option<String>) -> Result<PublicFilter, Problem> {
        let Some(text) = text.filter(|_| policy::is_admin(call)) else { return Ok(PublicFilter::Public) };
        match python::bool_from_string(&text) {
            _ if text.eq_ignore_ascii_case("none") => Ok(PublicFilter::All),
            Some(true) => Ok(PublicFilter::Public),
            Some(false) => Ok(PublicFilter::Private),
            None => Err(errors::invalid_is_public(&text)),
        }
    }

    /// Private types that the project has access to count as public.
    fn includes(&self, call: &Call, one: &VolumeType) -> bool {
        match self {
            PublicFilter::All => true,
            PublicFilter::Public => one.is_public || one.projects.contains(&call.project()),
            PublicFilter::Private => !one.is_public,
        }
    }
}

/// The filter `extra_specs={'multiattach': '<is> True'}`, a Python literal. For non-administrators since 3.52.
fn spec_filter(call: &Call, text: Option<String>) -> Result<Vec<(String, String)>, Problem> {
    let Some(text) = text.filter(|_| policy::is_admin(call) || call.since(3, 52)) else { return Ok(vec![]) };
    match python::literal(&text) {
        Some(Value::Object(specs)) => Ok(specs.into_iter().map(|(key, value)| (key, python::str(&value))).collect()),
        _ => Err(errors::extra_specs_not_a_dictionary(&text)),
    }
}

/// True if the type has the spec. The availability zones are a list in one string, so that a part matches.
fn has_spec(one: &VolumeType, key: &str, value: &str) -> bool {
    let own = one.extra_specs.get(key).and_then(Value::as_str);
    own.is_some_and(|own| if key == "RESKEY:availability_zones" { own.contains(value) } else { own == value })
}
