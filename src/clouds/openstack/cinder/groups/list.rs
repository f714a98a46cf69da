//! `GET /groups` and `/groups/detail` (`_get_groups` in cinder/api/v3/groups.py).

use super::super::super::OpenStack;
use super::super::listing::{Column, Key, Listing, Page, Query};
use super::super::{errors, group_types, strict_bool};
use super::{Group, view};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Problem, Response};

/// The list of groups.
pub const GROUPS: Listing<Group> = Listing { columns: COLUMNS, no_marker: Some(errors::group_not_found) };

/// The columns of `groups` in cinder/db/models.py.
const COLUMNS: &[Column<Group>] = &[
    ("id", |group| Key::Text(group.id.to_string())),
    ("name", |group| Key::of(&group.name)),
    ("description", |group| Key::of(&group.description)),
    ("status", |group| Key::Text(group.status.text())),
    ("availability_zone", |group| Key::of(&group.availability_zone)),
    ("group_type_id", |group| Key::Text(group.group_type.to_string())),
    ("group_snapshot_id", |group| Key::of(&group.group_snapshot)),
    ("source_group_id", |group| Key::of(&group.source_group)),
    ("replication_status", |group| Key::Text(group.replication_status.clone())),
    ("project_id", |group| Key::Text(group.project.to_string())),
    ("user_id", |group| Key::Text(group.user.to_string())),
    ("host", |group| Key::of(&group.host)),
    ("cluster_name", |_| Key::Nothing),
    ("created_at", |group| Key::time(Some(group.created))),
    ("updated_at", |group| Key::time(group.updated)),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("groups", page.rows.iter().copied(), view::summary);
        page.finish(o, call, "group", "groups");
    }))
}

/// As upstream, the link to the next page is that of the list without details.
pub fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    if call.since(3, 25) {
        strict_bool("list_volume", call.query("list_volume").unwrap_or("false"))?;
    }
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("groups", page.rows.iter().copied(), |o, group| view::detail(o, group, os, call));
        page.finish(o, call, "group", "groups");
    }))
}

/// Consistency groups are not listed. The project of the caller replaces a filter on the project
/// (`group_get_all_by_project`).
fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, Group>, Problem> {
    let mut query = Query::of(call, "group")?;
    query.take("list_volume");
    if !query.all_projects {
        query.take("project_id");
    }
    GROUPS
        .page(call, &query, &os.cinder.groups, |group| !group_types::is_default_cgsnapshot_type(os, &group.group_type))
}
