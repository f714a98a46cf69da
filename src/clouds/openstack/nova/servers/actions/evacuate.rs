//! Evacuation: rebuilding servers on another host after their host has failed (nova/api/openstack/compute/evacuate.py).

use super::super::super::migrations::{self, MigrationType, NewMigration, Status};
use super::super::super::parameter_types::{Boolean, HostName, Optional};
use super::super::super::{errors, instance_actions};
use super::super::{PowerState, TaskState, VmState, fail, passwords, permitted};
use super::{PATH, begin, finish, hosts, is_doing};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.evacuate", evacuate)
    .summary("Rebuilds a server on another host after its host has failed.")
    .action("evacuate")
    .body::<EvacuateRequest>()
    .policy_on_target("os_compute_api:os-evacuate")];

/// The server is rebuilt on another host.
pub const EVACUATE: Transition<OpenStack> = transition("nova.server.evacuate", finish_evacuation, failed);
/// The same, but the server stays off.
pub const EVACUATE_STOPPED: Transition<OpenStack> =
    transition("nova.server.evacuate_stopped", finish_evacuation_stopped, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&EVACUATE, &EVACUATE_STOPPED];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EvacuateRequest {
    evacuate: Evacuate,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["onSharedStorage"]))]
struct Evacuate {
    #[serde(default)]
    host: Optional<HostName>,
    #[serde(default, rename = "onSharedStorage")]
    #[schemars(extend("x-until" = "2.13"))]
    on_shared_storage: Optional<Boolean>,
    #[serde(default, rename = "adminPass")]
    password: Optional<String>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.29", "x-until" = "2.67"))]
    force: Optional<Boolean>,
}

fn evacuate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<EvacuateRequest>()?.evacuate;
    let server = permitted(call, os)?;
    let requested = request.host.0.map(|host| host.0);
    if request.force.is_some_and(|force| force.0) && requested.is_none() {
        return Err(errors::force_without_host());
    }
    let on_shared_storage = !call.since(2, 14) && request.on_shared_storage.is_some_and(|flag| flag.0);
    if on_shared_storage && request.password.is_some() {
        return Err(errors::password_on_existing_disk());
    }
    if let Some(host) = requested.as_deref().filter(|host| !hosts::exists(os, host)) {
        return Err(errors::evacuation_host_not_found(host));
    }
    if server.host == requested.as_deref().map(Id::from) {
        return Err(errors::target_host_is_the_same());
    }
    server.check_state("evacuate", &[VmState::Active, VmState::Stopped, VmState::Error], &[], true)?;
    let from = server.host.clone().unwrap_or_else(|| "".into());
    if hosts::is_up(os, &from) {
        return Err(errors::compute_service_in_use(&from));
    }
    let (id, flavor) = (server.id.clone(), server.flavor.clone());
    let to_host = requested.map(Id::from);
    begin(call, os, ctx, &id, ("evacuate", "compute_rebuild_instance"), TaskState::Rebuilding);
    let (kind, status) = (MigrationType::Evacuation, Status::Accepted);
    migrations::begin(
        call,
        os,
        ctx,
        &NewMigration { server: &id, kind, status, from_host: &from, to_host, flavors: (&flavor, &flavor) },
    );
    // Evacuated servers stay off from microversion 2.95 on.
    ctx.later(if call.since(2, 95) { &EVACUATE_STOPPED } else { &EVACUATE }, &id);
    if call.since(2, 14) {
        return Ok(Response::empty());
    }
    let generated = || if on_shared_storage { None } else { Some(passwords::generate(ctx)) };
    let password = request.password.0.or_else(generated);
    Ok(Response::object(|o| o.set("adminPass", password)))
}

/// A server that was off stays off.
fn finish_evacuation(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let off = os.nova.servers.get(id).is_some_and(|server| server.vm_state == VmState::Stopped);
    arrive(os, ctx, id, !off);
}

fn finish_evacuation_stopped(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    arrive(os, ctx, id, false);
}

fn arrive(os: &mut OpenStack, ctx: &mut Context, id: &Id, runs: bool) {
    if !is_doing(os, id, TaskState::Rebuilding) {
        return;
    }
    let Some(flavor) = os.nova.servers.get(id).map(|server| server.flavor.clone()) else { return };
    let migration = migrations::current(os, id).and_then(|migration| os.nova.migrations.get(&migration));
    let requested = migration.and_then(|migration| migration.to_host.clone());
    let to = match hosts::claim(os, ctx, id, flavor, requested) {
        Ok(to) => to,
        Err(refused) => return failed(os, ctx, id, &errors::no_valid_host(refused).message),
    };
    hosts::finish_move(os, id);
    hosts::arrive(os, ctx, id, &to);
    migrations::set_status(os, ctx, id, Status::Completed);
    finish(os, ctx, id, TaskState::Rebuilding, |server| {
        (server.vm_state, server.power_state) =
            if runs { (VmState::Active, PowerState::Running) } else { (VmState::Stopped, PowerState::Shutdown) };
        server.launched = Some(ctx.now());
    });
}

fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    if is_doing(os, id, TaskState::Rebuilding) {
        migrations::set_status(os, ctx, id, Status::Error);
        fail(os, ctx, id, 500, reason);
        instance_actions::events_end(os, ctx, id, Err(reason));
    }
}
