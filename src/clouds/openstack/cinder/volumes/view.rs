//! The JSON representations of a volume (cinder/api/v3/views/volumes.py, cinder/api/contrib/volume_*_attribute.py).

use super::super::policy::{self, POLICY};
use super::super::{attachments, backends, listing};
use super::{AttachStatus, Status, Volume};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::{Micros, MicrosExact};
use crate::engine::{Call, Object};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A volume in `GET /volumes`.
pub fn summary(o: &mut Object, volume: &Volume, call: &Call) {
    o.set("id", &volume.id);
    o.set("name", &volume.name);
    listing::links(o, call, "volumes", &volume.id);
}

/// The response to `POST /volumes`. Upstream writes it before it reads the volume back from the database, so
/// times have microseconds and the fields of extensions are missing.
pub fn created(o: &mut Object, volume: &Volume, os: &OpenStack, call: &Call) {
    o.set("id", &volume.id);
    o.set("status", volume.status);
    o.set("size", volume.size_gib);
    o.set("availability_zone", &volume.availability_zone);
    o.set("created_at", MicrosExact(volume.created));
    o.set("updated_at", None::<()>);
    body(o, volume, &volume.metadata, os, call);
}

/// The response to `PUT /volumes/{volume_id}`.
pub fn changed(o: &mut Object, volume: &Volume, os: &OpenStack, call: &Call) {
    o.set("id", &volume.id);
    o.set("status", status(volume));
    o.set("size", volume.size_gib);
    o.set("availability_zone", &volume.availability_zone);
    o.set("created_at", Micros(volume.created));
    o.set("updated_at", volume.updated.map(Micros));
    body(o, volume, &metadata(volume), os, call);
}

/// A volume in `GET /volumes/{volume_id}` and `GET /volumes/detail`, with the fields of the extensions.
pub fn detail(o: &mut Object, volume: &Volume, os: &OpenStack, call: &Call) {
    changed(o, volume, os, call);
    if policy::is_admin(call) {
        o.set("os-vol-host-attr:host", &volume.host);
    }
    if POLICY.allows(call, "volume_extension:volume_tenant_attribute", &[("project_id", &volume.project)]) {
        o.set("os-vol-tenant-attr:tenant_id", &volume.project);
    }
    if policy::is_admin(call) {
        o.set("os-vol-mig-status-attr:migstat", &volume.migration_status);
        o.set("os-vol-mig-status-attr:name_id", &volume.name_id);
    }
    if !volume.image_metadata.is_empty() {
        o.set("volume_image_metadata", &volume.image_metadata);
    }
}

fn body(o: &mut Object, volume: &Volume, metadata: &Map<String, Value>, os: &OpenStack, call: &Call) {
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    o.set("name", &volume.name);
    o.set("description", &volume.description);
    match volume_type {
        Some(volume_type) => o.set("volume_type", &volume_type.name),
        None => o.set("volume_type", volume.volume_type.as_ref().filter(|_| !call.since(3, 63))),
    }
    o.set("snapshot_id", &volume.snapshot_id);
    o.set("source_volid", &volume.source_volume_id);
    o.set("metadata", metadata);
    listing::links(o, call, "volumes", &volume.id);
    o.set("user_id", &volume.user);
    o.set("bootable", if volume.bootable { "true" } else { "false" });
    o.set("encrypted", volume.encryption_key_id.is_some());
    o.set("replication_status", &volume.replication_status);
    o.set("consistencygroup_id", volume.group_id.as_ref().filter(|id| is_consistency_group(os, id)));
    o.set("multiattach", volume.multiattach);
    attachments(o, volume, os, call);
    let admin = policy::is_admin(call);
    if admin {
        o.set("migration_status", &volume.migration_status);
    }
    if call.since(3, 13) {
        o.set("group_id", &volume.group_id);
    }
    if call.since(3, 21) && admin {
        o.set("provider_id", None::<()>);
    }
    if call.since(3, 48) {
        o.set("shared_targets", true);
        o.set("service_uuid", volume.host.as_deref().and_then(backends::service_uuid));
    }
    if call.since(3, 61) && admin {
        o.set("cluster_name", None::<()>);
    }
    if call.since(3, 63) {
        o.set("volume_type_id", &volume.volume_type);
    }
    if call.since(3, 64)
        && let Some(key) = &volume.encryption_key_id
    {
        o.set("encryption_key_id", key);
    }
    if call.since(3, 65) {
        o.set("consumes_quota", volume.consumes_quota);
    }
}

/// True for groups of the type that replaces consistency groups.
fn is_consistency_group(os: &OpenStack, group: &str) -> bool {
    let group_type = os.cinder.groups.get(group).and_then(|group| os.cinder.group_types.get(&group.group_type));
    group_type.is_some_and(|group_type| group_type.name == "default_cgsnapshot_type")
}

/// The status that is shown. Statuses of `manage` are mapped to those of older clients, as upstream does.
fn status(volume: &Volume) -> Status {
    match volume.status {
        Status::Managing => Status::Creating,
        Status::ErrorManaging => Status::Error,
        Status::ErrorManagingDeleting => Status::Deleting,
        other => other,
    }
}

/// The user's metadata, plus the admin metadata that users can see.
fn metadata(volume: &Volume) -> Cow<'_, Map<String, Value>> {
    let mut metadata = Cow::Borrowed(&volume.metadata);
    for key in ["readonly", "attached_mode"] {
        if let Some(value) = volume.admin_metadata.get(key) {
            metadata.to_mut().insert(key.to_owned(), value.clone());
        }
    }
    metadata
}

fn attachments(o: &mut Object, volume: &Volume, os: &OpenStack, call: &Call) {
    let attached = attachments::of_volume(os, &volume.id).filter(|one| one.status == AttachStatus::Attached);
    let sees_host = policy::is_admin(call) || call.caller.has_role("service");
    o.each("attachments", attached, |o, attachment| {
        o.set("id", &volume.id);
        o.set("attachment_id", &attachment.id);
        o.set("volume_id", &volume.id);
        o.set("server_id", &attachment.instance);
        o.set("host_name", attachment.host.as_ref().filter(|_| sees_host));
        o.set("device", &attachment.mountpoint);
        o.set("attached_at", attachment.attached.map(Micros));
    });
}
