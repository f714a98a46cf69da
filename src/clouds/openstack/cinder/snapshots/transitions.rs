//! Transitions of snapshots (cinder/volume/manager.py).

use super::super::super::OpenStack;
use super::super::manageable;
use super::super::messages::{self, Action, Detail, ResourceType};
use super::{Snapshot, Status, forget};
use crate::engine::{Context, Id, Transition, transition};

/// Ends `creating`.
pub const CREATE: Transition<OpenStack> = transition("cinder.snapshot.create", created, create_failed);
/// Ends `deleting`.
pub const DELETE: Transition<OpenStack> = transition("cinder.snapshot.delete", deleted, delete_failed);
/// Ends `unmanaging`.
pub const UNMANAGE: Transition<OpenStack> = transition("cinder.snapshot.unmanage", unmanaged, unmanage_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CREATE, &DELETE, &UNMANAGE];

/// Copies the data of the volume and makes the snapshot available.
pub fn created(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let volume = os.cinder.snapshots.get(id).and_then(|snapshot| os.cinder.volumes.get(&snapshot.volume));
    let content = volume.and_then(|volume| volume.content.clone());
    let image_metadata = volume.filter(|volume| volume.bootable).map(|volume| volume.image_metadata.clone());
    transition_if(os, ctx, id, Status::Creating, |snapshot| {
        (snapshot.status, snapshot.progress) = (Status::Available, Some("100%".into()));
        (snapshot.content, snapshot.image_metadata) = (content, image_metadata.unwrap_or_default());
    });
}

/// The snapshot is in error.
pub fn create_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if transition_if(os, ctx, id, Status::Creating, |snapshot| snapshot.status = Status::Error) {
        messages::create(os, ctx, ResourceType::Snapshot, id, Action::SNAPSHOT_CREATE, Detail::SNAPSHOT_CREATE_ERROR);
    }
}

fn deleted(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    if os.cinder.snapshots.get(id).is_some_and(|snapshot| snapshot.status == Status::Deleting) {
        forget(os, id);
    }
}

fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    deletion_failed(os, ctx, id, Status::Deleting);
}

/// The snapshot stays on the backend and can be managed again.
fn unmanaged(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    let snapshot = os.cinder.snapshots.get(id).filter(|snapshot| snapshot.status == Status::Unmanaging);
    if let Some(snapshot) = snapshot.cloned() {
        manageable::unmanage_snapshot(os, &snapshot);
        forget(os, id);
    }
}

fn unmanage_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    deletion_failed(os, ctx, id, Status::Unmanaging);
}

/// The deletion failed: the snapshot is in `error_deleting`.
fn deletion_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, from: Status) {
    if transition_if(os, ctx, id, from, |snapshot| snapshot.status = Status::ErrorDeleting) {
        messages::create(os, ctx, ResourceType::Snapshot, id, Action::SNAPSHOT_DELETE, Detail::SNAPSHOT_DELETE_ERROR);
    }
}

/// Changes the snapshot if its status is still `from`, and returns whether it was. It may have been reset or
/// deleted in the meantime.
fn transition_if(
    os: &mut OpenStack,
    ctx: &mut Context,
    id: &Id,
    from: Status,
    change: impl FnOnce(&mut Snapshot),
) -> bool {
    if os.cinder.snapshots.get(id).is_none_or(|snapshot| snapshot.status != from) {
        return false;
    }
    if let Some(snapshot) = os.cinder.snapshots.get_mut(id) {
        change(snapshot);
        snapshot.updated = Some(ctx.now());
    }
    true
}
