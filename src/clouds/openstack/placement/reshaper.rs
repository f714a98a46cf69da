//! Inventories and allocations that move together, as when what a host has is spread over providers of its
//! own: all or nothing (placement/handlers/reshaper.py).

use super::allocations::bodies::consumers;
use super::allocations::set::wanted_of_several;
use super::allocations::{self, Refusal};
use super::inventories::{Inventory, ReplaceRequest, lost_in_use, replace_body};
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

/// What is new is added first, then allocations move, then what is no more is taken away.
fn reshape(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let asked: ReshapeRequest = bodies::extract(call, body)?;
    let wanted = inventories(os, ctx, asked.inventories)?;
    for (uuid, inventories) in &wanted {
        widen(os, uuid, inventories);
    }
    let consumers = wanted_of_several(call, os, asked.allocations)?;
    allocations::replace(os, ctx.now(), consumers).map_err(|refusal| match refusal {
        Refusal::NoSuchClass(_) => errors::malformed_reshape(&refusal.text()),
        _ => errors::cannot_allocate(&refusal.text()),
    })?;
    for (uuid, inventories) in wanted {
        let provider = resource_providers::find(os, &uuid)?;
        if let Some(classes) = lost_in_use(provider, &inventories) {
            return Err(errors::inventories_in_use_for_update(&classes, &uuid));
        }
        let used = |class: &str| provider.inventory(class).map_or(0, |inventory| inventory.used);
        let inventories: Vec<_> =
            inventories.into_iter().map(|one| Inventory { used: used(&one.class), ..one }).collect();
        resource_providers::change(os, ctx, &uuid, |provider| provider.inventories = inventories);
    }
    Ok(Response::empty())
}

fn inventories(os: &OpenStack, ctx: &Context, asked: Map<String, Value>) -> Result<Vec<(Id, Vec<Inventory>)>, Problem> {
    let mut wanted = vec![];
    for (uuid, asked) in asked {
        let provider = os.placement.providers.get(&uuid);
        let provider = provider.ok_or_else(|| errors::provider_to_reshape_not_found(&uuid))?;
        let asked = ReplaceRequest::deserialize(asked).map_err(|error| errors::unexpected(&error.to_string()))?;
        let (actual, given) = (provider.generation, asked.resource_provider_generation);
        if actual != given {
            return Err(errors::generation_to_reshape(&uuid, actual, given));
        }
        let inventories = asked.wanted(provider, ctx.now())?;
        if let Some(unknown) = inventories.iter().find(|one| !resource_classes::exists(os, &one.class)) {
            return Err(errors::malformed_reshape(&errors::no_such_class_text(&unknown.class)));
        }
        wanted.push((provider.uuid.clone(), inventories));
    }
    Ok(wanted)
}

/// Adds what is new at a provider, so that it can be allocated.
fn widen(os: &mut OpenStack, uuid: &str, wanted: &[Inventory]) {
    let Some(provider) = os.placement.providers.get_mut(uuid) else { return };
    for inventory in wanted {
        match provider.inventories.iter_mut().find(|own| own.class == inventory.class) {
            Some(own) => *own = Inventory { used: own.used, ..inventory.clone() },
            None => provider.inventories.push(inventory.clone()),
        }
    }
}
