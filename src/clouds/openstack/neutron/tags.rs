//! Tags: `/networks/{network_id}/tags` and the like of every resource that has them
//! (neutron/extensions/tagging.py).

use super::record::Record;
use super::resource::{Resource, find};
use super::{errors, policy, valid};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use serde_json::Value;

/// A resource has no more tags than this.
const MOST: usize = 50;

pub fn list<R: Resource>(call: &Call, os: &OpenStack) -> Answer {
    let record = tagged::<R>(call, os, "get")?;
    Ok(Response::object(|o| o.set("tags", &record.tags)))
}

/// A tag that is there answers without a body.
pub fn show<R: Resource>(call: &Call, os: &OpenStack) -> Answer {
    let tag = call.param("tag");
    let record = with_tag::<R>(call, os, "get")?;
    if record.tags.iter().any(|one| **one == *tag) { Ok(Response::empty()) } else { Err(errors::tag_not_found(tag)) }
}

pub fn replace<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tags = body(call)?;
    let id = tagged::<R>(call, os, "update")?.id.clone();
    let tags = set::<R>(os, ctx, &id, |_| tags);
    Ok(Response::object(|o| o.set("tags", tags)))
}

/// Adds those of a list.
pub fn add_all<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let added = body(call)?;
    let id = tagged::<R>(call, os, "create")?.id.clone();
    let tags = set::<R>(os, ctx, &id, |mut tags| {
        tags.extend(added.into_iter().filter(|tag| !tags.contains(tag)).collect::<Vec<_>>());
        tags
    });
    Ok(Response::object(|o| o.set("tags", tags)))
}

pub fn add<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tag: Id = call.param("tag").into();
    if let Some(reason) = valid::text(&Value::from(&*tag), 255) {
        return Err(errors::invalid_input(reason));
    }
    let record = tagged::<R>(call, os, "update")?;
    let id = record.id.clone();
    if !record.tags.contains(&tag) {
        set::<R>(os, ctx, &id, |mut tags| {
            tags.push(tag);
            tags
        });
    }
    // Upstream's controller gives nothing back, which its framework writes as JSON.
    Ok(Response::json(&Value::Null))
}

pub fn remove<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let tag = call.param("tag");
    let record = with_tag::<R>(call, os, "delete")?;
    if !record.tags.iter().any(|one| **one == *tag) {
        return Err(errors::tag_not_found(tag));
    }
    let id = record.id.clone();
    set::<R>(os, ctx, &id, |mut tags| {
        tags.retain(|one| **one != *tag);
        tags
    });
    Ok(Response::empty())
}

pub fn clear<R: Resource>(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let id = tagged::<R>(call, os, "delete")?.id.clone();
    set::<R>(os, ctx, &id, |_| vec![]);
    Ok(Response::empty())
}

/// What the path names, if the caller may do this with its tags.
fn tagged<'o, R: Resource>(call: &Call, os: &'o OpenStack, action: &str) -> Result<&'o Record, Problem> {
    let id = call.params.first().map_or("", |(_, id)| id);
    let record = find::<R>(call, os, id)?;
    let rule = format!("{action}_{}:tags", R::KIND.resource);
    let target = R::target(call, os, record);
    policy::enforce(call, &rule, &target).map(|()| record)
}

/// The same where the path names a tag: what is not there has none (upstream trips over that: 500).
fn with_tag<'o, R: Resource>(call: &Call, os: &'o OpenStack, action: &str) -> Result<&'o Record, Problem> {
    let missing =
        |problem: Problem| if problem.status == 404 { errors::tag_not_found(call.param("tag")) } else { problem };
    tagged::<R>(call, os, action).map_err(missing)
}

fn set<R: Resource>(os: &mut OpenStack, ctx: &Context, id: &Id, change: impl FnOnce(Vec<Id>) -> Vec<Id>) -> Vec<Id> {
    let Some(record) = R::rows_mut(&mut os.neutron).get_mut(id) else { return vec![] };
    record.tags = change(std::mem::take(&mut record.tags));
    record.bump(ctx.now());
    record.tags.clone()
}

/// `{"tags": ["a", "b"]}`
fn body(call: &Call) -> Result<Vec<Id>, Problem> {
    let tags = call.json.get("tags").ok_or_else(errors::invalid_tags_body)?;
    if let Some(reason) = valid::list_of(tags, |tag| valid::text(tag, 255)) {
        return Err(errors::invalid_input(reason));
    }
    let tags: Vec<Id> = tags.as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect();
    if tags.len() > MOST { Err(errors::too_many_tags(MOST)) } else { Ok(tags) }
}
