//! `os-force_delete` and `os-unmanage`: remove a volume from Cinder, with or without its data.

use super::super::super::super::OpenStack;
use super::super::super::messages::{self, Action, Detail, ResourceType};
use super::super::super::policy::POLICY;
use super::super::super::{errors, manageable, snapshots};
use super::super::{AttachStatus, Status, Volume, delete, destroy, transition_if};
use super::{PATH, is_migrating, subject, update};
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.volume.force_delete", force_delete)
        .summary("Deletes a volume whatever its status is.")
        .action("os-force_delete")
        .answers(202)
        .policy_on_target("volume_extension:volume_admin_actions:force_delete"),
    post(PATH, "cinder.volume.unmanage", unmanage)
        .summary("Stops managing a volume and keeps it in the back end.")
        .action("os-unmanage")
        .answers(202)
        .policy_on_target("volume_extension:volume_unmanage"),
];

pub const UNMANAGE: Transition<OpenStack> = transition("cinder.volume.unmanage", unmanaged, unmanage_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&UNMANAGE];

fn force_delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let volume = subject(call, os)?;
    POLICY.enforce_rule(call, "volume:delete", &[("project_id", &volume.project)])?;
    let id = volume.id.clone();
    delete::begin(call, os, ctx, &id, false, true)?;
    Ok(Response::empty())
}

fn unmanage(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let volume = subject(call, os)?;
    POLICY.enforce_rule(call, "volume:delete", &[("project_id", &volume.project)])?;
    let id = volume.id.clone();
    if volume.encryption_key_id.is_some() {
        return Err(errors::encrypted_cannot_be_unmanaged());
    }
    let idle = matches!(
        volume.status,
        Status::Available | Status::Error | Status::ErrorRestoring | Status::ErrorExtending | Status::ErrorManaging
    );
    if !idle || !is_free(os, volume) {
        return Err(errors::invalid_volume_to_delete(false));
    }
    update(os, ctx, &id, |volume| volume.status = Status::Unmanaging);
    ctx.later(&UNMANAGE, &id);
    Ok(Response::empty())
}

/// True if nothing uses the volume (`API.delete` in cinder/volume/api.py).
fn is_free(os: &OpenStack, volume: &Volume) -> bool {
    volume.attach_status != AttachStatus::Attached
        && !is_migrating(volume)
        && volume.group_id.is_none()
        && snapshots::of_volume(os, &volume.id).next().is_none()
}

/// The volume stays on its backend and can be managed again.
fn unmanaged(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Unmanaging) else { return };
    let volume = volume.clone();
    destroy(os, id);
    manageable::unmanage_volume(os, &volume);
}

fn unmanage_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    transition_if(os, ctx, id, Status::Unmanaging, |volume| volume.status = Status::ErrorDeleting);
    messages::create(os, ctx, ResourceType::Volume, id, Action::UNMANAGE_VOLUME, Detail::UNKNOWN_ERROR);
}
