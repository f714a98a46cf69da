//! The JSON representations of a volume type (cinder/api/v3/views/types.py).

use super::super::policy::POLICY;
use super::VolumeType;
use crate::engine::{Call, Object};
use serde_json::{Map, Value};

/// A volume type in `GET`.
pub fn fields(o: &mut Object, shown: &VolumeType, call: &Call) {
    o.set("id", &shown.id);
    o.set("name", &shown.name);
    o.set("is_public", shown.is_public);
    o.set("description", &shown.description);
    let project = call.project();
    if POLICY.allows(call, "volume_extension:access_types_extra_specs", &[("project_id", &project)]) {
        o.set("extra_specs", visible_specs(call, shown));
    }
    if POLICY.allows(call, "volume_extension:access_types_qos_specs_id", &[("project_id", &project)]) {
        o.set("qos_specs_id", &shown.qos_specs);
    }
}

/// The response to `POST` and `PUT`, from a view of an older API (cinder/api/views/types.py).
pub fn managed(o: &mut Object, shown: &VolumeType) {
    o.set("id", &shown.id);
    o.set("name", &shown.name);
    o.set("is_public", shown.is_public);
    o.set("extra_specs", &shown.extra_specs);
    o.set("description", &shown.description);
}

/// Adds `is_public` of an extension (cinder/api/contrib/volume_type_access.py).
pub fn access(o: &mut Object, shown: &VolumeType, call: &Call) {
    if POLICY.allows(call, "volume_extension:volume_type_access", &[("project_id", &call.project())]) {
        o.set("os-volume-type-access:is_public", shown.is_public);
    }
}

/// The specs that all users can see, since they do not describe the backends.
const USER_VISIBLE: [&str; 3] = ["RESKEY:availability_zones", "multiattach", "replication_enabled"];

/// The specs that the caller can see.
pub fn visible_specs(call: &Call, shown: &VolumeType) -> Map<String, Value> {
    if sees_all_specs(call) {
        return shown.extra_specs.clone();
    }
    let visible = |key: &&str| Some(((*key).to_owned(), shown.extra_specs.get(*key)?.clone()));
    USER_VISIBLE.iter().filter_map(visible).collect()
}

/// True if the caller can see the spec.
pub fn may_see_spec(call: &Call, key: &str) -> bool {
    USER_VISIBLE.contains(&key) || sees_all_specs(call)
}

fn sees_all_specs(call: &Call) -> bool {
    POLICY.allows(call, "volume_extension:types_extra_specs:read_sensitive", &[("project_id", &call.project())])
}
