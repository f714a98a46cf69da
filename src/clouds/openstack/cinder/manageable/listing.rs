//! Lists of the volumes and snapshots of a backend (cinder/api/contrib/resource_common_manage.py). They do not
//! come from the database: sort keys are `reference` and `size`, and markers are references.

use super::super::listing::{limit, offset, sort_by};
use super::super::volumes::actions::destination;
use super::super::{backends, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Id, Object, Problem, Response};
use serde_json::{Value, json};

/// A volume or snapshot on a backend.
pub struct Entry {
    /// The name on the backend.
    pub name: Id,
    pub size_gib: u32,
    /// The id of the volume or snapshot, if Cinder manages it.
    pub cinder_id: Option<Id>,
    /// For a snapshot, the name of its disk.
    pub snapshot_of: Option<Id>,
}

/// The host of the service in the query: `host@backend`. Validates the paging parameters too.
pub fn service_host<'c>(call: &'c Call, os: &OpenStack) -> Result<&'c str, Problem> {
    let (kind, name) = destination(call, (3, 17), call.query("host"), call.query("cluster"))?;
    paging(call)?;
    sorting(call)?;
    check_service(os, kind, name).map(|()| backends::without_pool(name))
}

/// Checks that the host has an enabled volume service. There are no clusters
/// (`_get_service_by_host_cluster` in cinder/volume/api.py).
pub fn check_service(os: &OpenStack, kind: &str, name: &str) -> Result<(), Problem> {
    match backends::service(os, name).filter(|_| kind == "Host") {
        Some(service) if service.disabled => Err(errors::service_unavailable()),
        Some(_) => Ok(()),
        None => Err(errors::service_not_found("cinder-volume", backends::without_pool(name))),
    }
}

/// Answers with the requested page.
pub fn answer(call: &Call, key: &str, entries: Vec<Entry>, detailed: bool) -> Answer {
    let entries = page(call, entries)?;
    Ok(Response::many(key, &entries, |o, entry| show(o, entry, detailed)))
}

fn show(o: &mut Object, entry: &Entry, detailed: bool) {
    let managed = entry.cinder_id.is_some();
    o.set("reference", reference(&entry.name));
    o.set("size", entry.size_gib);
    o.set("safe_to_manage", !managed);
    if detailed {
        o.set("reason_not_safe", managed.then_some("already managed"));
        o.set("cinder_id", &entry.cinder_id);
        o.set("extra_info", None::<()>);
    }
    if let Some(source) = &entry.snapshot_of {
        o.set("source_reference", reference(source));
    }
}

fn reference(name: &str) -> Value {
    json!({"source-name": name})
}

fn page(call: &Call, mut entries: Vec<Entry>) -> Result<Vec<Entry>, Problem> {
    let (limit, offset) = paging(call)?;
    for (key, ascending) in sorting(call)?.into_iter().rev() {
        entries.sort_by(|one, other| {
            let order = if key == "size" { one.size_gib.cmp(&other.size_gib) } else { one.name.cmp(&other.name) };
            if ascending { order } else { order.reverse() }
        });
    }
    let after = match call.query("marker") {
        Some(marker) => {
            // A marker is a reference as a Python or JSON literal.
            let named = serde_json::from_str::<Value>(&marker.replace('\'', "\"")).ok();
            let named = named.as_ref().and_then(super::source_name).unwrap_or(marker);
            let at = entries.iter().position(|entry| *entry.name == *named);
            at.ok_or_else(|| errors::manageable_marker_not_found(marker))? + 1
        }
        None => 0,
    };
    Ok(entries.into_iter().skip(after).skip(offset).take(limit).collect())
}

fn paging(call: &Call) -> Result<(usize, usize), Problem> {
    Ok((limit(call)?, offset(call)?))
}

/// The sort keys and whether they ascend. Default: by reference, descending.
fn sorting(call: &Call) -> Result<Vec<(String, bool)>, Problem> {
    let sort = sort_by(call, "reference")?;
    let invalid = |names: Vec<&str>, known: [&str; 2]| {
        let names: Vec<_> = names.into_iter().filter(|name| !known.contains(name)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    if let Some(names) = invalid(sort.iter().map(|(key, _)| key.as_str()).collect(), ["reference", "size"]) {
        return Err(errors::invalid_sort("keys", &names));
    }
    if let Some(names) = invalid(sort.iter().map(|(_, direction)| direction.as_str()).collect(), ["asc", "desc"]) {
        return Err(errors::invalid_sort("dirs", &names));
    }
    Ok(sort.into_iter().map(|(key, direction)| (key, direction == "asc")).collect())
}
