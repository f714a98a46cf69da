//! Actions of administrators on a backup: `POST /backups/{backup_id}/action` (cinder/api/contrib/admin_actions.py).

use super::super::super::OpenStack;
use super::super::policy::POLICY;
use super::{Status, begin_deleting, find};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

const PATH: &str = "/backups/{backup_id}/action";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.backup.reset_status", reset_status)
        .summary("Resets the status of a backup.")
        .action("os-reset_status")
        .body::<ResetStatusRequest>()
        .answers(202)
        .policy_on_target("volume_extension:backup_admin_actions:reset_status"),
    post(PATH, "cinder.backup.force_delete", force_delete)
        .summary("Deletes a backup whatever its status is.")
        .action("os-force_delete")
        .body::<ForceDeleteRequest>()
        .answers(202)
        .policy_on_target("volume_extension:backup_admin_actions:force_delete"),
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
    #[schemars(extend("format" = "backup_status"))]
    status: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForceDeleteRequest {
    #[serde(rename = "os-force_delete")]
    _anything: Value,
}

/// Does nothing for a backup without a driver (`BackupManager.reset_status`).
fn reset_status(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let name = call.body::<ResetStatusRequest>()?.reset.status.to_lowercase();
    let backup = find(call, os, call.param("backup_id"))?;
    POLICY.enforce(call, &[("project_id", &backup.project)])?;
    let has_driver = backup.service.is_some();
    let id = backup.id.clone();
    if let Some((backup, status)) = os.cinder.backups.get_mut(&id).zip(Status::from_text(&name)).filter(|_| has_driver)
    {
        (backup.status, backup.updated) = (status, Some(ctx.now()));
    }
    Ok(Response::empty())
}

fn force_delete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let backup = find(call, os, call.param("backup_id"))?;
    let target = [("project_id", &*backup.project)];
    POLICY.enforce(call, &target)?;
    POLICY.enforce_rule(call, "backup:delete", &target)?;
    let id = backup.id.clone();
    begin_deleting(os, ctx, &id)
}
