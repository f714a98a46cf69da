//! Updating an attachment, and swapping its volume for Cinder (`swap_volume` in nova/compute/api.py).

use super::super::super::errors;
use super::super::super::parameter_types::{Boolean, Optional, Tag, Uuid};
use super::super::super::policy::POLICY;
use super::super::{Server, VmState, change, find};
use super::attach::ATTACH_VOLUME;
use super::{device_of, find_volume};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use schemars::JsonSchema;
use serde::Deserialize;

/// The body of `PUT /servers/{server_id}/os-volume_attachments/{volume_id}`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRequest {
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

pub fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.volume_attachment;
    let old = call.param("volume_id");
    let server = find(call, os, call.param("server_id"))?.clone();
    let swaps = !call.since(2, 85) || *request.volume.0 != *old;
    if swaps {
        POLICY.enforce_rule(call, "os_compute_api:os-volumes-attachments:swap", &[])?;
    } else {
        POLICY.enforce(call, &[("project_id", &server.project)])?;
    }
    if call.since(2, 85) {
        update_attachment(os, ctx, &server, old, &request)?;
    }
    if swaps {
        swap(call, os, ctx, &server, old, &request.volume.0)?;
    }
    Ok(Response::empty())
}

/// Only `delete_on_termination` can be changed. The other fields may repeat their values. Errors: 400 and 404.
fn update_attachment(
    os: &mut OpenStack,
    ctx: &Context,
    server: &Server,
    volume: &str,
    request: &Update,
) -> Result<(), Problem> {
    let device = device_of(server, volume).ok_or_else(|| errors::volume_bdm_not_found(volume))?;
    if request.id.as_ref().is_some_and(|id| *id.0 != *volume) {
        return Err(errors::not_mutable("id"));
    }
    if request.server.as_ref().is_some_and(|id| id.0 != server.id) {
        return Err(errors::not_mutable("serverId"));
    }
    if request.device.is_some() && request.device != device.device {
        return Err(errors::not_mutable("device"));
    }
    if request.tag.as_ref().is_some_and(|tag| device.tag.as_deref() != Some(tag.0.as_str())) {
        return Err(errors::not_mutable("tag"));
    }
    let Some(flag) = request.delete_on_termination.0 else { return Ok(()) };
    let id = device.id.clone();
    change(os, ctx, &server.id, |server| {
        server.devices.iter_mut().filter(|device| device.id == id).for_each(|one| one.delete_on_termination = flag.0);
    });
    Ok(())
}

/// Replaces a volume that Cinder migrates by its copy. Errors: 400, 404 and 409.
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
    let old_attachment = device_of(server, &old.id).and_then(|device| device.attachment.clone());
    change(os, ctx, &server.id, |server| {
        let device = server.devices.iter_mut().find(|device| device.volume.as_ref() == Some(&old.id));
        if let Some(device) = device {
            (device.volume, device.attachment) = (Some(new.id.clone()), Some(attachment.clone()));
        }
    });
    attachments::detach(os, ctx, &old.id, old_attachment.as_ref());
    ctx.later(&ATTACH_VOLUME, &attachment);
    Ok(())
}
