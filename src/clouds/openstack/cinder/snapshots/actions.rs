//! Actions on a snapshot: `POST /snapshots/{snapshot_id}/action` (cinder/api/contrib/snapshot_actions.py,
//! admin_actions.py, snapshot_unmanage.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::errors;
use super::super::policy::POLICY;
use super::transitions;
use super::{Status, begin_deleting, find, find_visible};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

const PATH: &str = "/snapshots/{snapshot_id}/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.snapshot.reset_status", reset_status)
        .summary("Resets the status of a snapshot.")
        .action("os-reset_status")
        .body::<ResetStatusRequest>()
        .answers(202)
        .policy_on_target("volume_extension:snapshot_admin_actions:reset_status"),
    post(PATH, "cinder.snapshot.force_delete", force_delete)
        .summary("Deletes a snapshot whatever its status is.")
        .action("os-force_delete")
        .body::<ForceDeleteRequest>()
        .answers(202)
        .policy_on_target("volume_extension:snapshot_admin_actions:force_delete"),
    post(PATH, "cinder.snapshot.unmanage", unmanage)
        .summary("Stops managing a snapshot and keeps it in the back end.")
        .action("os-unmanage")
        .body::<UnmanageRequest>()
        .answers(202)
        .policy_on_target("snapshot_extension:snapshot_unmanage"),
    post(PATH, "cinder.snapshot.update_status", update_status)
        .summary("Updates the status and progress of a snapshot.")
        .action("os-update_snapshot_status")
        .body::<UpdateStatusRequest>()
        .answers(202)
        .policy_on_target("snapshot_extension:snapshot_actions:update_snapshot_status"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetStatusRequest {
    #[serde(rename = "os-reset_status")]
    reset: ResetStatus,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ResetStatus {
    #[schemars(extend("format" = "snapshot_status"))]
    status: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForceDeleteRequest {
    #[serde(rename = "os-force_delete")]
    _anything: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UnmanageRequest {
    #[serde(rename = "os-unmanage")]
    _anything: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateStatusRequest {
    #[serde(rename = "os-update_snapshot_status")]
    update: UpdateStatus,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateStatus {
    status: String,
    progress: Optional<Value>,
}

fn reset_status(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let name = call.body::<ResetStatusRequest>()?.reset.status.to_lowercase();
    let snapshot = find_visible(call, os, call.param("snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &snapshot.project)])?;
    let status = Status::from_text(&name).unwrap_or(snapshot.status);
    let id = snapshot.id.clone();
    if let Some(snapshot) = os.cinder.snapshots.get_mut(&id) {
        (snapshot.status, snapshot.updated) = (status, Some(ctx.now()));
    }
    Ok(Response::empty())
}

fn force_delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let snapshot = find(call, os, call.param("snapshot_id"))?;
    let target = [("project_id", &*snapshot.project)];
    POLICY.enforce(call, &target)?;
    POLICY.enforce_rule(call, "volume:delete_snapshot", &target)?;
    if snapshot.group_snapshot.is_some() {
        return Err(errors::snapshot_part_of_a_group());
    }
    let id = snapshot.id.clone();
    begin_deleting(os, ctx, &id);
    Ok(Response::empty())
}

/// Removes the snapshot from Cinder. The backend keeps it.
fn unmanage(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let snapshot = find(call, os, call.param("snapshot_id"))?;
    let target = [("project_id", &*snapshot.project)];
    POLICY.enforce(call, &target)?;
    POLICY.enforce_rule(call, "volume:delete_snapshot", &target)?;
    if !matches!(snapshot.status, Status::Available | Status::Error) || snapshot.group_snapshot.is_some() {
        return Err(errors::snapshot_status_to_delete());
    }
    let id = snapshot.id.clone();
    if let Some(snapshot) = os.cinder.snapshots.get_mut(&id) {
        (snapshot.status, snapshot.updated) = (Status::Unmanaging, Some(ctx.now()));
    }
    ctx.later(&transitions::UNMANAGE, &id);
    Ok(Response::empty())
}

/// For Nova, which takes assisted snapshots for Cinder. Only `creating` and `deleting` can be changed, to the
/// statuses that can follow them.
fn update_status(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateStatusRequest>()?.update;
    let progress = request.progress.0.as_ref().map(percentage).transpose()?.flatten();
    let snapshot = find_visible(call, os, call.param("snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &snapshot.project)])?;
    let reachable: &[Status] = match snapshot.status {
        Status::Creating => &[Status::Creating, Status::Available, Status::Error],
        Status::Deleting => &[Status::Deleting, Status::ErrorDeleting],
        other => return Err(errors::snapshot_status_cannot_be_updated(other)),
    };
    let status = Status::from_text(&request.status).filter(|status| reachable.contains(status));
    let status = status.ok_or_else(|| errors::snapshot_status_not_reachable(&request.status, snapshot.status))?;
    let id = snapshot.id.clone();
    if let Some(snapshot) = os.cinder.snapshots.get_mut(&id) {
        (snapshot.status, snapshot.updated) = (status, Some(ctx.now()));
        snapshot.progress = progress.or(snapshot.progress.take());
    }
    Ok(Response::empty())
}

/// A percentage such as `50%` (`_validate_progress` in cinder/api/validation/validators.py). Values that are
/// false in Python mean no progress. Other types fail with the message of Python's TypeError.
fn percentage(progress: &Value) -> Result<Option<String>, Problem> {
    let text = match progress {
        Value::Null | Value::Bool(false) => return Ok(None),
        Value::Bool(true) => return Err(errors::progress_not_text("'bool' object is not subscriptable".into())),
        Value::Number(number) if number.as_f64() == Some(0.0) => return Ok(None),
        Value::Number(number) => {
            let kind = if number.is_f64() { "float" } else { "int" };
            return Err(errors::progress_not_text(format!("'{kind}' object is not subscriptable")));
        }
        Value::Array(items) if items.is_empty() => return Ok(None),
        Value::Array(_) => return Err(errors::progress_not_a_percentage()),
        Value::Object(fields) if fields.is_empty() => return Ok(None),
        Value::Object(_) => return Err(errors::progress_not_text("unhashable type: 'slice'".into())),
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => text,
    };
    let mut digits = text.chars();
    let sign = digits.next_back();
    let number: i64 = digits.as_str().trim().parse().map_err(|_| errors::progress_not_a_percentage())?;
    let valid = (0..=100).contains(&number) && sign == Some('%');
    if valid { Ok(Some(text.clone())) } else { Err(errors::progress_out_of_range()) }
}
