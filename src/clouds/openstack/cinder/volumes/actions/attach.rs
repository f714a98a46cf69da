//! Attaching and detaching by actions, as Nova did before the attachments API: `os-reserve` and `os-attach`,
//! `os-begin_detaching` and `os-detach`.

use super::super::super::super::OpenStack;
use super::super::super::attachments::{self, Attachment};
use super::super::super::errors;
use super::super::super::parameter_types::{OptionalUuid, Uuid};
use super::super::super::policy::POLICY;
use super::super::{AttachStatus, Status, Volume};
use super::{PATH, is_migrating, subject, update};
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.volume.reserve", reserve)
        .summary("Reserves a volume for an attachment.")
        .action("os-reserve")
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:reserve"),
    post(PATH, "cinder.volume.unreserve", unreserve)
        .summary("Releases the reservation of a volume.")
        .action("os-unreserve")
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:unreserve"),
    post(PATH, "cinder.volume.begin_detaching", begin_detaching)
        .summary("Marks a volume as detaching.")
        .action("os-begin_detaching")
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:begin_detaching"),
    post(PATH, "cinder.volume.roll_detaching", roll_detaching)
        .summary("Rolls a detaching volume back to in-use.")
        .action("os-roll_detaching")
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:roll_detaching"),
    post(PATH, "cinder.volume.attach", attach)
        .summary("Marks a volume as attached.")
        .action("os-attach")
        .body::<AttachRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:attach"),
    post(PATH, "cinder.volume.detach", detach)
        .summary("Marks a volume as detached.")
        .action("os-detach")
        .body::<DetachRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_actions:detach"),
    post(PATH, "cinder.volume.force_detach", force_detach)
        .summary("Detaches a volume by force.")
        .action("os-force_detach")
        .body::<ForceDetachRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_admin_actions:force_detach"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AttachRequest {
    #[serde(rename = "os-attach")]
    attach: Attach,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "anyOf" = [{"required": ["instance_uuid"]}, {"required": ["host_name"]}],
    "x-alternatives-last" = true,
))]
struct Attach {
    #[serde(default)]
    instance_uuid: Optional<Uuid>,
    #[schemars(length(min = 1, max = 255))]
    mountpoint: String,
    #[serde(default)]
    #[schemars(length(max = 255))]
    host_name: Optional<String>,
    #[serde(default)]
    mode: Optional<Mode>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Mode {
    Rw,
    Ro,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DetachRequest {
    #[serde(rename = "os-detach")]
    detach: Option<Detach>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Detach {
    #[serde(default)]
    attachment_id: Optional<OptionalUuid>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForceDetachRequest {
    #[serde(rename = "os-force_detach")]
    detach: ForceDetach,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForceDetach {
    /// Validated and ignored, because there is no real backend.
    #[serde(default, rename = "connector")]
    #[schemars(extend("type" = ["string", "object", "null"]))]
    _connector: Optional<Value>,
    #[serde(default)]
    attachment_id: Option<String>,
}

fn reserve(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let volume = subject(call, os)?;
    let free = volume.status == Status::Available || (volume.multiattach && volume.status == Status::InUse);
    if !free {
        let expected = if volume.multiattach { "available or in-use" } else { "available" };
        return Err(errors::cannot_reserve(expected, volume.status));
    }
    let id = volume.id.clone();
    update(os, ctx, &id, |volume| volume.status = Status::Attaching);
    Ok(Response::empty())
}

fn unreserve(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let id = subject(call, os)?.id.clone();
    release(os, ctx, &id);
    Ok(Response::empty())
}

/// Ends the reservation of a volume. Does nothing if it is not reserved.
pub fn release(os: &mut OpenStack, ctx: &Context, id: &Id) {
    if os.cinder.volumes.get(id).is_none_or(|volume| volume.status != Status::Attaching) {
        return;
    }
    let attached = attachments::of_volume(os, id).any(|attachment| attachment.status == AttachStatus::Attached);
    update(os, ctx, id, |volume| volume.status = if attached { Status::InUse } else { Status::Available });
}

/// Ignored for a migrating volume, so that Nova can swap it (`begin_detaching` in cinder/volume/api.py).
fn begin_detaching(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let volume = subject(call, os)?;
    if is_migrating(volume) {
        return Ok(Response::empty());
    }
    if volume.status != Status::InUse || volume.attach_status != AttachStatus::Attached {
        return Err(errors::cannot_begin_detaching());
    }
    let id = volume.id.clone();
    update(os, ctx, &id, |volume| volume.status = Status::Detaching);
    Ok(Response::empty())
}

fn roll_detaching(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let volume = subject(call, os)?;
    if volume.status == Status::Detaching {
        let id = volume.id.clone();
        update(os, ctx, &id, |volume| volume.status = Status::InUse);
    }
    Ok(Response::empty())
}

fn attach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<AttachRequest>()?.attach;
    let mode = if matches!(*request.mode, Some(Mode::Ro)) { "ro" } else { "rw" };
    let volume = subject(call, os)?;
    let (id, project) = (volume.id.clone(), volume.project.clone());
    may_attach(volume, mode)?;
    let instance = request.instance_uuid.0.map(|uuid| uuid.0);
    let host = request.host_name.0.as_deref().map(sanitized);
    let again = attachments::of_volume(os, &id).any(|attachment| match &instance {
        Some(_) => attachment.instance == instance,
        None => attachment.host == host,
    });
    if again {
        update(os, ctx, &id, |volume| volume.status = Status::InUse);
        return Ok(Response::empty());
    }
    if volume.status == Status::InUse && !volume.multiattach && volume.migration_status.is_none() {
        return Err(errors::cannot_attach("volume is already attached and multiple attachments are not enabled"));
    }
    os.cinder.attachments.insert(Attachment {
        id: ctx.uuid(),
        volume: id.clone(),
        project,
        instance,
        host,
        mountpoint: Some(request.mountpoint),
        status: AttachStatus::Attached,
        mode: Some(mode.into()),
        connector: None,
        connection_info: Map::new(),
        attached: Some(ctx.now()),
        created: ctx.now(),
        updated: None,
    });
    update(os, ctx, &id, |volume| {
        (volume.status, volume.attach_status) = (Status::InUse, AttachStatus::Attached);
        volume.admin_metadata.entry("readonly").or_insert("False".into());
        volume.admin_metadata.insert("attached_mode".into(), mode.into());
    });
    Ok(Response::empty())
}

/// Fails if the volume cannot be attached in this mode (`ro` or `rw`).
fn may_attach(volume: &Volume, mode: &str) -> Result<(), Problem> {
    let admin_metadata = |key: &str| volume.admin_metadata.get(key).and_then(Value::as_str);
    if volume.status == Status::Maintenance {
        return Err(errors::attaching_in_maintenance("attached"));
    }
    if admin_metadata("readonly") == Some("True") && mode != "ro" {
        return Err(errors::invalid_attach_mode(mode, &volume.id));
    }
    if volume.status == Status::Attaching && admin_metadata("attached_mode").is_some_and(|other| other != mode) {
        return Err(errors::cannot_attach("being attached by different mode"));
    }
    Ok(())
}

fn detach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<DetachRequest>()?.detach.unwrap_or_default();
    let attachment = request.attachment_id.0.and_then(|id| id.0);
    let volume = subject(call, os)?;
    let id = volume.id.clone();
    attachments::may_be_deleted(call, os, &id, attachment.as_deref())?;
    if volume.status == Status::Maintenance {
        return Err(errors::attaching_in_maintenance("detached"));
    }
    let attachment = attachment.or_else(|| attachments::of_volume(os, &id).next().map(|one| one.id.clone()));
    attachments::detach(os, ctx, &id, attachment.as_ref());
    Ok(Response::empty())
}

/// Detaches a volume whatever its status is. For volumes whose detaching failed.
fn force_detach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ForceDetachRequest>()?.detach;
    let volume = subject(call, os)?;
    let (id, project) = (volume.id.clone(), volume.project.clone());
    POLICY.enforce_rule(call, "volume_extension:volume_actions:terminate_connection", &[("project_id", &project)])?;
    attachments::may_be_deleted(call, os, &id, None)?;
    release(os, ctx, &id);
    POLICY.enforce_rule(call, "volume_extension:volume_actions:detach", &[("project_id", &project)])?;
    let named = request.attachment_id.filter(|text| !text.is_empty());
    attachments::may_be_deleted(call, os, &id, named.as_deref())?;
    let attachment = named.map(Id::from).or_else(|| attachments::of_volume(os, &id).next().map(|one| one.id.clone()));
    attachments::detach(os, ctx, &id, attachment.as_ref());
    Ok(Response::empty())
}

/// `sanitize_hostname` in cinder/volume/volume_utils.py.
fn sanitized(host: &str) -> String {
    let host = host.replace([' ', '_'], "-").to_lowercase();
    let allowed: String = host.chars().filter(|c| c.is_alphanumeric() || matches!(c, '.' | '-')).collect();
    allowed.trim_matches(['.', '-']).to_owned()
}
