//! Resize and cold migration: the server moves to another host, and a resize changes its flavor. The result is
//! confirmed or reverted (`resize`, `confirm_resize` and `revert_resize` in nova/compute/api.py).

use super::super::super::flavors::{self, Flavor};
use super::super::super::migrations::{self, Migration, MigrationType, NewMigration, Status};
use super::super::super::parameter_types::{DiskConfig, Optional};
use super::super::super::policy::POLICY;
use super::super::super::{errors, guest_hardware, instance_actions, quotas};
use super::super::create::checks::{Origin, fits_flavor};
use super::super::create::request::FlavorRef;
use super::super::{PowerState, Server, TaskState, VmState, change, fail, find, permitted, usage};
use super::live_migrate::MaybeHost;
use super::{IDLE, PATH, begin, finish, hosts, is_doing, next_task, revert_task};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.resize", resize)
        .summary("Resizes a server to another flavor.")
        .action("resize")
        .body::<ResizeRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:resize"),
    post(PATH, "nova.server.migrate", migrate)
        .summary("Moves a server to another host by a cold migration.")
        .action("migrate")
        .body::<MigrateRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-migrate-server:migrate"),
    post(PATH, "nova.server.confirm_resize", confirm)
        .summary("Confirms a resize or a migration of a server.")
        .action("confirmResize")
        .answers(204)
        .policy_on_target("os_compute_api:servers:confirm_resize"),
    post(PATH, "nova.server.revert_resize", revert)
        .summary("Reverts a resize or a migration of a server.")
        .action("revertResize")
        .answers(202)
        .policy_on_target("os_compute_api:servers:revert_resize"),
];

/// The scheduler chooses a host.
pub const RESIZE_PREP: Transition<OpenStack> = transition("nova.server.resize_prep", choose_host, prepare_failed);
/// The source host has transferred the disks.
pub const RESIZE_MIGRATE: Transition<OpenStack> = transition("nova.server.resize_migrate", finish_transfer, failed);
/// The destination host takes over.
pub const RESIZE_MIGRATED: Transition<OpenStack> = transition("nova.server.resize_migrated", arrive, failed);
/// The guest runs on the destination.
pub const RESIZE_FINISH: Transition<OpenStack> = transition("nova.server.resize_finish", finish_resize, failed);
/// The source host has removed the old guest.
pub const RESIZE_CONFIRM: Transition<OpenStack> =
    transition("nova.server.resize_confirm", finish_confirm, confirm_failed);
/// The old guest runs again.
pub const RESIZE_REVERT: Transition<OpenStack> = transition("nova.server.resize_revert", finish_revert, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] =
    &[&RESIZE_PREP, &RESIZE_MIGRATE, &RESIZE_MIGRATED, &RESIZE_FINISH, &RESIZE_CONFIRM, &RESIZE_REVERT];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResizeRequest {
    resize: Resize,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resize {
    #[serde(rename = "flavorRef")]
    flavor: FlavorRef,
    #[serde(default, rename = "OS-DCF:diskConfig")]
    disk_config: Optional<DiskConfig>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MigrateRequest {
    migrate: MigrateTarget,
}

/// Any value. From microversion 2.56 on, null or a host.
#[derive(Deserialize)]
struct MigrateTarget(serde_json::Value);

impl JsonSchema for MigrateTarget {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "MigrateWhere".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "x-from": {"2.56": {
                "type": ["object", "null"],
                "properties": {"host": MaybeHost::json_schema(generator)},
                "additionalProperties": false,
            }},
        })
    }
}

pub fn resize(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ResizeRequest>()?.resize;
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("resize", &[VmState::Active, VmState::Stopped], IDLE, true)?;
    server.check_host_is_up(os)?;
    let flavor = flavors::share(call, os, &request.flavor.id()).map_err(errors::as_bad_request)?;
    if flavor.disk_gib == 0 && server.flavor.disk_gib != 0 && !server.is_volume_backed() {
        return Err(errors::cannot_resize_to_zero_disk());
    }
    if flavor.id == server.flavor.id {
        return Err(errors::resize_to_same_flavor());
    }
    check_quota(os, server, &flavor)?;
    check_image(call, server, &flavor)?;
    let auto_disk = request.disk_config.0.map(|config| config.0 == "AUTO").unwrap_or(false);
    let id = server.id.clone();
    change(os, ctx, &id, |server| server.auto_disk = auto_disk);
    start_move(call, os, ctx, &id, flavor, None, MigrationType::Resize)
}

/// Checks the quotas for what the new flavor has more than the old one (`_check_quota_for_upsize`). Errors: 403.
fn check_quota(os: &OpenStack, server: &Server, flavor: &Flavor) -> Result<(), Problem> {
    let used = usage::of(os, &server.project);
    let resources = [
        ("cores", flavor.vcpus, server.flavor.vcpus, used.cores),
        ("ram", flavor.ram_mib, server.flavor.ram_mib, used.ram_mib),
    ];
    for (name, new, old, used) in resources {
        let (more, allowed) = (i64::from(new) - i64::from(old), quotas::limit(os, &server.project, name));
        if more > 0 && allowed >= 0 && used + more > allowed {
            let [more, used, allowed] = [more, used, allowed].map(|number| number.to_string());
            return Err(errors::too_many_instances(name, &more, &used, &allowed));
        }
    }
    Ok(())
}

/// The new flavor must suit what the server has kept of its image, which includes the size of the disk that the server was
/// created with (`_validate_flavor_image_nostatus`). Errors: 400.
fn check_image(call: &Call, server: &Server, flavor: &Flavor) -> Result<(), Problem> {
    let origin = Origin::kept_by(server);
    if !server.is_volume_backed() {
        fits_flavor(call, &origin, flavor, None)?;
    } else if u64::from(flavor.ram_mib) < origin.min_ram {
        return Err(errors::flavor_memory_too_small());
    }
    guest_hardware::check(flavor, &origin.properties)
}

fn migrate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<MigrateRequest>()?.migrate.0;
    let requested = request["host"].as_str().filter(|host| call.since(2, 56) && !host.is_empty());
    let server = find(call, os, call.param("server_id"))?;
    let on = [("project_id", &*server.project)];
    match requested {
        Some(_) => POLICY.enforce_rule(call, "os_compute_api:os-migrate-server:migrate:host", &on)?,
        None => POLICY.enforce(call, &on)?,
    }
    server.check_lock(call)?;
    server.check_state("migrate", &[VmState::Active, VmState::Stopped], IDLE, true)?;
    server.check_host_is_up(os)?;
    if let Some(host) = requested {
        if server.host.as_deref() == Some(host) {
            return Err(errors::cannot_migrate_to_same_host());
        }
        if !hosts::exists(os, host) {
            return Err(errors::compute_host_not_found(host));
        }
    }
    let (id, flavor) = (server.id.clone(), server.flavor.clone());
    start_move(call, os, ctx, &id, flavor, requested, MigrationType::Migration)
}

/// Starts a resize or a cold migration, whose checks have passed.
fn start_move(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    id: &Id,
    flavor: Arc<Flavor>,
    requested: Option<&str>,
    kind: MigrationType,
) -> Answer {
    let Some(server) = os.nova.servers.get(id) else { return Err(errors::instance_not_found(id)) };
    let (from, old) = (server.host.clone().unwrap_or_else(|| "".into()), server.flavor.clone());
    let name = if kind == MigrationType::Resize { "resize" } else { "migrate" };
    begin(call, os, ctx, id, (name, "conductor_migrate_server"), TaskState::ResizePrep);
    change(os, ctx, id, |server| server.other_flavor = Some(flavor.clone()));
    let to_host = requested.map(Id::from);
    let status = Status::PreMigrating;
    migrations::begin(
        call,
        os,
        ctx,
        &NewMigration { server: id, kind, status, from_host: &from, to_host, flavors: (&old, &flavor) },
    );
    ctx.later(&RESIZE_PREP, id);
    Ok(Response::empty())
}

/// Chooses a host. If there is none, the server keeps its state.
fn choose_host(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(server) = os.nova.servers.get(id).filter(|_| is_doing(os, id, TaskState::ResizePrep)) else { return };
    let Some(flavor) = server.other_flavor.clone() else { return };
    let requested = current(os, id).and_then(|migration| migration.to_host.clone());
    if let Err(refused) = hosts::claim(os, ctx, id, flavor, requested) {
        return prepare_failed(os, ctx, id, &errors::no_valid_host(refused).message);
    }
    next_event(os, ctx, id, "compute_resize_instance");
    migrations::set_status(os, ctx, id, Status::Migrating);
    if next_task(os, ctx, id, TaskState::ResizePrep, TaskState::ResizeMigrating) {
        ctx.later(&RESIZE_MIGRATE, id);
    }
}

fn finish_transfer(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if next_task(os, ctx, id, TaskState::ResizeMigrating, TaskState::ResizeMigrated) {
        migrations::set_status(os, ctx, id, Status::PostMigrating);
        next_event(os, ctx, id, "compute_finish_resize");
        ctx.later(&RESIZE_MIGRATED, id);
    }
}

fn arrive(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if next_task(os, ctx, id, TaskState::ResizeMigrated, TaskState::ResizeFinish) {
        let to = current(os, id).and_then(|migration| migration.to_host.clone());
        to.into_iter().for_each(|to| hosts::arrive(os, ctx, id, &to));
        // Clients of a resize rarely see RESIZE_FINISH upstream, but those of a migration do.
        match current(os, id).map(|migration| migration.kind) {
            Some(MigrationType::Resize) => ctx.soon(&RESIZE_FINISH, id),
            _ => ctx.later(&RESIZE_FINISH, id),
        }
    }
}

fn finish_resize(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if is_doing(os, id, TaskState::ResizeFinish) {
        migrations::set_status(os, ctx, id, Status::Finished);
        exchange_flavors(os, ctx, id);
        finish(os, ctx, id, TaskState::ResizeFinish, |server| {
            server.vm_state = VmState::Resized;
            server.launched = Some(ctx.now());
        });
    }
}

/// Exchanges the current flavor with the other one.
fn exchange_flavors(os: &mut OpenStack, ctx: &Context, id: &Id) {
    let Some(server) = os.nova.servers.get(id) else { return };
    let Some(other) = server.other_flavor.clone() else { return };
    let (project, own) = (server.project.clone(), server.flavor.clone());
    usage::exchange(os, &project, &own, &other);
    change(os, ctx, id, |server| (server.flavor, server.other_flavor) = (other, Some(own)));
}

fn prepare_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if is_doing(os, id, TaskState::ResizePrep) {
        migrations::set_status(os, ctx, id, Status::Error);
        change(os, ctx, id, |server| server.other_flavor = None);
        revert_task(os, ctx, id, TaskState::ResizePrep, reason);
    }
}

fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    use TaskState::{ResizeFinish, ResizeMigrated, ResizeMigrating, ResizeReverting};
    let resizing = [ResizeMigrating, ResizeMigrated, ResizeFinish, ResizeReverting];
    if resizing.into_iter().any(|task| is_doing(os, id, task)) {
        migrations::set_status(os, ctx, id, Status::Error);
        fail(os, ctx, id, 500, reason);
        instance_actions::events_end(os, ctx, id, Err(reason));
    }
}

/// Only the status of the migration shows that a confirmation is in progress.
pub fn confirm(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("confirmResize", &[VmState::Resized], IDLE, true)?;
    let id = server.id.clone();
    if current(os, &id).is_none_or(|migration| migration.status != Status::Finished) {
        return Err(errors::not_resized());
    }
    migrations::set_status(os, ctx, &id, Status::Confirming);
    instance_actions::begin(call, os, ctx, &id, "confirmResize");
    instance_actions::event_begins(os, ctx, &id, "compute_confirm_resize");
    ctx.later(&RESIZE_CONFIRM, &id);
    Ok(Response::empty())
}

fn finish_confirm(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if is_confirming(os, id) {
        hosts::finish_move(os, id);
        migrations::set_status(os, ctx, id, Status::Confirmed);
        change(os, ctx, id, |server| {
            server.vm_state = running_or_stopped(server);
            server.other_flavor = None;
        });
        instance_actions::events_end(os, ctx, id, Ok(()));
    }
}

fn confirm_failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if is_confirming(os, id) {
        migrations::set_status(os, ctx, id, Status::Error);
        fail(os, ctx, id, 500, reason);
        instance_actions::events_end(os, ctx, id, Err(reason));
    }
}

fn is_confirming(os: &OpenStack, id: &Id) -> bool {
    let is_resized = os.nova.servers.get(id).is_some_and(|server| server.vm_state == VmState::Resized);
    is_resized && current(os, id).is_some_and(|migration| migration.status == Status::Confirming)
}

pub fn revert(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    server.check_state("revertResize", &[VmState::Resized], IDLE, true)?;
    let id = server.id.clone();
    if current(os, &id).is_none_or(|migration| migration.status != Status::Finished) {
        return Err(errors::not_resized());
    }
    if let Some(old) = &server.other_flavor {
        check_quota(os, server, old)?;
    }
    migrations::set_status(os, ctx, &id, Status::Reverting);
    begin(call, os, ctx, &id, ("revertResize", "compute_revert_resize"), TaskState::ResizeReverting);
    ctx.later(&RESIZE_REVERT, &id);
    Ok(Response::empty())
}

fn finish_revert(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if !is_doing(os, id, TaskState::ResizeReverting) {
        return;
    }
    next_event(os, ctx, id, "compute_finish_revert_resize");
    if let Some(back_to) = current(os, id).map(|migration| migration.from_host.clone()) {
        hosts::arrive(os, ctx, id, &back_to);
    }
    hosts::restore_allocation(os, ctx, id);
    migrations::set_status(os, ctx, id, Status::Reverted);
    exchange_flavors(os, ctx, id);
    finish(os, ctx, id, TaskState::ResizeReverting, |server| {
        server.vm_state = running_or_stopped(server);
        server.other_flavor = None;
        server.launched = Some(ctx.now());
    });
}

/// A server that was off stays off.
fn running_or_stopped(server: &Server) -> VmState {
    if server.power_state == PowerState::Shutdown { VmState::Stopped } else { VmState::Active }
}

fn next_event(os: &mut OpenStack, ctx: &Context, id: &Id, event: &'static str) {
    instance_actions::events_end(os, ctx, id, Ok(()));
    instance_actions::event_begins(os, ctx, id, event);
}

fn current<'o>(os: &'o OpenStack, id: &str) -> Option<&'o Migration> {
    os.nova.migrations.get(&migrations::current(os, id)?)
}
