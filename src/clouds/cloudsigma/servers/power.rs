//! Sections 8.9 to 8.11, and `reset`: starting and stopping servers. A server holds its drives and addresses from the
//! moment that its start is accepted.

use super::super::CloudSigma;
use super::super::billing::{funds, meter};
use super::super::drives::claims;
use super::super::errors;
use super::{Server, Status, Task, network, own, shown};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Transition, get_changing, transition};

pub const OPERATIONS: &[Operation<CloudSigma>] = &[
    get_changing("/servers/{server}/start", "cloudsigma.server.start", start_one)
        .summary("Starts a server.")
        .also_at("POST"),
    get_changing("/servers/{server}/stop", "cloudsigma.server.stop", stop_one)
        .summary("Stops a server.")
        .also_at("POST")
        .answers(204),
    get_changing("/servers/{server}/shutdown", "cloudsigma.server.shutdown", shut_down)
        .summary("Asks a server to shut down.")
        .also_at("POST")
        .answers(204),
    get_changing("/servers/{server}/reset", "cloudsigma.server.reset", reset)
        .summary("Resets a server.")
        .also_at("POST")
        .answers(204),
];

/// Boot and halt complete before the response unless a fault or the timing delays them.
pub const BOOT: Transition<CloudSigma> = transition("cloudsigma.server.boot", boot, fail_to_boot);
pub const HALT: Transition<CloudSigma> = transition("cloudsigma.server.halt", halt, stay);
pub const POWER_DOWN: Transition<CloudSigma> = transition("cloudsigma.server.power_down", power_down, stay);

pub const TRANSITIONS: &[&Transition<CloudSigma>] = &[&BOOT, &HALT, &POWER_DOWN];

/// 200 with the record of the server.
fn start_one(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let id = own(cloud, &call.user(), call.param("server"))?.id.clone();
    start(cloud, ctx, &id)?;
    shown(cloud, call, &id)
}

/// Starts a server. No effect on one that runs or is starting.
pub fn start(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
    let Some(server) = cloud.servers.get(id).filter(|server| !server.holds()) else { return Ok(()) };
    if !funds::are_left(cloud, &server.owner) {
        return Err(errors::insufficient_funds());
    }
    network::check_vlans(cloud, server)?;
    let addresses = network::addresses(cloud, server)?;
    let devices = server.devices();
    claims::take(cloud, id, &devices)?;
    let Some(server) = cloud.servers.get_mut(id) else { return Ok(()) };
    server.addresses = addresses;
    server.task = Some(Task::Starting);
    if ctx.takes_time(&BOOT) {
        ctx.soon(&BOOT, id);
    } else {
        boot(cloud, ctx, id);
    }
    Ok(())
}

/// 204, also for a server that never ran.
fn stop_one(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let id = own(cloud, &call.user(), call.param("server"))?.id.clone();
    stop(cloud, ctx, &id);
    Ok(Response::empty())
}

/// Stops a server. On one that is starting it cancels the start; on a stopped one it has no effect.
pub fn stop(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    let Some(server) = cloud.servers.get_mut(id) else { return };
    if server.status == Status::Active && ctx.takes_time(&HALT) {
        server.task = Some(Task::Stopping);
        ctx.soon(&HALT, id);
    } else {
        cut(cloud, ctx, id, Status::Stopped);
    }
}

/// The guest shuts itself down, which takes a while.
fn shut_down(call: &Call, cloud: &mut CloudSigma, ctx: &mut Context) -> Answer {
    let id = own(cloud, &call.user(), call.param("server"))?.id.clone();
    let active = cloud.servers.get_mut(&id).filter(|server| server.status == Status::Active);
    if let Some(server) = active {
        server.task = Some(Task::Stopping);
        ctx.later(&POWER_DOWN, &id);
    }
    Ok(Response::empty())
}

/// The guest reboots. Nothing in the record changes.
fn reset(call: &Call, cloud: &mut CloudSigma, _ctx: &mut Context) -> Answer {
    let id = own(cloud, &call.user(), call.param("server"))?.id.clone();
    if let Some(server) = cloud.servers.get_mut(&id).filter(|server| server.status == Status::Active) {
        server.task = None;
    }
    Ok(Response::empty())
}

fn boot(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    let starting = |server: &&mut Server| server.task == Some(Task::Starting);
    let Some(server) = cloud.servers.get_mut(id).filter(starting) else { return };
    server.task = None;
    server.status = Status::Active;
    server.started = Some(ctx.now());
    let owner = server.owner.clone();
    meter::read(cloud, ctx, &owner);
}

fn fail_to_boot(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id, _reason: &str) {
    if cloud.servers.get(id).is_some_and(|server| server.task == Some(Task::Starting)) {
        cut(cloud, ctx, id, Status::Dead);
    }
}

fn halt(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    if cloud.servers.get(id).is_some_and(|server| server.task == Some(Task::Stopping)) {
        cut(cloud, ctx, id, Status::Stopped);
    }
}

fn power_down(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id) {
    halt(cloud, ctx, id);
}

/// The guest ignores the shutdown and the server keeps running.
fn stay(cloud: &mut CloudSigma, _ctx: &mut Context, id: &Id, _reason: &str) {
    let stopping = |server: &&mut Server| server.task == Some(Task::Stopping);
    if let Some(server) = cloud.servers.get_mut(id).filter(stopping) {
        server.task = None;
    }
}

/// Turns a server off: its claims and addresses are released, and its use is no longer billed.
pub fn cut(cloud: &mut CloudSigma, ctx: &mut Context, id: &Id, status: Status) {
    let Some(server) = cloud.servers.get_mut(id) else { return };
    let devices = server.devices();
    server.traffic = server.traffic_at(ctx.now());
    server.status = status;
    server.task = None;
    server.started = None;
    server.addresses.clear();
    let owner = server.owner.clone();
    claims::release(cloud, id, &devices);
    meter::read(cloud, ctx, &owner);
}
