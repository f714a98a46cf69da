//! A volume as clients see it (cinder/api/v3/views/volumes.py).

use super::super::{listing, policy};
use super::Volume;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Call, Object};

pub fn summary(o: &mut Object, volume: &Volume, call: &Call) {
    o.set("id", &volume.id);
    o.set("name", &volume.name);
    listing::links(o, call, "volumes", &volume.id);
}

pub fn detail(o: &mut Object, volume: &Volume, _os: &OpenStack, call: &Call) {
    o.set("id", &volume.id);
    o.set("status", volume.status);
    o.set("size", volume.size_gib);
    o.set("availability_zone", "nova");
    o.set("created_at", Micros(volume.created));
    o.set("updated_at", volume.updated.map(Micros));
    o.set("name", &volume.name);
    o.set("description", &volume.description);
    o.set("metadata", &volume.metadata);
    listing::links(o, call, "volumes", &volume.id);
    o.set("user_id", &volume.user);
    o.set("bootable", "false");
    o.set("encrypted", false);
    o.set("multiattach", false);
    if policy::allows(call, "volume_extension:volume_tenant_attribute", &[("project_id", &volume.project)]) {
        o.set("os-vol-tenant-attr:tenant_id", &volume.project);
    }
}
