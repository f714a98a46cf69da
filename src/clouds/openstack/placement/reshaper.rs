//! The reshaper replaces inventories and allocations in one step, for example if the resources of a host move to child
//! providers (placement/handlers/reshaper.py).

use super::allocations::bodies::consumers;
use super::allocations::set::{allocation_requests, checked_consumers, refused_with_changes};
use super::allocations::{self, Refusal};
use super::inventories::{Inventory, ReplaceRequest, removed_in_use, replace_body};
use super::resource_providers;
use super::{bodies, errors, resource_classes};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, post};
use schemars::{Schema, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[post("/reshaper", "placement.reshaper.reshape", reshape)
    .summary("Replaces inventories and allocations in one step.")
    .body_schema(body)
    .answers(204)
    .since(1, 30)
    .policy("placement:reshaper:reshape")];

fn body() -> Schema {
    let mut providers = Map::new();
    providers.insert("^[0-9a-fA-F-]{36}$".into(), replace_body().into());
    json_schema!({
        "type": "object",
        "properties": {
            "inventories": {
                "type": "object",
                "patternProperties": providers,
                "minProperties": 1,
                "additionalProperties": false
            },
            "allocations": consumers(0)
        },
        "required": ["inventories", "allocations"],
        "additionalProperties": false
    })
}

#[derive(Deserialize)]
struct ReshapeRequest {
    inventories: Map<String, Value>,
    allocations: Map<String, Value>,
}

/// Creates the new consumers, adds the new inventories, moves the allocations, then removes the inventories that are not
/// in the request. This is the order of `handlers/reshaper.py` and `objects/reshaper.py`.
fn reshape(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request: ReshapeRequest = bodies::extract(call, body)?;
    let replacements = inventories(os, ctx, request.inventories)?;
    let consumers = checked_consumers(call, os, request.allocations)?;
    let consumers = match allocation_requests(os, ctx, consumers) {
        Ok(consumers) => consumers,
        Err(problem) => return Ok(refused_with_changes(call, problem)),
    };
    for (uuid, inventories) in &replacements {
        extend(os, uuid, inventories);
    }
    allocations::replace(os, ctx.now(), consumers).map_err(|refusal| match refusal {
        Refusal::NoSuchClass(_) => errors::malformed_reshape(&refusal.text()),
        _ => errors::cannot_allocate(&refusal.text()),
    })?;
    for (uuid, inventories) in replacements {
        let provider = resource_providers::find(os, &uuid)?;
        if let Some(classes) = removed_in_use(provider, &inventories) {
            return Err(errors::inventories_in_use_for_update(&classes, &uuid));
        }
        let used = |class: &str| provider.inventory(class).map_or(0, |inventory| inventory.used);
        let inventories: Vec<_> =
            inventories.into_iter().map(|one| Inventory { used: used(&one.class), ..one }).collect();
        resource_providers::change(os, ctx, &uuid, |provider| provider.inventories = inventories);
    }
    Ok(Response::empty())
}

/// The new inventories of each provider. Errors: an unknown provider, a wrong generation, an unknown resource class.
fn inventories(
    os: &OpenStack,
    ctx: &Context,
    bodies: Map<String, Value>,
) -> Result<Vec<(Id, Vec<Inventory>)>, Problem> {
    let mut replacements = vec![];
    for (uuid, body) in bodies {
        let provider = os.placement.providers.get(&uuid);
        let provider = provider.ok_or_else(|| errors::provider_to_reshape_not_found(&uuid))?;
        let request = super::bodies::read::<ReplaceRequest>(&body)?;
        let (actual, given) = (provider.generation, request.resource_provider_generation);
        if actual != given {
            return Err(errors::generation_to_reshape(&uuid, actual, given));
        }
        let inventories = request.inventories(provider, ctx.now())?;
        if let Some(unknown) = inventories.iter().find(|one| !resource_classes::exists(os, &one.class)) {
            return Err(errors::malformed_reshape(&errors::no_such_class_text(&unknown.class)));
        }
        replacements.push((provider.uuid.clone(), inventories));
    }
    Ok(replacements)
}

/// Adds and updates inventories of a provider and removes none, so that the new allocations have room.
fn extend(os: &mut OpenStack, uuid: &str, inventories: &[Inventory]) {
    let Some(provider) = os.placement.providers.get_mut(uuid) else { return };
    for inventory in inventories {
        match provider.inventories.iter_mut().find(|own| own.class == inventory.class) {
            Some(own) => *own = Inventory { used: own.used, ..inventory.clone() },
            None => provider.inventories.push(inventory.clone()),
        }
    }
}
