//! `GET /backups` and `/backups/detail` (`_get_backups` in cinder/api/contrib/backups.py).

use super::super::super::{OpenStack, python};
use super::super::listing::{Column, Key, Listing, Page, Query};
use super::super::{errors, policy};
use super::{Backup, view};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Problem, Response};

const BACKUPS: Listing<Backup> = Listing { columns: COLUMNS, no_marker: Some(errors::backup_not_found) };

/// The columns of `backups` in cinder/db/models.py.
const COLUMNS: &[Column<Backup>] = &[
    ("id", |backup| Key::Text(backup.id.to_string())),
    ("display_name", |backup| Key::of(&backup.name)),
    ("display_description", |backup| Key::of(&backup.description)),
    ("status", |backup| Key::Text(backup.status.text())),
    ("fail_reason", |backup| Key::of(&backup.fail_reason)),
    ("size", |backup| Key::Number(i64::from(backup.size_gib))),
    ("object_count", |backup| Key::Number(i64::from(backup.object_count))),
    ("num_dependent_backups", |backup| Key::Number(i64::from(backup.dependents))),
    ("volume_id", |backup| Key::Text(backup.volume.to_string())),
    ("snapshot_id", |backup| Key::of(&backup.snapshot)),
    ("parent_id", |backup| Key::of(&backup.parent)),
    ("restore_volume_id", |backup| Key::of(&backup.restore_volume)),
    ("project_id", |backup| Key::Text(backup.project.to_string())),
    ("user_id", |backup| Key::Text(backup.user.to_string())),
    ("availability_zone", |backup| Key::of(&backup.availability_zone)),
    ("container", |backup| Key::of(&backup.container)),
    ("service", |backup| Key::of(&backup.service)),
    ("service_metadata", |backup| Key::of(&backup.service_metadata)),
    ("encryption_key_id", |backup| Key::of(&backup.encryption_key_id)),
    ("data_timestamp", |backup| Key::time(Some(backup.data_timestamp))),
    ("created_at", |backup| Key::time(Some(backup.created))),
    ("updated_at", |backup| Key::time(backup.updated)),
    ("host", |_| Key::Nothing),
    ("temp_volume_id", |_| Key::Nothing),
    ("temp_snapshot_id", |_| Key::Nothing),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

pub fn summary(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("backups", page.rows.iter().copied(), |o, backup| view::summary(o, backup, call));
        page.finish(o, call, "backups", "backups");
    }))
}

pub fn detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("backups", page.rows.iter().copied(), |o, backup| view::detail(o, backup, call));
        page.finish(o, call, "backups", "backups/detail");
    }))
}

/// Unlike the other lists, this one rejects an `all_tenants` that is not a boolean (`API.get_all` in
/// cinder/backup/api.py).
fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, Backup>, Problem> {
    let all = call.query("all_tenants").filter(|_| policy::is_admin(call));
    if let Some(text) = all.filter(|text| python::bool_from_string(text).is_none()) {
        return Err(errors::all_tenants_not_a_boolean(text));
    }
    let mut query = Query::of(call, "backup")?;
    query.rename("name", "display_name");
    if call.since(3, 37) {
        query.rename_sort("name", "display_name");
    }
    BACKUPS.page(call, &query, &os.cinder.backups, |_| true)
}
