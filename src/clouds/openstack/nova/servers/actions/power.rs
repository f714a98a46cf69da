//! Servers are stopped and started, paused and suspended.

use super::super::super::instance_actions;
use super::super::{PowerState, TaskState, VmState, permitted, permitted_in_its_cell};
use super::{IDLE, PATH, begin, finish, undone};
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

pub const START: Transition<OpenStack> =
    transition("nova.server.start", started, |os, ctx, id, why| undone(os, ctx, id, TaskState::PoweringOn, why));
pub const STOP: Transition<OpenStack> =
    transition("nova.server.stop", stopped, |os, ctx, id, why| undone(os, ctx, id, TaskState::PoweringOff, why));
pub const PAUSE: Transition<OpenStack> =
    transition("nova.server.pause", paused, |os, ctx, id, why| undone(os, ctx, id, TaskState::Pausing, why));
pub const UNPAUSE: Transition<OpenStack> =
    transition("nova.server.unpause", unpaused, |os, ctx, id, why| undone(os, ctx, id, TaskState::Unpausing, why));
pub const SUSPEND: Transition<OpenStack> =
    transition("nova.server.suspend", suspended, |os, ctx, id, why| undone(os, ctx, id, TaskState::Suspending, why));
pub const RESUME: Transition<OpenStack> =
    transition("nova.server.resume", resumed, |os, ctx, id, why| undone(os, ctx, id, TaskState::Resuming, why));

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&START, &STOP, &PAUSE, &UNPAUSE, &SUSPEND, &RESUME];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CrashDumpRequest {
    #[serde(rename = "trigger_crash_dump")]
    #[schemars(extend("type" = "null"))]
    _nothing: (),
}

/// A change of power: how Nova calls it, from which states it leads, and what is shown meanwhile.
struct Turn {
    /// Also the name of the action in the server's history.
    name: &'static str,
    event: &'static str,
    from: &'static [VmState],
    needs_host: bool,
    task: TaskState,
    transition: &'static Transition<OpenStack>,
}

fn turn(call: &Call, os: &mut OpenStack, ctx: &mut Context, turn: &Turn) -> Answer {
    // What needs a host goes the way through the server's cell.
    let server = if turn.needs_host { permitted_in_its_cell(call, os)? } else { permitted(call, os)? };
    server.check_lock(call)?;
    if turn.needs_host {
        server.check_host()?;
    }
    server.check_state(turn.name, turn.from, IDLE, true)?;
    let id = server.id.clone();
    begin(call, os, ctx, &id, (turn.name, turn.event), turn.task);
    ctx.later(turn.transition, &id);
    Ok(Response::empty())
}

fn start(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let start = Turn {
        name: "start",
        event: "compute_start_instance",
        from: &[VmState::Stopped],
        needs_host: true,
        task: TaskState::PoweringOn,
        transition: &START,
    };
    turn(call, os, ctx, &start)
}

fn started(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::PoweringOn, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}

fn stop(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let stop = Turn {
        name: "stop",
        event: "compute_stop_instance",
        from: &[VmState::Active, VmState::Error],
        needs_host: true,
        task: TaskState::PoweringOff,
        transition: &STOP,
    };
    turn(call, os, ctx, &stop)
}

fn stopped(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::PoweringOff, |server| {
        (server.vm_state, server.power_state) = (VmState::Stopped, PowerState::Shutdown);
    });
}

fn pause(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let pause = Turn {
        name: "pause",
        event: "compute_pause_instance",
        from: &[VmState::Active],
        needs_host: false,
        task: TaskState::Pausing,
        transition: &PAUSE,
    };
    turn(call, os, ctx, &pause)
}

fn paused(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Pausing, |server| {
        (server.vm_state, server.power_state) = (VmState::Paused, PowerState::Paused);
    });
}

fn unpause(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let unpause = Turn {
        name: "unpause",
        event: "compute_unpause_instance",
        from: &[VmState::Paused],
        needs_host: false,
        task: TaskState::Unpausing,
        transition: &UNPAUSE,
    };
    turn(call, os, ctx, &unpause)
}

fn unpaused(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Unpausing, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}

fn suspend(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let suspend = Turn {
        name: "suspend",
        event: "compute_suspend_instance",
        from: &[VmState::Active],
        needs_host: false,
        task: TaskState::Suspending,
        transition: &SUSPEND,
    };
    turn(call, os, ctx, &suspend)
}

/// A suspended machine is off as far as the hypervisor knows.
fn suspended(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Suspending, |server| {
        (server.vm_state, server.power_state) = (VmState::Suspended, PowerState::Shutdown);
    });
}

fn resume(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let resume = Turn {
        name: "resume",
        event: "compute_resume_instance",
        from: &[VmState::Suspended],
        needs_host: false,
        task: TaskState::Resuming,
        transition: &RESUME,
    };
    turn(call, os, ctx, &resume)
}

fn resumed(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    finish(os, ctx, id, TaskState::Resuming, |server| {
        (server.vm_state, server.power_state) = (VmState::Active, PowerState::Running);
    });
}

/// The machine gets an interrupt; of what it makes of that nothing is seen.
fn crash_dump(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
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
