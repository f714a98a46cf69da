//! The live migrations of a server that are in progress (nova/api/openstack/compute/server_migrations.py).

use super::super::flavors::nothing_since_2_102;
use super::super::policy::POLICY;
use super::super::servers::actions::live_migrate;
use super::super::servers::{self, Server, TaskState, VmState};
use super::super::{errors, instance_actions};
use super::list::hosts;
use super::{Migration, MigrationType, Status};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Context, Object, Operation, Problem, Response, delete, get, post};
use schemars::JsonSchema;
use serde::Deserialize;

const ALL: &str = "/servers/{server_id}/migrations";
const ONE: &str = "/servers/{server_id}/migrations/{migration_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.server.migration.list", list)
        .summary("Lists the live migrations of a server that are in progress.")
        .since(2, 23)
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:servers:migrations:index"),
    get(ONE, "nova.server.migration.show", show)
        .summary("Shows a live migration of a server that is in progress.")
        .since(2, 23)
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:servers:migrations:show"),
    delete(ONE, "nova.server.migration.abort", abort)
        .summary("Aborts a live migration of a server.")
        .since(2, 24)
        .answers(202)
        .policy_on_target("os_compute_api:servers:migrations:delete"),
    post("/servers/{server_id}/migrations/{migration_id}/action", "nova.server.migration.force_complete", force)
        .summary("Forces a live migration of a server to complete.")
        .action("force_complete")
        .since(2, 22)
        .body::<ForceRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:migrations:force_complete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForceRequest {
    #[serde(rename = "force_complete")]
    #[schemars(extend("type" = "null"))]
    _force: (),
}

const MIGRATING: &[Option<TaskState>] = &[Some(TaskState::Migrating)];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = target(call, os)?;
    let on = [("project_id", &*server.project)];
    let shows_hosts = POLICY.allows(call, "os_compute_api:servers:migrations:index:host", &on);
    let in_progress = os.nova.migrations.of(&server.id).filter(|migration| migration.is_live_and_under_way());
    Ok(Response::many("migrations", in_progress, |o, migration| view(o, migration, call, shows_hosts)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = target(call, os)?;
    let id = call.param("migration_id");
    let migration = find_migration(os, server, id).ok_or_else(|| errors::live_migration_not_found(id, &server.id))?;
    if migration.kind != MigrationType::LiveMigration {
        return Err(errors::not_a_live_migration(id, &server.id));
    }
    if !migration.is_live_and_under_way() {
        return Err(errors::live_migration_not_in_progress(id, &server.id));
    }
    Ok(Response::one("migration", |o| view(o, migration, call, true)))
}

/// The migration ends immediately and the server stays on its host. Queued migrations can be aborted from microversion
/// 2.65 on.
fn abort(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = target(call, os)?;
    server.check_lock(call)?;
    server.check_state("abort live migration", &[], MIGRATING, true)?;
    let id = call.param("migration_id");
    let migration = find_migration(os, server, id).ok_or_else(|| errors::migration_not_found(id, &server.id))?;
    let can_abort = match migration.status {
        Status::Running => true,
        Status::Queued | Status::Preparing => call.since(2, 65),
        _ => false,
    };
    if !can_abort {
        let method = "abort live migration";
        return Err(errors::invalid_migration_state(id, &server.id, migration.status.as_str(), method));
    }
    let server = server.id.clone();
    instance_actions::begin(call, os, ctx, &server, "live_migration_cancel");
    live_migrate::cancel(os, ctx, &server);
    Ok(Response::empty())
}

/// The migration ends immediately and the server runs on the destination.
fn force(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = target(call, os)?;
    server.check_lock(call)?;
    server.check_state("force_complete", &[VmState::Active], MIGRATING, true)?;
    let id = call.param("migration_id");
    let migration =
        find_migration(os, server, id).ok_or_else(|| errors::migration_to_force_not_found(id, &server.id))?;
    if migration.status != Status::Running {
        let status = migration.status.as_str();
        return Err(errors::invalid_migration_state(id, &server.id, status, "force complete"));
    }
    let server = server.id.clone();
    instance_actions::begin(call, os, ctx, &server, "live_migration_force_complete");
    live_migrate::finish_migration(os, ctx, &server);
    Ok(Response::empty())
}

/// The server of the path, after the policy check.
fn target<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Server, Problem> {
    let server = servers::find(call, os, call.param("server_id"))?;
    POLICY.enforce(call, &[("project_id", &server.project)])?;
    Ok(server)
}

fn find_migration<'o>(os: &'o OpenStack, server: &Server, id: &str) -> Option<&'o Migration> {
    os.nova.migrations.get(id).filter(|migration| migration.server == server.id)
}

/// Upstream shows the byte counts of the hypervisor. The emulated hypervisor reports none.
fn view(o: &mut Object, migration: &Migration, call: &Call, shows_hosts: bool) {
    o.set("created_at", Micros(migration.created));
    hosts(o, migration, shows_hosts);
    for what in ["disk", "memory"] {
        for count in ["processed", "remaining", "total"] {
            o.set(&format!("{what}_{count}_bytes"), None::<u64>);
        }
    }
    o.set("id", migration.number);
    o.set("server_uuid", &migration.server);
    o.set("status", migration.status);
    o.set("updated_at", migration.updated.map(Micros));
    if call.since(2, 59) {
        o.set("uuid", &migration.uuid);
    }
    if call.since(2, 80) {
        o.set("user_id", &migration.user);
        o.set("project_id", &migration.project);
    }
}
