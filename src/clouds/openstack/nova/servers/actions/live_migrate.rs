//! Live migration (nova/api/openstack/compute/migrate_server.py, `live_migrate` in nova/compute/api.py).

use super::super::super::migrations::{self, MigrationType, NewMigration, Status};
use super::super::super::parameter_types::{Boolean, Optional};
use super::super::super::policy::POLICY;
use super::super::super::{errors, instance_actions};
use super::super::{TaskState, VmState, change, find};
use super::{IDLE, PATH, begin, finish, hosts, is_doing, revert_task};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::ports::servers as ports;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.live_migrate", live_migrate)
    .summary("Moves a running server to another host.")
    .action("os-migrateLive")
    .body::<LiveMigrateRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:os-migrate-server:migrate_live")];

/// The source host starts the migration.
pub const LIVE_MIGRATE: Transition<OpenStack> = transition("nova.server.live_migrate", start_running, failed);
/// A step in the preparation of the ports on the destination. Repeats until they are ready.
pub const LIVE_MIGRATION_PREPARE: Transition<OpenStack> =
    transition("nova.server.live_migration_prepare", prepare_destination, failed);
/// The server runs on the destination.
pub const LIVE_MIGRATION: Transition<OpenStack> = transition("nova.server.live_migration", finish_migration, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&LIVE_MIGRATE, &LIVE_MIGRATION_PREPARE, &LIVE_MIGRATION];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LiveMigrateRequest {
    #[serde(rename = "os-migrateLive")]
    migrate: LiveMigrate,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["block_migration", "disk_over_commit", "host"]))]
struct LiveMigrate {
    #[serde(rename = "block_migration")]
    _block: BlockMigration,
    #[serde(default, rename = "disk_over_commit")]
    #[schemars(extend("x-until" = "2.24"))]
    _over_commit: Optional<Boolean>,
    host: MaybeHost,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.30", "x-until" = "2.67"))]
    force: Optional<Boolean>,
}

/// Whether disks are copied too. Microversion 2.25 added `auto`.
#[derive(Deserialize)]
struct BlockMigration(#[allow(dead_code, reason = "read for its schema alone")] Value);

impl JsonSchema for BlockMigration {
    fn schema_name() -> Cow<'static, str> {
        "BlockMigration".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Boolean::json_schema(generator);
        let mut words = schema.get("enum").cloned().unwrap_or_default();
        if let Some(words) = words.as_array_mut() {
            words.push("auto".into());
        }
        schema.insert("x-from".into(), serde_json::json!({"2.25": {"enum": words}}));
        schema
    }
}

/// A host name or null.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct MaybeHost(pub Option<String>);

impl JsonSchema for MaybeHost {
    fn schema_name() -> Cow<'static, str> {
        "MaybeHost".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "null"],
            "pattern": "^[a-zA-Z0-9-._]*$",
            "minLength": 1,
            "maxLength": 255,
        })
    }
}

fn live_migrate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<LiveMigrateRequest>()?.migrate;
    let server = find(call, os, call.param("server_id"))?;
    let on = [("project_id", &*server.project)];
    match request.host.0 {
        Some(_) => POLICY.enforce_rule(call, "os_compute_api:os-migrate-server:migrate_live:host", &on)?,
        None => POLICY.enforce(call, &on)?,
    }
    let force = request.force.is_some_and(|force| force.0);
    if force && request.host.0.is_none() {
        return Err(errors::force_without_host());
    }
    server.check_lock(call)?;
    server.check_state("os-migrateLive", &[VmState::Active, VmState::Paused], IDLE, true)?;
    let requested = request.host.0.as_deref();
    if let Some(host) = requested.filter(|host| !hosts::exists(os, host)) {
        return Err(errors::compute_host_not_found(host));
    }
    let to_itself = requested.filter(|host| server.host.as_deref() == Some(host));
    let to_itself = to_itself.map(|host| errors::cannot_migrate_to_self(&server.id, host));
    let id = server.id.clone();
    let (from, flavor) = (server.host.clone().unwrap_or_else(|| "".into()), server.flavor.clone());
    let requested = requested.map(Id::from);
    let migration = NewMigration {
        server: &id,
        kind: MigrationType::LiveMigration,
        status: Status::Accepted,
        from_host: &from,
        to_host: requested.clone(),
        flavors: (&flavor, &flavor),
    };
    migrations::begin(call, os, ctx, &migration);
    begin(call, os, ctx, &id, ("live-migration", "conductor_live_migrate_instance"), TaskState::Migrating);
    let refused = match to_itself {
        Some(refused) => Some(refused),
        None => hosts::claim(os, ctx, &id, flavor.clone(), requested).err().map(errors::no_valid_host),
    };
    match refused {
        None => ctx.later(&LIVE_MIGRATE, &id),
        // From microversion 2.34 on, the checks run after the response, so the client does not see their errors.
        Some(problem) if call.since(2, 34) => failed(os, ctx, &id, &problem.message),
        Some(problem) => return Err(problem),
    }
    Ok(Response::empty())
}

fn start_running(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if !is_doing(os, id, TaskState::Migrating) {
        return;
    }
    migrations::set_status(os, ctx, id, Status::Running);
    instance_actions::events_end(os, ctx, id, Ok(()));
    instance_actions::event_begins(os, ctx, id, "compute_live_migration");
    ports::begin_preparation(os, id);
    ctx.later(&LIVE_MIGRATION_PREPARE, id);
}

/// Neutron prepares the ports of the server on the destination in several steps.
fn prepare_destination(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if !is_doing(os, id, TaskState::Migrating) {
        return;
    }
    let ready = ports::continue_preparation(os, id);
    ctx.later(if ready { &LIVE_MIGRATION } else { &LIVE_MIGRATION_PREPARE }, id);
}

/// The server runs on the destination. Steps of an aborted migration do not affect a later one.
pub fn finish_migration(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let current = migrations::current(os, id).and_then(|migration| os.nova.migrations.get(&migration));
    let Some(migration) = current.filter(|_| is_doing(os, id, TaskState::Migrating)) else { return };
    if migration.status != Status::Running {
        return;
    }
    let Some(to) = migration.to_host.clone() else { return failed(os, ctx, id, "The destination is not known.") };
    hosts::finish_move(os, id);
    hosts::arrive(os, ctx, id, &to);
    instance_actions::events_end(os, ctx, id, Ok(()));
    instance_actions::event_begins(os, ctx, id, "compute_post_live_migration_at_destination");
    migrations::set_status(os, ctx, id, Status::Completed);
    finish(os, ctx, id, TaskState::Migrating, |_| {});
}

/// The server stays on its host and keeps running.
fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if is_doing(os, id, TaskState::Migrating) {
        ports::cancel_preparation(os, id);
        hosts::restore_allocation(os, ctx, id);
        migrations::set_status(os, ctx, id, Status::Error);
        revert_task(os, ctx, id, TaskState::Migrating, reason);
    }
}

/// Aborts the migration at the request of a client.
pub fn cancel(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    ports::cancel_preparation(os, id);
    hosts::restore_allocation(os, ctx, id);
    migrations::set_status(os, ctx, id, Status::Cancelled);
    change(os, ctx, id, |server| server.task_state = None);
}
