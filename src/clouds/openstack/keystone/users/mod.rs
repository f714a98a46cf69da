//! Users (keystone/api/users.py and keystone/identity/core.py).

pub mod listing;
pub mod update;

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::super::times::MicrosZ;
use super::collections::link;
use super::parameter_types::{Boolean, Change, IdString, Name, UserOptions, merge_options, normalized};
use super::projects::{domain_of_caller, without};
use super::tokens::validity;
use super::{application_credentials, assignments, credentials, domains, errors, passwords, policy, trusts};
use crate::engine::{
    Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, patch, post,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const ALL: &str = "/users";
const ONE: &str = "/users/{user_id}";

/// `/users`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "keystone.user.list", listing::list)
        .summary("Lists users.")
        .policy_on_target("identity:list_users")
        .query(listing::query),
    post(ALL, "keystone.user.create", create)
        .summary("Creates a user.")
        .policy_on_target("identity:create_user")
        .body::<CreateRequest>()
        .answers(201),
    get(ONE, "keystone.user.show", show).summary("Shows a user.").policy_on_target("identity:get_user"),
    patch(ONE, "keystone.user.update", update::update)
        .summary("Updates a user.")
        .policy_on_target("identity:update_user")
        .body::<update::Request>(),
    delete(ONE, "keystone.user.delete", remove).summary("Deletes a user.").policy_on_target("identity:delete_user"),
    get("/users/{user_id}/groups", "keystone.user.group.list", listing::groups)
        .summary("Lists the groups of a user.")
        .policy_on_target("identity:list_groups_for_user"),
    get("/users/{user_id}/projects", "keystone.user.project.list", listing::projects)
        .summary("Lists the projects of a user.")
        .policy_on_target("identity:list_user_projects"),
];

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    pub id: Id,
    /// The id of the domain.
    pub domain: Id,
    /// Unique in the domain.
    pub name: String,
    /// The hash of the password; see [`passwords::hash`]. `None` for a user without a password.
    pub password: Option<String>,
    /// `None` if the password never expires.
    pub password_expires: Option<DateTime<Utc>>,
    pub enabled: bool,
    /// The scope of tokens that are requested without one. It need not exist.
    pub default_project: Option<Id>,
    pub options: Map<String, Value>,
    /// Attributes that the API does not define, such as `email`, and the description.
    pub extra: Map<String, Value>,
}

/// Finds users by name, in all domains.
pub const BY_NAME: Index<User> = Index::new("name", |user, key| key(&user.name));

impl Row for User {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.domain
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_NAME]
    }
}

/// Finds a user by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o User, Problem> {
    os.keystone.users.get(id).ok_or_else(|| errors::could_not_find("user", id))
}

/// Finds the user in the path and enforces the policy on the user. The policy is enforced without a target if the
/// user does not exist.
pub fn find_authorized<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o User, Problem> {
    let found = find(os, call.param("user_id"));
    match &found {
        Ok(user) => policy::enforce(call, &target(user))?,
        Err(_) => policy::enforce(call, &[])?,
    }
    found
}

/// The policy target for a user.
pub fn target(user: &User) -> [(&str, &str); 2] {
    [("target.user.id", &user.id), ("target.user.domain_id", &user.domain)]
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let user = find_authorized(call, os)?;
    Ok(Response::one("user", |o| view(o, call, user)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    user: NewUser,
}

/// Upstream stores the description among the attributes that it does not define.
#[derive(Deserialize, JsonSchema)]
struct NewUser {
    #[serde(default)]
    domain_id: Optional<IdString>,
    #[serde(default)]
    default_project_id: Change<String>,
    #[serde(default)]
    description: Change<String>,
    #[serde(default)]
    enabled: Optional<Boolean>,
    #[serde(default)]
    federated: Optional<Vec<FederatedIdentity>>,
    name: Name,
    #[serde(default)]
    password: Change<String>,
    #[serde(default)]
    options: Optional<UserOptions>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize, JsonSchema)]
pub struct FederatedIdentity {
    idp_id: String,
    #[allow(dead_code, reason = "validated and ignored: there is no federation")]
    #[schemars(extend("minItems" = 1))]
    protocols: Vec<FederatedProtocol>,
}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "validated and ignored: there is no federation")]
pub struct FederatedProtocol {
    protocol_id: String,
    unique_id: String,
}

/// Fails with 400 for every identity of another provider: there are none (`_validate_federated_objects`).
fn check_federated(federated: &Optional<Vec<FederatedIdentity>>) -> Result<(), Problem> {
    match federated.as_ref().and_then(|identities| identities.first()) {
        Some(identity) => Err(errors::no_such_identity_provider(&identity.idp_id)),
        None => Ok(()),
    }
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new = call.body::<CreateRequest>()?.user;
    let target = new.domain_id.as_ref().map(|id| ("target.user.domain_id", id.0.as_str()));
    policy::enforce(call, target.as_slice())?;
    let domain = new.domain_id.0.map_or_else(|| domain_of_caller(call), |id| id.0.into());
    domains::find(os, &domain)?;
    check_federated(&new.federated)?;
    let default_project = new.default_project_id.value();
    check_not_domain(os, default_project.as_deref())?;
    let mut extra = normalized(without(new.extra, READ_ONLY));
    if let Some(description) = new.description.0 {
        extra.insert("description".into(), description.into());
    }
    let mut options = Map::new();
    merge_options(&mut options, new.options.0.unwrap_or_default().0);
    let id = ctx.hex_id();
    let user = User {
        id,
        domain,
        name: new.name.0.trim().to_owned(),
        password: new.password.value().map(|password| passwords::new_hash(ctx, &password)),
        password_expires: None,
        enabled: new.enabled.is_none_or(|flag| flag.0),
        default_project: default_project.map(Id::from),
        options,
        extra,
    };
    if !name_is_free(os, &user) {
        return Err(errors::duplicate_name("user", &user.name, Some(&user.domain)));
    }
    let user = os.keystone.users.insert(user);
    Ok(Response::one("user", |o| view(o, call, user)))
}

/// Attributes that clients may send but cannot set.
const READ_ONLY: &[&str] = &["id", "links", "password_expires_at"];

/// User names are unique in a domain.
fn name_is_free(os: &OpenStack, user: &User) -> bool {
    os.keystone.users.by(&BY_NAME, &user.name).all(|other| other.domain != user.domain || other.id == user.id)
}

/// Fails with 400 if a default project is a domain. It need not exist.
fn check_not_domain(os: &OpenStack, project: Option<&str>) -> Result<(), Problem> {
    match project.filter(|id| domains::find(os, id).is_ok()) {
        Some(id) => Err(errors::default_project_is_domain(id)),
        None => Ok(()),
    }
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = find_authorized(call, os)?.id.clone();
    forget(os, &id);
    Ok(Response::empty())
}

/// Deletes a user with memberships, grants, credentials, trusts and password history, and revokes the tokens.
pub fn forget(os: &mut OpenStack, id: &Id) {
    let memberships: Vec<Id> = os.keystone.memberships.of(id).map(|one| one.id.clone()).collect();
    for membership in memberships {
        os.keystone.memberships.remove(&membership);
    }
    assignments::forget_actor(os, id);
    application_credentials::forget_user(os, id);
    credentials::forget(os, id);
    trusts::forget_of(os, id);
    os.keystone.password_histories.remove(id);
    os.keystone.users.remove(id);
    validity::revoke_user(os, id);
}

/// Writes a user with its link.
pub fn view(o: &mut Object, call: &Call, user: &User) {
    o.set("id", &user.id);
    o.set("name", &user.name);
    o.set("domain_id", &user.domain);
    o.set("enabled", user.enabled);
    if let Some(project) = &user.default_project {
        o.set("default_project_id", project);
    }
    o.set("password_expires_at", user.password_expires.map(MicrosZ));
    o.set("options", &user.options);
    for (name, value) in &user.extra {
        o.set(name, value);
    }
    link(o, call, &format!("/users/{}", user.id));
}
