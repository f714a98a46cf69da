//! Change of operating system, which replaces the disk, and change of password.

use super::{Instance, Source, Status, Task, new_password, of_path, reprice};
use crate::clouds::cloudzy::{Cloudzy, billing, envelope, pydantic};
use crate::engine::{Answer, Call, Context, Id, Transition, transition};
use schemars::JsonSchema;
use serde::Deserialize;

pub const CHANGE_OS: Transition<Cloudzy> = transition("cloudzy.instance.change_os", changed, not_changed);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&CHANGE_OS];

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeOs {
    os_id: String,
}

/// Also rebuilds an instance that failed to build.
pub fn change_os(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: ChangeOs = pydantic::body(call)?;
    let instance = of_path(cloud, call)?;
    if instance.status != Status::Failed {
        instance.check_idle()?;
    }
    let source = Source::of_os_id(cloud, call, &request.os_id, &instance.region)?.fits(cloud, &instance.size)?;
    let (id, failed, had_app) = (instance.id.clone(), instance.status == Status::Failed, instance.source.app.is_some());
    if failed {
        instance.size.check_stock(cloud, 1)?;
        let price = Instance { source: source.clone(), ..instance.clone() }.price(cloud);
        billing::afford(cloud, &instance.user, &[price], None, ctx.now())?;
    }
    if let Some(instance) = cloud.instances.get_mut(&id) {
        instance.source = source;
        instance.status = Status::PreparingDisk;
        instance.task = Some(Task::ChangeOs);
        instance.password = new_password(ctx);
        ctx.later(&CHANGE_OS, &id);
    }
    if failed || had_app {
        reprice(cloud, ctx, &id);
    }
    Ok(envelope::done("Instance OS change has started"))
}

/// Every request sets a new password, which is valid at once.
pub fn change_pass(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let instance = of_path(cloud, call)?;
    instance.check_idle()?;
    let id = instance.id.clone();
    let password = new_password(ctx);
    if let Some(instance) = cloud.instances.get_mut(&id) {
        instance.password.clone_from(&password);
    }
    Ok(envelope::one("Password changed successfully", |o| o.set("password", &password)))
}

fn changed(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id) {
    let Some(instance) = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::ChangeOs)) else { return };
    instance.status = Status::Active;
    instance.task = None;
}

/// The old disk is gone and the new one was not made.
fn not_changed(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id, reason: &str) {
    let Some(instance) = cloud.instances.get_mut(id).filter(|instance| instance.is_at(Task::ChangeOs)) else { return };
    instance.status = Status::Failed;
    instance.task = None;
    instance.admin_note = reason.to_owned();
    billing::end(cloud, id, ctx.now());
}
