//! `POST /backups/{backup_id}/restore`: restores a backup to an existing or a new volume (`API.restore` in
//! cinder/backup/api.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::parameter_types::{OptionalUuid, Text255};
use super::super::policy::POLICY;
use super::super::volumes::{self, Volume};
use super::super::{errors, quotas, scheduler, types};
use super::transitions;
use super::{Backup, Status, find};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[post("/backups/{backup_id}/restore", "cinder.backup.restore", restore)
        .summary("Restores a backup to a volume.")
        .body::<RestoreRequest>()
        .answers(202)
        .policy_on_target("backup:restore")];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["restore"]))]
struct RestoreRequest {
    restore: Option<Restore>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Restore {
    name: Optional<Text255>,
    volume_id: Optional<OptionalUuid>,
}

fn restore(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    // Upstream answers null with a 500.
    let request = call.body::<RestoreRequest>()?.restore.ok_or_else(errors::malformed_body)?;
    let backup = find(call, os, call.param("backup_id"))?;
    POLICY.enforce(call, &[("project_id", &backup.project)])?;
    if backup.status != Status::Available {
        return Err(errors::backup_status_to_restore());
    }
    let (id, size_gib) = (backup.id.clone(), backup.size_gib);
    let to = match request.volume_id.0.and_then(|id| id.0) {
        Some(id) => may_be_restored_to(volumes::find(call, os, &id)?, size_gib)?,
        None => new_volume(call, os, ctx, &id, request.name.0.and_then(|name| name.0))?,
    };
    if let Some(backup) = os.cinder.backups.get_mut(&id) {
        (backup.status, backup.updated) = (Status::Restoring, Some(ctx.now()));
        backup.restore_volume = Some(to.clone());
    }
    ctx.later(&transitions::RESTORE, &id);
    let volume = os.cinder.volumes.get_mut(&to).ok_or_else(|| errors::volume_not_found(&to))?;
    (volume.status, volume.updated) = (volumes::Status::RestoringBackup, Some(ctx.now()));
    Ok(Response::one("restore", |o| {
        o.set("backup_id", &id);
        o.set("volume_id", &to);
        o.set("volume_name", &volume.name);
    }))
}

fn may_be_restored_to(volume: &Volume, size_gib: u32) -> Result<Id, Problem> {
    if volume.status != volumes::Status::Available {
        return Err(errors::volume_to_restore_to());
    }
    if size_gib > volume.size_gib {
        return Err(errors::volume_too_small_to_restore_to(volume.size_gib, size_gib));
    }
    Ok(volume.id.clone())
}

/// Creates a new volume. Upstream delays the response until the volume is available; here it is at once.
fn new_volume(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    backup: &Id,
    name: Option<String>,
) -> Result<Id, Problem> {
    let size_gib = os.cinder.backups.get(backup).map_or(0, |backup: &Backup| backup.size_gib);
    let volume_type = types::default_for(os, &call.project());
    let (type_id, type_name) = (volume_type.map(|one| one.id.clone()), volume_type.map(|one| one.name.clone()));
    let host = scheduler::place(volume_type);
    let amounts = [("volumes", 1), ("gigabytes", i64::from(size_gib))];
    quotas::charge(os, &call.project(), type_name.as_deref(), &amounts)?;
    let mut volume = Volume::new(call, ctx, size_gib);
    volume.name = Some(name.unwrap_or_else(|| format!("restore_backup_{backup}")));
    volume.description = Some("auto-created_from_restore_from_backup".into());
    volume.volume_type = type_id;
    volume.host = host;
    Ok(os.cinder.volumes.insert(volume).id.clone())
}
