//! Application credentials: secrets that log in with some of their user's roles in one project
//! (keystone/api/users.py and keystone/application_credential/core.py).

pub mod create;

use super::super::OpenStack;
use super::super::times::MicrosExact;
use super::collections::{Collection, Filters, link};
use super::tokens::{self, Token};
use super::{errors, passwords, policy};
use crate::engine::{Answer, Call, Context, Id, Index, Object, Operation, Problem, Response, Row, delete, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

const COLLECTION: &str = "/users/{user_id}/application_credentials";
const ONE: &str = "/users/{user_id}/application_credentials/{application_credential_id}";

/// `/users/{user_id}/application_credentials`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(COLLECTION, "keystone.application_credential.list", list)
        .summary("Lists application credentials of a user.")
        .policy("identity:list_application_credentials"),
    post(COLLECTION, "keystone.application_credential.create", create::create)
        .summary("Creates an application credential for a user.")
        .body::<create::Request>()
        .answers(201)
        .policy("identity:create_application_credential"),
    get(ONE, "keystone.application_credential.show", show)
        .summary("Shows an application credential.")
        .policy_on_target("identity:get_application_credential"),
    delete(ONE, "keystone.application_credential.delete", remove)
        .summary("Deletes an application credential.")
        .policy_on_target("identity:delete_application_credential"),
];

/// An application credential of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplicationCredential {
    pub id: Id,
    /// The id of its user.
    pub user: Id,
    /// The id of the project that its tokens are scoped to.
    pub project: Id,
    /// Unique for the user.
    pub name: String,
    pub description: Option<String>,
    /// Hash of the secret; see [`passwords::hash`].
    pub secret: String,
    /// Role ids, including those of implied roles.
    pub roles: Vec<Id>,
    /// `None` if it never expires.
    pub expires: Option<DateTime<Utc>>,
    /// True if its tokens may manage application credentials and EC2 keys.
    pub unrestricted: Option<bool>,
    /// Stored and shown only.
    pub system: Option<String>,
    /// Access rule ids. `None` if every request is allowed.
    pub access_rules: Option<Vec<Id>>,
}

const BY_PROJECT: Index<ApplicationCredential> = Index::new("project", |credential, key| key(&credential.project));

impl Row for ApplicationCredential {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_PROJECT]
    }
}

/// Finds an application credential by id. Fails with 404.
pub fn find<'o>(os: &'o OpenStack, id: &str) -> Result<&'o ApplicationCredential, Problem> {
    let credential = os.keystone.application_credentials.get(id);
    credential.ok_or_else(|| errors::could_not_find("Application Credential", id))
}

/// Fails with 401 if the secret is wrong or the credential has expired.
pub fn authenticate(credential: &ApplicationCredential, secret: &str, now: DateTime<Utc>) -> Result<(), Problem> {
    let expired = credential.expires.is_some_and(|end| end <= now);
    if expired || !passwords::is_hash_of(&credential.secret, secret) {
        return Err(errors::unauthorized());
    }
    Ok(())
}

/// Refuses tokens of a trust: a credential created with one would outlive the trust.
fn refuse_trust_token(token: Option<&Token>) -> Result<(), Problem> {
    if token.is_some_and(|token| token.trust.is_some()) { Err(errors::forbidden()) } else { Ok(()) }
}

/// Refuses tokens of a trust and of a restricted application credential.
fn check_may_manage(os: &OpenStack, token: Option<&Token>) -> Result<(), Problem> {
    refuse_trust_token(token)?;
    if !tokens::validity::is_restricted(os, token) {
        return Ok(());
    }
    Err(errors::forbidden_action(
        "Using method 'application_credential' is not allowed for managing additional application credentials.",
    ))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    refuse_trust_token(tokens::of_caller(call, os))?;
    let owned = os.keystone.application_credentials.of(call.param("user_id")).rev();
    let filters = Filters::of(call, &["name"]);
    let named = owned.filter(|one| filters.admit(|_| one.name.as_str().into()));
    Ok(Collection::new(call, "application_credentials").show(named, |o, one| view(o, call, os, one, None)))
}

/// Finds the credential in the path. The policy target is the owner of the credential, not the user in the path.
fn enforce<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o ApplicationCredential, Problem> {
    let found = find(os, call.param("application_credential_id"));
    match &found {
        Ok(credential) => policy::enforce(call, &[("user_id", &credential.user)])?,
        Err(_) => policy::enforce(call, &[])?,
    }
    found
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let credential = enforce(call, os)?;
    Ok(Response::one("application_credential", |o| view(o, call, os, credential, None)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let found = enforce(call, os).cloned();
    if !matches!(&found, Err(problem) if problem.status == 403) {
        check_may_manage(os, tokens::of_caller(call, os))?;
    }
    let credential = found?;
    os.keystone.application_credentials.remove(&credential.id);
    tokens::validity::reassess_user(os, &credential.user);
    Ok(Response::empty())
}

/// Deletes the application credentials of a user in a project, when the user loses the last role there.
pub fn forget(os: &mut OpenStack, user: &str, project: &str) {
    let owned = os.keystone.application_credentials.of(user);
    let ids: Vec<Id> = owned.filter(|one| &*one.project == project).map(|one| one.id.clone()).collect();
    for id in ids {
        os.keystone.application_credentials.remove(&id);
    }
}

/// Deletes the application credentials of a project that is being deleted.
pub fn forget_project(os: &mut OpenStack, project: &str) {
    let in_project = os.keystone.application_credentials.by(&BY_PROJECT, project);
    let ids: Vec<Id> = in_project.map(|one| one.id.clone()).collect();
    for id in ids {
        os.keystone.application_credentials.remove(&id);
    }
}

/// Deletes the application credentials and access rules of a user who is being deleted.
pub fn forget_user(os: &mut OpenStack, user: &str) {
    let credentials: Vec<Id> = os.keystone.application_credentials.of(user).map(|one| one.id.clone()).collect();
    let rules: Vec<Id> = os.keystone.access_rules.of(user).map(|one| one.id.clone()).collect();
    for id in credentials {
        os.keystone.application_credentials.remove(&id);
    }
    for id in rules {
        os.keystone.access_rules.remove(&id);
    }
}

/// The secret is shown in the response to the create request only.
fn view(o: &mut Object, call: &Call, os: &OpenStack, credential: &ApplicationCredential, secret: Option<&str>) {
    o.set("id", &credential.id);
    o.set("name", &credential.name);
    o.set("description", &credential.description);
    o.set("user_id", &credential.user);
    o.set("project_id", &credential.project);
    o.set("system", &credential.system);
    o.set("expires_at", credential.expires.map(MicrosExact));
    o.set("unrestricted", credential.unrestricted);
    let held = credential.roles.iter().filter_map(|id| os.keystone.roles.get(id));
    o.each("roles", held, |o, role| role.attributes(o));
    if let Some(rules) = &credential.access_rules {
        let rules = rules.iter().filter_map(|id| os.keystone.access_rules.get(id));
        o.each("access_rules", rules, |o, rule| rule.show(o));
    }
    if let Some(secret) = secret {
        o.set("secret", secret);
    }
    link(o, call, &format!("/application_credentials/{}", credential.id));
}
