//! A flavor in responses (nova/api/openstack/compute/views/flavors.py).

use super::super::links;
use super::super::policy::POLICY;
use super::Flavor;
use crate::engine::{Call, Object};

/// Writes the fields of the brief list.
pub fn summary(o: &mut Object, flavor: &Flavor, call: &Call) {
    o.set("id", &flavor.id);
    o.set("name", &flavor.name);
    links::links(o, call, "flavors", &flavor.id);
    if call.since(2, 55) {
        o.set("description", &flavor.description);
    }
}

/// Writes all fields that the microversion shows.
pub fn detail(o: &mut Object, flavor: &Flavor, call: &Call) {
    o.set("id", &flavor.id);
    o.set("name", &flavor.name);
    o.set("ram", flavor.ram_mib);
    o.set("disk", flavor.disk_gib);
    match flavor.swap_mib {
        0 if !call.since(2, 75) => o.set("swap", ""),
        swap => o.set("swap", swap),
    }
    o.set("OS-FLV-EXT-DATA:ephemeral", flavor.ephemeral_gib);
    if !call.since(2, 102) {
        o.set("OS-FLV-DISABLED:disabled", false);
    }
    o.set("vcpus", flavor.vcpus);
    o.set("os-flavor-access:is_public", flavor.is_public);
    if !call.since(2, 102) {
        o.set("rxtx_factor", flavor.rxtx_factor);
    }
    links::links(o, call, "flavors", &flavor.id);
    if call.since(2, 55) {
        o.set("description", &flavor.description);
    }
    if call.since(2, 61) && shows_specs(call) {
        o.set("extra_specs", &flavor.extra_specs);
    }
}

/// True if the caller may see extra specs.
pub fn shows_specs(call: &Call) -> bool {
    POLICY.allows(call, "os_compute_api:os-flavor-extra-specs:index", &[("project_id", &call.project())])
}
