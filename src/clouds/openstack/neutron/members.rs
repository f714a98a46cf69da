//! Member actions: `PUT /routers/{id}/add_router_interface` and others that act on one resource and have bodies of
//! their own.

use super::attributes::Body;
use super::errors;
use super::policy::{self, Target};
use super::record::Record;
use super::resource::{Resource, Visibility, find, show_record, value};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Problem, Response};
use serde_json::Value;

/// The resource in the path, if the policy rule `rule` allows the caller to act on it. Callers who may not see the
/// resource get 404.
pub fn find_allowed<'o, R: Resource>(call: &Call, os: &'o OpenStack, rule: &str) -> Result<&'o Record, Problem> {
    let id = call.params.first().map_or("", |(_, id)| id);
    let record = find::<R>(call, os, id)?;
    let target = R::target(call, os, record);
    if !policy::allows(call, &format!("get_{}", R::KIND.resource), &target) {
        return Err(errors::not_found());
    }
    if rule.starts_with("get_") {
        return policy::enforce(call, rule, &target).map(|()| record);
    }
    let (body, is_create) = enforced_values::<R>(call, os, record);
    policy::enforce_body(call, rule, R::KIND, &body, is_create, &target)?;
    Ok(record)
}

/// The values that have rules of their own: those of the resource, as if it was to be created with them, or those that
/// the body sets if it has the resource's key (`_handle_action`).
fn enforced_values<R: Resource>(call: &Call, os: &OpenStack, record: &Record) -> (Body, bool) {
    if let Some(Value::Object(set)) = call.json.get(R::KIND.resource) {
        return (set.clone(), false);
    }
    let rows = R::KIND.rows().filter(|row| row.enforced);
    let values = rows.filter_map(|row| Some((row.name.to_owned(), value::<R>(call, os, record, row)?)));
    (values.collect(), true)
}

/// Enforces a rule for administrators, which needs no resource.
pub fn allowed(call: &Call, rule: &str) -> Result<(), Problem> {
    policy::enforce(call, rule, &Target::of(&call.project()))
}

/// Answers with the resource, under the key of its type, and with what upstream only shows here: these answers pass no
/// policy.
pub fn answer<R: Resource>(call: &Call, os: &OpenStack, id: &str, more: &[(&str, Value)]) -> Answer {
    let record = R::rows(&os.neutron).get(id).ok_or_else(|| R::not_found(id))?;
    let hidden = R::KIND.rows().filter(|row| !row.visible).map(|row| row.name).collect();
    Ok(Response::one(R::KIND.resource, |o| {
        show_record::<R>(o, call, os, record, &Visibility { hidden, fields: vec![] });
        more.iter().for_each(|(name, value)| o.set(name, value));
    }))
}

/// Answers with the bare resource, as the oldest member actions do.
pub fn bare_answer<R: Resource>(call: &Call, os: &OpenStack, id: &str) -> Answer {
    let record = R::rows(&os.neutron).get(id).ok_or_else(|| R::not_found(id))?;
    let visibility = Visibility { hidden: policy::hidden(call, R::KIND, &R::target(call, os, record)), fields: vec![] };
    Ok(Response::object(|o| show_record::<R>(o, call, os, record, &visibility)))
}
