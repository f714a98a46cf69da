//! What happens to snapshots after the answer.

use super::super::super::OpenStack;
use super::super::manageable;
use super::super::messages::{self, About, Action, Detail};
use super::{Snapshot, Status, forget};
use crate::engine::{Context, Id, Transition, transition};

pub const CREATE: Transition<OpenStack> = transition("cinder.snapshot.create", created, create_failed);
pub const DELETE: Transition<OpenStack> = transition("cinder.snapshot.delete", deleted, delete_failed);
pub const UNMANAGE: Transition<OpenStack> = transition("cinder.snapshot.unmanage", unmanaged, unmanage_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CREATE, &DELETE, &UNMANAGE];

pub fn created(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let volume = os.cinder.snapshots.get(id).and_then(|snapshot| os.cinder.volumes.get(&snapshot.volume));
    let content = volume.and_then(|volume| volume.content.clone());
    let image_metadata = volume.filter(|volume| volume.bootable).map(|volume| volume.image_metadata.clone());
    transition_if(os, ctx, id, Status::Creating, |snapshot| {
        (snapshot.status, snapshot.progress) = (Status::Available, Some("100%".into()));
        (snapshot.content, snapshot.image_metadata) = (content, image_metadata.unwrap_or_default());
    });
}

pub fn create_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if transition_if(os, ctx, id, Status::Creating, |snapshot| snapshot.status = Status::Error) {
        messages::note(os, ctx, About::Snapshot, id, Action::SNAPSHOT_CREATE, Detail::SNAPSHOT_CREATE_ERROR);
    }
}

fn deleted(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    if os.cinder.snapshots.get(id).is_some_and(|snapshot| snapshot.status == Status::Deleting) {
        forget(os, id);
    }
}

fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    stays(os, ctx, id, Status::Deleting);
}

/// The backend keeps it, under the name that LVM gave it.
fn unmanaged(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    let snapshot = os.cinder.snapshots.get(id).filter(|snapshot| snapshot.status == Status::Unmanaging);
    if let Some(snapshot) = snapshot.cloned() {
        manageable::leave_snapshot(os, &snapshot);
        forget(os, id);
    }
}

fn unmanage_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    stays(os, ctx, id, Status::Unmanaging);
}

/// The backend could not take the snapshot away.
fn stays(os: &mut OpenStack, ctx: &mut Context, id: &Id, from: Status) {
    if transition_if(os, ctx, id, from, |snapshot| snapshot.status = Status::ErrorDeleting) {
        messages::note(os, ctx, About::Snapshot, id, Action::SNAPSHOT_DELETE, Detail::SNAPSHOT_DELETE_ERROR);
    }
}

/// Changes the snapshot if it is still in the state `from`, and tells whether it was: one that was
/// reset or deleted meanwhile is left alone.
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
