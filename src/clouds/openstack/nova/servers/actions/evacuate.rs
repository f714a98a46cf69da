//! Servers are built anew elsewhere, their host being down.

use super::super::super::migrations::{self, Kind, Move, Status};
use super::super::super::parameter_types::{Boolean, Given, HostName};
use super::super::super::{errors, instance_actions};
use super::super::{PowerState, TaskState, VmState, fail, passwords, permitted};
use super::{PATH, begin, finish, hosts, is_doing};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Id, Operation, Response, Sim, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.evacuate", evacuate)
    .action("evacuate")
    .takes::<EvacuateRequest>()
    .policy_on_target("os_compute_api:os-evacuate")];

pub const TRANSITIONS: &[Transition<OpenStack>] = &[
    transition("nova.server.evacuate", evacuated, failed),
    transition("nova.server.evacuate_stopped", evacuated_to_rest, failed),
];

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
    host: Given<HostName>,
    #[serde(default, rename = "onSharedStorage")]
    #[schemars(extend("x-until" = "2.13"))]
    on_shared_storage: Given<Boolean>,
    #[serde(default, rename = "adminPass")]
    password: Given<String>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.29", "x-until" = "2.67"))]
    force: Given<Boolean>,
}

fn evacuate(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    let asked = call.body::<EvacuateRequest>()?.evacuate;
    let server = permitted(call, os)?;
    let wanted = asked.host.0.map(|host| host.0);
    if asked.force.is_some_and(|force| force.0) && wanted.is_none() {
        return Err(errors::cannot_force_to_nowhere());
    }
    let on_shared_storage = !call.since(2, 14) && asked.on_shared_storage.is_some_and(|flag| flag.0);
    if on_shared_storage && asked.password.is_some() {
        return Err(errors::password_on_existing_disk());
    }
    if let Some(host) = wanted.as_deref().filter(|host| !hosts::exists(os, host)) {
        return Err(errors::evacuation_host_not_found(host));
    }
    if server.host == wanted.as_deref().map(Id::from) {
        return Err(errors::target_host_is_the_same());
    }
    server.check_state("evacuate", &[VmState::Active, VmState::Stopped, VmState::Error], &[], true)?;
    let from = server.host.clone().unwrap_or_else(|| "".into());
    if hosts::is_up(os, &from) {
        return Err(errors::compute_service_in_use(&from));
    }
    let (id, flavor) = (server.id.clone(), server.flavor.clone());
    let to_host = wanted.map(Id::from);
    begin(call, os, sim, &id, ("evacuate", "compute_rebuild_instance"), TaskState::Rebuilding);
    let (kind, status) = (Kind::Evacuation, Status::Accepted);
    migrations::begin(
        call,
        os,
        sim,
        &Move { server: &id, kind, status, from_host: &from, to_host, flavors: (&flavor, &flavor) },
    );
    // From 2.95 on a server that was evacuated is left off.
    sim.later(if call.since(2, 95) { "nova.server.evacuate_stopped" } else { "nova.server.evacuate" }, &id);
    if call.since(2, 14) {
        return Ok(Response::empty());
    }
    let generated = || if on_shared_storage { None } else { Some(passwords::generate(sim)) };
    let password = asked.password.0.or_else(generated);
    Ok(Response::object(|o| o.set("adminPass", password)))
}

/// A server that was off stays off.
fn evacuated(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    let off = os.nova.servers.get(id).is_some_and(|server| server.vm_state == VmState::Stopped);
    arrived(os, sim, id, !off);
}

fn evacuated_to_rest(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    arrived(os, sim, id, false);
}

fn arrived(os: &mut OpenStack, sim: &mut Sim, id: &Id, runs: bool) {
    if !is_doing(os, id, TaskState::Rebuilding) {
        return;
    }
    let Some(flavor) = os.nova.servers.get(id).map(|server| server.flavor.clone()) else { return };
    let migration = migrations::current(os, id).and_then(|migration| os.nova.migrations.get(&migration));
    let wanted = migration.and_then(|migration| migration.to_host.clone());
    let to = match hosts::claim(os, sim, id, flavor, wanted) {
        Ok(to) => to,
        Err(refused) => return failed(os, sim, id, &errors::no_valid_host(refused).message),
    };
    hosts::settle(os, id);
    hosts::arrive(os, sim, id, &to);
    migrations::becomes(os, sim, id, Status::Completed);
    finish(os, sim, id, TaskState::Rebuilding, |server| {
        (server.vm_state, server.power_state) =
            if runs { (VmState::Active, PowerState::Running) } else { (VmState::Stopped, PowerState::Shutdown) };
        server.launched = Some(sim.now());
    });
}

fn failed(os: &mut OpenStack, sim: &mut Sim, id: &Id, reason: &str) {
    if is_doing(os, id, TaskState::Rebuilding) {
        migrations::becomes(os, sim, id, Status::Error);
        fail(os, sim, id, 500, reason);
        instance_actions::events_end(os, sim, id, Err(reason));
    }
}
