//! Transitions of groups (cinder/volume/manager.py, cinder/group/api.py).

use super::super::super::OpenStack;
use super::super::volumes::Status as VolumeStatus;
use super::super::{group_types, quotas, scheduler, volumes};
use super::{Group, Status, volumes_of};
use crate::engine::{Context, Id, Transition, transition};

pub const CREATE: Transition<OpenStack> = transition("cinder.group.create", created, create_failed);
pub const CREATE_FROM_SRC: Transition<OpenStack> =
    transition("cinder.group.create_from_src", created_from_source, create_from_source_failed);
pub const UPDATE: Transition<OpenStack> = transition("cinder.group.update", updated, update_failed);
pub const DELETE: Transition<OpenStack> = transition("cinder.group.delete", deleted, delete_failed);
pub const REPLICATE: Transition<OpenStack> =
    transition("cinder.group.replicate", not_replicated, |os, ctx, id, _reason| not_replicated(os, ctx, id));

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CREATE, &CREATE_FROM_SRC, &UPDATE, &DELETE, &REPLICATE];

/// The scheduler looks for a backend that fits all volume types. If there is none, the group is in error. So are
/// consistency groups: LVM's driver cannot make them (`VolumeManager.create_group`).
fn created(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let host = os.cinder.groups.get(id).and_then(|group| place(os, group));
    let possible = host.is_some() && !is_consistency_group(os, id);
    transition_if(os, ctx, id, Status::Creating, |group| {
        group.status = if possible { Status::Available } else { Status::Error };
        group.host = host;
    });
}

fn create_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    transition_if(os, ctx, id, Status::Creating, |group| group.status = Status::Error);
}

/// Finds a backend for a group. Group specs do not matter: the capabilities filter reads `extra_specs`, which group
/// types do not have.
fn place(os: &OpenStack, group: &Group) -> Option<Id> {
    let types = group.volume_types.iter().filter_map(|id| os.cinder.volume_types.get(id));
    let places: Vec<_> = types.map(|one| scheduler::place(Some(one))).collect();
    let Some(first) = places.first() else { return scheduler::place(None) };
    if places.iter().all(|place| place == first) { first.clone() } else { None }
}

fn is_consistency_group(os: &OpenStack, id: &Id) -> bool {
    let group = os.cinder.groups.get(id);
    group.is_some_and(|group| group_types::is_default_cgsnapshot_type(os, &group.group_type))
}

fn created_from_source(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if !has_status(os, id, Status::Creating) {
        return;
    }
    if is_consistency_group(os, id) {
        return create_from_source_failed(os, ctx, id, "");
    }
    for volume in members(os, id, VolumeStatus::Creating) {
        volumes::created(os, ctx, &volume);
    }
    transition_if(os, ctx, id, Status::Creating, |group| group.status = Status::Available);
}

fn create_from_source_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if !has_status(os, id, Status::Creating) {
        return;
    }
    for volume in members(os, id, VolumeStatus::Creating) {
        volumes::create_failed(os, ctx, &volume, reason);
    }
    transition_if(os, ctx, id, Status::Creating, |group| group.status = Status::Error);
}

fn updated(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let (joining, leaving) = changing(os, id);
    let now = ctx.now();
    for (volumes, group) in [(joining, Some(id.clone())), (leaving, None)] {
        for volume in volumes {
            if let Some(volume) = os.cinder.volumes.get_mut(&volume) {
                (volume.group_id, volume.updated) = (group.clone(), Some(now));
            }
        }
    }
    transition_if(os, ctx, id, Status::Updating, set_status(Status::Available));
}

/// The group and the volumes to add and remove are in error.
fn update_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let (joining, leaving) = changing(os, id);
    let now = ctx.now();
    for volume in joining.into_iter().chain(leaving) {
        if let Some(volume) = os.cinder.volumes.get_mut(&volume) {
            (volume.status, volume.updated) = (VolumeStatus::Error, Some(now));
        }
    }
    transition_if(os, ctx, id, Status::Updating, set_status(Status::Error));
}

/// The volumes to add and to remove. None if the status was reset in the meantime.
fn changing(os: &OpenStack, id: &Id) -> (Vec<Id>, Vec<Id>) {
    match os.cinder.groups.get(id).filter(|group| group.status == Status::Updating) {
        Some(group) => (group.joining.clone(), group.leaving.clone()),
        None => (vec![], vec![]),
    }
}

fn set_status(status: Status) -> impl FnOnce(&mut Group) {
    move |group| {
        (group.joining, group.leaving) = (vec![], vec![]);
        group.status = status;
    }
}

fn deleted(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if !has_status(os, id, Status::Deleting) {
        return;
    }
    if is_consistency_group(os, id) {
        return delete_failed(os, ctx, id, "");
    }
    for volume in members(os, id, VolumeStatus::Deleting) {
        volumes::deleted(os, ctx, &volume);
    }
    if let Some(group) = os.cinder.groups.remove(id) {
        quotas::release(os, &group.project, None, &[("groups", 1)]);
    }
}

fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let now = ctx.now();
    if has_status(os, id, Status::Deleting) {
        for volume in members(os, id, VolumeStatus::Deleting) {
            if let Some(volume) = os.cinder.volumes.get_mut(&volume) {
                (volume.status, volume.updated) = (VolumeStatus::Error, Some(now));
            }
        }
    }
    transition_if(os, ctx, id, Status::Deleting, |group| group.status = Status::Error);
}

/// LVM has no replication, so that every request ends in error.
fn not_replicated(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let in_progress = ["enabling", "disabling", "failing-over"];
    let replication = os.cinder.groups.get(id).map(|group| group.replication_status.as_str());
    if replication.is_none_or(|status| !in_progress.contains(&status)) {
        return;
    }
    if let Some(group) = os.cinder.groups.get_mut(id) {
        group.replication_status = "error".into();
        group.updated = Some(ctx.now());
    }
}

/// The volumes of the group with that status.
fn members(os: &OpenStack, id: &Id, status: VolumeStatus) -> Vec<Id> {
    let group = os.cinder.groups.get(id);
    let volumes = group.into_iter().flat_map(|group| volumes_of(os, group));
    volumes.filter(|volume| volume.status == status).map(|volume| volume.id.clone()).collect()
}

fn has_status(os: &OpenStack, id: &Id, status: Status) -> bool {
    os.cinder.groups.get(id).is_some_and(|group| group.status == status)
}

/// Changes the group if its status is still `from`. It may have been reset or deleted in the meantime.
fn transition_if(os: &mut OpenStack, ctx: &mut Context, id: &Id, from: Status, change: impl FnOnce(&mut Group)) {
    if !has_status(os, id, from) {
        return;
    }
    if let Some(group) = os.cinder.groups.get_mut(id) {
        change(group);
        group.updated = Some(ctx.now());
    }
}
