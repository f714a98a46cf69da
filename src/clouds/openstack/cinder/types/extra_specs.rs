//! The extra specs of a volume type (cinder/api/contrib/types_extra_specs.py).

use super::super::super::OpenStack;
use super::super::errors;
use super::super::policy::POLICY;
use super::fields::{OneSpec, Specs};
use super::{find, in_use, view};
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, delete, get, post, put};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

const ALL: &str = "/types/{type_id}/extra_specs";
const ONE: &str = "/types/{type_id}/extra_specs/{key}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "cinder.volume_type.extra_specs.list", list)
        .summary("Lists extra specs of a volume type.")
        .policy("volume_extension:types_extra_specs:index"),
    post(ALL, "cinder.volume_type.extra_specs.create", create)
        .summary("Adds extra specs to a volume type.")
        .body::<CreateRequest>()
        .policy("volume_extension:types_extra_specs:create"),
    get(ONE, "cinder.volume_type.extra_specs.show", show)
        .summary("Shows an extra spec of a volume type.")
        .policy("volume_extension:types_extra_specs:show"),
    put(ONE, "cinder.volume_type.extra_specs.update", update)
        .summary("Updates an extra spec of a volume type.")
        .body::<OneSpec>()
        .policy("volume_extension:types_extra_specs:update"),
    delete(ONE, "cinder.volume_type.extra_specs.delete", remove)
        .summary("Deletes an extra spec of a volume type.")
        .answers(202)
        .policy_on_target("volume_extension:types_extra_specs:delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    extra_specs: Specs,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let found = find(call, os, call.param("type_id"))?;
    Ok(Response::object(|o| o.set("extra_specs", view::visible_specs(call, found))))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (id, key) = (call.param("type_id"), call.param("key"));
    let specs = view::visible_specs(call, find(call, os, id)?);
    let value = specs.get(key).ok_or_else(|| errors::extra_spec_not_found(id, key))?;
    Ok(Response::object(|o| o.set(key, value)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let specs = call.body::<CreateRequest>()?.extra_specs.0;
    may_change(os, call.param("type_id"))?;
    let own = &find(call, os, call.param("type_id"))?.extra_specs;
    let on = |specs: &Map<String, Value>, key: &str| specs.get(key).and_then(Value::as_str) == Some("<is> True");
    if (on(&specs, "multiattach") && (on(own, "cacheable") || on(&specs, "cacheable")))
        || (on(&specs, "cacheable") && on(own, "multiattach"))
    {
        return Err(errors::cacheable_with_multiattach());
    }
    set(call, os, ctx, &specs);
    Ok(Response::object(|o| o.set("extra_specs", &specs)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let specs = call.body::<OneSpec>()?.0;
    may_change(os, call.param("type_id"))?;
    find(call, os, call.param("type_id"))?;
    if !specs.contains_key(call.param("key")) {
        return Err(errors::body_and_uri_differ());
    }
    set(call, os, ctx, &specs);
    Ok(Response::object(|o| specs.iter().for_each(|(key, value)| o.set(key, value))))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (id, key) = (call.param("type_id"), call.param("key"));
    find(call, os, id)?;
    POLICY.enforce(call, &[("project_id", &call.project())])?;
    may_change(os, id)?;
    let found = os.cinder.volume_types.get_mut(id).ok_or_else(|| errors::volume_type_not_found(id))?;
    found.extra_specs.shift_remove(key).ok_or_else(|| errors::extra_spec_not_found(id, key))?;
    found.updated = Some(ctx.now());
    Ok(Response::empty())
}

/// Fails with 400 if there are volumes of the type.
fn may_change(os: &OpenStack, id: &str) -> Result<(), Problem> {
    if in_use(os, id) { Err(errors::extra_specs_in_use()) } else { Ok(()) }
}

fn set(call: &Call, os: &mut OpenStack, ctx: &mut Context, specs: &Map<String, Value>) {
    if let Some(found) = os.cinder.volume_types.get_mut(call.param("type_id")) {
        found.extra_specs.extend(specs.clone());
        found.updated = Some(ctx.now());
    }
}
