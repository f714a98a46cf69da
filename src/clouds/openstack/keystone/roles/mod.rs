//! Roles, global or of one domain (keystone/api/roles.py).

pub mod implications;

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::collections::{Collection, Filters, link};
use super::parameter_types::{Change, IdString, Name, ResourceOptions, merge_options, normalized};
use super::projects::without;
use super::tokens::validity;
use super::{assignments, errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, patch, post};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const ALL: &str = "/roles";
const ONE: &str = "/roles/{role_id}";

/// `/roles`. Domain roles have separate policy rules, which the handlers enforce instead.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.role.list", list).summary("Lists roles.").policy_on_target("identity:list_roles").query(query),
    post(ALL, "keystone.role.create", create)
        .summary("Creates a role.")
        .policy_on_target("identity:create_role")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.role.show", show).summary("Shows a role.").policy_on_target("identity:get_role"),
    patch(ONE, "keystone.role.update", update)
        .summary("Updates a role.")
        .policy_on_target("identity:update_role")
        .body::<UpdateRequest>(),
    delete(ONE, "keystone.role.delete", remove).summary("Deletes a role.").policy_on_target("identity:delete_role"),
];

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    pub id: Id,
    pub name: String,
    /// The domain of a domain role. Tokens do not carry domain roles but the roles that they imply.
    pub domain: Option<Id>,
    pub description: Option<String>,
    pub options: Map<String, Value>,
    /// Attributes that the API does not define.
    pub extra: Map<String, Value>,
}

impl Row for Role {
    fn id(&self) -> &Id {
        &self.id
    }
    /// The domain. A global role owns itself.
    fn owner(&self) -> &Id {
        self.domain.as_ref().unwrap_or(&self.id)
    }
}

impl Role {
    /// Writes the attributes that other resources embed.
    pub fn attributes(&self, o: &mut Object) {
        o.set("id", &self.id);
        o.set("name", &self.name);
        o.set("domain_id", &self.domain);
        o.set("description", &self.description);
        o.set("options", &self.options);
    }

    fn is_immutable(&self) -> bool {
        self.options.get("immutable") == Some(&Value::Bool(true))
    }
}

pub use implications::Implication;

/// Finds a role by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Role, Problem> {
    os.keystone.roles.get(id).ok_or_else(|| errors::could_not_find("role", id))
}

/// The policy target for a role.
pub fn target(role: &Role) -> [(&str, &str); 2] {
    [("target.role.name", &role.name), ("target.role.domain_id", role.domain.as_deref().unwrap_or("None"))]
}

/// Finds the role in the path, then enforces the policy on it: `rule_in_domain` for a domain role, the rule of the
/// operation for a global role.
fn find_authorized<'o>(call: &Call, os: &'o OpenStack, rule_in_domain: &str) -> Result<&'o Role, Problem> {
    let role = find(os, call.param("role_id"))?;
    let rule = if role.domain.is_some() { rule_in_domain } else { call.policy.0 };
    policy::enforce_rule(call, rule, &target(role))?;
    Ok(role)
}

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"[\S]+"},
            "domain_id": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"},
        },
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let in_domain = call.query("domain_id").is_some_and(|domain| !domain.is_empty());
    policy::enforce_rule(call, if in_domain { "identity:list_domain_roles" } else { call.policy.0 }, &[])?;
    let filters = Filters::of(call, &["name", "domain_id"]);
    let attribute = |role: &Role, name: &str| match name {
        "name" => json!(role.name),
        "domain_id" => json!(role.domain),
        _ => Value::Null,
    };
    let visible = |role: &&Role| role.domain.is_some() == in_domain && filters.admit(|name| attribute(role, name));
    let roles = os.keystone.roles.all().rev().filter(visible);
    Ok(Collection::new(call, "roles").show(roles, |o, role| view(o, call, role)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let role = find_authorized(call, os, "identity:get_domain_role")?;
    Ok(Response::one("role", |o| view(o, call, role)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    role: NewRole,
}

#[derive(Deserialize, JsonSchema)]
struct NewRole {
    name: Name,
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    domain_id: Change<IdString>,
    #[serde(default)]
    options: Optional<ResourceOptions>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.role;
    let domain: Option<Id> = new.domain_id.value().map(|id| id.0.into());
    let in_domain = [("target.role.domain_id", domain.as_deref().unwrap_or("None"))];
    policy::enforce_rule(
        call,
        if domain.is_some() { "identity:create_domain_role" } else { call.policy.0 },
        &in_domain,
    )?;
    let mut options = Map::new();
    merge_options(&mut options, new.options.0.unwrap_or_default().0);
    let role = Role {
        id: ctx.hex_id(),
        name: new.name.0,
        domain,
        description: new.description.value(),
        options,
        extra: normalized(without(new.extra, &["id", "links"])),
    };
    name_is_free(os, &role)?;
    let role = os.keystone.roles.insert(role);
    Ok(Response::one("role", |o| view(o, call, role)))
}

/// Fails with 409 if the name is taken. Names are unique in a domain, and among global roles.
fn name_is_free(os: &OpenStack, role: &Role) -> Result<(), Problem> {
    let taken = |other: &Role| other.name == role.name && other.domain == role.domain && other.id != role.id;
    if os.keystone.roles.all().any(taken) {
        return Err(errors::duplicate_name("role", &role.name, role.domain.as_deref()));
    }
    Ok(())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    role: Changes,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
struct Changes {
    #[serde(default)]
    name: Optional<Name>,
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    domain_id: Change<IdString>,
    #[serde(default)]
    options: Optional<ResourceOptions>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let mut role = find_authorized(call, os, "identity:update_domain_role")?.clone();
    let changes = call.body::<UpdateRequest>()?.role;
    if changes.extra.get("id").is_some_and(|id| !id.is_null() && *id != *role.id) {
        return Err(errors::cannot_change_id());
    }
    check_mutable(&role, &changes)?;
    if changes.domain_id.0.as_ref().is_some_and(|to| to.as_ref().map(|id| id.0.as_str()) != role.domain.as_deref()) {
        return Err(errors::domain_of_role_is_fixed());
    }
    if let Some(name) = changes.name.0 {
        role.name = name.0;
    }
    if let Some(description) = changes.description.0 {
        role.description = description;
    }
    merge_options(&mut role.options, changes.options.0.unwrap_or_default().0);
    role.extra.extend(without(changes.extra, &["id", "links"]));
    name_is_free(os, &role)?;
    if let Some(row) = os.keystone.roles.get_mut(&role.id) {
        row.clone_from(&role);
    }
    validity::reassess_all(os);
    Ok(Response::one("role", |o| view(o, call, &role)))
}

/// An immutable role can only be made mutable, with no other change in the same request.
fn check_mutable(role: &Role, changes: &Changes) -> Result<(), Problem> {
    let others = changes.name.is_some()
        || changes.description.0.is_some()
        || changes.domain_id.0.is_some()
        || !changes.extra.is_empty();
    let immutable = changes.options.as_ref().and_then(|options| options.0.get("immutable"));
    let made_mutable = immutable.is_some_and(|flag| matches!(flag, Value::Null | Value::Bool(false)));
    let refused = role.is_immutable() && (others || !made_mutable);
    if refused { Err(errors::immutable_update("role", &role.id)) } else { Ok(()) }
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let role = find_authorized(call, os, "identity:delete_domain_role")?;
    let id = role.id.clone();
    if role.is_immutable() {
        return Err(errors::immutable_delete("role", &id));
    }
    forget(os, &id);
    validity::reassess_all(os);
    Ok(Response::empty())
}

/// Deletes a role with its grants and implications.
pub fn forget(os: &mut OpenStack, id: &Id) {
    assignments::forget_role(os, id);
    implications::forget(os, id);
    os.keystone.roles.remove(id);
}

/// Writes a role with its link.
pub fn view(o: &mut Object, call: &Call, role: &Role) {
    role.attributes(o);
    for (name, value) in &role.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/roles/{}", role.id));
}
