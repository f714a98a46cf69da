//! Reserving, connecting, completing and ending attachments, and the statuses of the volume
//! (cinder/volume/api.py, cinder/db/api.py).

use super::{Attachment, of_volume};
use crate::clouds::openstack::cinder::errors;
use crate::clouds::openstack::cinder::volumes::{AttachStatus, Status, Volume};
use crate::clouds::openstack::{OpenStack, scope};
use crate::engine::{Call, Context, Id, Problem};
use serde_json::{Map, Value, json};

/// The driver type in connection data: a local device.
pub const DRIVER_VOLUME_TYPE: &str = "local";

/// Reserves a volume for a server (`_attachment_reserve`). During a live migration a server has two attachments
/// of the same volume. Fails with 400 if the volume is not free.
pub fn reserve(
    os: &mut OpenStack,
    ctx: &mut Context,
    volume: &Id,
    instance: Option<Id>,
) -> Result<Attachment, Problem> {
    let found = os.cinder.volumes.get(volume).ok_or_else(|| errors::volume_not_found(volume))?;
    let (project, status, multiattach) = (found.project.clone(), found.status, found.multiattach);
    let free = matches!(status, Status::Available | Status::Downloading) || (multiattach && status == Status::InUse);
    let migrating = instance.is_some()
        && matches!(status, Status::InUse | Status::Reserved)
        && of_volume(os, volume).any(|attachment| attachment.instance == instance);
    if !free && !migrating {
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

/// Stores the connector and returns the connection info. The volume is `attaching` (`attachment_update` in
/// cinder/volume/manager.py).
pub fn connect(os: &mut OpenStack, ctx: &Context, id: &Id, connector: Map<String, Value>) -> Map<String, Value> {
    let Some(attachment) = os.cinder.attachments.get(id) else { return Map::new() };
    let Some(volume) = os.cinder.volumes.get(&attachment.volume) else { return Map::new() };
    let field = |key: &str| connector.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut info = connection_data(os, volume);
    info.insert("driver_volume_type".into(), DRIVER_VOLUME_TYPE.into());
    info.insert("attachment_id".into(), json!(id));
    info.insert("enforce_multipath".into(), connector.get("enforce_multipath").cloned().unwrap_or(false.into()));
    let volume = volume.id.clone();
    if let Some(attachment) = os.cinder.attachments.get_mut(id) {
        let decided = attachment.mode.take().filter(|mode| mode != "null");
        attachment.mode = decided.or_else(|| field("mode")).or_else(|| Some("rw".into()));
        attachment.host = field("host");
        attachment.mountpoint = field("mountpoint").or_else(|| Some("na".into()));
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

/// The connection data of a volume.
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

/// The QoS specs that the hypervisor enforces. Null if the type has none or the backend enforces them.
fn qos(os: &OpenStack, volume: &Volume) -> Value {
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    let specs = volume_type.and_then(|volume_type| os.cinder.qos_specs.get(volume_type.qos_specs.as_ref()?));
    specs.filter(|specs| specs.consumer != "back-end").map_or(Value::Null, |specs| json!(specs.specs))
}

/// Checks that the API can end an attachment, or the only one of the volume if none is named. Attachments that
/// a server uses can be ended only through Nova (`attachment_deletion_allowed`, CVE-2023-2088).
///
/// Fails with 409 if a server uses it, or if several attachments exist and none is named.
pub fn may_be_deleted(call: &Call, os: &OpenStack, volume: &Id, attachment: Option<&str>) -> Result<(), Problem> {
    if scope::is_by_service(&call.caller) {
        return Ok(());
    }
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

/// True if the server uses this attachment.
fn is_used(os: &OpenStack, server: &str, attachment: &Attachment) -> bool {
    let server = os.nova.servers.get(server);
    server.is_some_and(|server| server.devices.iter().any(|one| one.attachment.as_ref() == Some(&attachment.id)))
}

/// Completes an attachment: the volume is in use.
pub fn finish(os: &mut OpenStack, ctx: &Context, id: &Id) {
    let Some(attachment) = os.cinder.attachments.get_mut(id) else { return };
    (attachment.status, attachment.updated) = (AttachStatus::Attached, Some(ctx.now()));
    let volume = attachment.volume.clone();
    if let Some(volume) = os.cinder.volumes.get_mut(&volume) {
        (volume.status, volume.attach_status) = (Status::InUse, AttachStatus::Attached);
        volume.updated = Some(ctx.now());
    }
}

/// Ends an attachment, if there is one, and sets the volume's statuses from the remaining ones
/// (`volume_detached`). The status of a volume that is migrating or uploading does not change.
pub fn detach(os: &mut OpenStack, ctx: &Context, volume: &Id, attachment: Option<&Id>) {
    if let Some(attachment) = attachment {
        os.cinder.attachments.remove(attachment);
    }
    let (status, attach_status) = statuses(os, volume);
    let Some(volume) = os.cinder.volumes.get_mut(volume) else { return };
    let migrating = !matches!(volume.migration_status.as_deref(), None | Some("success" | "error"));
    if attach_status != AttachStatus::Detached || !(migrating || volume.status == Status::Uploading) {
        volume.status = status;
    }
    volume.attach_status = attach_status;
    volume.admin_metadata.shift_remove("attached_mode");
    volume.updated = Some(ctx.now());
}

/// The statuses of a volume according to its attachments. Failed attachments are ignored.
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
