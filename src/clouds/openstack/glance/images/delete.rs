//! Deletion of images (`ImagesController.delete` and `delete_from_store` in glance/api/v2/images.py).

use super::super::{errors, policy, stores};
use super::{Location, Status, change, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Response};

/// Deletes the image, also from the cache. Tasks that use it fail later.
pub fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = call.param("image_id");
    let image = find(call, os, id).map_err(|_| errors::image_to_delete_not_found(id))?;
    policy::enforce_on_image(call, image)?;
    if image.protected {
        return Err(errors::image_protected(id));
    }
    os.glance.images.remove(id);
    os.glance.cache.remove(id);
    Ok(Response::empty())
}

/// Deletes the location of the image in one of its stores.
pub fn delete_from_store(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (store, id) = (call.param("store_id"), call.param("image_id"));
    if stores::find(store).is_none() {
        return Err(errors::store_not_available(store));
    }
    let image = find(call, os, id).map_err(|_| errors::image_in_store_not_found(id))?;
    policy::enforce_rule_on_image(call, "get_image_location", image)?;
    policy::enforce_on_image(call, image)?;
    if image.status != Status::Active {
        return Err(errors::only_active_images_leave_stores());
    }
    if image.locations.len() == 1 {
        return Err(errors::only_store_of_image());
    }
    let at = image.locations.iter().position(|location: &Location| location.store() == Some(store));
    let at = at.ok_or_else(|| errors::image_not_in_store(id, store))?;
    change(os, ctx.now(), id, |image| drop(image.locations.remove(at)));
    Ok(Response::empty())
}
