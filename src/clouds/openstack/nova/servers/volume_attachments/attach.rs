//! Attaching a volume (`attach_volume` in nova/compute/api.py).

use super::super::super::instance_actions;
use super::super::super::parameter_types::{Boolean, Optional, Tag, Uuid};
use super::super::build::connector;
use super::super::{BlockDevice, Destination, Server, Source, VmState, action_begins, change, devices, permitted};
use super::{STATES, check_shelved, device_of, find_volume, holder};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::clouds::openstack::nova::errors;
use crate::engine::{Answer, Call, Context, Id, Object, Problem, Response, Transition, transition};
use schemars::JsonSchema;
use serde::Deserialize;

/// The host connects the volume first, and then the guest uses it. The subject is Cinder's attachment.
pub const ATTACH_VOLUME: Transition<OpenStack> = transition("nova.server.attach_volume", finish_attach, attach_failed);

/// The body of `POST /servers/{server_id}/os-volume_attachments`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachRequest {
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

pub fn attach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<AttachRequest>()?.volume_attachment;
    let server = permitted(call, os)?.clone();
    check_shelved(call, &server, "attach_volume")?;
    server.check_lock(call)?;
    server.check_state("attach_volume", &STATES, &[None], true)?;
    let volume = find_volume(call, os, &request.volume.0)?;
    if let Some(device) = request.device.as_ref().filter(|device| !is_device_path(device)) {
        return Err(errors::invalid_device_path(device));
    }
    check_free(os, &server, &volume)?;
    check_supported(call, &server, &volume, request.tag.is_some())?;
    let is_offloaded = server.vm_state == VmState::ShelvedOffloaded;
    let in_use = |name: &Id| server.devices.iter().any(|device| device.device.as_ref() == Some(name));
    if let Some(name) = request.device.as_ref().filter(|name| in_use(name)) {
        return Err(errors::device_path_in_use(name));
    }
    let device = match (request.device, is_offloaded) {
        (Some(name), _) => Some(name),
        (None, true) => None,
        (None, false) => Some(devices::next_name(&server.devices)),
    };
    let reserved = attachments::reserve(os, ctx, &volume.id, Some(server.id.clone()));
    let attachment = reserved.map_err(|problem| errors::volume_cannot_be_attached(&problem.message))?.id;
    let device = BlockDevice {
        id: ctx.uuid(),
        source: Source::Volume,
        destination: Destination::Volume,
        volume: Some(volume.id.clone()),
        attachment: Some(attachment.clone()),
        device,
        delete_on_termination: request.delete_on_termination.is_some_and(|flag| flag.0),
        size_gib: Some(volume.size_gib),
        tag: request.tag.as_ref().map(|tag| tag.0.as_str().into()),
        ..BlockDevice::blank()
    };
    let response = if call.since(2, 101) {
        Response::empty().status(202)
    } else {
        Response::one("volumeAttachment", |o| view_created(o, call, &server, &device))
    };
    let event = if is_offloaded { "api_attach_volume" } else { "compute_attach_volume" };
    action_begins(call, os, ctx, &server.id, "attach_volume", event);
    change(os, ctx, &server.id, |server| server.devices.push(device));
    if is_offloaded {
        // The volume is in use at once, though it is connected only when the server has a host again
        // (`_attach_volume_shelved_offloaded`).
        attachments::finish(os, ctx, &attachment);
        instance_actions::events_end(os, ctx, &server.id, Ok(()));
    } else {
        ctx.later(&ATTACH_VOLUME, &attachment);
    }
    Ok(response)
}

/// Until microversion 2.60, multiattach volumes cannot be attached. Offloaded servers accept neither them nor tags.
/// Errors: 400.
fn check_supported(call: &Call, server: &Server, volume: &volumes::Volume, tagged: bool) -> Result<(), Problem> {
    let is_offloaded = server.vm_state == VmState::ShelvedOffloaded;
    if is_offloaded && tagged {
        return Err(errors::tagged_attachment_to_shelved());
    }
    if volume.multiattach && is_offloaded {
        return Err(errors::multiattach_to_shelved());
    }
    if volume.multiattach && !call.since(2, 60) {
        return Err(errors::multiattach_not_supported_yet());
    }
    Ok(())
}

/// The response until microversion 2.100; later ones have no body.
fn view_created(o: &mut Object, call: &Call, server: &Server, device: &BlockDevice) {
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

/// True for names such as `/dev/vdb` and `/dev/sda1` (`block_device.match_device`).
fn is_device_path(path: &str) -> bool {
    path.starts_with("/dev/") && path.len() > 5
}

/// Checks that no other server uses the volume (`_check_volume_already_attached`). Errors: 400.
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

fn finish_attach(os: &mut OpenStack, ctx: &mut Context, attachment: &Id) {
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
