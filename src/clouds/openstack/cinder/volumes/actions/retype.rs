//! A volume changes its type: in place where the new type's backend is where the volume is already,
//! and by migration otherwise, if the client allows that.

use super::super::super::super::OpenStack;
use super::super::super::policy::POLICY;
use super::super::super::types::{self, VolumeType};
use super::super::super::{errors, quotas, scheduler, snapshots};
use super::super::create::fits_provisioning;
use super::super::{Doing, Status, Volume};
use super::{PATH, is_migrating, migrate, of_type, subject, update};
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
    /// `on-demand` allows migration. Null is of the right type and yet none of the values.
    #[serde(default)]
    #[schemars(extend("type" = ["string", "null"], "enum" = ["on-demand", "never"]))]
    migration_policy: Optional<String>,
}

fn retype(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked = call.body::<RetypeRequest>()?.retype;
    let volume = subject(call, os)?;
    let to = types::find_by_id_or_name(call, os, &asked.new_type)?;
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
        let more = of_type(&to_name, size);
        quotas::reserve(os, &project, None, &more.each_ref().map(|(name, amount)| (name.as_str(), *amount)))?;
    }
    if !possible {
        return Err(errors::cannot_retype());
    }
    let may_migrate = asked.migration_policy.as_deref() == Some("on-demand");
    update(os, ctx, &id, |volume| {
        volume.previous_status = Some(volume.status);
        (volume.status, volume.multiattach) = (Status::Retyping, multiattach);
        volume.doing = Some(Doing::Retype { to_type, may_migrate });
    });
    ctx.later(&RETYPE, &id);
    Ok(Response::empty())
}

/// Hypervisors must know from the start whether a volume is shared, so that cannot change in use.
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

/// The QoS specs of a type that a hypervisor enforces: they cannot change under a server.
fn front_end_qos(os: &OpenStack, volume_type: Option<&str>) -> Option<Id> {
    let specs = os.cinder.volume_types.get(volume_type?)?.qos_specs.as_ref()?;
    os.cinder.qos_specs.get(specs).filter(|specs| specs.consumer != "back-end").map(|specs| specs.id.clone())
}

fn retyped(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((to_type, may_migrate)) = under_way(os, id) else { return };
    let Some(volume) = os.cinder.volumes.get(id) else { return };
    let Some(to) = os.cinder.volume_types.get(&to_type) else { return retype_failed(os, ctx, id, "") };
    let Some(host) = scheduler::place(Some(to)) else { return retype_failed(os, ctx, id, "") };
    let stays = to.backend_name().is_none() || volume.host.as_deref() == Some(&*host);
    if stays {
        take_type(os, id, &to_type);
        update(os, ctx, id, |volume| {
            volume.status = volume.previous_status.unwrap_or(Status::Available);
            volume.doing = None;
        });
    } else if may_migrate && snapshots::of_volume(os, id).next().is_none() {
        update(os, ctx, id, |volume| volume.doing = Some(Doing::Migrate { to_host: host, to_type: Some(to_type) }));
        migrate::begin_copying(os, ctx, id);
    } else {
        retype_failed(os, ctx, id, "");
    }
}

/// The volume is what it was, and so is the quota.
fn retype_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let Some((to_type, _)) = under_way(os, id) else { return };
    forget_type(os, id, &to_type);
    update(os, ctx, id, |volume| {
        volume.status = volume.previous_status.unwrap_or(Status::Available);
        volume.doing = None;
    });
}

fn under_way(os: &OpenStack, id: &Id) -> Option<(Id, bool)> {
    let volume = os.cinder.volumes.get(id).filter(|volume| volume.status == Status::Retyping)?;
    match &volume.doing {
        Some(Doing::Retype { to_type, may_migrate }) => Some((to_type.clone(), *may_migrate)),
        _ => None,
    }
}

/// The volume and its snapshots are of the new type now; the old one's quota is free again.
pub fn take_type(os: &mut OpenStack, id: &Id, to_type: &Id) {
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

/// The new type is not taken after all.
pub fn forget_type(os: &mut OpenStack, id: &Id, to_type: &Id) {
    finish_quota(os, id, to_type, quotas::cancel);
    let Some(volume) = os.cinder.volumes.get(id) else { return };
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    let multiattach = volume_type.is_some_and(VolumeType::multiattach);
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        volume.multiattach = multiattach;
    }
}

/// Commits, cancels or releases what the volume counts as under the quotas of a type.
fn finish_quota(
    os: &mut OpenStack,
    id: &Id,
    volume_type: &Id,
    finish: fn(&mut OpenStack, &Id, Option<&str>, &quotas::Amounts),
) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| volume.consumes_quota) else { return };
    let Some(type_name) = types::name_of(os, Some(volume_type)) else { return };
    let amounts = of_type(&type_name, volume.size_gib);
    let project = volume.project.clone();
    finish(os, &project, None, &amounts.each_ref().map(|(name, amount)| (name.as_str(), *amount)));
}
