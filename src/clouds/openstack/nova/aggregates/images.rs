//! Caching images on the hosts of an aggregate before servers need them (`images` in
//! nova/api/openstack/compute/aggregates.py). The caches themselves are not emulated.

use super::find;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::parameter_types::Uuid;
use crate::engine::{Answer, Call, Context, Operation, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[post("/os-aggregates/{id}/images", "nova.aggregate.cache", cache)
    .summary("Asks the hosts of an aggregate to cache images.")
    .body::<CacheRequest>()
    .answers(202)
    .since(2, 81)
    .policy("compute:aggregates:images")];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CacheRequest {
    #[schemars(extend("type" = ["array"], "minItems" = 1))]
    cache: Vec<Image>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Image {
    id: Uuid,
}

fn cache(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<CacheRequest>()?.cache;
    call.param("id").parse::<i64>().map_err(|_| errors::id_not_an_integer())?;
    let mut ids: Vec<_> = request.iter().map(|image| &image.id.0).collect();
    ids.sort();
    if ids.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(errors::duplicate_images());
    }
    find(os, call.param("id"))?;
    match request.iter().find(|image| !os.glance.images.contains(&image.id.0)) {
        Some(unknown) => Err(errors::image_to_cache_not_found(&unknown.id.0)),
        None => Ok(Response::empty()),
    }
}
