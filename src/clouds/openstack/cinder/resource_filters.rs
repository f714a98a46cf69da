//! `GET /resource_filters`, and the filters that lists accept (etc/cinder/resource_filters.json).

use super::{errors, policy};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Problem, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/resource_filters", "cinder.resource_filter.list", list)
    .summary("Lists filters that lists accept.")
    .since(3, 33)];

/// The filters that all users can use, by resource. Administrators can use others too.
pub const FILTERS: &[(&str, &[&str])] = &[
    (
        "volume",
        &[
            "name",
            "status",
            "metadata",
            "bootable",
            "migration_status",
            "availability_zone",
            "group_id",
            "size",
            "created_at",
            "updated_at",
            "consumes_quota",
        ],
    ),
    ("backup", &["name", "status", "volume_id"]),
    ("snapshot", &["name", "status", "volume_id", "metadata", "availability_zone", "consumes_quota"]),
    ("group", &["name"]),
    ("group_snapshot", &["name", "status", "group_id"]),
    ("attachment", &["volume_id", "status", "instance_id", "attach_status"]),
    ("message", &["resource_uuid", "resource_type", "event_id", "request_id", "message_level"]),
    ("pool", &["name", "volume_type"]),
    ("volume_type", &["is_public", "extra_specs"]),
];

/// Filters that were added later, and the versions that introduced them. Only applies to requests whose unknown
/// filters are ignored.
const ADDED: &[(&str, &str, (u16, u16))] = &[
    ("volume", "glance_metadata", (3, 4)),
    ("volume", "group_id", (3, 10)),
    ("volume", "created_at", (3, 60)),
    ("volume", "updated_at", (3, 60)),
    ("volume", "use_quota", (3, 65)),
    ("snapshot", "metadata", (3, 22)),
    ("snapshot", "use_quota", (3, 65)),
];

fn list(call: &Call, _os: &OpenStack) -> Answer {
    let selected = |(resource, _): &&(&str, &[&str])| call.query("resource").is_none_or(|name| name == *resource);
    Ok(Response::many("resource_filters", FILTERS.iter().filter(selected), |o, (resource, filters)| {
        o.set("resource", resource);
        o.set("filters", filters);
    }))
}

/// The filters of a resource. None if the resource is unknown.
pub fn of(resource: &str) -> &'static [&'static str] {
    FILTERS.iter().find(|(name, _)| *name == resource).map_or(&[], |(_, filters)| filters)
}

/// The filters that the caller can use, with the names of the database columns. Before 3.31 (volume types: 3.52)
/// others are ignored, or admitted from everybody by lists of groups and messages; since then they are errors (`process_general_filtering` in cinder/api/common.py).
pub fn admitted(call: &Call, resource: &str, filters: Vec<(String, String)>) -> Result<Vec<(String, String)>, Problem> {
    let mut filters = filters;
    let configured = of(resource);
    let admin = policy::is_admin(call);
    let refuses = if resource == "volume_type" { call.since(3, 52) } else { call.since(3, 31) };
    if !refuses && matches!(resource, "group" | "group_snapshot" | "message") {
        return Ok(filters);
    }
    if !refuses {
        let exists = |name: &str| {
            let added = ADDED.iter().find(|(known, filter, _)| *known == resource && *filter == name);
            added.is_none_or(|(_, _, since)| call.version >= *since)
        };
        let is_later = |name: &str| resource == "snapshot" && matches!(name, "availability_zone" | "consumes_quota");
        let known = |name: &str| configured.contains(&name) && !is_later(name);
        filters.retain(|(name, _)| exists(name) && (admin || known(name)));
        return Ok(filters);
    }
    if filters.iter().any(|(name, _)| !name.is_ascii()) {
        return Err(errors::filter_not_ascii());
    }
    if !admin || resource == "pool" {
        // `all_tenants` is accepted from all users, since clients always send it.
        filters.retain(|(name, _)| name != "all_tenants");
        let known = |name: &str| {
            configured.contains(&name) || (call.since(3, 34) && configured.contains(&format!("{name}~").as_str()))
        };
        let unknown: Vec<_> = filters.iter().map(|(name, _)| name.as_str()).filter(|name| !known(name)).collect();
        if !unknown.is_empty() {
            return Err(errors::invalid_filters(&unknown.join(",")));
        }
    }
    if matches!(resource, "volume" | "snapshot" | "backup") {
        for (name, _) in &mut filters {
            match name.as_str() {
                "name~" => *name = "display_name~".into(),
                "description~" => *name = "display_description~".into(),
                "consumes_quota" => *name = "use_quota".into(),
                _ => {}
            }
        }
    }
    Ok(filters)
}
