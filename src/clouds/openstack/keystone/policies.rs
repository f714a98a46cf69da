//! Policies: texts that Keystone keeps for other services and does not read.

use super::super::OpenStack;
use super::collections::{Collection, Filters, link};
use super::errors;
use super::lazy_validation::lazy_validate;
use super::parameter_types::normalized;
use super::projects::without;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, patch, post};
use schemars::{Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const ALL: &str = "/policies";
const ONE: &str = "/policies/{policy_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.policy.list", list).summary("Lists policies.").policy("identity:list_policies"),
    post(ALL, "keystone.policy.create", create)
        .summary("Creates a policy.")
        .policy("identity:create_policy")
        .answers(201),
    get(ONE, "keystone.policy.show", show).summary("Shows a policy.").policy("identity:get_policy"),
    patch(ONE, "keystone.policy.update", update).summary("Updates a policy.").policy("identity:update_policy"),
    delete(ONE, "keystone.policy.delete", remove).summary("Deletes a policy.").policy("identity:delete_policy"),
];

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyText {
    pub id: Id,
    /// `application/json`
    pub kind: String,
    pub blob: Value,
    /// Attributes that the API does not know and keeps.
    pub extra: Map<String, Value>,
}

impl Row for PolicyText {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Policies belong to nobody.
    fn owner(&self) -> &Id {
        &self.id
    }
}

fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o PolicyText, Problem> {
    os.keystone.policies.get(id).ok_or_else(|| errors::could_not_find("policy", id))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let filters = Filters::of(call, &["type"]);
    let policies = os.keystone.policies.all().rev().filter(|policy| filters.admit(|_| json!(policy.kind)));
    Ok(Collection::new(call, "policies").show(policies, |o, policy| view(o, call, policy)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let policy = find(os, call.param("policy_id"))?;
    Ok(Response::one("policy", |o| view(o, call, policy)))
}

/// What was given, which is checked by hand: an object, or nothing.
fn given(call: &Call) -> Map<String, Value> {
    call.json.get("policy").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut given = given(call);
    lazy_validate("keystone.policy.create", create_schema, &Value::Object(given.clone()))?;
    let blob = given.remove("blob").unwrap_or_default();
    let kind = given.remove("type").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let extra = normalized(without(given, &["id", "links"]));
    let policy = os.keystone.policies.insert(PolicyText { id: ctx.hex_id(), kind, blob, extra });
    Ok(Response::one("policy", |o| view(o, call, policy)))
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let mut given = given(call);
    lazy_validate("keystone.policy.update", update_schema, &Value::Object(given.clone()))?;
    let id: Id = call.param("policy_id").into();
    if given.get("id").is_some_and(|given| !given.is_null() && *given != *id) {
        return Err(errors::cannot_change_id());
    }
    let mut policy = find(os, &id)?.clone();
    if let Some(blob) = given.remove("blob") {
        policy.blob = blob;
    }
    if let Some(Value::String(kind)) = given.remove("type") {
        policy.kind = kind;
    }
    policy.extra.extend(without(given, &["id", "links"]));
    if let Some(row) = os.keystone.policies.get_mut(&id) {
        row.clone_from(&policy);
    }
    Ok(Response::one("policy", |o| view(o, call, &policy)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find(os, call.param("policy_id"))?.id.clone();
    os.keystone.policies.remove(&id);
    Ok(Response::empty())
}

fn properties() -> Value {
    json!({"blob": {"type": "string"}, "type": {"type": "string", "maxLength": 255}})
}

fn create_schema() -> Schema {
    json_schema!({
        "type": "object",
        "properties": properties(),
        "required": ["blob", "type"],
        "additionalProperties": true,
    })
}

fn update_schema() -> Schema {
    json_schema!({"type": "object", "properties": properties(), "minProperties": 1, "additionalProperties": true})
}

fn view(o: &mut Object, call: &Call, policy: &PolicyText) {
    o.set("id", &policy.id);
    o.set("type", &policy.kind);
    o.set("blob", &policy.blob);
    for (name, value) in &policy.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/policies/{}", policy.id));
}
