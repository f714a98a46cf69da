//! Lists of flavors (`index` and `detail` in nova/api/openstack/compute/flavors.py).

use super::super::{errors, paging, policy};
use super::{Flavor, view};
use crate::clouds::openstack::python::{bool_from_string, int};
use crate::clouds::openstack::{OpenStack, mysql};
use crate::engine::{Answer, Call, Object, Problem, Response};
use regex::RegexBuilder;
use schemars::{Schema, json_schema};
use std::cmp::Ordering;

/// The query schema of both lists.
pub fn query() -> Schema {
    let number = json_schema!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1});
    json_schema!({
        "type": "object",
        "properties": {
            "limit": number,
            "marker": {"type": "string"},
            "is_public": {"type": "string"},
            "minRam": {"type": "string"},
            "minDisk": {"type": "string"},
            "sort_key": {
                "type": "string",
                "enum": SORT_KEYS,
                "x-from": {"2.102": {"enum": SORT_KEYS.iter().filter(|key| **key != "rxtx_factor").collect::<Vec<_>>()}},
            },
            "sort_dir": {"type": "string", "enum": ["asc", "desc"]},
            "name": {"type": "string", "x-since": "2.102"},
        },
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}},
    })
}

const SORT_KEYS: [&str; 15] = [
    "created_at",
    "description",
    "disabled",
    "ephemeral_gb",
    "flavorid",
    "id",
    "is_public",
    "memory_mb",
    "name",
    "root_gb",
    "rxtx_factor",
    "swap",
    "updated_at",
    "vcpu_weight",
    "vcpus",
];

/// Without details.
pub fn list(call: &Call, os: &OpenStack) -> Answer {
    page(call, os, "flavors", view::summary)
}

/// With details.
pub fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    page(call, os, "flavors/detail", view::detail)
}

fn page(call: &Call, os: &OpenStack, path: &str, show: fn(&mut Object, &Flavor, &Call)) -> Answer {
    let mut flavors = filtered(call, os)?;
    let column = call.last_query("sort_key").filter(|key| !key.is_empty()).unwrap_or("flavorid");
    let descending = call.last_query("sort_dir") == Some("desc");
    let order = |one: &&Flavor, other: &&Flavor| {
        let order = compare(column, one, other).then(one.number.cmp(&other.number));
        if descending { order.reverse() } else { order }
    };
    flavors.sort_by(order);
    if let Some(marker) = call.last_query("marker") {
        let row = os.nova.flavors.get(marker).filter(|flavor| flavor.is_usable_by(call));
        let row = row.ok_or_else(|| errors::flavor_marker_not_found(marker))?;
        flavors.retain(|flavor| order(flavor, &row).is_gt());
    }
    flavors.truncate(paging::limit(call));
    Ok(Response::object(|o| {
        o.each("flavors", &flavors, |o, flavor| show(o, flavor, call));
        paging::next_link(o, call, "flavors_links", path, flavors.len(), flavors.last().map(|last| &*last.id));
    }))
}

/// The flavors that pass the filters. Users other than administrators see public flavors and those of their project,
/// whatever they request.
fn filtered<'o>(call: &Call, os: &'o OpenStack) -> Result<Vec<&'o Flavor>, Problem> {
    let admin = policy::is_admin(call);
    let is_public = if admin { is_public(call)? } else { Some(true) };
    let min_ram = minimum(call, "minRam")?;
    let min_disk = minimum(call, "minDisk")?;
    let name = call.last_query("name").map(|name| RegexBuilder::new(name).case_insensitive(true).build());
    let project = call.project();
    let passes = |flavor: &&Flavor| {
        let public = match is_public {
            None => true,
            Some(true) => flavor.is_public || flavor.projects.contains(&project),
            Some(false) => !flavor.is_public,
        };
        let named = name.as_ref().is_none_or(|name| name.as_ref().is_ok_and(|name| name.is_match(&flavor.name)));
        public && named && i64::from(flavor.ram_mib) >= min_ram && i64::from(flavor.disk_gib) >= min_disk
    };
    Ok(os.nova.flavors.all().filter(passes).collect())
}

/// The `is_public` filter: public flavors only, private flavors only, or all (`none`).
fn is_public(call: &Call) -> Result<Option<bool>, Problem> {
    match call.last_query("is_public") {
        None => Ok(Some(true)),
        Some(text) if text.eq_ignore_ascii_case("none") => Ok(None),
        Some(text) => bool_from_string(text).map(Some).ok_or_else(|| errors::invalid_flavor_filter("is_public", text)),
    }
}

fn minimum(call: &Call, name: &str) -> Result<i64, Problem> {
    let Some(text) = call.last_query(name) else { return Ok(i64::MIN) };
    int(text).ok_or_else(|| errors::invalid_flavor_filter(name, text))
}

/// The order of two flavors by a column of the database.
fn compare(column: &str, one: &Flavor, other: &Flavor) -> Ordering {
    let text = |one: &str, other: &str| mysql::folded(one).cmp(&mysql::folded(other));
    match column {
        "created_at" => one.created.cmp(&other.created),
        "updated_at" => one.updated.cmp(&other.updated),
        "description" => one.description.cmp(&other.description),
        "ephemeral_gb" => one.ephemeral_gib.cmp(&other.ephemeral_gib),
        "flavorid" => text(&one.id, &other.id),
        "is_public" => one.is_public.cmp(&other.is_public),
        "memory_mb" => one.ram_mib.cmp(&other.ram_mib),
        "name" => text(&one.name, &other.name),
        "root_gb" => one.disk_gib.cmp(&other.disk_gib),
        "rxtx_factor" => one.rxtx_factor.total_cmp(&other.rxtx_factor),
        "swap" => one.swap_mib.cmp(&other.swap_mib),
        "vcpus" => one.vcpus.cmp(&other.vcpus),
        _ => Ordering::Equal,
    }
}
