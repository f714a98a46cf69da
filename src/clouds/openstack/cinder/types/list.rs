//! Which volume types a list shows: `is_public`, `extra_specs`, and whatever column an administrator names.

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
    let shown = Shown::of(call, query.take("is_public"))?;
    let specs = wanted_specs(call, query.take("extra_specs"))?;
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

/// Whether public types are shown, private ones, or all.
pub enum Shown {
    All,
    Public,
    Private,
}

impl Shown {
    /// Only administrators choose (`_parse_is_public` in cinder/api/api_utils.py).
    pub fn of(call: &Call, asked: Option<String>) -> Result<Shown, Problem> {
        let Some(text) = asked.filter(|_| policy::is_admin(call)) else { return Ok(Shown::Public) };
        match python::bool_from_string(&text) {
            _ if text.eq_ignore_ascii_case("none") => Ok(Shown::All),
            Some(true) => Ok(Shown::Public),
            Some(false) => Ok(Shown::Private),
            None => Err(errors::invalid_is_public(&text)),
        }
    }

    /// A private type to which the own project was given access passes for a public one.
    fn includes(&self, call: &Call, one: &VolumeType) -> bool {
        match self {
            Shown::All => true,
            Shown::Public => one.is_public || one.projects.contains(&call.project()),
            Shown::Private => !one.is_public,
        }
    }
}

/// `extra_specs={'multiattach': '<is> True'}`, in Python's spelling. Members may say it from 3.52 on.
fn wanted_specs(call: &Call, asked: Option<String>) -> Result<Vec<(String, String)>, Problem> {
    let Some(text) = asked.filter(|_| policy::is_admin(call) || call.since(3, 52)) else { return Ok(vec![]) };
    match python::literal(&text) {
        Some(Value::Object(specs)) => Ok(specs.into_iter().map(|(key, value)| (key, python::str(&value))).collect()),
        _ => Err(errors::extra_specs_not_a_dictionary(&text)),
    }
}

/// Availability zones are a list in one text, of which a part is enough.
fn has_spec(one: &VolumeType, key: &str, value: &str) -> bool {
    let own = one.extra_specs.get(key).and_then(Value::as_str);
    own.is_some_and(|own| if key == "RESKEY:availability_zones" { own.contains(value) } else { own == value })
}
