//! Volumes of a server (nova/api/openstack/compute/volume_attachments.py).

use super::super::parameter_types::{Boolean, Optional, Tag, Uuid};
use super::super::{instance_actions, paging, policy};
use super::build::connector;
use super::{BlockDevice, Destination, Server, Source, VmState, change, devices, find, permitted, places};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::flavors::nothing_since_2_102;
use crate::engine::transition;
use crate::engine::{
    self, Answer, Call, Context, Id, Object, Operation, Problem, Response, Transition, get, post, put,
};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

const ALL: &str = "/servers/{server_id}/os-volume_attachments";
const ONE: &str = "/servers/{server_id}/os-volume_attachments/{volume_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.server.volume_attachment.list", list)
        .summary("Lists the volumes attached to a server.")
        .query(list_query)
        .policy_on_target("os_compute_api:os-volumes-attachments:index"),
    post(ALL, "nova.server.volume_attachment.create", attach)
        .summary("Attaches a volume to a server.")
        .body::<AttachRequest>()
        .policy_on_target("os_compute_api:os-volumes-attachments:create"),
    get(ONE, "nova.server.volume_attachment.show", show)
        .summary("Shows a volume attached to a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-volumes-attachments:show"),
    put(ONE, "nova.server.volume_attachment.update", update)
        .summary("Updates a volume attachment or swaps its volume.")
        .body::<UpdateRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-volumes-attachments:update"),
    engine::delete(ONE, "nova.server.volume_attachment.delete", detach)
        .summary("Detaches a volume from a server.")
        .answers(202)
        .policy_on_target("os_compute_api:os-volumes-attachments:delete"),
];

pub const ATTACH_VOLUME: Transition<OpenStack> = transition("nova.server.attach_volume", attached, attach_failed);
pub const DETACH_VOLUME: Transition<OpenStack> = transition("nova.server.detach_volume", detached, detach_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&ATTACH_VOLUME, &DETACH_VOLUME];

fn list_query() -> Schema {
    let number = json_schema!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1});
    json_schema!({
        "type": "object",
        "properties": {"limit": number, "offset": number},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}},
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AttachRequest {
    #[serde(rename = "volumeAttachment")]
    volume_attachment: Attach,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Attach {
    #[serde(rename = "volumeId")]
    volume: Uuid,
    #[serde(default)]
    #[schemars(extend("pattern" = "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"))]
    device: Option<Id>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.49"))]
    tag: Optional<Tag>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.79"))]
    delete_on_termination: Optional<Boolean>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    #[serde(rename = "volumeAttachment")]
    volume_attachment: Update,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Update {
    #[serde(rename = "volumeId")]
    volume: Uuid,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.85", "pattern" = "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"))]
    device: Option<Id>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.85"))]
    tag: Optional<Tag>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.85"))]
    delete_on_termination: Optional<Boolean>,
    #[serde(rename = "serverId", default)]
    #[schemars(extend("x-since" = "2.85"))]
    server: Optional<Uuid>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.85"))]
    id: Optional<Uuid>,
}

// -- looking ------------------------------------------------------------------------------------

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    let (offset, limit) = paging::slice(call);
    // Upstream counts the disks that are no volumes, too.
    let page = server.devices.iter().skip(offset).take(limit).filter(|device| shown(call, device));
    Ok(Response::many("volumeAttachments", page, |o, device| view(o, call, server, device)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    let device = device_of(server, call.param("volume_id")).filter(|device| shown(call, device));
    let device = device.ok_or_else(|| errors::not_attached(&server.id, call.param("volume_id")))?;
    Ok(Response::one("volumeAttachment", |o| view(o, call, server, device)))
}

fn shown(call: &Call, device: &BlockDevice) -> bool {
    device.volume.is_some() && (device.attachment.is_some() || !call.since(2, 89))
}

fn device_of<'s>(server: &'s Server, volume: &str) -> Option<&'s BlockDevice> {
    server.devices.iter().find(|device| device.volume.as_deref() == Some(volume))
}

fn view(o: &mut Object, call: &Call, server: &Server, device: &BlockDevice) {
    if !call.since(2, 89) {
        o.set("id", &device.volume);
    }
    o.set("volumeId", &device.volume);
    o.set("serverId", &server.id);
    if let Some(name) = &device.device {
        o.set("device", name);
    }
    if call.since(2, 70) {
        o.set("tag", &device.tag);
    }
    if call.since(2, 79) {
        o.set("delete_on_termination", device.delete_on_termination);
    }
    if call.since(2, 89) {
        o.set("attachment_id", &device.attachment);
        o.set("bdm_uuid", &device.id);
    }
}

// -- attaching ----------------------------------------------------------------------------------

/// In which states volumes come and go.
const STATES: [VmState; 7] = [
    VmState::Active,
    VmState::Paused,
    VmState::Stopped,
    VmState::Resized,
    VmState::SoftDeleted,
    VmState::Shelved,
    VmState::ShelvedOffloaded,
];

/// Shelved servers take volumes from 2.20 on.
fn check_shelved(call: &Call, server: &Server, action: &str) -> Result<(), Problem> {
    let is_shelved = matches!(server.vm_state, VmState::Shelved | VmState::ShelvedOffloaded);
    if is_shelved && !call.since(2, 20) {
        return Err(errors::illegal_state(action, &server.id, "vm_state", server.vm_state.as_str()));
    }
    Ok(())
}

#[allow(clippy::too_many_lines, reason = "one look after the other, in upstream's order")]
fn attach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked = call.body::<AttachRequest>()?.volume_attachment;
    let server = permitted(call, os)?.clone();
    check_shelved(call, &server, "attach_volume")?;
    server.check_lock(call)?;
    server.check_state("attach_volume", &STATES, &[None], true)?;
    let volume = find_volume(call, os, &asked.volume.0)?;
    if let Some(device) = asked.device.as_ref().filter(|device| !is_device_path(device)) {
        return Err(errors::invalid_device_path(device));
    }
    let is_offloaded = server.vm_state == VmState::ShelvedOffloaded;
    check_free(os, &server, &volume)?;
    if is_offloaded && asked.tag.is_some() {
        return Err(errors::tagged_attachment_to_shelved());
    }
    if volume.multiattach {
        if is_offloaded {
            return Err(errors::multiattach_to_shelved());
        }
        if !call.since(2, 60) {
            return Err(errors::multiattach_not_supported_yet());
        }
    }
    let taken = |name: &Id| server.devices.iter().any(|device| device.device.as_ref() == Some(name));
    if let Some(name) = asked.device.as_ref().filter(|name| taken(name)) {
        return Err(errors::device_path_in_use(name));
    }
    let device = match (asked.device, is_offloaded) {
        (Some(name), _) => Some(name),
        (None, true) => None,
        (None, false) => Some(devices::next_name(&server.devices)),
    };
    let reserved = attachments::reserve(os, ctx, &volume.id, Some(server.id.clone()));
    let attachment = reserved.map_err(|problem| errors::volume_cannot_be_attached(&problem.message))?.id;
    let made = BlockDevice {
        id: ctx.uuid(),
        source: Source::Volume,
        destination: Destination::Volume,
        from: None,
        volume: Some(volume.id.clone()),
        attachment: Some(attachment.clone()),
        device,
        boot_index: None,
        delete_on_termination: asked.delete_on_termination.is_some_and(|flag| flag.0),
        size_gib: Some(volume.size_gib),
        volume_type: None,
        guest_format: None,
        disk_bus: None,
        device_type: None,
        tag: asked.tag.as_ref().map(|tag| tag.0.as_str().into()),
    };
    let response = if call.since(2, 101) {
        Response::empty().status(202)
    } else {
        Response::one("volumeAttachment", |o| told(o, call, &server, &made))
    };
    super::action_begins(call, os, ctx, &server.id, "attach_volume", "compute_attach_volume");
    change(os, ctx, &server.id, |server| server.devices.push(made));
    if is_offloaded {
        attachments::finish(os, ctx, &attachment);
    } else {
        ctx.later(&ATTACH_VOLUME, &attachment);
    }
    Ok(response)
}

/// The answer to an attachment, which until 2.100 tells the device.
fn told(o: &mut Object, call: &Call, server: &Server, device: &BlockDevice) {
    o.set("id", &device.volume);
    o.set("serverId", &server.id);
    o.set("volumeId", &device.volume);
    o.set("device", &device.device);
    if call.since(2, 70) {
        o.set("tag", &device.tag);
    }
    if call.since(2, 79) {
        o.set("delete_on_termination", device.delete_on_termination);
    }
}

fn find_volume(call: &Call, os: &OpenStack, id: &str) -> Result<volumes::Volume, Problem> {
    volumes::find(call, os, id).cloned().map_err(|_| errors::volume_not_found(id))
}

/// `block_device.match_device`: `/dev/vdb`, `/dev/sda1`.
fn is_device_path(path: &str) -> bool {
    path.starts_with("/dev/") && path.len() > 5
}

/// `_check_volume_already_attached`.
fn check_free(os: &OpenStack, server: &Server, volume: &volumes::Volume) -> Result<(), Problem> {
    if volume.multiattach {
        let again = device_of(server, &volume.id).is_some();
        return if again { Err(errors::volume_attached_to_this_one(&volume.id)) } else { Ok(()) };
    }
    let users: Vec<&str> = attachments::of_volume(os, &volume.id)
        .filter_map(|attachment| attachment.instance.as_deref())
        .filter(|id| os.nova.servers.get(id).is_some_and(|server| device_of(server, &volume.id).is_some()))
        .collect();
    if users.is_empty() { Ok(()) } else { Err(errors::volume_already_attached(&volume.id, &users.join(" "))) }
}

/// The server that has an attachment, and the device's place among its disks.
fn holder(os: &OpenStack, attachment: &Id) -> Option<(Server, usize)> {
    let server = os.nova.servers.get(os.cinder.attachments.get(attachment)?.instance.as_ref()?)?;
    let at = server.devices.iter().position(|device| device.attachment.as_ref() == Some(attachment))?;
    Some((server.clone(), at))
}

/// The host connects the volume, and then the machine has it.
fn attached(os: &mut OpenStack, ctx: &mut Context, attachment: &Id) {
    let Some((server, at)) = holder(os, attachment) else { return };
    let is_reserved = os.cinder.attachments.get(attachment).is_some_and(|one| one.connection_info.is_empty());
    if is_reserved {
        let device = server.devices.get(at).and_then(|device| device.device.as_deref());
        attachments::connect(os, ctx, attachment, connector(&server, device));
        return ctx.later(&ATTACH_VOLUME, attachment);
    }
    attachments::finish(os, ctx, attachment);
    instance_actions::events_end(os, ctx, &server.id, Ok(()));
}

fn attach_failed(os: &mut OpenStack, ctx: &mut Context, attachment: &Id, _reason: &str) {
    let Some((server, at)) = holder(os, attachment) else { return };
    let volume = server.devices.get(at).and_then(|device| device.volume.clone());
    change(os, ctx, &server.id, |server| {
        server.devices.remove(at);
    });
    if let Some(volume) = volume {
        attachments::detach(os, ctx, &volume, Some(attachment));
    }
}

// -- changing -----------------------------------------------------------------------------------

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked = call.body::<UpdateRequest>()?.volume_attachment;
    let old = call.param("volume_id");
    let server = find(call, os, call.param("server_id"))?.clone();
    let swaps = !call.since(2, 85) || *asked.volume.0 != *old;
    if swaps {
        policy::enforce_rule(call, "os_compute_api:os-volumes-attachments:swap", &[])?;
    } else {
        policy::enforce(call, &[("project_id", &server.project)])?;
    }
    if call.since(2, 85) {
        keep(os, ctx, &server, old, &asked)?;
    }
    if swaps {
        swap(call, os, ctx, &server, old, &asked.volume.0)?;
    }
    Ok(Response::empty())
}

/// Only one thing of an attachment can be changed; the others may be repeated.
fn keep(os: &mut OpenStack, ctx: &Context, server: &Server, volume: &str, asked: &Update) -> Result<(), Problem> {
    let device = device_of(server, volume).ok_or_else(|| errors::volume_bdm_not_found(volume))?;
    if asked.id.as_ref().is_some_and(|id| *id.0 != *volume) {
        return Err(errors::not_mutable("id"));
    }
    if asked.server.as_ref().is_some_and(|id| id.0 != server.id) {
        return Err(errors::not_mutable("serverId"));
    }
    if asked.device.is_some() && asked.device != device.device {
        return Err(errors::not_mutable("device"));
    }
    if asked.tag.as_ref().is_some_and(|tag| device.tag.as_deref() != Some(tag.0.as_str())) {
        return Err(errors::not_mutable("tag"));
    }
    let Some(flag) = asked.delete_on_termination.0 else { return Ok(()) };
    let id = device.id.clone();
    change(os, ctx, &server.id, |server| {
        server.devices.iter_mut().filter(|device| device.id == id).for_each(|one| one.delete_on_termination = flag.0);
    });
    Ok(())
}

/// Puts another volume in the place of one that Cinder migrates.
fn swap(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    server: &Server,
    old: &str,
    new: &Id,
) -> Result<(), Problem> {
    let old = find_volume(call, os, old)?;
    if old.migration_status.as_deref().unwrap_or_default().is_empty() {
        return Err(errors::volume_not_migrating(&old.id));
    }
    let new =
        volumes::find(call, os, new).cloned().map_err(|_| errors::as_bad_request(errors::volume_not_found(new)))?;
    server.check_lock(call)?;
    server.check_state("swap_volume", &[VmState::Active, VmState::Paused, VmState::Resized], &[None], true)?;
    if device_of(server, &old.id).is_none() {
        return Err(errors::invalid_volume("Old volume is attached to a different instance."));
    }
    if new.attach_status == volumes::AttachStatus::Attached {
        return Err(errors::invalid_volume("New volume must be detached in order to swap."));
    }
    if new.size_gib < old.size_gib {
        return Err(errors::invalid_volume("New volume must be the same size or larger."));
    }
    let reserved = attachments::reserve(os, ctx, &new.id, Some(server.id.clone()));
    let attachment = reserved.map_err(|problem| errors::volume_cannot_be_attached(&problem.message))?.id;
    let gone = device_of(server, &old.id).and_then(|device| device.attachment.clone());
    change(os, ctx, &server.id, |server| {
        let device = server.devices.iter_mut().find(|device| device.volume.as_ref() == Some(&old.id));
        if let Some(device) = device {
            (device.volume, device.attachment) = (Some(new.id.clone()), Some(attachment.clone()));
        }
    });
    attachments::detach(os, ctx, &old.id, gone.as_ref());
    ctx.later(&ATTACH_VOLUME, &attachment);
    Ok(())
}

// -- detaching ----------------------------------------------------------------------------------

fn detach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?.clone();
    check_shelved(call, &server, "detach_volume")?;
    let volume = find_volume(call, os, call.param("volume_id"))?;
    let device = device_of(&server, &volume.id).cloned();
    let device = device.ok_or_else(|| errors::not_attached(&server.id, &volume.id))?;
    if device.boot_index == Some(0) {
        return Err(errors::root_device_cannot_be_detached());
    }
    server.check_lock(call)?;
    server.check_state("detach_volume", &STATES, &[None], true)?;
    if server.host.is_some() {
        places::check_up(os, &server)?;
    }
    if volume.status != volumes::Status::InUse {
        return Err(errors::volume_cannot_be_detached(volume.status.as_str()));
    }
    super::action_begins(call, os, ctx, &server.id, "detach_volume", "compute_detach_volume");
    let Some(attachment) = device.attachment else { return Ok(Response::empty()) };
    if let Some(volume) = os.cinder.volumes.get_mut(&volume.id) {
        (volume.status, volume.updated) = (volumes::Status::Detaching, Some(ctx.now()));
    }
    ctx.later(&DETACH_VOLUME, &attachment);
    Ok(Response::empty())
}

fn detached(os: &mut OpenStack, ctx: &mut Context, attachment: &Id) {
    let Some((server, at)) = holder(os, attachment) else { return };
    let Some(device) = server.devices.get(at).cloned() else { return };
    change(os, ctx, &server.id, |server| {
        server.devices.remove(at);
    });
    if let Some(volume) = &device.volume {
        attachments::detach(os, ctx, volume, Some(attachment));
        if device.delete_on_termination {
            volumes::delete::for_server(os, ctx, volume);
        }
    }
    instance_actions::events_end(os, ctx, &server.id, Ok(()));
}

/// The machine does not let go of it.
fn detach_failed(os: &mut OpenStack, ctx: &mut Context, attachment: &Id, _reason: &str) {
    let Some(volume) = os.cinder.attachments.get(attachment).map(|one| one.volume.clone()) else { return };
    if let Some(volume) = os.cinder.volumes.get_mut(&volume)
        && volume.status == volumes::Status::Detaching
    {
        (volume.status, volume.updated) = (volumes::Status::InUse, Some(ctx.now()));
    }
}
