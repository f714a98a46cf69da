//! The volumes of a server (nova/api/openstack/compute/volume_attachments.py). This file has the operations that read;
//! the files of the folder have the others, each with its transition.

mod attach;
mod detach;
mod update;

use super::super::flavors::nothing_since_2_102;
use super::super::{errors, paging};
use super::{BlockDevice, Server, VmState, permitted};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::volumes;
use crate::engine::{self, Answer, Call, Id, Object, Operation, Problem, Response, Transition, get, post, put};
use schemars::{Schema, json_schema};

const ALL: &str = "/servers/{server_id}/os-volume_attachments";
const ONE: &str = "/servers/{server_id}/os-volume_attachments/{volume_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.server.volume_attachment.list", list)
        .summary("Lists the volumes attached to a server.")
        .query(list_query)
        .policy_on_target("os_compute_api:os-volumes-attachments:index"),
    post(ALL, "nova.server.volume_attachment.create", attach::attach)
        .summary("Attaches a volume to a server.")
        .body::<attach::AttachRequest>()
        .policy_on_target("os_compute_api:os-volumes-attachments:create"),
    get(ONE, "nova.server.volume_attachment.show", show)
        .summary("Shows a volume attached to a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-volumes-attachments:show"),
    put(ONE, "nova.server.volume_attachment.update", update::update)
        .summary("Updates a volume attachment or swaps its volume.")
        .body::<update::UpdateRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-volumes-attachments:update"),
    engine::delete(ONE, "nova.server.volume_attachment.delete", detach::detach)
        .summary("Detaches a volume from a server.")
        .answers(202)
        .policy_on_target("os_compute_api:os-volumes-attachments:delete"),
];

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&attach::ATTACH_VOLUME, &detach::DETACH_VOLUME];

fn list_query() -> Schema {
    let number = json_schema!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1});
    json_schema!({
        "type": "object",
        "properties": {"limit": number, "offset": number},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}},
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    let (offset, limit) = paging::slice(call);
    // Upstream applies offset and limit before it drops the devices that are not volumes.
    let page = server.devices.iter().skip(offset).take(limit).filter(|device| is_shown(call, device));
    Ok(Response::many("volumeAttachments", page, |o, device| view(o, call, server, device)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    let device = device_of(server, call.param("volume_id")).filter(|device| is_shown(call, device));
    let device = device.ok_or_else(|| errors::not_attached(&server.id, call.param("volume_id")))?;
    Ok(Response::one("volumeAttachment", |o| view(o, call, server, device)))
}

/// From microversion 2.89 on, volumes without an attachment in Cinder are not shown.
fn is_shown(call: &Call, device: &BlockDevice) -> bool {
    device.volume.is_some() && (device.attachment.is_some() || !call.since(2, 89))
}

/// The device of a server that is this volume.
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

/// The states in which volumes can be attached and detached.
const STATES: [VmState; 7] = [
    VmState::Active,
    VmState::Paused,
    VmState::Stopped,
    VmState::Resized,
    VmState::SoftDeleted,
    VmState::Shelved,
    VmState::ShelvedOffloaded,
];

/// Volumes of shelved servers can be changed from microversion 2.20 on. Errors: 409.
fn check_shelved(call: &Call, server: &Server, action: &str) -> Result<(), Problem> {
    let is_shelved = matches!(server.vm_state, VmState::Shelved | VmState::ShelvedOffloaded);
    if is_shelved && !call.since(2, 20) {
        return Err(errors::illegal_state(action, &server.id, "vm_state", server.vm_state.as_str()));
    }
    Ok(())
}

fn find_volume(call: &Call, os: &OpenStack, id: &str) -> Result<volumes::Volume, Problem> {
    volumes::find(call, os, id).cloned().map_err(|_| errors::volume_not_found(id))
}

/// The server of an attachment, and the index of the device.
fn holder(os: &OpenStack, attachment: &Id) -> Option<(Server, usize)> {
    let server = os.nova.servers.get(os.cinder.attachments.get(attachment)?.instance.as_ref()?)?;
    let at = server.devices.iter().position(|device| device.attachment.as_ref() == Some(attachment))?;
    Some((server.clone(), at))
}
