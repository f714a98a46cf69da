//! The JSON representations of a backup (cinder/api/v3/views/backups.py).

use super::super::listing;
use super::super::policy::POLICY;
use super::Backup;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Call, Object};

/// A backup in `GET /backups` and in the responses to `POST` and `PUT`.
pub fn summary(o: &mut Object, backup: &Backup, call: &Call) {
    o.set("id", &backup.id);
    o.set("name", &backup.name);
    listing::links(o, call, "backups", &backup.id);
}

/// A backup in `GET /backups/detail` and `GET /backups/{backup_id}`.
pub fn detail(o: &mut Object, backup: &Backup, call: &Call) {
    o.set("id", &backup.id);
    o.set("status", backup.status);
    o.set("size", backup.size_gib);
    o.set("object_count", backup.object_count);
    o.set("availability_zone", &backup.availability_zone);
    o.set("container", &backup.container);
    o.set("created_at", Micros(backup.created));
    o.set("updated_at", backup.updated.map(Micros));
    o.set("name", &backup.name);
    o.set("description", &backup.description);
    o.set("fail_reason", &backup.fail_reason);
    o.set("volume_id", &backup.volume);
    listing::links(o, call, "backups", &backup.id);
    o.set("is_incremental", backup.parent.is_some());
    o.set("has_dependent_backups", backup.dependents > 0);
    o.set("snapshot_id", &backup.snapshot);
    o.set("data_timestamp", Micros(backup.data_timestamp));
    if call.since(3, 43) {
        o.set("metadata", &backup.metadata);
    }
    if let Some(key) = backup.encryption_key_id.as_ref().filter(|_| call.since(3, 64)) {
        o.set("encryption_key_id", key);
    }
    // Upstream enforces the policy on the caller's project, not on the backup's.
    if POLICY.allows(call, "backup:backup_project_attribute", &[("project_id", &call.project())]) {
        if call.since(3, 18) {
            o.set("os-backup-project-attr:project_id", &backup.project);
        }
        if call.since(3, 56) {
            o.set("user_id", &backup.user);
        }
    }
}
