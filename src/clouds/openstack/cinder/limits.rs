//! What the caller's project may use in all: `GET /limits` (cinder/api/v3/limits.py).

use super::policy::{self, POLICY};
use super::quotas;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Id, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[get("/limits", "cinder.limits.show", show).summary("Shows the limits of the project.")];

/// What is shown of each resource: its limit, its use.
const SHOWN: [(&str, &str, &str); 5] = [
    ("volumes", "maxTotalVolumes", "totalVolumesUsed"),
    ("snapshots", "maxTotalSnapshots", "totalSnapshotsUsed"),
    ("gigabytes", "maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    ("backups", "maxTotalBackups", "totalBackupsUsed"),
    ("backup_gigabytes", "maxTotalBackupGigabytes", "totalBackupGigabytesUsed"),
];

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = whose(call);
    let with_usage = POLICY.allows(call, "limits_extension:used_limits", &[("project_id", &call.project())]);
    Ok(Response::one("limits", |o| {
        o.list("rate", |_| {});
        o.object("absolute", |o| {
            for (resource, limit, _) in SHOWN {
                o.set(limit, quotas::limit(os, &project, resource));
            }
            for (resource, _, used) in SHOWN.iter().filter(|_| with_usage) {
                o.set(used, quotas::in_use(os, &project, resource));
            }
        });
    }))
}

/// The own project; from 3.39 on an administrator may name another.
fn whose(call: &Call) -> Id {
    let named = call.query("project_id").or_else(|| call.query("tenant_id"));
    match named.filter(|_| call.since(3, 39) && policy::is_admin(call)) {
        Some(project) => project.into(),
        None => call.project(),
    }
}
