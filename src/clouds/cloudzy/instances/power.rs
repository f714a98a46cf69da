//! Power: off, on, and a hard reset, which keeps the disk.

use super::{Instance, Status, Task, of_path};
use crate::clouds::cloudzy::{Cloudzy, envelope};
use crate::engine::{Answer, Call, Context, Id, Problem, Transition, transition};

pub const POWEROFF: Transition<Cloudzy> = transition("cloudzy.instance.poweroff", powered_off, stays);
pub const POWERON: Transition<Cloudzy> = transition("cloudzy.instance.poweron", powered_on, stays);
pub const RESET: Transition<Cloudzy> = transition("cloudzy.instance.reset", powered_on, reset_fails);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&POWEROFF, &POWERON, &RESET];

/// No effect on an instance that is off already.
pub fn poweroff(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    begin(call, cloud, ctx, Task::PowerOff, &POWEROFF, Some(Status::Shutdown))?;
    Ok(envelope::done("Instance power off has started"))
}

pub fn poweron(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    begin(call, cloud, ctx, Task::PowerOn, &POWERON, Some(Status::Active))?;
    Ok(envelope::done("Instance power on has started"))
}

pub fn reset(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let id = begin(call, cloud, ctx, Task::Reset, &RESET, None)?;
    if let Some(instance) = cloud.instances.get_mut(&id) {
        instance.status = Status::Initializing;
    }
    Ok(envelope::done("Instance reset has started"))
}

/// Begins a task unless the instance already has the status `there`, which the task ends in.
fn begin(
    call: &Call,
    cloud: &mut Cloudzy,
    ctx: &mut Context,
    task: Task,
    transition: &Transition<Cloudzy>,
    there: Option<Status>,
) -> Result<Id, Problem> {
    let instance = of_path(cloud, call)?;
    instance.check_idle()?;
    let (id, is_there) = (instance.id.clone(), Some(instance.status) == there);
    if !is_there && let Some(instance) = cloud.instances.get_mut(&id) {
        instance.task = Some(task);
        ctx.later(transition, &id);
    }
    Ok(id)
}

fn powered_off(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id) {
    let Some(instance) = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::PowerOff)) else { return };
    instance.status = Status::Shutdown;
    instance.task = None;
}

fn powered_on(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id) {
    let starts = |instance: &&mut Instance| instance.is_at(Task::PowerOn) || instance.is_at(Task::Reset);
    let Some(instance) = cloud.instances.get_mut(id).filter(starts) else { return };
    instance.status = Status::Active;
    instance.task = None;
}

/// The instance keeps its status.
fn stays(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id, reason: &str) {
    let at = |instance: &&mut Instance| instance.is_at(Task::PowerOff) || instance.is_at(Task::PowerOn);
    let Some(instance) = cloud.instances.get_mut(id).filter(at) else { return };
    instance.task = None;
    instance.admin_note = reason.to_owned();
}

/// The instance does not come up again.
fn reset_fails(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id, reason: &str) {
    let Some(instance) = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::Reset)) else { return };
    instance.status = Status::Shutdown;
    instance.task = None;
    instance.admin_note = reason.to_owned();
}
