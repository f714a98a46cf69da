//! What can be done to a server: `POST /servers/{server_id}/action`, a file for each kind of thing.

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
mod power;
mod reboot;
mod rebuild;
mod rescue;
mod reset_state;
mod resize;
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

/// Nothing else is being done to the server: most actions want that.
const IDLE: &[Option<TaskState>] = &[None];

/// Begins what takes a while: notes the action `name`, its first `event`, and what is being done.
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

/// True if this still is what is being done to the server: one that was reset or deleted meanwhile is
/// left alone.
fn is_doing(os: &OpenStack, id: &str, task: TaskState) -> bool {
    os.nova.servers.get(id).is_some_and(|server| server.task_state == Some(task))
}

/// Goes on from one step to the next; true if it could.
fn pass(os: &mut OpenStack, ctx: &Context, id: &Id, from: TaskState, to: TaskState) -> bool {
    let expected = is_doing(os, id, from);
    if expected {
        change(os, ctx, id, |server| server.task_state = Some(to));
    }
    expected
}

/// Ends what is being done, and changes the server to what has come of it.
fn finish(os: &mut OpenStack, ctx: &Context, id: &Id, task: TaskState, become_this: impl FnOnce(&mut Server)) {
    if is_doing(os, id, task) {
        change(os, ctx, id, |server| {
            server.task_state = None;
            become_this(server);
        });
        instance_actions::events_end(os, ctx, id, Ok(()));
    }
}

/// What was being done has failed, and the server is what it was (`reverts_task_state`).
fn undone(os: &mut OpenStack, ctx: &Context, id: &Id, task: TaskState, reason: &str) {
    if is_doing(os, id, task) {
        change(os, ctx, id, |server| server.task_state = None);
        instance_actions::events_end(os, ctx, id, Err(reason));
    }
}

/// What was being done has failed and left the server in ERROR.
fn broken(os: &mut OpenStack, ctx: &Context, id: &Id, task: TaskState, reason: &str) {
    if is_doing(os, id, task) {
        fail(os, ctx, id, 500, reason);
        instance_actions::events_end(os, ctx, id, Err(reason));
    }
}
