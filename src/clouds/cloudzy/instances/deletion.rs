//! Deletion of instances: by request, or at the end of a paid cycle without renewal. The rows stay, for
//! `includeDeleted`.

use super::{Status, of_path};
use crate::clouds::cloudzy::{Cloudzy, backups, billing, envelope, floating_ips};
use crate::engine::{Answer, Call, Context, Id, Transition, transition};

pub const EXPIRE: Transition<Cloudzy> = transition("cloudzy.instance.expire", expire, fail_to_expire);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&EXPIRE];

pub fn delete(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let id = of_path(cloud, call)?.id.clone();
    remove(cloud, ctx, &id);
    Ok(envelope::done("Instance deleted successfully"))
}

/// Marks an instance as deleted. Its addresses become free, its floating IPs stay with the customer, and its backup
/// profile is removed with its files.
fn remove(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let Some(instance) = cloud.instances.get_mut(id) else { return };
    instance.status = Status::Deleted;
    instance.task = None;
    instance.next_size = None;
    instance.deleted_at = Some(ctx.now());
    billing::end(cloud, id, ctx.now());
    floating_ips::detach(cloud, id);
    backups::drop_profile(cloud, ctx, id);
}

/// Deletes the instance at the end of its paid cycle if it is not to be renewed.
fn expire(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let due = cloud.instances.get(id).is_some_and(|instance| !instance.is_deleted() && !instance.auto_renew);
    if due {
        remove(cloud, ctx, id);
    }
}

/// The instance stays, and its charge continues.
fn fail_to_expire(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id, reason: &str) {
    if let Some(instance) = cloud.instances.get_mut(id) {
        instance.admin_note = reason.to_owned();
    }
}
