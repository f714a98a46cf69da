//! Transitions of group snapshots and their snapshots (cinder/volume/manager.py).

use super::super::super::OpenStack;
use super::super::groups::Status;
use super::super::snapshots::{self, Status as SnapshotStatus};
use super::members;
use crate::engine::{Context, Id, Transition, transition};

/// Ends `creating`.
pub const CREATE: Transition<OpenStack> = transition("cinder.group_snapshot.create", created, create_failed);
/// Ends `deleting`.
pub const DELETE: Transition<OpenStack> = transition("cinder.group_snapshot.delete", deleted, delete_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&CREATE, &DELETE];

fn created(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if has_status(os, id, Status::Creating) {
        members(os, id).iter().for_each(|snapshot| snapshots::created(os, ctx, snapshot));
        set_status(os, ctx, id, Status::Available);
    }
}

fn create_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if has_status(os, id, Status::Creating) {
        members(os, id).iter().for_each(|snapshot| snapshots::create_failed(os, ctx, snapshot, reason));
        set_status(os, ctx, id, Status::Error);
    }
}

fn deleted(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    if has_status(os, id, Status::Deleting) {
        members(os, id).iter().for_each(|snapshot| snapshots::forget(os, snapshot));
        os.cinder.group_snapshots.remove(id);
    }
}

/// The group snapshot and its snapshots are in error.
fn delete_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if !has_status(os, id, Status::Deleting) {
        return;
    }
    let now = ctx.now();
    for snapshot in members(os, id) {
        if let Some(snapshot) = os.cinder.snapshots.get_mut(&snapshot) {
            (snapshot.status, snapshot.updated) = (SnapshotStatus::Error, Some(now));
        }
    }
    set_status(os, ctx, id, Status::Error);
}

/// True if the status has not been reset in the meantime.
fn has_status(os: &OpenStack, id: &Id, status: Status) -> bool {
    os.cinder.group_snapshots.get(id).is_some_and(|found| found.status == status)
}

fn set_status(os: &mut OpenStack, ctx: &mut Context, id: &Id, status: Status) {
    if let Some(found) = os.cinder.group_snapshots.get_mut(id) {
        (found.status, found.updated) = (status, Some(ctx.now()));
    }
}
