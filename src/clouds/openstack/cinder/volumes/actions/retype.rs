//! `os-retype`: changes the type of a volume. The volume stays on its backend if the new type allows it;
//! otherwise it is migrated, if the migration policy allows that.

use super::super::super::super::OpenStack;
use super::super::super::policy::POLICY;
use super::super::super::types::{self, VolumeType};
use super::super::super::{errors, quotas, scheduler, snapshots};
use super::super::create::fits_provisioning;
use super::super::{Status, Task, Volume};
use super::{PATH, is_migrating, migrate, subject, type_amounts, update};
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "cinder.volume.retype", retype)
    .summary("Changes the type of a volume.")
    .action("os-retype")
    .body::<RetypeRequest>()
    .answers(202)
    .policy_on_target("volume:retype")];

pub const RETYPE: Transition<OpenStack> = transition("cinder.volume.retype", retyped, retype_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&RETYPE];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RetypeRequest {
    #[serde(rename = "os-retype")]
    retype: Retype,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Retype {
    new_type: String,
    /// `on-demand` allows migration. The enum does not contain null, although the type does.
    #[serde(default)]
    #[schemars(extend("type" = ["string", "null"], "enum" = ["on-demand", "never"]))]
    migration_policy: Optional<String>,
}

fn retype(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<RetypeRequest>()?.retype;
    let volume = subject(call, os)?;
    let to = types::find_by_id_or_name(call, os, &request.new_type)?;
    fits_provisioning(to, volume.size_gib)?;
    check_multiattach(call, volume, to)?;
    let (id, project, size) = (volume.id.clone(), volume.project.clone(), volume.size_gib);
    let possible = matches!(volume.status, Status::Available | Status::InUse)
        && !is_migrating(volume)
        && volume.group_id.is_none()
        && volume.volume_type.as_ref() != Some(&to.id)
        && (volume.status == Status::Available
            || front_end_qos(os, volume.volume_type.as_deref()) == front_end_qos(os, Some(&to.id)));
    let (to_type, to_name, multiattach) = (to.id.clone(), to.name.clone(), to.multiattach());
    if volume.consumes_quota {
        let more = type_amounts(&to_name, size);
        quotas::reserve(os, &project, None, &more.each_ref().map(|(name, amount)| (name.as_str(), *amount)))?;
    }
    if !possible {
        return Err(errors::cannot_retype());
    }
    let may_migrate = request.migration_policy.as_deref() == Some("on-demand");
    update(os, ctx, &id, |volume| {
        volume.previous_status = Some(volume.status);
        (volume.status, volume.multiattach) = (Status::Retyping, multiattach);
        volume.task = Some(Task::Retype { to_type, may_migrate });
    });
    ctx.later(&RETYPE, &id);
    Ok(Response::empty())
}

/// `multiattach` cannot change while the volume is in use: hypervisors need to know it when they attach.
fn check_multiattach(call: &Call, volume: &Volume, to: &VolumeType) -> Result<(), Problem> {
    if volume.multiattach != to.multiattach() {
        if volume.status != Status::Available {
            return Err(errors::cannot_change_multiattach(volume.status));
        }
        if to.multiattach() {
            POLICY.enforce_rule(call, "volume:multiattach", &[("project_id", &volume.project)])?;
        }
    }
    if to.multiattach() && to.encryption.is_some() { Err(errors::encrypted_and_multiattach()) } else { Ok(()) }
}

/// The QoS specs of a type that the hypervisor enforces. They cannot change while the volume is in use.
fn front_end_qos(os: &OpenStack, volume_type: Option<&str>) -> Option<Id> {
    let specs = os.cinder.volume_types.get(volume_type?)?.qos_specs.as_ref()?;
    os.cinder.qos_specs.get(specs).filter(|specs| specs.consumer != "back-end").map(|specs| specs.id.clone())
}

fn retyped(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((to_type, may_migrate)) = retype_task(os, id) else { return };
    let Some(volume) = os.cinder.volumes.get(id) else { return };
    let Some(to) = os.cinder.volume_types.get(&to_type) else { return retype_failed(os, ctx, id, "") };
    let Some(host) = scheduler::place(Some(to)) else { return retype_failed(os, ctx, id, "") };
    let stays = to.backend_name().is_none() || volume.host.as_deref() == Some(&*host);
    if stays {
        set_type(os, id, &to_type);
        update(os, ctx, id, |volume| {
            volume.status = volume.previous_status.unwrap_or(Status::Available);
            volume.task = None;
        });
    } else if may_migrate && snapshots::of_volume(os, id).next().is_none() {
        update(os, ctx, id, |volume| volume.task = Some(Task::Migrate { to_host: host, to_type: Some(to_type) }));
        migrate::begin_copying(os, ctx, id);
    } else {
        retype_failed(os, ctx, id, "");
    }
}

/// Restores the status and the quota.
fn retype_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let Some((to_type, _)) = retype_task(os, id) else { return };
    cancel_retype(os, id, &to_type);
    update(os, ctx, id, |volume| {
        volume.status = volume.previous_status.unwrap_or(Status::Available);
        volume.task = None;
    });
}

/// The new type and whether a migration is allowed, if the volume is still being retyped.
fn retype_task(os: &OpenStack, id: &Id) -> Option<(Id, bool)> {
    let volume = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Retyping)?;
    match &volume.task {
        Some(Task::Retype { to_type, may_migrate }) => Some((to_type.clone(), *may_migrate)),
        _ => None,
    }
}

/// Sets the new type of the volume and its snapshots, and releases the quota of the old type.
pub fn set_type(os: &mut OpenStack, id: &Id, to_type: &Id) {
    let Some(volume) = os.cinder.volumes.get_mut(id) else { return };
    let old = volume.volume_type.replace(to_type.clone());
    let snapshots: Vec<Id> = snapshots::of_volume(os, id).map(|snapshot| snapshot.id.clone()).collect();
    for snapshot in snapshots {
        if let Some(snapshot) = os.cinder.snapshots.get_mut(&snapshot) {
            snapshot.volume_type = Some(to_type.clone());
        }
    }
    finish_quota(os, id, to_type, quotas::commit);
    if let Some(old) = old {
        finish_quota(os, id, &old, quotas::release);
    }
}

/// Cancels the quota of the new type and restores `multiattach` of the old one.
pub fn cancel_retype(os: &mut OpenStack, id: &Id, to_type: &Id) {
    finish_quota(os, id, to_type, quotas::cancel);
    let Some(volume) = os.cinder.volumes.get(id) else { return };
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    let multiattach = volume_type.is_some_and(VolumeType::multiattach);
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        volume.multiattach = multiattach;
    }
}

/// Commits, cancels or releases the volume's amounts in the quotas of a type.
fn finish_quota(
    os: &mut OpenStack,
    id: &Id,
    volume_type: &Id,
    finish: fn(&mut OpenStack, &Id, Option<&str>, &quotas::Amounts),
) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| volume.consumes_quota) else { return };
    let Some(type_name) = types::name_of(os, Some(volume_type)) else { return };
    let amounts = type_amounts(&type_name, volume.size_gib);
    let project = volume.project.clone();
    finish(os, &project, None, &amounts.each_ref().map(|(name, amount)| (name.as_str(), *amount)));
}
