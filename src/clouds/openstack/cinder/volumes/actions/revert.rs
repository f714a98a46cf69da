//! `revert` (since 3.40): reverts a volume to its latest snapshot.

use super::super::super::super::OpenStack;
use super::super::super::policy::POLICY;
use super::super::super::{errors, snapshots};
use super::super::{Status, Task, find, transition_if};
use super::{PATH, update};
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "cinder.volume.revert", revert)
    .summary("Reverts a volume to its latest snapshot.")
    .action("revert")
    .body::<RevertRequest>()
    .since(3, 40)
    .answers(202)
    .policy_on_target("volume:revert_to_snapshot")];

pub const REVERT: Transition<OpenStack> = transition("cinder.volume.revert", reverted, revert_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&REVERT];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RevertRequest {
    revert: Revert,
}

/// Upstream ignores other fields.
#[derive(Deserialize, JsonSchema)]
struct Revert {
    snapshot_id: Option<String>,
}

fn revert(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<RevertRequest>()?.revert.snapshot_id;
    let volume = find(call, os, call.param("volume_id"))?;
    let id = volume.id.clone();
    let latest = snapshots::of_volume(os, &id).next().ok_or_else(|| errors::no_snapshots(&id))?;
    if request.as_deref() != Some(&*latest.id) {
        return Err(errors::not_the_latest_snapshot(request.as_deref().unwrap_or("None"), &id));
    }
    if volume.size_gib != latest.size_gib {
        return Err(errors::size_differs_from_snapshot(&id, &latest.id));
    }
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    if volume.status != Status::Available {
        return Err(errors::volume_not_available_to_revert(&id, &latest.id));
    }
    if latest.status != snapshots::Status::Available {
        return Err(errors::snapshot_not_available_to_revert(&id, &latest.id));
    }
    let snapshot = latest.id.clone();
    if let Some(snapshot) = os.cinder.snapshots.get_mut(&snapshot) {
        (snapshot.status, snapshot.updated) = (snapshots::Status::Restoring, Some(ctx.now()));
    }
    update(os, ctx, &id, |volume| {
        (volume.status, volume.task) = (Status::Reverting, Some(Task::Revert { to_snapshot: snapshot }));
    });
    ctx.later(&REVERT, &id);
    Ok(Response::empty())
}

fn reverted(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(snapshot) = release_snapshot(os, ctx, id) else { return };
    let content = os.cinder.snapshots.get(&snapshot).and_then(|snapshot| snapshot.content.clone());
    transition_if(os, ctx, id, Status::Reverting, |volume| {
        (volume.status, volume.task, volume.content) = (Status::Available, None, content);
    });
}

fn revert_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    if release_snapshot(os, ctx, id).is_some() {
        transition_if(os, ctx, id, Status::Reverting, |volume| (volume.status, volume.task) = (Status::Error, None));
    }
}

/// Makes the snapshot available again when the revert ends. Returns its id.
fn release_snapshot(os: &mut OpenStack, ctx: &Context, id: &Id) -> Option<Id> {
    let volume = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Reverting)?;
    let Some(Task::Revert { to_snapshot }) = volume.task.clone() else { return None };
    if let Some(snapshot) = os.cinder.snapshots.get_mut(&to_snapshot)
        && snapshot.status == snapshots::Status::Restoring
    {
        (snapshot.status, snapshot.updated) = (snapshots::Status::Available, Some(ctx.now()));
    }
    Some(to_snapshot)
}
