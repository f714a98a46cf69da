//! The specs of a group type (cinder/api/v3/group_specs.py).

use super::super::super::OpenStack;
use super::super::errors;
use super::super::types::fields::{OneSpec, Specs};
use super::find;
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, delete, get, post, put};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

const ALL: &str = "/group_types/{group_type_id}/group_specs";
const ONE: &str = "/group_types/{group_type_id}/group_specs/{key}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "cinder.group_type.specs.list", list)
        .summary("Lists specs of a group type.")
        .since(3, 11)
        .policy("group:group_types_specs:get_all"),
    post(ALL, "cinder.group_type.specs.create", create)
        .summary("Adds specs to a group type.")
        .since(3, 11)
        .body::<CreateRequest>()
        .answers(202)
        .policy("group:group_types_specs:create"),
    get(ONE, "cinder.group_type.specs.show", show)
        .summary("Shows a spec of a group type.")
        .since(3, 11)
        .policy("group:group_types_specs:get"),
    put(ONE, "cinder.group_type.specs.update", update)
        .summary("Updates a spec of a group type.")
        .since(3, 11)
        .body::<OneSpec>()
        .policy("group:group_types_specs:update"),
    delete(ONE, "cinder.group_type.specs.delete", remove)
        .summary("Deletes a spec of a group type.")
        .since(3, 11)
        .answers(202)
        .policy("group:group_types_specs:delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    group_specs: Specs,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let found = find(call, os, call.param("group_type_id"))?;
    Ok(Response::object(|o| o.set("group_specs", &found.group_specs)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (id, key) = (call.param("group_type_id"), call.param("key"));
    let value = find(call, os, id)?.group_specs.get(key).ok_or_else(|| errors::group_spec_not_found(id, key))?;
    Ok(Response::object(|o| o.set(key, value)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let specs = call.body::<CreateRequest>()?.group_specs.0;
    set(call, os, ctx, &specs)?;
    Ok(Response::object(|o| o.set("group_specs", &specs)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let specs = call.body::<OneSpec>()?.0;
    find(call, os, call.param("group_type_id"))?;
    if !specs.contains_key(call.param("key")) {
        return Err(errors::body_and_uri_differ());
    }
    set(call, os, ctx, &specs)?;
    Ok(Response::object(|o| specs.iter().for_each(|(key, value)| o.set(key, value))))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (id, key) = (call.param("group_type_id"), call.param("key"));
    find(call, os, id)?;
    let found = os.cinder.group_types.get_mut(id).ok_or_else(|| errors::group_type_not_found(id))?;
    found.group_specs.shift_remove(key).ok_or_else(|| errors::no_group_spec_to_delete(id, key))?;
    found.updated = Some(ctx.now());
    Ok(Response::empty())
}

fn set(call: &Call, os: &mut OpenStack, ctx: &mut Context, specs: &Map<String, Value>) -> Result<(), Problem> {
    let id = call.param("group_type_id");
    find(call, os, id)?;
    if let Some(found) = os.cinder.group_types.get_mut(id) {
        found.group_specs.extend(specs.clone());
        found.updated = Some(ctx.now());
    }
    Ok(())
}
