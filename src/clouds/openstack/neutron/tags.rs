//! Tags: `/networks/{network_id}/tags` and the same seven operations of every other resource that has tags
//! (neutron/extensions/tagging.py).

use super::floating_ips::FloatingIps;
use super::networks::Networks;
use super::ports::Ports;
use super::qos::Policies;
use super::record::Record;
use super::resource::Resource;
use super::routers::Routers;
use super::security_groups::SecurityGroups;
use super::segment_ranges::Ranges;
use super::subnet_pools::SubnetPools;
use super::subnets::Subnets;
use super::trunks::Trunks;
use super::{errors, policy, valid};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, get, post, put};
use serde_json::Value;
use std::sync::LazyLock;

/// The largest number of tags of a resource (`MAX_TAGS_COUNT`).
const MAX_TAGS: usize = 50;

/// The tag operations of all resources.
pub fn operations() -> &'static [Operation<OpenStack>] {
    &OPERATIONS
}

static OPERATIONS: LazyLock<Vec<Operation<OpenStack>>> = LazyLock::new(|| {
    let rows = [
        rows::<Networks>("/networks/{network_id}", "network", "a network"),
        rows::<Subnets>("/subnets/{subnet_id}", "subnet", "a subnet"),
        rows::<SubnetPools>("/subnetpools/{subnetpool_id}", "subnetpool", "a subnet pool"),
        rows::<Ports>("/ports/{port_id}", "port", "a port"),
        rows::<SecurityGroups>("/security-groups/{id}", "security_group", "a security group"),
        rows::<Routers>("/routers/{router_id}", "router", "a router"),
        rows::<FloatingIps>("/floatingips/{floatingip_id}", "floatingip", "a floating IP"),
        // Upstream's paths for tags of QoS policies have no `/qos`, those of ranges have underscores.
        rows::<Policies>("/policies/{policy_id}", "qos_policy", "a QoS policy"),
        rows::<Ranges>("/network_segment_ranges/{range_id}", "network_segment_range", "a network segment range"),
        rows::<Trunks>("/trunks/{trunk_id}", "trunk", "a trunk"),
    ];
    rows.into_iter().flatten().collect()
});

/// The rows of one resource: `path` is its own path, `name` is its part of the names of operations, `noun` in
/// their summaries. Rows are made once per process, so that their texts can be leaked.
fn rows<R: Resource>(path: &str, name: &str, noun: &str) -> [Operation<OpenStack>; 7] {
    let all = format!("{path}/tags").leak();
    let one = format!("{path}/tags/{{tag}}").leak();
    let name = |verb: &str| &*format!("neutron.{name}.tags.{verb}").leak();
    let rule = |action: &str| &*rule::<R>(action).leak();
    let summary = |text: &str| &*format!("{text} {noun}.").leak();
    let delete = crate::engine::delete;
    [
        get(all, name("list"), list::<R>).summary(summary("Lists the tags of")).policy_on_target(rule("get")),
        get(one, name("show"), show::<R>)
            .summary(summary("Tells whether a tag is on"))
            .policy_on_target(rule("get"))
            .answers(204),
        post(all, name("create"), add_all::<R>).summary(summary("Adds tags to")).policy_on_target(rule("create")),
        put(all, name("replace"), replace::<R>)
            .summary(summary("Replaces all tags of"))
            .policy_on_target(rule("update")),
        put(one, name("add"), add::<R>)
            .summary(summary("Adds a tag to"))
            .policy_on_target(rule("update"))
            .no_body()
            .answers(201),
        delete(one, name("remove"), remove::<R>)
            .summary(summary("Removes a tag from"))
            .policy_on_target(rule("delete")),
        delete(all, name("clear"), clear::<R>)
            .summary(summary("Removes all tags from"))
            .policy_on_target(rule("delete")),
    ]
}

/// The policy rule for the tags of a resource: `update_network:tags`.
fn rule<R: Resource>(action: &str) -> String {
    format!("{action}_{}:tags", R::KIND.resource)
}

fn list<R: Resource>(call: &Call, os: &OpenStack) -> Answer {
    let record = tagged::<R>(call, os, "get")?;
    Ok(Response::object(|o| o.set("tags", &record.tags)))
}

fn show<R: Resource>(call: &Call, os: &OpenStack) -> Answer {
    let tag = call.param("tag");
    let record = with_tag::<R>(call, os, "get")?;
    if record.tags.iter().any(|one| **one == *tag) { Ok(Response::empty()) } else { Err(errors::tag_not_found(tag)) }
}

fn replace<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tags = tags_in_body(call)?;
    let id = tagged::<R>(call, os, "update")?.id.clone();
    check_number(&tags)?;
    change_tags::<R>(os, ctx, &id, |_| tags);
    // The answer is the body of the request, whatever else it has.
    Ok(Response::json(&call.json))
}

fn add_all<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let added = tags_in_body(call)?;
    let id = tagged::<R>(call, os, "create")?.id.clone();
    check_number(&added)?;
    change_tags::<R>(os, ctx, &id, |mut tags| {
        tags.extend(added.iter().filter(|tag| !tags.contains(tag)).cloned().collect::<Vec<_>>());
        tags
    });
    Ok(Response::json(&call.json))
}

fn add<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tag: Id = call.param("tag").into();
    if let Some(reason) = valid::text(&Value::from(&*tag), 255) {
        return Err(errors::invalid_input(reason));
    }
    let record = tagged::<R>(call, os, "update")?;
    let id = record.id.clone();
    if !record.tags.contains(&tag) {
        check_number(&[&record.tags[..], std::slice::from_ref(&tag)].concat())?;
        change_tags::<R>(os, ctx, &id, |mut tags| {
            tags.push(tag);
            tags
        });
    }
    // Upstream's controller returns None, which Pecan renders as JSON.
    Ok(Response::json(&Value::Null))
}

fn remove<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tag = call.param("tag");
    let record = with_tag::<R>(call, os, "delete")?;
    if !record.tags.iter().any(|one| **one == *tag) {
        return Err(errors::tag_not_found(tag));
    }
    let id = record.id.clone();
    change_tags::<R>(os, ctx, &id, |mut tags| {
        tags.retain(|one| **one != *tag);
        tags
    });
    Ok(Response::empty())
}

fn clear<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let id = tagged::<R>(call, os, "delete")?.id.clone();
    change_tags::<R>(os, ctx, &id, |_| vec![]);
    Ok(Response::empty())
}

/// The resource in the path, if the policy lets the caller do `action` with its tags.
fn tagged<'o, R: Resource>(call: &Call, os: &'o OpenStack, action: &str) -> Result<&'o Record, Problem> {
    let id = call.params.first().map_or("", |(_, id)| id);
    // The policy is asked about any resource, only then the plugin whether the caller sees it
    // (`_get_resource_info`, neutron/extensions/tagging.py).
    let record = R::rows(&os.neutron).get(id).ok_or_else(|| R::missing(call, id))?;
    policy::enforce(call, &rule::<R>(action), &R::target(call, os, record))?;
    if R::sees(call, os, record) { Ok(record) } else { Err(R::missing(call, id)) }
}

/// As [`tagged`], for paths that name a tag. For an unknown resource the tag is not found; upstream answers 500.
fn with_tag<'o, R: Resource>(call: &Call, os: &'o OpenStack, action: &str) -> Result<&'o Record, Problem> {
    let missing =
        |problem: Problem| if problem.status == 404 { errors::tag_not_found(call.param("tag")) } else { problem };
    tagged::<R>(call, os, action).map_err(missing)
}

/// Changes the tags of a resource. The database has them in the order of their names.
fn change_tags<R: Resource>(os: &mut OpenStack, ctx: &Context, id: &Id, change: impl FnOnce(Vec<Id>) -> Vec<Id>) {
    let Some(record) = R::rows_mut(&mut os.neutron).get_mut(id) else { return };
    let before = record.tags.clone();
    record.set_tags(change(before.clone()));
    if before != record.tags {
        record.bump(ctx.now());
    }
}

/// Reads `{"tags": ["a", "b"]}`.
fn tags_in_body(call: &Call) -> Result<Vec<Id>, Problem> {
    let tags = call.json.get("tags").ok_or_else(errors::invalid_tags_body)?;
    if let Some(reason) = valid::list_of(tags, |tag| valid::text(tag, 255)) {
        return Err(errors::invalid_input(reason));
    }
    Ok(tags.as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect())
}

/// Refuses more tags than a resource can have (`validate_tags_limit`).
fn check_number(tags: &[Id]) -> Result<(), Problem> {
    if tags.len() > MAX_TAGS { Err(errors::too_many_tags(MAX_TAGS)) } else { Ok(()) }
}
