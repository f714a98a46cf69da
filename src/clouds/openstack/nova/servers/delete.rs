//! Deleting servers, at once, by force, or to be restored (nova/compute/api.py, `delete`;
//! nova/api/openstack/compute/deferred_delete.py).

use super::{BlockDevice, PowerState, Server, TaskState, VmState, find, networks, permitted, places, usage};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::{attachments, volumes};
use crate::clouds::openstack::nova::{errors, instance_actions, policy, server_groups};
use crate::engine::{Answer, Call, Context, Id, Response, Row, Transition, transition};

pub const DELETE: Transition<OpenStack> = transition("nova.server.delete", deleted, delete_failed);
pub const FORGET: Transition<OpenStack> =
    transition("nova.server.forget", forgotten, |os, ctx, id, _reason| forgotten(os, ctx, id));
pub const RESTORE: Transition<OpenStack> = transition("nova.server.restore", restored, restore_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&DELETE, &FORGET, &RESTORE];

/// How many deleted servers are remembered.
const REMEMBERED: usize = 1000;

pub fn delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, "delete")
}

pub fn force_delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = find(call, os, call.param("server_id"))?;
    policy::enforce(call, &[("project_id", &server.project), ("user_id", &server.user)])?;
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
    // What is on no host is gone at once.
    if os.nova.servers.get(id).is_none_or(|server| server.host.is_none()) {
        clean_up(os, ctx, id);
        bury(os, ctx, id);
        return Ok(Response::empty());
    }
    super::change(os, ctx, id, |server| server.task_state = Some(TaskState::Deleting));
    ctx.later(&DELETE, id);
    Ok(Response::empty())
}

/// Brings back what was deleted softly. Nothing is, since `reclaim_instance_interval` is 0 as it was where
/// the answers were recorded.
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

fn restored(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
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

/// The machine is gone; for a moment the server can still be seen.
fn deleted(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
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

fn forgotten(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if os.nova.servers.get(id).is_some_and(|server| server.vm_state == VmState::Deleted) {
        bury(os, ctx, id);
    }
}

/// Gives back what the server uses: its volumes, ports, quota, and its place on the host.
fn clean_up(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.get(id).cloned() else { return };
    for device in &server.devices {
        let_go(os, ctx, device);
    }
    networks::release(os, ctx, id);
    places::leave(os, ctx, id);
    usage::release(os, &server.project, &server.flavor);
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

/// Detaches a volume, and deletes it if that was agreed on.
fn let_go(os: &mut OpenStack, ctx: &mut Context, device: &BlockDevice) {
    let Some(volume) = &device.volume else { return };
    if device.attachment.is_some() {
        attachments::detach(os, ctx, volume, device.attachment.as_ref());
    }
    if device.delete_on_termination && attachments::of_volume(os, volume).next().is_none() {
        volumes::delete::for_server(os, ctx, volume);
    }
}

/// Out of sight, but remembered for a while.
fn bury(os: &mut OpenStack, ctx: &Context, id: &Id) {
    let Some(server) = os.nova.servers.remove(id) else { return };
    let mut server = Server::clone(&server);
    (server.vm_state, server.task_state, server.power_state) = (VmState::Deleted, None, PowerState::None);
    server.terminated = server.terminated.or(Some(ctx.now()));
    server.updated = Some(ctx.now());
    server.interfaces = vec![];
    server.wanted = None;
    os.nova.deleted_servers.insert(server);
    let oldest = os.nova.deleted_servers.all().next_back().map(|server| server.id().clone());
    if let Some(oldest) = oldest.filter(|_| os.nova.deleted_servers.len() > REMEMBERED) {
        os.nova.deleted_servers.remove(&oldest);
    }
}
