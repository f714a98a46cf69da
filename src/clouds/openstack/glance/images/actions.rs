//! Deactivation and reactivation of images (glance/api/v2/image_actions.py).

use super::super::{errors, policy};
use super::{Status, change, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Response};

pub fn deactivate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    set_status(call, os, ctx, "deactivate", Status::Active, Status::Deactivated)
}

pub fn reactivate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    set_status(call, os, ctx, "reactivate", Status::Deactivated, Status::Active)
}

/// An image that has the status `to` already is left unchanged.
fn set_status(call: &Call, os: &mut OpenStack, ctx: &mut Context, action: &str, from: Status, to: Status) -> Answer {
    let id = call.param("image_id");
    let image = find(call, os, id)?;
    policy::enforce_on_image(call, image)?;
    if image.status == from {
        change(os, ctx.now(), id, |image| image.status = to);
    } else if image.status != to {
        return Err(errors::action_not_allowed(action, image.status.as_str()));
    }
    Ok(Response::empty())
}
