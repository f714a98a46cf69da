//! Replacing and deleting the allocations of one or several consumers (placement/handlers/allocation.py).

use super::bodies::{ConsumerRequest, ListRequest, ProviderResources, consumer_body, consumers_body, list_body};
use super::{Allocation, AllocationRequest, Refusal};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::clouds::openstack::placement::bodies::{extract, read};
use crate::clouds::openstack::placement::dialect::PlacementDialect;
use crate::clouds::openstack::placement::errors;
use crate::clouds::openstack::placement::resource_providers::dashed;
use crate::engine::{Answer, Call, Context, Dialect, Id, Operation, Problem, Response, delete, post, put};
use serde_json::{Map, Value};

/// One consumer before 1.12.
pub const PUT_LIST: Operation<OpenStack> =
    put("/allocations/{consumer_uuid}", "placement.allocation.set_list", set_list)
        .summary("Replaces the allocations of a consumer, given as a list.")
        .body_schema(list_body)
        .answers(204)
        .until(1, 11)
        .policy("placement:allocations:update");

/// One consumer since 1.12.
pub const PUT_BY_PROVIDER: Operation<OpenStack> =
    put("/allocations/{consumer_uuid}", "placement.allocation.set", set_by_provider)
        .summary("Replaces the allocations of a consumer.")
        .body_schema(consumer_body)
        .answers(204)
        .since(1, 12)
        .policy("placement:allocations:update");

/// Several consumers.
pub const POST: Operation<OpenStack> = post("/allocations", "placement.allocation.set_several", set_several)
    .summary("Replaces the allocations of several consumers.")
    .body_schema(consumers_body)
    .answers(204)
    .since(1, 13)
    .policy("placement:allocations:manage");

/// Removes a consumer.
pub const DELETE: Operation<OpenStack> = delete("/allocations/{consumer_uuid}", "placement.allocation.delete", remove)
    .summary("Deletes the allocations of a consumer.")
    .policy("placement:allocations:delete");

/// The project and the user of requests before 1.8, which name none (`incomplete_consumer_project_id`).
const INCOMPLETE: &str = "00000000-0000-0000-0000-000000000000";

fn set_list(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let consumer = consumer_in_path(call)?;
    let body: ListRequest = extract(call, list_body)?;
    let incomplete = || Id::from(INCOMPLETE);
    let mut request = AllocationRequest {
        consumer: consumer.clone(),
        project: body.project_id.unwrap_or_else(incomplete),
        user: body.user_id.unwrap_or_else(incomplete),
        kind: None,
        allocations: vec![],
    };
    super::ensure(os, ctx.now(), std::slice::from_ref(&request));
    for one in &body.allocations {
        let allocation = match at_provider(os, &one.resource_provider.uuid, &one.resources) {
            Ok(allocation) => allocation,
            Err(problem) => return Ok(refused_with_changes(call, problem)),
        };
        request.allocations.retain(|known| known.provider != allocation.provider);
        request.allocations.push(allocation);
    }
    super::replace(os, ctx.now(), vec![request]).map_err(|refusal| refused(&consumer, &refusal))?;
    Ok(Response::empty())
}

fn set_by_provider(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let consumer = consumer_in_path(call)?;
    let body: ConsumerRequest = extract(call, consumer_body)?;
    check_generation(call, os, &consumer, &body)?;
    let requests = match allocation_requests(os, ctx, vec![(consumer.clone(), body)]) {
        Ok(requests) => requests,
        Err(problem) => return Ok(refused_with_changes(call, problem)),
    };
    super::replace(os, ctx.now(), requests).map_err(|refusal| refused(&consumer, &refusal))?;
    Ok(Response::empty())
}

fn set_several(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let consumers = checked_consumers(call, os, extract(call, consumers_body)?)?;
    let requests = match allocation_requests(os, ctx, consumers) {
        Ok(requests) => requests,
        Err(problem) => return Ok(refused_with_changes(call, problem)),
    };
    super::replace(os, ctx.now(), requests).map_err(|refusal| match refusal {
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

/// The refusal of a request for a provider that does not exist. Upstream leaves behind the consumers that it created for
/// the request, so this is no error that would undo them: since 1.28 the next request must name their generation, 0.
pub fn refused_with_changes(call: &Call, problem: Problem) -> Response {
    PlacementDialect.refuse(call, problem)
}

/// The bodies of several consumers, by UUID. As upstream does, all consumers are checked before any provider.
pub fn checked_consumers(
    call: &Call,
    os: &OpenStack,
    bodies: Map<String, Value>,
) -> Result<Vec<(Id, ConsumerRequest)>, Problem> {
    let mut consumers = vec![];
    for (uuid, body) in bodies {
        let body = read::<ConsumerRequest>(&body)?;
        check_generation(call, os, &uuid, &body)?;
        consumers.push((uuid.into(), body));
    }
    Ok(consumers)
}

/// Creates the new ones of the consumers, and returns what they are to have. Fails if a provider does not exist; see
/// [`refused_with_changes`].
pub fn allocation_requests(
    os: &mut OpenStack,
    ctx: &Context,
    consumers: Vec<(Id, ConsumerRequest)>,
) -> Result<Vec<AllocationRequest>, Problem> {
    let (mut requests, mut bodies) = (vec![], vec![]);
    for (consumer, body) in consumers {
        let ConsumerRequest { allocations, project_id, user_id, consumer_type, .. } = body;
        requests.push(AllocationRequest {
            consumer,
            project: project_id,
            user: user_id,
            kind: consumer_type,
            allocations: vec![],
        });
        bodies.push(allocations);
    }
    super::ensure(os, ctx.now(), &requests);
    for (request, by_provider) in requests.iter_mut().zip(&bodies) {
        for (provider, amounts) in by_provider {
            let amounts = read::<ProviderResources>(amounts)?;
            request.allocations.push(at_provider(os, provider, &amounts.resources)?);
        }
    }
    Ok(requests)
}

/// Since 1.28 the body must name the current generation of the consumer, or null for a new one.
fn check_generation(call: &Call, os: &OpenStack, consumer: &str, body: &ConsumerRequest) -> Result<(), Problem> {
    if !call.since(1, 28) {
        return Ok(());
    }
    match (os.placement.consumers.get(consumer), body.consumer_generation) {
        (Some(known), got) if got != Some(known.generation) => Err(errors::consumer_generation(known.generation, got)),
        (None, Some(got)) => Err(errors::consumer_generation_of_none(got)),
        _ => Ok(()),
    }
}

/// The allocation at a provider. The names of its classes share the strings of the provider's inventories.
fn at_provider(os: &OpenStack, uuid: &str, amounts: &Map<String, Value>) -> Result<Allocation, Problem> {
    let provider = os.placement.providers.get(uuid).ok_or_else(|| errors::no_provider_to_allocate(uuid))?;
    let resources = amounts.iter().map(|(class, amount)| {
        let known = provider.inventory(class).map(|inventory| inventory.class.clone());
        // No inventory is larger than 64 bits.
        (known.unwrap_or_else(|| class.as_str().into()), amount.as_i64().unwrap_or(i64::MAX))
    });
    Ok(Allocation { provider: provider.uuid.clone(), resources: resources.collect() })
}

fn refused(consumer: &str, refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::NoSuchClass(_) => errors::cannot_allocate_for(consumer, &refusal.text()),
        _ => errors::cannot_allocate(&refusal.text()),
    }
}
