//! `DELETE /volumes/{volume_id}`, with the options `cascade` and `force` (`API.delete` in cinder/volume/api.py).

use super::super::policy::{self, POLICY};
use super::super::{errors, snapshots, strict_bool};
use super::transitions;
use super::{AttachStatus, Status, Volume, destroy, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};

pub fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let flag = |name: &str| call.query(name).map_or(Ok(false), |text| strict_bool(name, text));
    let cascade = flag("cascade")?;
    let force = call.since(3, 23) && flag("force")?;
    let volume = find(call, os, call.param("volume_id"))?;
    let target = [("project_id", &*volume.project)];
    if force {
        POLICY.enforce_rule(call, "volume:force_delete", &target)?;
    }
    POLICY.enforce(call, &target)?;
    let id = volume.id.clone();
    begin(call, os, ctx, &id, cascade, force)?;
    Ok(Response::empty())
}

/// Starts the deletion of a volume. `cascade` deletes its snapshots too; `force` ignores the status.
///
/// Fails with 400 if the volume or its snapshots are in use.
pub fn begin(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    id: &Id,
    cascade: bool,
    force: bool,
) -> Result<(), Problem> {
    let Some(volume) = os.cinder.volumes.get(id) else { return Ok(()) };
    if volume.host.is_none() {
        // The volume was never scheduled, so no backend has it.
        destroy(os, id);
        return Ok(());
    }
    if !is_idle(volume, force) || !snapshots_allow(call, os, volume, cascade, force) {
        return Err(errors::invalid_volume_to_delete(force));
    }
    let snapshots: Vec<Id> = snapshots::of_volume(os, id).map(|snapshot| snapshot.id.clone()).collect();
    for snapshot in &snapshots {
        if let Some(snapshot) = os.cinder.snapshots.get_mut(snapshot) {
            snapshot.status = snapshots::Status::Deleting;
        }
    }
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        let managing = volume.status == Status::ErrorManaging;
        volume.status = if managing { Status::ErrorManagingDeleting } else { Status::Deleting };
        volume.updated = Some(ctx.now());
    }
    ctx.later(&transitions::DELETE, id);
    Ok(())
}

/// Deletes a volume together with its server (`delete_on_termination`). Does nothing if it cannot be deleted.
pub fn for_server(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let idle = os.cinder.volumes.get(id).is_some_and(|volume| is_idle(volume, false));
    if !idle || snapshots::of_volume(os, id).next().is_some() {
        return;
    }
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        (volume.status, volume.updated) = (Status::Deleting, Some(ctx.now()));
        ctx.later(&transitions::DELETE, id);
    }
}

fn is_idle(volume: &Volume, force: bool) -> bool {
    let idle = matches!(
        volume.status,
        Status::Available | Status::Error | Status::ErrorRestoring | Status::ErrorExtending | Status::ErrorManaging
    );
    let migrating = !matches!(volume.migration_status.as_deref(), None | Some("deleting" | "error" | "success"));
    (idle || force) && !migrating && volume.attach_status != AttachStatus::Attached && volume.group_id.is_none()
}

fn snapshots_allow(call: &Call, os: &OpenStack, volume: &Volume, cascade: bool, force: bool) -> bool {
    let mut snapshots = snapshots::of_volume(os, &volume.id);
    if !cascade {
        return snapshots.next().is_none();
    }
    snapshots.all(|snapshot| {
        use snapshots::Status::{Available, Deleting, Error};
        let idle = matches!(snapshot.status, Available | Error | Deleting);
        let own = policy::is_admin(call) || snapshot.project == volume.project;
        snapshot.group_snapshot.is_none() && (force || (idle && own))
    })
}
