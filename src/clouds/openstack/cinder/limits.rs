//! `GET /limits`: the limits and the usage of a project (cinder/api/v3/limits.py).

use super::policy::{self, POLICY};
use super::quotas;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Id, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[get("/limits", "cinder.limits.show", show).summary("Shows the limits of the project.")];

/// Resources, with the field names of their limits and usages.
const RESOURCES: [(&str, &str, &str); 5] = [
    ("volumes", "maxTotalVolumes", "totalVolumesUsed"),
    ("snapshots", "maxTotalSnapshots", "totalSnapshotsUsed"),
    ("gigabytes", "maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    ("backups", "maxTotalBackups", "totalBackupsUsed"),
    ("backup_gigabytes", "maxTotalBackupGigabytes", "totalBackupGigabytesUsed"),
];

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = requested_project(call);
    let with_usage = POLICY.allows(call, "limits_extension:used_limits", &[("project_id", &call.project())]);
    Ok(Response::one("limits", |o| {
        o.list("rate", |_| {});
        o.object("absolute", |o| {
            for (resource, limit, _) in RESOURCES {
                o.set(limit, quotas::limit(os, &project, resource));
            }
            for (resource, _, used) in RESOURCES.iter().filter(|_| with_usage) {
                o.set(used, quotas::in_use(os, &project, resource));
            }
        });
    }))
}

/// The caller's project. Since 3.39 administrators can name another one.
fn requested_project(call: &Call) -> Id {
    let named = call.query("project_id").or_else(|| call.query("tenant_id"));
    match named.filter(|_| call.since(3, 39) && policy::is_admin(call)) {
        Some(project) => project.into(),
        None => call.project(),
    }
}
