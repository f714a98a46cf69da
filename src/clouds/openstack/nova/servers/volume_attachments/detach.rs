//! Detaching a volume (`detach_volume` in nova/compute/api.py).

use super::super::super::{errors, instance_actions};
use super::super::{VmState, action_begins, change, permitted};
use super::{STATES, check_shelved, device_of, find_volume, holder};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::status::StatusText;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::engine::{Answer, Call, Context, Id, Response, Transition, transition};

/// The guest has released the volume. The subject is Cinder's attachment.
pub const DETACH_VOLUME: Transition<OpenStack> = transition("nova.server.detach_volume", finish_detach, detach_failed);

pub fn detach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
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
        server.check_host_is_up(os)?;
    }
    if volume.status != volumes::Status::InUse {
        return Err(errors::volume_cannot_be_detached(&volume.status.text()));
    }
    action_begins(call, os, ctx, &server.id, "detach_volume", "compute_detach_volume");
    let Some(attachment) = device.attachment else { return Ok(Response::empty()) };
    if let Some(volume) = os.cinder.volumes.get_mut(&volume.id) {
        (volume.status, volume.updated) = (volumes::Status::Detaching, Some(ctx.now()));
    }
    ctx.later(&DETACH_VOLUME, &attachment);
    Ok(Response::empty())
}

fn finish_detach(os: &mut OpenStack, ctx: &mut Context, attachment: &Id) {
    let Some((server, at)) = holder(os, attachment) else { return };
    let Some(device) = server.devices.get(at).cloned() else { return };
    change(os, ctx, &server.id, |server| {
        server.devices.remove(at);
    });
    if let Some(volume) = &device.volume {
        attachments::detach(os, ctx, volume, Some(attachment));
        // Only the API, which detaches from servers without a host, looks at this flag (`_local_cleanup_bdm_volumes`).
        if device.delete_on_termination && server.vm_state == VmState::ShelvedOffloaded {
            volumes::delete::for_server(os, ctx, volume);
        }
    }
    instance_actions::events_end(os, ctx, &server.id, Ok(()));
}

/// The guest has not released the volume, which stays attached.
fn detach_failed(os: &mut OpenStack, ctx: &mut Context, attachment: &Id, _reason: &str) {
    let Some(volume) = os.cinder.attachments.get(attachment).map(|one| one.volume.clone()) else { return };
    if let Some(volume) = os.cinder.volumes.get_mut(&volume)
        && volume.status == volumes::Status::Detaching
    {
        (volume.status, volume.updated) = (volumes::Status::InUse, Some(ctx.now()));
    }
}
