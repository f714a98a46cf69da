//! Tags of images (glance/api/v2/image_tags.py).

use super::super::{errors, policy, schemas};
use super::create::MAX_TAGS;
use super::{change, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{self, Answer, Call, Context, Operation, Response, put};
use serde_json::json;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    put("/images/{image_id}/tags/{tag_value}", "glance.image.tag.add", add)
        .summary("Adds a tag to an image.")
        .no_body()
        .answers(204)
        .policy_on_target("modify_image"),
    engine::delete("/images/{image_id}/tags/{tag_value}", "glance.image.tag.remove", remove)
        .summary("Removes a tag from an image.")
        .policy_on_target("modify_image"),
];

fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (id, tag) = (call.param("image_id"), call.param("tag_value"));
    schemas::IMAGE.check(&json!({"tags": [tag]}))?;
    let image = find(call, os, id).map_err(|_| errors::named_image_not_found(id))?;
    policy::enforce_on_image(call, image)?;
    if !image.tags.iter().any(|known| known == tag) {
        if image.tags.len() >= MAX_TAGS {
            return Err(errors::tag_limit_exceeded(id, image.tags.len() + 1, MAX_TAGS));
        }
        change(os, ctx.now(), id, |image| image.tags.push(tag.to_owned()));
    }
    Ok(Response::empty())
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (id, tag) = (call.param("image_id"), call.param("tag_value"));
    let image = find(call, os, id).map_err(|_| errors::named_image_not_found(id))?;
    policy::enforce_on_image(call, image)?;
    if !image.tags.iter().any(|known| known == tag) {
        return Err(errors::no_such_tag());
    }
    change(os, ctx.now(), id, |image| image.tags.retain(|known| known != tag));
    Ok(Response::empty())
}
