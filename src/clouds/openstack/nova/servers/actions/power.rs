//! Power states: start and stop, pause and unpause, suspend and resume (nova/compute/api.py).

use super::super::super::instance_actions;
use super::super::{PowerState, TaskState, VmState, permitted, permitted_in_its_cell};
use super::{IDLE, PATH, begin, finish, revert_task};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, post, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.start", start)
        .summary("Starts a stopped server.")
        .action("os-start")
        .answers(202)
        .policy_on_target("os_compute_api:servers:start"),
    post(PATH, "nova.server.stop", stop)
        .summary("Stops a server.")
        .action("os-stop")
        .answers(202)
        .policy_on_target("os_compute_api:servers:stop"),
    post(PATH, "nova.server.pause", pause)
        .summary("Pauses a server.")
        .action("pause")
        .answers(202)
        .policy_on_target("os_compute_api:os-pause-server:pause"),
    post(PATH, "nova.server.unpause", unpause)
        .summary("Unpauses a server.")
        .action("unpause")
        .answers(202)
        .policy_on_target("os_compute_api:os-pause-server:unpause"),
    post(PATH, "nova.server.suspend", suspend)
        .summary("Suspends a server.")
        .action("suspend")
        .answers(202)
        .policy_on_target("os_compute_api:os-suspend-server:suspend"),
    post(PATH, "nova.server.resume", resume)
        .summary("Resumes a suspended server.")
        .action("resume")
        .answers(202)
        .policy_on_target("os_compute_api:os-suspend-server:resume"),
    post(PATH, "nova.server.crash_dump", crash_dump)
        .summary("Triggers a crash dump in a server.")
        .action("trigger_crash_dump")
        .since(2, 17)
        .body::<CrashDumpRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:servers:trigger_crash_dump"),
];

/// The guest runs.
pub const START: Transition<OpenStack> = transition("nova.server.start", finish_start, |os, ctx, id, reason| {
    revert_task(os, ctx, id, TaskState::PoweringOn, reason)
});
/// The guest is off.
pub const STOP: Transition<OpenStack> = transition("nova.server.stop", finish_stop, |os, ctx, id, reason| {
    revert_task(os, ctx, id, TaskState::PoweringOff, reason)
});
/// The guest is paused.
pub const PAUSE: Transition<OpenStack> = transition("nova.server.pause", finish_pause, |os, ctx, id, reason| {
    revert_task(os, ctx, id, TaskState::Pausing, reason)
});
/// The guest runs again.
pub const UNPAUSE: Transition<OpenStack> = transition("nova.server.unpause", finish_unpause, |os, ctx, id, reason| {
    revert_task(os, ctx, id, TaskState::Unpausing, reason)
});
/// The guest is saved to disk.
pub const SUSPEND: Transition<OpenStack> = transition("nova.server.suspend", finish_suspend, |os, ctx, id, reason| {
    revert_task(os, ctx, id, TaskState::Suspending, reason)
});
/// The guest runs again.
pub const RESUME: Transition<OpenStack> = transition("nova.server.resume", finish_resume, |os, ctx, id, reason| {
    revert_task(os, ctx, id, TaskState::Resuming, reason)
});

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&START, &STOP, &PAUSE, &UNPAUSE, &SUSPEND, &RESUME];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrashDumpRequest {
    #[serde(rename = "trigger_crash_dump")]
    #[schemars(extend("type" = "null"))]
    _nothing: (),
}

/// The properties of a power action.
struct PowerAction {
    /// The name in error messages and in the server's history.
    name: &'static str,
    /// The event in the server's history.
    event: &'static str,
    /// The states in which the action is allowed.
    from: &'static [VmState],
    requires_host: bool,
    /// The task state until the transition.
    task: TaskState,
    transition: &'static Transition<OpenStack>,
}

fn run(call: &Call, os: &mut OpenStack, ctx: &mut Context, action: &PowerAction) -> Answer {
    // Upstream looks up the cell of servers whose action requires a host.
    let server = if action.requires_host { permitted_in_its_cell(call, os)? } else { permitted(call, os)? };
    server.check_lock(call)?;
    if action.requires_host {
        server.check_host()?;
    }
    server.check_state(action.name, action.from, IDLE, true)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, (action.name, action.event), action.task);
    ctx.later(action.transition, &id);
    Ok(Response::empty())
}

pub fn start(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let start = PowerAction {
        name: "start",
        event: "compute_start_instance",
        from: &[VmState::Stopped],
        requires_host: true,
        task: TaskState::PoweringOn,
        transition: &START,
    };
    run(call, os, ctx, &start)
}

fn finish_start(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::PoweringOn, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}

pub fn stop(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let stop = PowerAction {
        name: "stop",
        event: "compute_stop_instance",
        from: &[VmState::Active, VmState::Error],
        requires_host: true,
        task: TaskState::PoweringOff,
        transition: &STOP,
    };
    run(call, os, ctx, &stop)
}

fn finish_stop(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::PoweringOff, |server| {
        (server.vm_state, server.power_state) = (VmState::Stopped, PowerState::Shutdown);
    });
}

fn pause(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let pause = PowerAction {
        name: "pause",
        event: "compute_pause_instance",
        from: &[VmState::Active],
        requires_host: false,
        task: TaskState::Pausing,
        transition: &PAUSE,
    };
    run(call, os, ctx, &pause)
}

fn finish_pause(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Pausing, |server| {
        (server.vm_state, server.power_state) = (VmState::Paused, PowerState::Paused);
    });
}

fn unpause(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let unpause = PowerAction {
        name: "unpause",
        event: "compute_unpause_instance",
        from: &[VmState::Paused],
        requires_host: false,
        task: TaskState::Unpausing,
        transition: &UNPAUSE,
    };
    run(call, os, ctx, &unpause)
}

fn finish_unpause(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Unpausing, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}

fn suspend(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let suspend = PowerAction {
        name: "suspend",
        event: "compute_suspend_instance",
        from: &[VmState::Active],
        requires_host: false,
        task: TaskState::Suspending,
        transition: &SUSPEND,
    };
    run(call, os, ctx, &suspend)
}

/// The hypervisor reports a suspended guest as off.
fn finish_suspend(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Suspending, |server| {
        (server.vm_state, server.power_state) = (VmState::Suspended, PowerState::Shutdown);
    });
}

fn resume(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let resume = PowerAction {
        name: "resume",
        event: "compute_resume_instance",
        from: &[VmState::Suspended],
        requires_host: false,
        task: TaskState::Resuming,
        transition: &RESUME,
    };
    run(call, os, ctx, &resume)
}

fn finish_resume(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Resuming, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}

/// The guest gets a non-maskable interrupt. Nothing in the API shows the result.
pub fn crash_dump(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    use VmState::{Active, Error, Paused, Rescued, Resized};
    let server = permitted_in_its_cell(call, os)?;
    server.check_lock(call)?;
    server.check_host()?;
    server.check_state("trigger_crash_dump", &[Active, Paused, Rescued, Resized, Error], IDLE, true)?;
    let id = server.id.clone();
    instance_actions::begin(call, os, ctx, &id, "trigger_crash_dump");
    instance_actions::event_begins(os, ctx, &id, "compute_trigger_crash_dump");
    instance_actions::events_end(os, ctx, &id, Ok(()));
    Ok(Response::empty())
}
