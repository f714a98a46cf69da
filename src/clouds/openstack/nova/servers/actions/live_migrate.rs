//! Servers move to another host while they run.

use super::super::super::migrations::{self, Kind, Move, Status};
use super::super::super::parameter_types::{Boolean, Given};
use super::super::super::{errors, instance_actions, policy};
use super::super::{TaskState, VmState, change, find};
use super::{IDLE, PATH, begin, finish, hosts, is_doing, undone};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::ports::servers as ports;
use crate::engine::{Answer, Call, Id, Operation, Response, Sim, Transition, post, transition};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.live_migrate", live_migrate)
    .action("os-migrateLive")
    .takes::<LiveMigrateRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:os-migrate-server:migrate_live")];

pub const TRANSITIONS: &[Transition<OpenStack>] = &[
    transition("nova.server.live_migrate", running, failed),
    transition("nova.server.live_migration_prepare", preparing, failed),
    transition("nova.server.live_migration", migrated, failed),
];

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
    _over_commit: Given<Boolean>,
    host: MaybeHost,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.30", "x-until" = "2.67"))]
    force: Given<Boolean>,
}

/// Whether disks move too; `auto` from 2.25 on.
#[derive(Deserialize)]
struct BlockMigration(#[allow(dead_code)] Value);

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

/// The name of a host, or null.
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

fn live_migrate(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    let asked = call.body::<LiveMigrateRequest>()?.migrate;
    let server = find(call, os, call.param("server_id"))?;
    let on = [("project_id", &*server.project)];
    match asked.host.0 {
        Some(_) => policy::enforce_rule(call, "os_compute_api:os-migrate-server:migrate_live:host", &on)?,
        None => policy::enforce(call, &on)?,
    }
    let force = asked.force.is_some_and(|force| force.0);
    if force && asked.host.0.is_none() {
        return Err(errors::cannot_force_to_nowhere());
    }
    server.check_lock(call)?;
    server.check_state("os-migrateLive", &[VmState::Active, VmState::Paused], IDLE, true)?;
    let wanted = asked.host.0.as_deref();
    if let Some(host) = wanted.filter(|host| !hosts::exists(os, host)) {
        return Err(errors::compute_host_not_found(host));
    }
    let to_itself = wanted.filter(|host| server.host.as_deref() == Some(host));
    let to_itself = to_itself.map(|host| errors::cannot_migrate_to_self(&server.id, host));
    let id = server.id.clone();
    let (from, flavor) = (server.host.clone().unwrap_or_else(|| "".into()), server.flavor.clone());
    let wanted = wanted.map(Id::from);
    let asked = Move {
        server: &id,
        kind: Kind::LiveMigration,
        status: Status::Accepted,
        from_host: &from,
        to_host: wanted.clone(),
        flavors: (&flavor, &flavor),
    };
    migrations::begin(call, os, sim, &asked);
    begin(call, os, sim, &id, ("live-migration", "conductor_live_migrate_instance"), TaskState::Migrating);
    let refused = match to_itself {
        Some(refused) => Some(refused),
        None => hosts::claim(os, sim, &id, flavor.clone(), wanted).err().map(errors::no_valid_host),
    };
    match refused {
        None => sim.later("nova.server.live_migrate", &id),
        // Since 2.34 what the checks before the move find is not told to the client.
        Some(problem) if call.since(2, 34) => failed(os, sim, &id, &problem.message),
        Some(problem) => return Err(problem),
    }
    Ok(Response::empty())
}

fn running(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    if !is_doing(os, id, TaskState::Migrating) {
        return;
    }
    migrations::becomes(os, sim, id, Status::Running);
    instance_actions::events_end(os, sim, id, Ok(()));
    instance_actions::event_begins(os, sim, id, "compute_live_migration");
    ports::preparation_begins(os, id);
    sim.later("nova.server.live_migration_prepare", id);
}

/// The server moves when the destination is ready for its ports, which takes some steps.
fn preparing(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    if !is_doing(os, id, TaskState::Migrating) {
        return;
    }
    let ready = ports::preparation_goes_on(os, id);
    sim.later(if ready { "nova.server.live_migration" } else { "nova.server.live_migration_prepare" }, id);
}

/// The server runs where it was to go. What is left of a migration that was aborted does not touch the next.
pub fn migrated(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    let current = migrations::current(os, id).and_then(|migration| os.nova.migrations.get(&migration));
    let Some(migration) = current.filter(|_| is_doing(os, id, TaskState::Migrating)) else { return };
    if migration.status != Status::Running {
        return;
    }
    let Some(to) = migration.to_host.clone() else { return failed(os, sim, id, "The destination is not known.") };
    hosts::settle(os, id);
    hosts::arrive(os, sim, id, &to);
    instance_actions::events_end(os, sim, id, Ok(()));
    instance_actions::event_begins(os, sim, id, "compute_post_live_migration_at_destination");
    migrations::becomes(os, sim, id, Status::Completed);
    finish(os, sim, id, TaskState::Migrating, |_| {});
}

/// The server stays where it is, and runs on.
fn failed(os: &mut OpenStack, sim: &mut Sim, id: &Id, reason: &str) {
    if is_doing(os, id, TaskState::Migrating) {
        ports::preparation_ends(os, id);
        hosts::go_back(os, sim, id);
        migrations::becomes(os, sim, id, Status::Error);
        undone(os, sim, id, TaskState::Migrating, reason);
    }
}

/// The same because somebody asked for it.
pub fn cancel(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    ports::preparation_ends(os, id);
    hosts::go_back(os, sim, id);
    migrations::becomes(os, sim, id, Status::Cancelled);
    change(os, sim, id, |server| server.task_state = None);
}
