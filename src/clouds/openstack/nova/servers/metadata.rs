//! Metadata of servers (nova/api/openstack/compute/server_metadata.py).

use super::super::parameter_types::Metadata;
use super::{VmState, change, create, permitted};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::engine::{self, Answer, Call, Context, Id, Operation, Problem, Response, get, post, put};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

const ALL: &str = "/servers/{server_id}/metadata";
const ONE: &str = "/servers/{server_id}/metadata/{key}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.server.metadata.list", list)
        .summary("Lists the metadata of a server.")
        .policy_on_target("os_compute_api:server-metadata:index"),
    post(ALL, "nova.server.metadata.add", add)
        .summary("Adds or updates metadata items of a server.")
        .body::<MetadataRequest>()
        .policy_on_target("os_compute_api:server-metadata:create"),
    put(ALL, "nova.server.metadata.replace", replace)
        .summary("Replaces the metadata of a server.")
        .body::<MetadataRequest>()
        .policy_on_target("os_compute_api:server-metadata:update_all"),
    get(ONE, "nova.server.metadata.show", show)
        .summary("Shows a metadata item of a server.")
        .policy_on_target("os_compute_api:server-metadata:show"),
    put(ONE, "nova.server.metadata.update", update)
        .summary("Sets a metadata item of a server.")
        .body::<ItemRequest>()
        .policy_on_target("os_compute_api:server-metadata:update"),
    engine::delete(ONE, "nova.server.metadata.delete", remove)
        .summary("Deletes a metadata item of a server.")
        .policy_on_target("os_compute_api:server-metadata:delete"),
];

/// A set of metadata items of a server or an image.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataRequest {
    pub metadata: Metadata,
}

/// One metadata item of a server or an image.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemRequest {
    #[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
    pub meta: Metadata,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    Ok(Response::object(|o| o.set("metadata", &server.metadata)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (server, key) = (permitted(call, os)?, call.param("key"));
    let value = server.metadata.get(key).ok_or_else(errors::no_such_metadata)?;
    Ok(Response::one("meta", |o| o.set(key, value)))
}

fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let more = call.body::<MetadataRequest>()?.metadata.0;
    let mut metadata = permitted(call, os)?.metadata.clone();
    metadata.extend(more);
    let metadata = store(call, os, ctx, metadata, "update metadata")?;
    Ok(Response::object(|o| o.set("metadata", &metadata)))
}

fn replace(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = call.body::<MetadataRequest>()?.metadata.0;
    permitted(call, os)?;
    let metadata = store(call, os, ctx, metadata, "update metadata")?;
    Ok(Response::object(|o| o.set("metadata", &metadata)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let item = call.body::<ItemRequest>()?.meta.0;
    let mut metadata = permitted(call, os)?.metadata.clone();
    if !item.contains_key(call.param("key")) {
        return Err(errors::body_and_uri_differ());
    }
    metadata.extend(item.clone());
    store(call, os, ctx, metadata, "update metadata")?;
    Ok(Response::object(|o| o.set("meta", &item)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut metadata = permitted(call, os)?.metadata.clone();
    metadata.shift_remove(call.param("key")).ok_or_else(errors::no_such_metadata)?;
    store(call, os, ctx, metadata, "delete metadata")?;
    Ok(Response::empty())
}

/// Stores the metadata after the checks of lock, state and quota. `action` is the name in error messages.
fn store(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    metadata: Map<String, Value>,
    action: &str,
) -> Result<Map<String, Value>, Problem> {
    let server = permitted(call, os)?;
    let id: Id = server.id.clone();
    server.check_lock(call)?;
    let states = [VmState::Active, VmState::Paused, VmState::Suspended, VmState::Stopped];
    server.check_state(action, &states, &[], true)?;
    create::checks::metadata(os, call, metadata.len())?;
    change(os, ctx, &id, |server| server.metadata = metadata.clone());
    Ok(metadata)
}
