//! Extra specs of flavors (nova/api/openstack/compute/flavors_extraspecs.py).

use super::super::errors;
use super::{find, known_specs, nothing_since_2_102};
use crate::clouds::openstack::{OpenStack, python};
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, delete, get, post, put};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

const ALL: &str = "/flavors/{flavor_id}/os-extra_specs";
const ONE: &str = "/flavors/{flavor_id}/os-extra_specs/{key}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.flavor.extra_specs.list", list)
        .summary("Lists the extra specs of a flavor.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-flavor-extra-specs:index"),
    post(ALL, "nova.flavor.extra_specs.create", create)
        .summary("Adds extra specs to a flavor.")
        .body::<CreateRequest>()
        .policy("os_compute_api:os-flavor-extra-specs:create"),
    get(ONE, "nova.flavor.extra_specs.show", show)
        .summary("Shows an extra spec of a flavor.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-flavor-extra-specs:show"),
    put(ONE, "nova.flavor.extra_specs.update", update)
        .summary("Sets an extra spec of a flavor.")
        .body::<OneSpec>()
        .policy("os_compute_api:os-flavor-extra-specs:update"),
    delete(ONE, "nova.flavor.extra_specs.delete", remove)
        .summary("Deletes an extra spec of a flavor.")
        .answers(200)
        .policy("os_compute_api:os-flavor-extra-specs:delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    extra_specs: Specs,
}

/// Strings and numbers by name.
#[derive(Deserialize)]
struct Specs(Map<String, Value>);

const NAME: &str = "^[a-zA-Z0-9-_:. ]{1,255}$";

impl JsonSchema for Specs {
    fn schema_name() -> Cow<'static, str> {
        "FlavorExtraSpecs".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {NAME: {"type": ["string", "number"], "maxLength": 255}},
            "additionalProperties": false,
        })
    }
}

/// A single extra spec.
#[derive(Deserialize)]
struct OneSpec(Map<String, Value>);

impl JsonSchema for OneSpec {
    fn schema_name() -> Cow<'static, str> {
        "FlavorExtraSpec".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {NAME: {"type": ["string", "number"], "maxLength": 255}},
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let flavor = find(call, os, call.param("flavor_id"))?;
    Ok(Response::object(|o| o.set("extra_specs", &flavor.extra_specs)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (id, key) = (call.param("flavor_id"), call.param("key"));
    let flavor = find(call, os, id)?;
    let value = flavor.extra_specs.get(key).ok_or_else(|| errors::extra_spec_not_found(id, key))?;
    Ok(Response::object(|o| o.set(key, value)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let specs = call.body::<CreateRequest>()?.extra_specs.0;
    check(call, &specs)?;
    set(call, os, ctx, &specs)?;
    Ok(Response::object(|o| o.set("extra_specs", &specs)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let specs = call.body::<OneSpec>()?.0;
    check(call, &specs)?;
    if !specs.contains_key(call.param("key")) {
        return Err(errors::body_and_uri_differ());
    }
    set(call, os, ctx, &specs)?;
    Ok(Response::object(|o| specs.iter().for_each(|(key, value)| o.set(key, value))))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (id, key) = (call.param("flavor_id"), call.param("key"));
    find(call, os, id)?;
    let flavor = os.nova.flavors.get_mut(id).ok_or_else(|| errors::flavor_not_found(id))?;
    flavor.extra_specs.shift_remove(key).ok_or_else(|| errors::extra_spec_not_found(id, key))?;
    flavor.updated = Some(ctx.now());
    Ok(Response::empty())
}

/// From microversion 2.86 on, upstream validates the extra specs that it knows.
fn check(call: &Call, specs: &Map<String, Value>) -> Result<(), Problem> {
    if !call.since(2, 86) {
        return Ok(());
    }
    specs
        .iter()
        .try_for_each(|(name, value)| known_specs::check(name, &python::str(value)).map_err(errors::invalid_extra_spec))
}

/// Stores numbers as strings, as upstream's database does.
fn set(call: &Call, os: &mut OpenStack, ctx: &Context, specs: &Map<String, Value>) -> Result<(), Problem> {
    let id = call.param("flavor_id");
    find(call, os, id)?;
    let flavor = os.nova.flavors.get_mut(id).ok_or_else(|| errors::flavor_not_found(id))?;
    flavor.extra_specs.extend(specs.iter().map(|(name, value)| (name.clone(), python::str(value).into())));
    flavor.updated = Some(ctx.now());
    Ok(())
}
