//! How instances go: at once, or when what was paid for is over. Their rows stay, for `includeDeleted`.

use super::{Status, of_path};
use crate::clouds::cloudzy::{Cloudzy, backups, billing, envelope, floating_ips};
use crate::engine::{Answer, Call, Context, Id, Transition, transition};

pub const EXPIRE: Transition<Cloudzy> = transition("cloudzy.instance.expire", expire, expire_not);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&EXPIRE];

pub fn delete(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let id = of_path(cloud, call)?.id.clone();
    remove(cloud, ctx, &id);
    Ok(envelope::done("Instance deleted successfully"))
}

/// Addresses are free again, floating ones stay with the customer, the backup profile goes with its files.
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

/// The cycle is over that was paid for, and nobody wants another.
fn expire(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let due = cloud.instances.get(id).is_some_and(|instance| !instance.is_deleted() && !instance.auto_renew);
    if due {
        remove(cloud, ctx, id);
    }
}

/// It goes on, and so do its costs.
fn expire_not(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id, reason: &str) {
    if let Some(instance) = cloud.instances.get_mut(id) {
        instance.admin_note = reason.to_owned();
    }
}
