//! How attachments come and go, and what a volume's statuses become with them (cinder/volume/api.py,
//! cinder/db/api.py).

use super::{Attachment, of_volume};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::errors;
use crate::clouds::openstack::cinder::volumes::{AttachStatus, Status, Volume};
use crate::engine::{Context, Id, Problem};
use serde_json::{Map, Value, json};

/// How hosts reach the volumes of our backends: as a device that is there already.
pub const DRIVER_VOLUME_TYPE: &str = "local";

/// Reserves a volume for a server (`_attachment_reserve`). A server may have the same volume twice while
/// it moves from one host to another.
pub fn reserve(
    os: &mut OpenStack,
    ctx: &mut Context,
    volume: &Id,
    instance: Option<Id>,
) -> Result<Attachment, Problem> {
    let found = os.cinder.volumes.get(volume).ok_or_else(|| errors::volume_not_found(volume))?;
    let (project, status, multiattach) = (found.project.clone(), found.status, found.multiattach);
    let free = matches!(status, Status::Available | Status::Downloading) || (multiattach && status == Status::InUse);
    let moves = instance.is_some()
        && matches!(status, Status::InUse | Status::Reserved)
        && of_volume(os, volume).any(|attachment| attachment.instance == instance);
    if !free && !moves {
        let expected = if multiattach { "available or in-use or downloading" } else { "available or downloading" };
        return Err(errors::cannot_reserve_attachment(volume, expected, status));
    }
    if free && let Some(found) = os.cinder.volumes.get_mut(volume) {
        (found.status, found.updated) = (Status::Reserved, Some(ctx.now()));
    }
    let attachment = Attachment {
        id: ctx.uuid(),
        volume: volume.clone(),
        project,
        instance,
        host: None,
        mountpoint: None,
        status: AttachStatus::Reserved,
        mode: None,
        connector: None,
        connection_info: Map::new(),
        attached: None,
        created: ctx.now(),
        updated: None,
    };
    Ok(os.cinder.attachments.insert(attachment).clone())
}

/// Notes who connects, and tells how: from now on the volume is being attached (`attachment_update` in
/// cinder/volume/manager.py).
pub fn connect(os: &mut OpenStack, ctx: &Context, id: &Id, connector: Map<String, Value>) -> Map<String, Value> {
    let Some(attachment) = os.cinder.attachments.get(id) else { return Map::new() };
    let Some(volume) = os.cinder.volumes.get(&attachment.volume) else { return Map::new() };
    let said = |key: &str| connector.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut info = connection_data(os, volume);
    info.insert("driver_volume_type".into(), DRIVER_VOLUME_TYPE.into());
    info.insert("attachment_id".into(), json!(id));
    info.insert("enforce_multipath".into(), connector.get("enforce_multipath").cloned().unwrap_or(false.into()));
    let volume = volume.id.clone();
    if let Some(attachment) = os.cinder.attachments.get_mut(id) {
        let decided = attachment.mode.take().filter(|mode| mode != "null");
        attachment.mode = decided.or_else(|| said("mode")).or_else(|| Some("rw".into()));
        attachment.host = said("host");
        attachment.mountpoint = said("mountpoint").or_else(|| Some("na".into()));
        attachment.status = AttachStatus::Attaching;
        attachment.attached = Some(ctx.now());
        attachment.updated = Some(ctx.now());
        attachment.connection_info = info.clone();
        attachment.connector = Some(connector);
    }
    if let Some(volume) = os.cinder.volumes.get_mut(&volume) {
        (volume.status, volume.attach_status) = (Status::Attaching, AttachStatus::Attaching);
        volume.updated = Some(ctx.now());
    }
    info
}

/// What a host needs to know of a volume.
pub fn connection_data(os: &OpenStack, volume: &Volume) -> Map<String, Value> {
    let readonly = volume.admin_metadata.get("readonly").and_then(Value::as_str) == Some("True");
    let mut data = Map::new();
    data.insert("device_path".into(), format!("/dev/cinder-volumes/volume-{}", volume.id).into());
    data.insert("access_mode".into(), if readonly { "ro" } else { "rw" }.into());
    data.insert("qos_specs".into(), qos(os, volume));
    data.insert("encrypted".into(), volume.encryption_key_id.is_some().into());
    data.insert("cacheable".into(), false.into());
    data
}

/// What the hypervisor shall enforce: the QoS specs of the volume's type, unless the backend does that.
fn qos(os: &OpenStack, volume: &Volume) -> Value {
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    let specs = volume_type.and_then(|volume_type| os.cinder.qos_specs.get(volume_type.qos_specs.as_ref()?));
    specs.filter(|specs| specs.consumer != "back-end").map_or(Value::Null, |specs| json!(specs.specs))
}

/// Whether the API may end an attachment, or the only one if none is named. Those that a server uses end
/// through Nova alone (`attachment_deletion_allowed`, CVE-2023-2088); there is no Nova that would say so
/// yet, so what is left is that the client must say which.
pub fn may_be_deleted(os: &OpenStack, volume: &Id, attachment: Option<&str>) -> Result<(), Problem> {
    let only = || {
        let mut all = of_volume(os, volume);
        let first = all.next();
        if all.next().is_some() { Err(errors::attachment_used_by_nova("")) } else { Ok(first) }
    };
    let attachment = match attachment {
        Some(id) => Some(os.cinder.attachments.get(id).ok_or_else(|| errors::attachment_used_by_nova(""))?),
        None => only()?,
    };
    let Some(attachment) = attachment else { return Ok(()) };
    if attachment.volume != *volume {
        return Err(errors::attachment_of_another_volume());
    }
    match attachment.instance.as_deref().filter(|server| is_used(os, server, attachment)) {
        Some(server) => Err(errors::attachment_used_by_nova(server)),
        None => Ok(()),
    }
}

/// True if Nova has this very attachment on the server.
fn is_used(os: &OpenStack, server: &str, attachment: &Attachment) -> bool {
    let server = os.nova.servers.get(server);
    server.is_some_and(|server| server.devices.iter().any(|one| one.attachment.as_ref() == Some(&attachment.id)))
}

/// The server has the volume: the attachment is complete.
pub fn finish(os: &mut OpenStack, ctx: &Context, id: &Id) {
    let Some(attachment) = os.cinder.attachments.get_mut(id) else { return };
    (attachment.status, attachment.updated) = (AttachStatus::Attached, Some(ctx.now()));
    let volume = attachment.volume.clone();
    if let Some(volume) = os.cinder.volumes.get_mut(&volume) {
        (volume.status, volume.attach_status) = (Status::InUse, AttachStatus::Attached);
        volume.updated = Some(ctx.now());
    }
}

/// Ends an attachment, or finds that there is none (`volume_detached`). The volume's statuses follow those
/// that are left; while it moves or is uploaded its own status waits for the end of that.
pub fn detach(os: &mut OpenStack, ctx: &Context, volume: &Id, attachment: Option<&Id>) {
    if let Some(attachment) = attachment {
        os.cinder.attachments.remove(attachment);
    }
    let (status, attach_status) = statuses(os, volume);
    let Some(volume) = os.cinder.volumes.get_mut(volume) else { return };
    let moves = !matches!(volume.migration_status.as_deref(), None | Some("success" | "error"));
    if attach_status != AttachStatus::Detached || !(moves || volume.status == Status::Uploading) {
        volume.status = status;
    }
    volume.attach_status = attach_status;
    volume.admin_metadata.shift_remove("attached_mode");
    volume.updated = Some(ctx.now());
}

/// What the attachments that a volume has make of it; those that failed count for nothing.
fn statuses(os: &OpenStack, volume: &Id) -> (Status, AttachStatus) {
    let has = |status| of_volume(os, volume).any(|attachment| attachment.status == status);
    if has(AttachStatus::Attached) {
        (Status::InUse, AttachStatus::Attached)
    } else if has(AttachStatus::Attaching) {
        (Status::Attaching, AttachStatus::Attaching)
    } else if has(AttachStatus::Reserved) {
        (Status::Reserved, AttachStatus::Reserved)
    } else {
        (Status::Available, AttachStatus::Detached)
    }
}
