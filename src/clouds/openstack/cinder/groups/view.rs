//! The JSON representations of a group (cinder/api/v3/views/groups.py).

use super::super::super::OpenStack;
use super::super::super::python;
use super::super::super::times::Micros;
use super::super::policy::POLICY;
use super::{Group, volumes_of};
use crate::engine::{Call, Object};

/// A group in `GET /groups` and in the response to `POST`.
pub fn summary(o: &mut Object, group: &Group) {
    o.set("id", &group.id);
    o.set("name", &group.name);
}

/// A group in `GET /groups/detail` and `GET /groups/{group_id}`.
pub fn detail(o: &mut Object, group: &Group, os: &OpenStack, call: &Call) {
    o.set("id", &group.id);
    o.set("status", group.status);
    o.set("availability_zone", &group.availability_zone);
    o.set("created_at", Micros(group.created));
    o.set("name", &group.name);
    o.set("description", &group.description);
    o.set("group_type", &group.group_type);
    o.set("volume_types", &group.volume_types);
    if call.since(3, 14) {
        o.set("group_snapshot_id", &group.group_snapshot);
        o.set("source_group_id", &group.source_group);
    }
    if call.since(3, 25) && call.query("list_volume").and_then(python::bool_from_string) == Some(true) {
        o.list("volumes", |list| volumes_of(os, group).for_each(|volume| list.push(&volume.id)));
    }
    if call.since(3, 38) {
        o.set("replication_status", &group.replication_status);
    }
    if call.since(3, 58) && POLICY.allows(call, "group:group_project_attribute", &[("project_id", &group.project)]) {
        o.set("project_id", &group.project);
    }
}
