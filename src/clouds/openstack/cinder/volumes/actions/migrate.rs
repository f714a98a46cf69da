//! Migration of a volume to another backend: `os-migrate_volume`, or as part of a retype
//! (cinder/volume/manager.py, `migrate_volume`).

use super::super::super::super::OpenStack;
use super::super::super::parameter_types::{Boolean, Text255, Uuid};
use super::super::super::{backends, errors, snapshots};
use super::super::{Status, Task, Volume, find};
use super::{PATH, retype, subject, update};
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Transition, Version, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "cinder.volume.migrate", migrate)
        .summary("Migrates a volume to another host.")
        .action("os-migrate_volume")
        .body::<MigrateRequest>()
        .answers(202)
        .policy_on_target("volume_extension:volume_admin_actions:migrate_volume"),
    post(PATH, "cinder.volume.migrate_completion", complete)
        .summary("Completes the migration of a volume.")
        .action("os-migrate_volume_completion")
        .body::<CompleteRequest>()
        .policy_on_target("volume_extension:volume_admin_actions:migrate_volume_completion"),
];

// The steps of a migration. Each has its own value of `os-vol-mig-status-attr:migstat`.
pub const MIGRATE: Transition<OpenStack> = transition("cinder.volume.migrate", started, failed);
pub const MIGRATE_COPY: Transition<OpenStack> = transition("cinder.volume.migrate_copy", copied, failed);
pub const MIGRATE_COMPLETE: Transition<OpenStack> = transition("cinder.volume.migrate_complete", moved, failed);
pub const MIGRATE_FINISH: Transition<OpenStack> = transition("cinder.volume.migrate_settle", finished, finished_anyway);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&MIGRATE, &MIGRATE_COPY, &MIGRATE_COMPLETE, &MIGRATE_FINISH];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MigrateRequest {
    #[serde(rename = "os-migrate_volume")]
    migrate: Migrate,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["host"], "x-from" = {"3.16": {"required": []}}))]
struct Migrate {
    #[serde(default)]
    #[schemars(extend("type" = "string", "maxLength" = 255, "x-from" = {"3.16": {"type": ["string", "null"]}}))]
    host: Optional<String>,
    #[serde(default, rename = "force_host_copy")]
    _force_host_copy: Optional<Boolean>,
    #[serde(default)]
    lock_volume: Optional<Boolean>,
    #[serde(default)]
    #[schemars(extend("x-since" = "3.16"))]
    cluster: Optional<Text255>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CompleteRequest {
    #[serde(rename = "os-migrate_volume_completion")]
    complete: Complete,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Complete {
    new_volume: Uuid,
    #[serde(default)]
    #[schemars(extend("type" = ["string", "null", "boolean"]))]
    error: Option<Value>,
}

/// True while a volume is being migrated (`_is_volume_migrating` in cinder/volume/api.py).
pub fn is_migrating(volume: &Volume) -> bool {
    !matches!(volume.migration_status.as_deref(), None | Some("deleting" | "error" | "success"))
}

/// The destination: `Host` or `Cluster` and its name. Clusters are allowed since the version `clusters`
/// (`get_cluster_host` in cinder/api/common.py). Fails with 400 if none or both are given.
pub fn destination<'t>(
    call: &Call,
    clusters: Version,
    host: Option<&'t str>,
    cluster: Option<&'t str>,
) -> Result<(&'static str, &'t str), Problem> {
    let clusters = call.version >= clusters;
    let host = host.filter(|text| !text.is_empty());
    let cluster = cluster.filter(|text| clusters && !text.is_empty());
    match (host, cluster) {
        (Some(host), None) => Ok(("Host", host)),
        (None, Some(cluster)) => Ok(("Cluster", cluster)),
        _ if clusters => Err(errors::cluster_or_host()),
        _ => Err(errors::host_missing()),
    }
}

fn migrate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<MigrateRequest>()?.migrate;
    let volume = subject(call, os)?;
    let cluster = request.cluster.0.as_ref().and_then(|cluster| cluster.0.as_deref());
    let (kind, to_host) = destination(call, (3, 16), request.host.as_deref(), cluster)?;
    let up = backends::service(os, to_host).is_some_and(|service| !service.disabled);
    if kind == "Cluster" || !up {
        return Err(errors::no_service_named(to_host));
    }
    let possible = matches!(volume.status, Status::Available | Status::InUse)
        && !is_migrating(volume)
        && volume.group_id.is_none()
        && matches!(volume.replication_status.as_deref(), None | Some("disabled" | "not-capable"))
        && volume.host.as_deref() != Some(to_host)
        && snapshots::of_volume(os, &volume.id).next().is_none();
    if !possible {
        return Err(errors::cannot_migrate(&volume.id));
    }
    let id = volume.id.clone();
    let locks = request.lock_volume.is_some_and(|lock| lock.0);
    update(os, ctx, &id, |volume| {
        volume.previous_status = Some(volume.status);
        if locks && volume.status == Status::Available {
            volume.status = Status::Maintenance;
        }
        volume.task = Some(Task::Migrate { to_host: to_host.into(), to_type: None });
    });
    start(os, ctx, &id);
    Ok(Response::empty())
}

/// Starts the migration that the volume's task describes.
fn start(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    update(os, ctx, id, |volume| volume.migration_status = Some("starting".into()));
    ctx.later(&MIGRATE, id);
}

/// The destination host and type, if the migration is still at `step`.
fn destination_at(os: &OpenStack, id: &Id, step: &str) -> Option<(Id, Option<Id>)> {
    let volume = os.cinder.volumes.get(id).filter(|volume| volume.migration_status.as_deref() == Some(step))?;
    match &volume.task {
        Some(Task::Migrate { to_host, to_type }) => Some((to_host.clone(), to_type.clone())),
        _ => None,
    }
}

/// The scheduler checks that the pool exists.
fn started(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((to_host, _)) = destination_at(os, id, "starting") else { return };
    if !backends::has_pool(&to_host) {
        return failed(os, ctx, id, "No valid backend was found.");
    }
    begin_copying(os, ctx, id);
}

/// Starts to copy. A retype begins with this step, since it has found its destination already.
pub fn begin_copying(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    update(os, ctx, id, |volume| volume.migration_status = Some("migrating".into()));
    ctx.later(&MIGRATE_COPY, id);
}

fn copied(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if destination_at(os, id, "migrating").is_some() {
        update(os, ctx, id, |volume| volume.migration_status = Some("completing".into()));
        ctx.later(&MIGRATE_COMPLETE, id);
    }
}

fn moved(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some((to_host, to_type)) = destination_at(os, id, "completing") else { return };
    if let Some(to_type) = to_type {
        retype::set_type(os, id, &to_type);
    }
    update(os, ctx, id, |volume| {
        (volume.host, volume.migration_status, volume.task) = (Some(to_host), None, None);
        restore_status(volume);
    });
    ctx.soon(&MIGRATE_FINISH, id);
}

/// Upstream clears the migration status for some milliseconds before it sets `success`.
fn finished(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if os.cinder.volumes.get(id).is_some_and(|volume| volume.migration_status.is_none()) {
        update(os, ctx, id, |volume| volume.migration_status = Some("success".into()));
    }
}

/// The last step cannot fail: the volume has been moved.
fn finished_anyway(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    finished(os, ctx, id);
}

/// The volume keeps its host and type.
fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    let Some(volume) = os.cinder.volumes.get(id).filter(|volume| is_migrating(volume)) else { return };
    if let Some(Task::Migrate { to_type: Some(to_type), .. }) = volume.task.clone() {
        retype::cancel_retype(os, id, &to_type);
    }
    update(os, ctx, id, |volume| {
        (volume.migration_status, volume.task) = (Some("error".into()), None);
        restore_status(volume);
    });
}

/// Restores the status that the volume had before the migration.
fn restore_status(volume: &mut Volume) {
    if matches!(volume.status, Status::Retyping | Status::Maintenance) {
        volume.status = volume.previous_status.unwrap_or(Status::Available);
    }
}

/// Nova calls this when it has copied an attached volume.
fn complete(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CompleteRequest>()?.complete;
    let volume = subject(call, os)?;
    let new = find(call, os, &request.new_volume.0)?;
    let (id, new_id) = (volume.id.clone(), new.id.clone());
    let surviving = match (&volume.migration_status, &new.migration_status) {
        (None, None) => new_id.clone(),
        (None, _) => return Err(errors::source_not_migrating()),
        (_, None) => return Err(errors::destination_not_migrating()),
        (_, Some(status)) if *status != format!("target:{id}") => {
            return Err(errors::destination_of_another(status, &format!("target:{id}")));
        }
        _ => id.clone(),
    };
    if surviving == id {
        let error = request.error.is_some_and(|error| error != Value::Bool(false) && error.as_str() != Some(""));
        update(os, ctx, &id, |volume| {
            volume.migration_status = Some(if error { "error" } else { "success" }.into());
            restore_status(volume);
        });
    }
    Ok(Response::object(|o| o.set("save_volume_id", &surviving)))
}
