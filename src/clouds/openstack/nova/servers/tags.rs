//! Server tags, from microversion 2.26 on (nova/api/openstack/compute/server_tags.py).

use super::super::links;
use super::super::parameter_types::Tag;
use super::super::policy::POLICY;
use super::{Server, VmState, change, find};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::python::quoted;
use crate::engine::{self, Answer, Call, Context, Id, Operation, Problem, Response, get, put};
use schemars::JsonSchema;
use serde::Deserialize;

const ALL: &str = "/servers/{server_id}/tags";
const ONE: &str = "/servers/{server_id}/tags/{tag}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.server.tag.list", list)
        .summary("Lists the tags of a server.")
        .since(2, 26)
        .policy_on_target("os_compute_api:os-server-tags:index"),
    put(ALL, "nova.server.tag.replace", replace)
        .summary("Replaces the tags of a server.")
        .body::<TagsRequest>()
        .since(2, 26)
        .policy_on_target("os_compute_api:os-server-tags:update_all"),
    engine::delete(ALL, "nova.server.tag.delete_all", remove_all)
        .summary("Deletes all tags of a server.")
        .since(2, 26)
        .policy_on_target("os_compute_api:os-server-tags:delete_all"),
    get(ONE, "nova.server.tag.show", show)
        .summary("Checks that a server has a tag.")
        .since(2, 26)
        .answers(204)
        .policy_on_target("os_compute_api:os-server-tags:show"),
    put(ONE, "nova.server.tag.add", add)
        .summary("Adds a tag to a server.")
        .no_body()
        .since(2, 26)
        .answers(201)
        .policy_on_target("os_compute_api:os-server-tags:update"),
    engine::delete(ONE, "nova.server.tag.delete", remove)
        .summary("Deletes a tag of a server.")
        .since(2, 26)
        .policy_on_target("os_compute_api:os-server-tags:delete"),
];

/// `MAX_TAG_COUNT`.
const MAX_TAGS: usize = 50;
/// `MAX_TAG_LENGTH`.
const MAX_LENGTH: usize = 60;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TagsRequest {
    #[schemars(extend("maxItems" = 50))]
    tags: Vec<Tag>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = find_mapped(call, os)?;
    Ok(Response::object(|o| o.set("tags", &server.tags)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (server, tag) = (find_mapped(call, os)?, call.param("tag"));
    if has(server, tag) { Ok(Response::empty()) } else { Err(errors::server_has_no_tag(&server.id, tag)) }
}

fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tag = call.param("tag");
    // Upstream validates the tag after it has found the server, but before it checks the server's state.
    let server = find_taggable(call, os, "update tag", || validate(tag))?;
    if has(server, tag) {
        return Ok(Response::empty().status(204));
    }
    if server.tags.len() >= MAX_TAGS {
        return Err(errors::too_many_tags(MAX_TAGS));
    }
    let id = server.id.clone();
    let mut tags = server.tags.clone();
    tags.push(tag.into());
    let location = format!("{}/tags/{tag}", links::href(call, "servers", &id));
    store(os, ctx, &id, tags);
    // Upstream returns a webob response without a body, which has webob's default content type.
    Ok(Response::empty().header("Location", location).header("Content-Type", "text/html; charset=UTF-8"))
}

fn replace(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let requested = call.body::<TagsRequest>()?.tags;
    let id = find_taggable(call, os, "update tags", || Ok(()))?.id.clone();
    let tags: Vec<Id> = requested.iter().map(|tag| tag.0.as_str().into()).collect();
    store(os, ctx, &id, tags);
    let server = find_mapped(call, os)?;
    Ok(Response::object(|o| o.set("tags", &server.tags)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tag = call.param("tag");
    let server = find_taggable(call, os, "delete tag", || Ok(()))?;
    if !has(server, tag) {
        return Err(errors::instance_has_no_tag(&server.id, tag));
    }
    let id = server.id.clone();
    let tags = server.tags.iter().filter(|known| ***known != *tag).cloned().collect();
    store(os, ctx, &id, tags);
    Ok(Response::empty())
}

fn remove_all(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let id = find_taggable(call, os, "delete tags", || Ok(()))?.id.clone();
    store(os, ctx, &id, vec![]);
    Ok(Response::empty())
}

/// The server of the path, after the policy check. Upstream first looks up the server's cell, which has a 404 message
/// of its own.
fn find_mapped<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Server, Problem> {
    let id = call.param("server_id");
    let server = find(call, os, id).map_err(|_| errors::instance_not_mapped(id))?;
    POLICY.enforce(call, &[("project_id", &server.project)])?;
    Ok(server)
}

fn has(server: &Server, tag: &str) -> bool {
    server.tags.iter().any(|known| **known == *tag)
}

/// The server, if its lock and its state allow changes of the tags (`_check_instance_in_cell`, `check_instance_state`).
fn find_taggable<'o>(
    call: &Call,
    os: &'o OpenStack,
    action: &str,
    validate: impl FnOnce() -> Result<(), Problem>,
) -> Result<&'o Server, Problem> {
    let server = find_mapped(call, os)?;
    validate()?;
    server.check_lock(call)?;
    let states = [VmState::Active, VmState::Paused, VmState::Suspended, VmState::Stopped];
    server.check_state(action, &states, &[], false)?;
    Ok(server)
}

fn validate(tag: &str) -> Result<(), Problem> {
    let error = if tag.contains([',', '/']) {
        format!("{} does not match '^[^,/]*$'", quoted(tag))
    } else if tag.chars().count() > MAX_LENGTH {
        format!("{} is too long", quoted(tag))
    } else if tag.is_empty() {
        format!("{} should be non-empty", quoted(tag))
    } else {
        return Ok(());
    };
    Err(errors::invalid_tag(tag, &error))
}

/// Stores the tags in order and without duplicates.
fn store(os: &mut OpenStack, ctx: &Context, id: &str, mut tags: Vec<Id>) {
    tags.sort();
    tags.dedup();
    change(os, ctx, id, |server| server.tags = tags);
}
