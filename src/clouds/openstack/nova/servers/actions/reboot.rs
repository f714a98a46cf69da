//! Soft and hard reboots (`reboot` in nova/compute/api.py).

use super::super::{PowerState, TaskState, VmState, permitted};
use super::{IDLE, PATH, begin, fail_task, finish, next_task};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post(PATH, "nova.server.reboot", reboot)
    .summary("Reboots a server.")
    .action("reboot")
    .body::<RebootRequest>()
    .answers(202)
    .policy_on_target("os_compute_api:servers:reboot")];

/// The reboot is pending on the host.
pub const REBOOT: Transition<OpenStack> = transition("nova.server.reboot", start_reboot, failed);
/// The guest has rebooted.
pub const REBOOT_PENDING: Transition<OpenStack> = transition("nova.server.reboot_pending", finish_reboot, failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&REBOOT, &REBOOT_PENDING];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RebootRequest {
    reboot: Reboot,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reboot {
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]))]
    kind: String,
}

pub fn reboot(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    use TaskState::{Pausing, RebootPending, RebootStarted, Rebooting, RebootingHard, Resuming, Suspending, Unpausing};
    use VmState::{Active, Error, Paused, Stopped, Suspended};
    let soft = call.body::<RebootRequest>()?.reboot.kind.eq_ignore_ascii_case("soft");
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    if soft {
        server.check_state("reboot", &[Active], IDLE, true)?;
    } else {
        let during = [Rebooting, RebootPending, RebootStarted, Resuming, RebootingHard, Unpausing, Pausing, Suspending];
        let tasks: Vec<_> = during.into_iter().map(Some).chain([None]).collect();
        server.check_state("reboot", &[Active, Stopped, Paused, Suspended, Error], &tasks, true)?;
    }
    let id = server.id.clone();
    let task = if soft { Rebooting } else { RebootingHard };
    begin(call, os, ctx, &id, ("reboot", "compute_reboot_instance"), task);
    ctx.later(&REBOOT, &id);
    Ok(Response::empty())
}

fn start_reboot(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let soft = next_task(os, ctx, id, TaskState::Rebooting, TaskState::RebootPending);
    if soft || next_task(os, ctx, id, TaskState::RebootingHard, TaskState::RebootPendingHard) {
        ctx.later(&REBOOT_PENDING, id);
    }
}

fn finish_reboot(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    for task in [TaskState::RebootPending, TaskState::RebootPendingHard] {
        finish(os, ctx, id, task, |server| {
            (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
        });
    }
}

fn failed(os: &mut OpenStack, ctx: &mut Context, id: &Id, reason: &str) {
    use TaskState::{RebootPending, RebootPendingHard, Rebooting, RebootingHard};
    for task in [Rebooting, RebootingHard, RebootPending, RebootPendingHard] {
        fail_task(os, ctx, id, task, reason);
    }
}
