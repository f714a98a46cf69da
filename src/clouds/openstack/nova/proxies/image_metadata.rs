//! `/images/{id}/metadata`: the metadata of images, until microversion 2.38, forwarded to Glance
//! (nova/api/openstack/compute/image_metadata.py).

use super::images::{find, metadata};
use super::{ProxyRequest, call_glance};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::servers::metadata::{ItemRequest, MetadataRequest};
use crate::engine::{self, Answer, Call, Context, Operation, Problem, Response, get_changing, post, put};
use serde_json::{Map, Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get_changing("/images/{id}/metadata", "nova.image.metadata.list", list)
        .summary("Lists the metadata of an image through Glance.")
        .until(2, 38),
    post("/images/{id}/metadata", "nova.image.metadata.add", add)
        .summary("Adds metadata items to an image through Glance.")
        .body::<MetadataRequest>()
        .until(2, 38),
    put("/images/{id}/metadata", "nova.image.metadata.replace", replace)
        .summary("Replaces the metadata of an image through Glance.")
        .body::<MetadataRequest>()
        .until(2, 38),
    get_changing("/images/{id}/metadata/{key}", "nova.image.metadata.show", show)
        .summary("Shows a metadata item of an image through Glance.")
        .until(2, 38),
    put("/images/{id}/metadata/{key}", "nova.image.metadata.set", set)
        .summary("Sets a metadata item of an image through Glance.")
        .body::<ItemRequest>()
        .until(2, 38),
    engine::delete("/images/{id}/metadata/{key}", "nova.image.metadata.delete", remove)
        .summary("Deletes a metadata item of an image through Glance.")
        .until(2, 38),
];

const PATCH: &str = "application/openstack-images-v2.1-json-patch";

fn current_metadata(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Map<String, Value>, Problem> {
    Ok(metadata(&find(call, os, ctx, call.param("id"))?))
}

fn list(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = current_metadata(call, os, ctx)?;
    Ok(Response::object(|o| o.set("metadata", &metadata)))
}

fn show(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = current_metadata(call, os, ctx)?;
    let key = call.param("key");
    let value = metadata.get(key).ok_or_else(errors::no_such_resource)?;
    Ok(Response::one("meta", |o| o.set(key, value)))
}

fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let added = call.body::<MetadataRequest>()?.metadata.0;
    let mut metadata = current_metadata(call, os, ctx)?;
    metadata.extend(added);
    store_metadata(call, os, ctx, &metadata)?;
    Ok(Response::object(|o| o.set("metadata", &metadata)))
}

fn replace(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = call.body::<MetadataRequest>()?.metadata.0;
    store_metadata(call, os, ctx, &metadata)?;
    Ok(Response::object(|o| o.set("metadata", &metadata)))
}

fn set(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let item = call.body::<ItemRequest>()?.meta.0;
    if !item.contains_key(call.param("key")) {
        return Err(errors::bad_request("Request body and URI mismatch"));
    }
    let mut metadata = current_metadata(call, os, ctx)?;
    metadata.extend(item.clone());
    store_metadata(call, os, ctx, &metadata)?;
    Ok(Response::object(|o| o.set("meta", &item)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut metadata = current_metadata(call, os, ctx)?;
    metadata.remove(call.param("key")).ok_or_else(errors::invalid_metadata_key)?;
    store_metadata(call, os, ctx, &metadata)?;
    Ok(Response::empty())
}

/// Updates the metadata in Glance by a JSON patch of the differences.
fn store_metadata(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    metadata: &Map<String, Value>,
) -> Result<(), Problem> {
    let known = current_metadata(call, os, ctx)?;
    let path = |name: &str| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    let mut changes: Vec<Value> = vec![];
    for name in known.keys().filter(|name| !metadata.contains_key(*name)) {
        changes.push(json!({"op": "remove", "path": path(name)}));
    }
    for (name, value) in metadata.iter().filter(|(name, value)| known.get(*name) != Some(value)) {
        changes.push(json!({"op": "add", "path": path(name), "value": value}));
    }
    let image = format!("/v2/images/{}", call.param("id"));
    let request = ProxyRequest { method: "PATCH", path: &image, query: &[], body: Some((PATCH, changes.into())) };
    let changed = call_glance(call, os, ctx, request);
    changed.map(|_| ()).map_err(|problem| errors::not_allowed(problem.message))
}
