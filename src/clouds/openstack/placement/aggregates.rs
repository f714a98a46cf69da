//! The aggregates of a provider. Placement knows only their UUIDs (placement/handlers/aggregate.py).

use super::bodies;
use super::dialect::dated;
use super::errors;
use super::resource_providers::{Provider, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, get, put};
use schemars::{Schema, json_schema};
use serde::Deserialize;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/resource_providers/{uuid}/aggregates", "placement.aggregate.list", list)
        .summary("Lists the aggregates of a resource provider.")
        .since(1, 1)
        .policy("placement:resource_providers:aggregates:list"),
    put("/resource_providers/{uuid}/aggregates", "placement.aggregate.replace_bare", replace_bare)
        .summary("Replaces the aggregates of a resource provider.")
        .body_schema(bare_body)
        .since(1, 1)
        .until(1, 18)
        .policy("placement:resource_providers:aggregates:update"),
    put("/resource_providers/{uuid}/aggregates", "placement.aggregate.replace", replace)
        .summary("Replaces the aggregates of a resource provider.")
        .body_schema(body)
        .since(1, 19)
        .policy("placement:resource_providers:aggregates:update"),
];

fn bare_body() -> Schema {
    json_schema!({"type": "array", "items": {"type": "string", "format": "uuid"}, "uniqueItems": true})
}

fn body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "aggregates": bare_body(),
            "resource_provider_generation": {"type": "integer"}
        },
        "required": ["aggregates", "resource_provider_generation"],
        "additionalProperties": false
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    Ok(all_of(call, find(os, call.param("uuid"))?))
}

fn all_of(call: &Call, provider: &Provider) -> Response {
    let response = Response::object(|o| {
        o.set("aggregates", &provider.aggregates);
        if call.since(1, 19) {
            o.set("resource_provider_generation", provider.generation);
        }
    });
    dated(call, response, call.now)
}

/// Before 1.19 the body is the bare list, and the generation of the provider stays.
fn replace_bare(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let uuid = find(os, call.param("uuid"))?.uuid.clone();
    let aggregates: Vec<Id> = bodies::extract(call, bare_body)?;
    if let Some(provider) = os.placement.providers.get_mut(&uuid) {
        provider.aggregates = aggregates;
    }
    Ok(all_of(call, find(os, &uuid)?))
}

#[derive(Deserialize)]
struct ReplaceRequest {
    aggregates: Vec<Id>,
    resource_provider_generation: i64,
}

fn replace(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let provider = find(os, call.param("uuid"))?;
    let (uuid, generation) = (provider.uuid.clone(), provider.generation);
    let request: ReplaceRequest = bodies::extract(call, body)?;
    if request.resource_provider_generation != generation {
        return Err(errors::generation_changed());
    }
    if let Some(provider) = os.placement.providers.get_mut(&uuid) {
        provider.aggregates = request.aggregates;
        provider.generation += 1;
    }
    Ok(all_of(call, find(os, &uuid)?))
}
