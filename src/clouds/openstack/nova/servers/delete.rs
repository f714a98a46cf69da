//! Deleting and restoring servers (`delete` in nova/compute/api.py, nova/api/openstack/compute/deferred_delete.py).

use super::{BlockDevice, PowerState, Server, TaskState, VmState, find, networks, permitted, usage};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::clouds::openstack::nova::policy::POLICY;
use crate::clouds::openstack::nova::{errors, instance_actions, scheduler, server_groups};
use crate::engine::{Answer, Call, Context, Id, Response, Row, Transition, transition};

/// The host has deleted the guest. The server is visible as DELETED until [`FORGET`].
pub const DELETE: Transition<OpenStack> = transition("nova.server.delete", finish_delete, delete_failed);
/// The deleted server disappears for everyone but administrators.
pub const FORGET: Transition<OpenStack> =
    transition("nova.server.forget", forget, |os, ctx, id, _reason| forget(os, ctx, id));
/// The host has restored a soft-deleted server.
pub const RESTORE: Transition<OpenStack> = transition("nova.server.restore", finish_restore, restore_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&DELETE, &FORGET, &RESTORE];

/// How many deleted servers are kept for administrators.
const MAX_DELETED: usize = 1000;

pub fn delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, "delete")
}

pub fn force_delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = find(call, os, call.param("server_id"))?;
    POLICY.enforce(call, &[("project_id", &server.project), ("user_id", &server.user)])?;
    server.check_lock(call)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, "forceDelete")
}

fn begin(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, action: &'static str) -> Answer {
    if os.nova.servers.get(id).is_some_and(|server| server.vm_state == VmState::Deleted) {
        return Err(errors::instance_not_found(id));
    }
    let event =
        if os.nova.servers.get(id).is_some_and(|one| one.host.is_some()) { "compute_terminate_instance" } else { "" };
    super::action_begins(call, os, ctx, id, action, event);
    // A server without a host is deleted at once (`_local_delete`).
    if os.nova.servers.get(id).is_none_or(|server| server.host.is_none()) {
        clean_up(os, ctx, id);
        move_to_deleted(os, ctx, id);
        return Ok(Response::empty());
    }
    super::change(os, ctx, id, |server| server.task_state = Some(TaskState::Deleting));
    ctx.later(&DELETE, id);
    Ok(Response::empty())
}

/// Restores a soft-deleted server. Nothing is ever soft-deleted, because `reclaim_instance_interval` is 0, its default.
pub fn restore(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("restore", &[VmState::SoftDeleted], &[None], true)?;
    let id = server.id.clone();
    super::action_begins(call, os, ctx, &id, "restore", "compute_restore_instance");
    super::change(os, ctx, &id, |server| server.task_state = Some(TaskState::Restoring));
    ctx.later(&RESTORE, &id);
    Ok(Response::empty())
}

fn finish_restore(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    super::transition_if(os, ctx, id, (VmState::SoftDeleted, Some(TaskState::Restoring)), |server| {
        (server.vm_state, server.task_state) = (VmState::Active, None);
        server.power_state = PowerState::Running;
    });
    instance_actions::events_end(os, ctx, id, Ok(()));
}

fn restore_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    super::transition_if(os, ctx, id, (VmState::SoftDeleted, Some(TaskState::Restoring)), |server| {
        server.task_state = None
    });
}

/// The guest is gone. The server stays visible as DELETED for a moment.
fn finish_delete(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if os.nova.servers.get(id).is_none_or(|server| server.task_state != Some(TaskState::Deleting)) {
        return;
    }
    clean_up(os, ctx, id);
    let now = ctx.now();
    super::change(os, ctx, id, |server| {
        (server.vm_state, server.task_state, server.power_state) = (VmState::Deleted, None, PowerState::None);
        server.terminated = Some(now);
    });
    instance_actions::events_end(os, ctx, id, Ok(()));
    ctx.later(&FORGET, id);
}

fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if os.nova.servers.get(id).is_some_and(|server| server.task_state == Some(TaskState::Deleting)) {
        super::fail(os, ctx, id, 500, reason.to_owned());
    }
}

fn forget(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if os.nova.servers.get(id).is_some_and(|server| server.vm_state == VmState::Deleted) {
        move_to_deleted(os, ctx, id);
    }
}

/// Releases what the server uses: volumes, ports, quota, its allocation and its place in server groups.
fn clean_up(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.get(id).cloned() else { return };
    for device in &server.devices {
        release_volume(os, ctx, device);
    }
    networks::release(os, ctx, id);
    scheduler::release(os, id);
    usage::release(os, &server.project, &server.flavor);
    // `instance_destroy` takes the migrations along. One that waits to be confirmed holds an allocation.
    let migrations: Vec<_> = os.nova.migrations.of(id).map(|one| (one.id.clone(), one.uuid.clone())).collect();
    for (migration, holder) in migrations {
        scheduler::release(os, &holder);
        os.nova.migrations.remove(&migration);
    }
    let groups: Vec<Id> = os
        .nova
        .server_groups
        .by(&server_groups::BY_MEMBER, id)
        .filter(|group| group.project == server.project)
        .map(|group| group.id.clone())
        .collect();
    for group in groups {
        server_groups::leave(os, &group, id);
    }
}

/// Detaches a volume, and deletes it if it has `delete_on_termination`.
fn release_volume(os: &mut OpenStack, ctx: &mut Context, device: &BlockDevice) {
    let Some(volume) = &device.volume else { return };
    if device.attachment.is_some() {
        attachments::detach(os, ctx, volume, device.attachment.as_ref());
    }
    if device.delete_on_termination && attachments::of_volume(os, volume).next().is_none() {
        volumes::delete::for_server(os, ctx, volume);
    }
}

/// Moves the server to the table of deleted servers, and drops the oldest row of that table if it is full.
fn move_to_deleted(os: &mut OpenStack, ctx: &Context, id: &Id) {
    let Some(server) = os.nova.servers.remove(id) else { return };
    let mut server = Server::clone(&server);
    (server.vm_state, server.task_state, server.power_state) = (VmState::Deleted, None, PowerState::None);
    server.terminated = server.terminated.or(Some(ctx.now()));
    server.updated = Some(ctx.now());
    server.interfaces = vec![];
    server.build_request = None;
    os.nova.deleted_servers.insert(server);
    let oldest = os.nova.deleted_servers.all().next_back().map(|server| server.id().clone());
    if let Some(oldest) = oldest.filter(|_| os.nova.deleted_servers.len() > MAX_DELETED) {
        os.nova.deleted_servers.remove(&oldest);
    }
}
