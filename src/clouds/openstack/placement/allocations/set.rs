//! Allocations written: of one consumer or of several at once (placement/handlers/allocation.py).

use super::bodies::{ConsumerRequest, ListRequest, Taken, consumer_body, consumers_body, list_body};
use super::{Allocation, Refusal, Wanted};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::clouds::openstack::placement::bodies::extract;
use crate::clouds::openstack::placement::errors;
use crate::clouds::openstack::placement::resource_providers::dashed;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, delete, post, put};
use serde::Deserialize;
use serde_json::{Map, Value};

pub const PUT_LIST: Operation<OpenStack> =
    put("/allocations/{consumer_uuid}", "placement.allocation.set_list", set_list)
        .summary("Replaces the allocations of a consumer, given as a list.")
        .body_schema(list_body)
        .answers(204)
        .until(1, 11)
        .policy("placement:allocations:update");

pub const PUT_BY_PROVIDER: Operation<OpenStack> =
    put("/allocations/{consumer_uuid}", "placement.allocation.set", set_by_provider)
        .summary("Replaces the allocations of a consumer.")
        .body_schema(consumer_body)
        .answers(204)
        .since(1, 12)
        .policy("placement:allocations:update");

pub const POST: Operation<OpenStack> = post("/allocations", "placement.allocation.set_several", set_several)
    .summary("Replaces the allocations of several consumers.")
    .body_schema(consumers_body)
    .answers(204)
    .since(1, 13)
    .policy("placement:allocations:manage");

pub const DELETE: Operation<OpenStack> = delete("/allocations/{consumer_uuid}", "placement.allocation.delete", remove)
    .summary("Deletes the allocations of a consumer.")
    .policy("placement:allocations:delete");

/// Who takes what nobody is named for (`incomplete_consumer_project_id`), before 1.8.
const INCOMPLETE: &str = "00000000-0000-0000-0000-000000000000";

fn set_list(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let consumer = consumer_in_path(call)?;
    let asked: ListRequest = extract(call, list_body)?;
    let mut allocations: Vec<Allocation> = vec![];
    for one in &asked.allocations {
        let allocation = at_provider(os, &one.resource_provider.uuid, &one.resources)?;
        allocations.retain(|known| known.provider != allocation.provider);
        allocations.push(allocation);
    }
    let incomplete = || Id::from(INCOMPLETE);
    let wanted = Wanted {
        consumer: consumer.clone(),
        project: asked.project_id.unwrap_or_else(incomplete),
        user: asked.user_id.unwrap_or_else(incomplete),
        kind: None,
        allocations,
    };
    super::replace(os, ctx.now(), vec![wanted]).map_err(|refusal| refused(&consumer, &refusal))?;
    Ok(Response::empty())
}

fn set_by_provider(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let consumer = consumer_in_path(call)?;
    let asked: ConsumerRequest = extract(call, consumer_body)?;
    check_generation(call, os, &consumer, &asked)?;
    let wanted = wanted(os, &consumer, asked)?;
    super::replace(os, ctx.now(), vec![wanted]).map_err(|refusal| refused(&consumer, &refusal))?;
    Ok(Response::empty())
}

fn set_several(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked: Map<String, Value> = extract(call, consumers_body)?;
    let wanted = wanted_of_several(call, os, asked)?;
    super::replace(os, ctx.now(), wanted).map_err(|refusal| match refusal {
        Refusal::NoSuchClass(_) => errors::cannot_allocate_unknown(&refusal.text()),
        _ => errors::cannot_allocate(&refusal.text()),
    })?;
    Ok(Response::empty())
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let consumer = call.param("consumer_uuid");
    if super::release(os, consumer) { Ok(Response::empty()) } else { Err(errors::no_allocations(consumer)) }
}

fn consumer_in_path(call: &Call) -> Result<Id, Problem> {
    let uuid = call.param("consumer_uuid");
    if is_uuid_like(uuid) { Ok(dashed(uuid)) } else { Err(errors::malformed_consumer(uuid)) }
}

/// What several consumers are to take; consumers are looked at before providers.
pub fn wanted_of_several(call: &Call, os: &OpenStack, asked: Map<String, Value>) -> Result<Vec<Wanted>, Problem> {
    let mut consumers = vec![];
    for (uuid, asked) in asked {
        let asked = ConsumerRequest::deserialize(asked).map_err(|error| errors::unexpected(&error.to_string()))?;
        check_generation(call, os, &uuid, &asked)?;
        consumers.push((uuid, asked));
    }
    consumers.into_iter().map(|(uuid, asked)| wanted(os, &uuid.into(), asked)).collect()
}

/// Since 1.28, who changes what a consumer takes must know its generation.
fn check_generation(call: &Call, os: &OpenStack, consumer: &str, asked: &ConsumerRequest) -> Result<(), Problem> {
    if !call.since(1, 28) {
        return Ok(());
    }
    match (os.placement.consumers.get(consumer), asked.consumer_generation) {
        (Some(known), got) if got != Some(known.generation) => Err(errors::consumer_generation(known.generation, got)),
        (None, Some(got)) => Err(errors::consumer_generation_of_none(got)),
        _ => Ok(()),
    }
}

fn wanted(os: &OpenStack, consumer: &Id, asked: ConsumerRequest) -> Result<Wanted, Problem> {
    let mut allocations = vec![];
    for (provider, taken) in &asked.allocations {
        let taken = Taken::deserialize(taken).map_err(|error| errors::unexpected(&error.to_string()))?;
        allocations.push(at_provider(os, provider, &taken.resources)?);
    }
    Ok(Wanted {
        consumer: consumer.clone(),
        project: asked.project_id,
        user: asked.user_id,
        kind: asked.consumer_type,
        allocations,
    })
}

/// Names of classes are shared with the provider's inventories.
fn at_provider(os: &OpenStack, uuid: &str, asked: &Map<String, Value>) -> Result<Allocation, Problem> {
    let provider = os.placement.providers.get(uuid).ok_or_else(|| errors::no_provider_to_allocate(uuid))?;
    let taken = asked.iter().map(|(class, amount)| {
        let known = provider.inventory(class).map(|inventory| inventory.class.clone());
        // A number beyond 64 bits is beyond any inventory.
        (known.unwrap_or_else(|| class.as_str().into()), amount.as_i64().unwrap_or(i64::MAX))
    });
    Ok(Allocation { provider: provider.uuid.clone(), resources: taken.collect() })
}

fn refused(consumer: &str, refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::NoSuchClass(_) => errors::cannot_allocate_for(consumer, &refusal.text()),
        _ => errors::cannot_allocate(&refusal.text()),
    }
}
