//! Server actions: `POST /servers/{server_id}/action`.

mod addresses;
mod backup;
mod console_output;
mod evacuate;
mod floating_ips;
mod hosts;
pub mod image;
pub mod live_migrate;
mod lock;
mod password;
pub mod power;
pub mod reboot;
pub mod rebuild;
mod rescue;
mod reset_state;
pub mod resize;
mod security_groups;
mod shelve;
mod unshelve;

use super::super::instance_actions;
use super::{Server, TaskState, change, fail};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Operation, Transition};

pub const OPERATIONS: &[&[Operation<OpenStack>]] = &[
    power::OPERATIONS,
    reboot::OPERATIONS,
    lock::OPERATIONS,
    rescue::OPERATIONS,
    resize::OPERATIONS,
    live_migrate::OPERATIONS,
    evacuate::OPERATIONS,
    shelve::OPERATIONS,
    unshelve::OPERATIONS,
    rebuild::OPERATIONS,
    image::OPERATIONS,
    backup::OPERATIONS,
    password::OPERATIONS,
    console_output::OPERATIONS,
    reset_state::OPERATIONS,
    addresses::OPERATIONS,
    floating_ips::OPERATIONS,
    security_groups::OPERATIONS,
];

pub const TRANSITIONS: &[&[&Transition<OpenStack>]] = &[
    power::TRANSITIONS,
    reboot::TRANSITIONS,
    rescue::TRANSITIONS,
    resize::TRANSITIONS,
    live_migrate::TRANSITIONS,
    evacuate::TRANSITIONS,
    shelve::TRANSITIONS,
    unshelve::TRANSITIONS,
    rebuild::TRANSITIONS,
    image::TRANSITIONS,
    password::TRANSITIONS,
];

const PATH: &str = "/servers/{server_id}/action";

/// No task is in progress, which most actions require.
const IDLE: &[Option<TaskState>] = &[None];

/// Starts an action: records its `name` and its first `event`, and sets the task state.
fn begin(
    call: &Call,
    os: &mut OpenStack,
    ctx: &Context,
    id: &Id,
    (name, event): (&'static str, &'static str),
    task: TaskState,
) {
    instance_actions::begin(call, os, ctx, id, name);
    instance_actions::event_begins(os, ctx, id, event);
    change(os, ctx, id, |server| server.task_state = Some(task));
}

/// True if the task is still in progress. Transitions ignore servers that were reset or deleted in the meantime.
fn is_doing(os: &OpenStack, id: &str, task: TaskState) -> bool {
    os.nova.servers.get(id).is_some_and(|server| server.task_state == Some(task))
}

/// Changes the task state from `from` to `to`. Returns false if `from` is no longer in progress.
fn next_task(os: &mut OpenStack, ctx: &Context, id: &Id, from: TaskState, to: TaskState) -> bool {
    let expected = is_doing(os, id, from);
    if expected {
        change(os, ctx, id, |server| server.task_state = Some(to));
    }
    expected
}

/// Ends a task successfully and applies its result to the server.
fn finish(os: &mut OpenStack, ctx: &Context, id: &Id, task: TaskState, apply: impl FnOnce(&mut Server)) {
    if is_doing(os, id, task) {
        change(os, ctx, id, |server| {
            server.task_state = None;
            apply(server);
        });
        instance_actions::events_end(os, ctx, id, Ok(()));
    }
}

/// Ends a failed task. The server keeps its state (`reverts_task_state`).
fn revert_task(os: &mut OpenStack, ctx: &Context, id: &Id, task: TaskState, reason: &str) {
    if is_doing(os, id, task) {
        change(os, ctx, id, |server| server.task_state = None);
        instance_actions::events_end(os, ctx, id, Err(reason));
    }
}

/// Ends a failed task and puts the server into ERROR.
fn fail_task(os: &mut OpenStack, ctx: &Context, id: &Id, task: TaskState, reason: &str) {
    if is_doing(os, id, task) {
        fail(os, ctx, id, 500, reason);
        instance_actions::events_end(os, ctx, id, Err(reason));
    }
}
