//! The allocations of a consumer by provider, and those of a provider by consumer (placement/handlers/allocation.py).

use super::{Allocation, BY_PROVIDER};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::dialect::dated;
use crate::clouds::openstack::placement::errors;
use crate::engine::{Answer, Call, Object, Operation, Response, get};

/// The allocations of a consumer; none if it does not exist.
pub const OF_CONSUMER: Operation<OpenStack> =
    get("/allocations/{consumer_uuid}", "placement.allocation.show", of_consumer)
        .summary("Lists the allocations of a consumer.")
        .policy("placement:allocations:list");

/// The allocations of a provider.
pub const OF_PROVIDER: Operation<OpenStack> =
    get("/resource_providers/{uuid}/allocations", "placement.resource_provider.allocations", of_provider)
        .summary("Lists the allocations from a resource provider.")
        .policy("placement:resource_providers:allocations:list");

fn of_consumer(call: &Call, os: &OpenStack) -> Answer {
    let consumer = os.placement.consumers.get(call.param("consumer_uuid"));
    let consumer = consumer.filter(|consumer| !consumer.allocations.is_empty());
    let response = Response::object(|o| {
        o.object("allocations", |o| {
            for allocation in consumer.iter().flat_map(|consumer| &consumer.allocations) {
                let provider = os.placement.providers.get(&allocation.provider);
                o.object(&allocation.provider, |o| {
                    resources(o, allocation);
                    o.set("generation", provider.map_or(0, |provider| provider.generation));
                });
            }
        });
        let Some(consumer) = consumer.filter(|_| call.since(1, 12)) else { return };
        o.set("project_id", &consumer.project);
        o.set("user_id", &consumer.user);
        if call.since(1, 28) {
            o.set("consumer_generation", consumer.generation);
        }
        if call.since(1, 38) {
            o.set("consumer_type", consumer.kind.as_deref().unwrap_or("unknown"));
        }
    });
    Ok(dated(call, response, consumer.map_or(call.now, |consumer| consumer.modified)))
}

fn of_provider(call: &Call, os: &OpenStack) -> Answer {
    let uuid = call.param("uuid");
    let provider = os.placement.providers.get(uuid);
    let provider = provider.ok_or_else(|| errors::provider_not_found_for_allocations(uuid))?;
    let mut modified = None;
    let response = Response::object(|o| {
        o.object("allocations", |o| {
            for consumer in os.placement.consumers.by(&BY_PROVIDER, &provider.uuid).rev() {
                let here = consumer.allocations.iter().find(|allocation| allocation.provider == provider.uuid);
                let Some(here) = here else { continue };
                modified = modified.max(Some(consumer.modified));
                o.object(&consumer.uuid, |o| {
                    resources(o, here);
                    if call.since(1, 28) {
                        o.set("consumer_generation", consumer.generation);
                    }
                });
            }
        });
        o.set("resource_provider_generation", provider.generation);
    });
    Ok(dated(call, response, modified.unwrap_or(call.now)))
}

fn resources(o: &mut Object, allocation: &Allocation) {
    o.object("resources", |o| allocation.resources.iter().for_each(|(class, amount)| o.set(class, amount)));
}
