//! `os-extend`: extends a volume. Since 3.42 it can be in use.

use super::super::super::super::OpenStack;
use super::super::super::messages::{self, Action, Detail, ResourceType};
use super::super::super::parameter_types::SizeGib;
use super::super::super::policy::POLICY;
use super::super::super::types;
use super::super::super::{attachments, errors, quotas};
use super::super::create::fits_provisioning;
use super::super::{Status, Task, find, transition_if};
use super::{PATH, subject, update};
use crate::clouds::openstack::events::Event;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.volume.extend", extend)
        .summary("Extends a volume.")
        .action("os-extend")
        .body::<ExtendRequest>()
        .answers(202)
        .policy_on_target("volume:extend"),
    post(PATH, "cinder.volume.extend_completion", complete)
        .summary("Completes or fails the extension of a volume.")
        .action("os-extend_volume_completion")
        .body::<CompleteRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_admin_actions:extend_volume_completion"),
];

pub const EXTEND: Transition<OpenStack> = transition("cinder.volume.extend", extended, extend_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&EXTEND];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExtendRequest {
    #[serde(rename = "os-extend")]
    extend: Extend,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Extend {
    new_size: SizeGib,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CompleteRequest {
    #[serde(rename = "os-extend_volume_completion")]
    _complete: Complete,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Complete {
    #[serde(default, rename = "error")]
    #[schemars(extend("type" = ["string", "null", "boolean"]))]
    _error: Option<Value>,
}

fn extend(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let to_gib = call.body::<ExtendRequest>()?.extend.new_size.0;
    let volume = find(call, os, call.param("volume_id"))?;
    let attached = call.since(3, 42) && volume.status == Status::InUse;
    let rule = if attached { "volume:extend_attached_volume" } else { "volume:extend" };
    POLICY.enforce_rule(call, rule, &[("project_id", &volume.project)])?;
    let (id, size, status, project) = (volume.id.clone(), volume.size_gib, volume.status, volume.project.clone());
    let consumes_quota = volume.consumes_quota;
    let volume_type = volume.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
    if to_gib <= size {
        return Err(errors::not_larger(size, to_gib));
    }
    volume_type.map_or(Ok(()), |volume_type| fits_provisioning(volume_type, to_gib))?;
    let expected = if attached { Status::InUse } else { Status::Available };
    if status != expected {
        return Err(errors::cannot_extend(&id, expected, status));
    }
    let type_name = volume_type.map(|volume_type| volume_type.name.clone());
    quotas::check_volume_size(os, &call.project(), i64::from(to_gib))?;
    if consumes_quota {
        quotas::reserve(os, &project, type_name.as_deref(), &[("gigabytes", i64::from(to_gib - size))])?;
    }
    update(os, ctx, &id, |volume| {
        volume.previous_status = Some(status);
        (volume.status, volume.task) = (Status::Extending, Some(Task::Extend { to_gib }));
    });
    ctx.later(&EXTEND, &id);
    Ok(Response::empty())
}

/// Always fails: only backends that extend through Nova (NFS) keep the metadata that this needs.
fn complete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    match subject(call, os)?.status {
        Status::Extending => Err(errors::extend_notes_missing()),
        _ => Err(errors::not_extending()),
    }
}

fn extended(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish_quota(os, id, quotas::commit);
    let grows = os.cinder.volumes.get(id).is_some_and(|volume| volume.status == Status::Extending);
    let attached = attachments::of_volume(os, id).next().is_some();
    transition_if(os, ctx, id, Status::Extending, |volume| {
        volume.status = if attached { Status::InUse } else { Status::Available };
        if let Some(Task::Extend { to_gib }) = volume.task.take() {
            volume.size_gib = to_gib;
        }
    });
    if grows {
        os.announce(ctx, &Event::VolumeExtended { volume: id.clone() });
    }
}

fn extend_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    finish_quota(os, id, quotas::cancel);
    if os.cinder.volumes.get(id).is_some_and(|volume| volume.status == Status::Extending) {
        update(os, ctx, id, |volume| (volume.status, volume.task) = (Status::ErrorExtending, None));
        messages::create(os, ctx, ResourceType::Volume, id, Action::EXTEND_VOLUME, Detail::DRIVER_FAILED_EXTEND);
    }
}

/// Commits or cancels the reserved quota. If the status was reset in the meantime, the volume does not grow
/// and the reservation is cancelled.
fn finish_quota(os: &mut OpenStack, id: &Id, finish: fn(&mut OpenStack, &Id, Option<&str>, &quotas::Amounts)) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| volume.consumes_quota) else { return };
    let Some(Task::Extend { to_gib }) = volume.task else { return };
    let more = i64::from(to_gib.saturating_sub(volume.size_gib));
    let (project, grows) = (volume.project.clone(), volume.status == Status::Extending);
    let type_name = types::name_of(os, volume.volume_type.as_deref());
    let finish = if grows { finish } else { quotas::cancel };
    finish(os, &project, type_name.as_deref(), &[("gigabytes", more)]);
    if !grows && let Some(volume) = os.cinder.volumes.get_mut(id) {
        volume.task = None;
    }
}
