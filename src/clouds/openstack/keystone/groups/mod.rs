//! Groups of users (keystone/api/groups.py). The members have the roles that are granted to the group.

pub mod members;

use super::super::parameter_types::Optional;
use super::super::{OpenStack, scope};
use super::collections::{Collection, Filters, link};
use super::parameter_types::{Change, IdString, Name, normalized};
use super::projects::{domain_of_caller, without};
use super::tokens::validity;
use super::{assignments, domains, errors, policy};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, patch, post};
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const ALL: &str = "/groups";
const ONE: &str = "/groups/{group_id}";

/// `/groups`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.group.list", list)
        .summary("Lists groups.")
        .policy_on_target("identity:list_groups")
        .query(query),
    post(ALL, "keystone.group.create", create)
        .summary("Creates a group.")
        .policy_on_target("identity:create_group")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.group.show", show).summary("Shows a group.").policy_on_target("identity:get_group"),
    patch(ONE, "keystone.group.update", update)
        .summary("Updates a group.")
        .policy_on_target("identity:update_group")
        .body::<UpdateRequest>(),
    delete(ONE, "keystone.group.delete", remove).summary("Deletes a group.").policy_on_target("identity:delete_group"),
];

/// A group of users.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub id: Id,
    pub domain: Id,
    /// Unique in the domain.
    pub name: String,
    pub description: Option<String>,
    /// Attributes that the API does not define.
    pub extra: Map<String, Value>,
}

impl Row for Group {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.domain
    }
}

impl Group {
    /// The value of an attribute that lists can be filtered by.
    pub fn attribute(&self, name: &str) -> Value {
        match name {
            "domain_id" => json!(self.domain),
            "name" => json!(self.name),
            _ => Value::Null,
        }
    }
}

pub use members::Membership;

/// Finds a group by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o Group, Problem> {
    os.keystone.groups.get(id).ok_or_else(|| errors::could_not_find("group", id))
}

/// Finds the group in the path and enforces the policy on it. The policy is enforced without a target if the
/// group does not exist.
fn find_authorized<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Group, Problem> {
    let found = find(os, call.param("group_id"));
    match &found {
        Ok(group) => policy::enforce(call, &target(group))?,
        Err(_) => policy::enforce(call, &[])?,
    }
    found
}

/// The policy target for a group.
pub fn target(group: &Group) -> [(&str, &str); 2] {
    [("target.group.id", &group.id), ("target.group.domain_id", &group.domain)]
}

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "domain_id": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"},
            "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"[\S]+"},
            "sort_dir": {"type": "string", "enum": ["asc", "desc"]},
        },
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let own = scope::domain(&call.caller);
    policy::enforce(call, own.map(|own| ("target.group.domain_id", own)).as_slice())?;
    let filters = Filters::of(call, &["domain_id", "name"]);
    let visible =
        |group: &&Group| own.is_none_or(|own| &*group.domain == own) && filters.admit(|name| group.attribute(name));
    let groups = &os.keystone.groups;
    let visible = groups.all().filter(visible);
    Collection::new(call, "groups").show_page(groups, visible, !filters.is_empty(), |o, group| view(o, call, group))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let group = find_authorized(call, os)?;
    Ok(Response::one("group", |o| view(o, call, group)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    group: NewGroup,
}

#[derive(Deserialize, JsonSchema)]
struct NewGroup {
    #[serde(default)]
    domain_id: Optional<IdString>,
    #[serde(default)]
    description: Change<String>,
    name: Name,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.group;
    let target = new.domain_id.as_ref().map(|id| ("target.group.domain_id", id.0.as_str()));
    policy::enforce(call, target.as_slice())?;
    let domain = new.domain_id.0.map_or_else(|| domain_of_caller(call), |id| id.0.into());
    domains::find(os, &domain)?;
    let group = Group {
        id: ctx.hex_id(),
        domain,
        name: new.name.0.trim().to_owned(),
        description: new.description.0.unwrap_or_else(|| Some(String::new())),
        extra: normalized(without(new.extra, &["id", "links"])),
    };
    if !name_is_free(os, &group) {
        return Err(errors::duplicate_name("group", &group.name, Some(&group.domain)));
    }
    let group = os.keystone.groups.insert(group);
    Ok(Response::one("group", |o| view(o, call, group)))
}

/// Group names are unique in a domain.
fn name_is_free(os: &OpenStack, group: &Group) -> bool {
    os.keystone.groups.of(&group.domain).all(|other| other.name != group.name || other.id == group.id)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    group: Changes,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
struct Changes {
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    name: Optional<Name>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let mut group = find_authorized(call, os)?.clone();
    let changes = call.body::<UpdateRequest>()?.group;
    if changes.extra.get("id").is_some_and(|id| !id.is_null() && *id != *group.id) {
        return Err(errors::cannot_change_id());
    }
    if changes.extra.get("domain_id").is_some_and(|domain| *domain != *group.domain) {
        return Err(errors::cannot_change_domain());
    }
    if let Some(description) = changes.description.0 {
        group.description = description;
    }
    if let Some(name) = changes.name.0 {
        group.name = name.0.trim().to_owned();
    }
    group.extra.extend(without(changes.extra, &["id", "domain_id", "links"]));
    if !name_is_free(os, &group) {
        return Err(errors::duplicate_name("group", &group.name, None));
    }
    if let Some(row) = os.keystone.groups.get_mut(&group.id) {
        row.clone_from(&group);
    }
    Ok(Response::one("group", |o| view(o, call, &group)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let group = find(os, call.param("group_id"))?;
    policy::enforce(call, &target(group))?;
    let id = group.id.clone();
    forget(os, &id);
    validity::reassess_all(os);
    Ok(Response::empty())
}

/// Deletes a group with its memberships and grants. If it has grants, all tokens of its members are revoked
/// (`delete_group` in keystone/identity/core.py).
pub fn forget(os: &mut OpenStack, id: &Id) {
    let has_grants = os.keystone.assignments.of(id).next().is_some();
    let members = os.keystone.memberships.by(&members::BY_GROUP, id);
    let memberships: Vec<(Id, Id)> = members.map(|one| (one.id.clone(), one.user.clone())).collect();
    for (membership, user) in memberships {
        os.keystone.memberships.remove(&membership);
        if has_grants {
            validity::revoke_user(os, &user);
        }
    }
    assignments::forget_actor(os, id);
    os.keystone.groups.remove(id);
}

/// Writes a group with its link.
pub fn view(o: &mut Object, call: &Call, group: &Group) {
    o.set("id", &group.id);
    o.set("name", &group.name);
    o.set("domain_id", &group.domain);
    o.set("description", &group.description);
    for (name, value) in &group.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/groups/{}", group.id));
}
