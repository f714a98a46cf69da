//! Shelving servers: an image is created and the server leaves its host (nova/api/openstack/compute/shelve.py).

use super::super::{PowerState, TaskState, VmState, change, permitted};
use super::image::{COPYABLE, delete_image, queued_image, start_saving, write_image};
use super::{IDLE, PATH, begin, hosts, is_doing, next_task, revert_task};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::attachments;
use crate::clouds::openstack::nova::instance_actions;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use serde_json::Map;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.shelve", shelve)
        .summary("Shelves a server.")
        .action("shelve")
        .answers(202)
        .policy_on_target("os_compute_api:os-shelve:shelve"),
    post(PATH, "nova.server.shelve_offload", shelve_offload)
        .summary("Removes a shelved server from its host.")
        .action("shelveOffload")
        .answers(202)
        .policy_on_target("os_compute_api:os-shelve:shelve_offload"),
];

/// The upload of the image starts.
pub const SHELVE: Transition<OpenStack> = transition("nova.server.shelve", start_upload, failed);
/// The image is complete, and the server is offloaded.
pub const SHELVE_UPLOAD: Transition<OpenStack> = transition("nova.server.shelve_upload", finish_upload, failed);
/// The server has left its host.
pub const SHELVE_OFFLOAD: Transition<OpenStack> =
    transition("nova.server.shelve_offload", finish_offload, |os, ctx, id, reason| {
        revert_task(os, ctx, id, TaskState::ShelvingOffloading, reason);
    });

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&SHELVE, &SHELVE_UPLOAD, &SHELVE_OFFLOAD];

/// Volume-backed servers are offloaded without an image.
fn shelve(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("shelve", COPYABLE, IDLE, true)?;
    let id = server.id.clone();
    if server.is_volume_backed() {
        begin(call, os, ctx, &id, ("shelve", "compute_shelve_offload_instance"), TaskState::ShelvingOffloading);
        ctx.later(&SHELVE_OFFLOAD, &id);
        return Ok(Response::empty());
    }
    let name = format!("{}-shelved", server.name);
    let image = queued_image(call, os, ctx, server, &name, "snapshot", Map::new());
    os.glance.images.insert(image);
    begin(call, os, ctx, &id, ("shelve", "compute_shelve_instance"), TaskState::Shelving);
    ctx.later(&SHELVE, &id);
    Ok(Response::empty())
}

/// The image that a shelved server will be started from.
pub fn image(os: &OpenStack, id: &Id) -> Option<Id> {
    let server = os.nova.servers.get(id)?;
    let is_shelved_image = |image: &&crate::clouds::openstack::glance::images::Image| {
        let of_server = image.properties.get("instance_uuid").and_then(|id| id.as_str()) == Some(&*server.id);
        of_server && image.name.as_deref().is_some_and(|name| name.ends_with("-shelved"))
    };
    os.glance.images.of(&server.project).find(is_shelved_image).map(|image| image.id.clone())
}

fn start_upload(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if next_task(os, ctx, id, TaskState::Shelving, TaskState::ShelvingImageUploading) {
        image(os, id).iter().for_each(|image| start_saving(os, ctx, image));
        ctx.later(&SHELVE_UPLOAD, id);
    }
}

/// Shelved servers are offloaded at once (`shelved_offload_time` is 0).
fn finish_upload(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if !next_task(os, ctx, id, TaskState::ShelvingImageUploading, TaskState::ShelvingOffloading) {
        return;
    }
    image(os, id).iter().for_each(|image| write_image(os, ctx, image));
    change(os, ctx, id, |server| {
        (server.vm_state, server.power_state) = (VmState::Shelved, PowerState::Shutdown);
    });
    instance_actions::events_end(os, ctx, id, Ok(()));
    instance_actions::event_begins(os, ctx, id, "compute_shelve_offload_instance");
    ctx.later(&SHELVE_OFFLOAD, id);
}

fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    let tasks = [TaskState::Shelving, TaskState::ShelvingImageUploading];
    if tasks.into_iter().any(|task| is_doing(os, id, task)) {
        image(os, id).iter().for_each(|image| delete_image(os, image));
        tasks.into_iter().for_each(|task| revert_task(os, ctx, id, task, reason));
    }
}

fn shelve_offload(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("shelveOffload", &[VmState::Shelved], IDLE, true)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, ("shelveOffload", "compute_shelve_offload_instance"), TaskState::ShelvingOffloading);
    ctx.later(&SHELVE_OFFLOAD, &id);
    Ok(Response::empty())
}

fn finish_offload(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if is_doing(os, id, TaskState::ShelvingOffloading) {
        instance_actions::events_end(os, ctx, id, Ok(()));
        hosts::leave(os, ctx, id);
        reserve_volumes(os, ctx, id);
        change(os, ctx, id, |server| {
            (server.vm_state, server.power_state) = (VmState::ShelvedOffloaded, PowerState::Shutdown);
            server.task_state = None;
        });
    }
}

/// The volumes of an offloaded server are connected to no host, but stay reserved for it
/// (`_terminate_volume_connections`).
fn reserve_volumes(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.share(id) else { return };
    let mut devices = server.devices.clone();
    for device in &mut devices {
        let (Some(volume), Some(old)) = (&device.volume, device.attachment.clone()) else { continue };
        let Ok(new) = attachments::reserve(os, ctx, volume, Some(id.clone())) else { continue };
        attachments::detach(os, ctx, volume, Some(&old));
        device.attachment = Some(new.id);
    }
    change(os, ctx, id, |server| server.devices = devices);
}
