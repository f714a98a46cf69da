//! Policies: texts that Keystone stores for other services and does not interpret (keystone/api/policy.py).

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

/// `/policies`
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

/// A stored policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolicyText {
    pub id: Id,
    /// The type, such as `application/json`.
    pub kind: String,
    /// The policy itself, a string.
    pub blob: Value,
    /// Attributes that the API does not define.
    pub extra: Map<String, Value>,
}

impl Row for PolicyText {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Policies have no owner.
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

/// The object in the body, which the handlers validate themselves. Empty if it is missing.
fn body(call: &Call) -> Map<String, Value> {
    call.json.get("policy").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut body = body(call);
    lazy_validate("keystone.policy.create", create_schema, &Value::Object(body.clone()))?;
    let blob = body.remove("blob").unwrap_or_default();
    let kind = body.remove("type").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let extra = normalized(without(body, &["id", "links"]));
    let policy = os.keystone.policies.insert(PolicyText { id: ctx.hex_id(), kind, blob, extra });
    Ok(Response::one("policy", |o| view(o, call, policy)))
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let mut body = body(call);
    lazy_validate("keystone.policy.update", update_schema, &Value::Object(body.clone()))?;
    let id: Id = call.param("policy_id").into();
    if body.get("id").is_some_and(|value| !value.is_null() && *value != *id) {
        return Err(errors::cannot_change_id());
    }
    let mut policy = find(os, &id)?.clone();
    if let Some(blob) = body.remove("blob") {
        policy.blob = blob;
    }
    if let Some(Value::String(kind)) = body.remove("type") {
        policy.kind = kind;
    }
    policy.extra.extend(without(body, &["id", "links"]));
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
