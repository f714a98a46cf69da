//! `POST /backups`: creates a backup (`API.create` in cinder/backup/api.py).

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::parameter_types::{Boolean, MetadataOrNull, OptionalUuid, Text255, Uuid};
use super::super::policy::POLICY;
use super::super::snapshots::{self, Snapshot};
use super::super::volumes::{self, Volume};
use super::super::{errors, quotas};
use super::transitions;
use super::{BY_VOLUME, Backup, Saved, Status, view};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateRequest {
    backup: CreateBackup,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateBackup {
    volume_id: Uuid,
    container: Optional<Text255>,
    description: Optional<Text255>,
    incremental: Optional<Boolean>,
    force: Optional<Boolean>,
    name: Optional<Text255>,
    snapshot_id: Optional<OptionalUuid>,
    #[schemars(extend("x-since" = "3.43"))]
    metadata: Optional<MetadataOrNull>,
    #[schemars(extend("x-since" = "3.51"))]
    availability_zone: Optional<Text255>,
}

pub(super) fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.backup;
    let volume = volumes::find(call, os, &request.volume_id.0)?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    let snapshot = request.snapshot_id.0.and_then(|id| id.0);
    let snapshot = snapshot.map(|id| snapshots::find(call, os, &id)).transpose()?;
    may_be_backed_up(volume, snapshot, request.force.is_some_and(|force| force.0))?;
    let incremental = request.incremental.is_some_and(|incremental| incremental.0);
    let (volume, size_gib) = (volume.id.clone(), volume.size_gib);
    let taken = snapshot.map(|snapshot| snapshot.created);
    let snapshot = snapshot.map(|snapshot| snapshot.id.clone());
    quotas::charge(os, &call.project(), None, &[("backups", 1), ("backup_gigabytes", i64::from(size_gib))])?;
    let parent = if incremental { Some(latest(call, os, &volume, taken)?) } else { None };
    let backup = Backup {
        id: ctx.uuid(),
        project: call.project(),
        user: call.user(),
        name: request.name.0.and_then(Text255::trimmed),
        description: request.description.0.and_then(Text255::trimmed),
        status: Status::Creating,
        fail_reason: None,
        volume,
        snapshot,
        parent,
        dependents: 0,
        size_gib,
        container: request.container.0.and_then(|container| container.0),
        object_count: 0,
        availability_zone: request.availability_zone.0.and_then(|zone| zone.0),
        service: None,
        service_metadata: None,
        restore_volume: None,
        encryption_key_id: None,
        metadata: request.metadata.0.and_then(|metadata| metadata.0).unwrap_or_default(),
        saved: Saved::default(),
        content: None,
        data_timestamp: taken.unwrap_or(ctx.now()),
        created: ctx.now(),
        updated: Some(ctx.now()),
    };
    begin(os, ctx, &backup);
    let backup = os.cinder.backups.insert(backup);
    Ok(Response::one("backup", |o| view::summary(o, backup, call)))
}

fn may_be_backed_up(volume: &Volume, snapshot: Option<&Snapshot>, force: bool) -> Result<(), Problem> {
    let Some(snapshot) = snapshot else {
        return match volume.status {
            volumes::Status::Available => Ok(()),
            volumes::Status::InUse if force => Ok(()),
            volumes::Status::InUse => Err(errors::backup_in_use_needs_force()),
            other => Err(errors::volume_to_back_up(other)),
        };
    };
    if snapshot.volume != volume.id {
        return Err(errors::snapshot_of_another_volume(&volume.id, &snapshot.volume));
    }
    if snapshot.status != snapshots::Status::Available {
        return Err(errors::snapshot_to_back_up(snapshot.status));
    }
    Ok(())
}

/// The parent of an incremental backup: the one with the latest data. If a snapshot is backed up, which was
/// created at `taken`, the data must be older.
fn latest(call: &Call, os: &OpenStack, volume: &Id, taken: Option<DateTime<Utc>>) -> Result<Id, Problem> {
    let project = call.project();
    let fits = |backup: &&Backup| {
        backup.project == project
            && backup.status == Status::Available
            && taken.is_none_or(|taken| backup.data_timestamp < taken)
    };
    let latest = os.cinder.backups.by(&BY_VOLUME, volume).filter(fits).max_by_key(|backup| backup.data_timestamp);
    latest.map(|backup| backup.id.clone()).ok_or_else(errors::no_backup_to_add_to)
}

/// Marks the volume or snapshot as `backing-up` and schedules the transition.
fn begin(os: &mut OpenStack, ctx: &mut Context, backup: &Backup) {
    let snapshot = backup.snapshot.as_ref().and_then(|id| os.cinder.snapshots.get_mut(id));
    if let Some(snapshot) = snapshot {
        (snapshot.status, snapshot.updated) = (snapshots::Status::BackingUp, Some(ctx.now()));
    } else if let Some(volume) = os.cinder.volumes.get_mut(&backup.volume) {
        volume.previous_status = Some(volume.status);
        (volume.status, volume.updated) = (volumes::Status::BackingUp, Some(ctx.now()));
    }
    ctx.later(&transitions::CREATE, &backup.id);
}
