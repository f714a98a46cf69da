//! The JSON representations of a snapshot (cinder/api/v3/views/snapshots.py).

use super::super::policy::POLICY;
use super::Snapshot;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Call, Object};

/// A snapshot in `GET /snapshots`.
pub fn summary(o: &mut Object, snapshot: &Snapshot) {
    o.set("id", &snapshot.id);
    o.set("created_at", Micros(snapshot.created));
    o.set("updated_at", snapshot.updated.map(Micros));
    o.set("name", &snapshot.name);
    o.set("description", &snapshot.description);
    o.set("volume_id", &snapshot.volume);
    o.set("status", snapshot.status);
    o.set("size", snapshot.size_gib);
    o.set("metadata", &snapshot.metadata);
}

/// A snapshot in the responses to `POST` and `PUT`.
pub fn detail(o: &mut Object, snapshot: &Snapshot, call: &Call) {
    summary(o, snapshot);
    if call.since(3, 14) {
        o.set("group_snapshot_id", &snapshot.group_snapshot);
    }
    if call.since(3, 41) {
        o.set("user_id", &snapshot.user);
    }
    if call.since(3, 65) {
        o.set("consumes_quota", snapshot.consumes_quota);
    }
}

/// A snapshot in `GET`, with the fields of an extension. Upstream enforces the policy on the caller's project,
/// not on the snapshot's.
pub fn extended(o: &mut Object, snapshot: &Snapshot, call: &Call) {
    detail(o, snapshot, call);
    let project = call.project();
    if POLICY.allows(call, "volume_extension:extended_snapshot_attributes", &[("project_id", &project)]) {
        o.set("os-extended-snapshot-attributes:project_id", &snapshot.project);
        o.set("os-extended-snapshot-attributes:progress", &snapshot.progress);
    }
}
