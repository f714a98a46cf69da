//! Images are put aside and taken back (glance/api/v2/image_actions.py).

use super::super::{errors, policy};
use super::{Status, change, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Response};

pub fn deactivate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    turn(call, os, ctx, "deactivate", Status::Active, Status::Deactivated)
}

pub fn reactivate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    turn(call, os, ctx, "reactivate", Status::Deactivated, Status::Active)
}

/// An image that is `to` already stays so.
fn turn(call: &Call, os: &mut OpenStack, ctx: &mut Context, action: &str, from: Status, to: Status) -> Answer {
    let id = call.param("image_id");
    let image = find(call, os, id)?;
    policy::enforce_on_image(call, image)?;
    if image.status == from {
        change(os, ctx.now(), id, |image| image.status = to);
    } else if image.status != to {
        return Err(errors::cannot_turn(action, image.status.as_str()));
    }
    Ok(Response::empty())
}
