//! Tokens, which authenticate a user with roles on a scope for a limited time (keystone/api/auth.py).

mod auth_scope;
pub mod issue;
pub mod login;
pub mod validity;
pub mod view;

use super::super::{OpenStack, scope};
use super::assignments::Target;
use super::{errors, policy};
use crate::clouds::openstack::python::bool_from_string;
use crate::engine::{
    Answer, Call, Caller, Context, Id, Index, Operation, Problem, Response, Row, delete, get, head, post,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// `/auth/tokens` and `/users/{user_id}/tokens`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post("/auth/tokens", "keystone.token.create", issue::create)
        .summary("Authenticates a user and issues a token.")
        .public()
        .excluded_from_history()
        .answers(201),
    head("/auth/tokens", "keystone.token.check", show)
        .summary("Checks that a token is valid.")
        .policy_on_target("identity:check_token"),
    get("/auth/tokens", "keystone.token.show", show)
        .summary("Validates a token and shows it.")
        .policy_on_target("identity:validate_token"),
    delete("/auth/tokens", "keystone.token.delete", revoke)
        .summary("Revokes a token.")
        .policy_on_target("identity:revoke_token"),
    delete("/users/{user_id}/tokens", "keystone.user.token.delete", revoke_all)
        .summary("Revokes all tokens of a user.")
        .policy("identity:revoke_tokens_for_user"),
];

/// The methods that are enabled (upstream's `[auth] methods`).
pub const METHODS: [&str; 8] =
    ["external", "password", "token", "oauth1", "mapped", "application_credential", "oauth2_credential", "totp"];

/// How long after its end a token can still be shown with `allow_expired` (upstream's
/// `[token] allow_expired_window`).
pub const EXPIRED_WINDOW: TimeDelta = TimeDelta::hours(48);

/// An issued token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// The token itself, as clients send it.
    pub id: Id,
    /// The id of the user.
    pub user: Id,
    /// The id of the user's domain.
    pub user_domain: Id,
    pub scope: Scope,
    /// The roles on the scope; see [`validity`].
    pub roles: Vec<HeldRole>,
    /// The methods that it was made with, such as `password`.
    pub methods: Vec<String>,
    pub audit_id: String,
    /// The audit id of the first token, if the token was made from another one.
    pub parent_audit_id: Option<String>,
    /// The application credential that it was made with.
    pub application_credential: Option<Id>,
    /// The trust that it was made with. `user` is the trustor if the trust has `impersonation`.
    pub trust: Option<Id>,
    pub issued: DateTime<Utc>,
    pub expires: DateTime<Utc>,
    /// True after a revocation, which is final.
    pub revoked: bool,
    /// False while its user, project or domain is disabled or missing, or it has no roles; see [`validity`].
    pub usable: bool,
}

/// What a token is valid for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    Unscoped,
    /// A project and its domain, by id.
    Project {
        id: Id,
        domain: Id,
    },
    /// A domain, by id.
    Domain(Id),
    /// The whole cloud.
    System,
}

/// A role in a token. The name is stored too, so that the policy needs no look-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldRole {
    pub id: Id,
    pub name: Id,
}

/// The tokens for a project.
pub const BY_PROJECT: Index<Token> = Index::new("project", |token, key| {
    if let Some(project) = token.scope.project() {
        key(project);
    }
});

impl Row for Token {
    const HAS_SECRET_ID: bool = true;

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

impl Scope {
    /// What roles are granted on. `None` if unscoped.
    pub fn target(&self) -> Option<Target> {
        match self {
            Scope::Unscoped => None,
            Scope::Project { id, .. } => Some(Target::Project(id.clone())),
            Scope::Domain(id) => Some(Target::Domain(id.clone())),
            Scope::System => Some(Target::System),
        }
    }

    /// The id of the project, if it is a project scope.
    pub fn project(&self) -> Option<&Id> {
        if let Scope::Project { id, .. } = self { Some(id) } else { None }
    }
}

impl Token {
    /// True if services accept the token.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.usable && !self.revoked && self.expires > now
    }

    /// The caller of a request with this token.
    pub fn caller(&self) -> Caller {
        let scope = match &self.scope {
            Scope::Unscoped => None,
            Scope::Project { domain, .. } => Some((scope::PROJECT_DOMAIN, domain.clone())),
            Scope::Domain(id) => Some((scope::DOMAIN, id.clone())),
            Scope::System => Some((scope::SYSTEM, "all".into())),
        };
        let mut attributes = Vec::with_capacity(2);
        attributes.push((scope::USER_DOMAIN, self.user_domain.clone()));
        attributes.extend(scope);
        Caller {
            user: Some(self.user.clone()),
            project: self.scope.project().cloned(),
            roles: self.roles.iter().map(|role| role.name.clone()).collect(),
            token: Some(self.id.clone()),
            attributes,
        }
    }
}

/// The token in `X-Auth-Token` of the request.
pub fn of_caller<'o>(call: &Call, os: &'o OpenStack) -> Option<&'o Token> {
    os.keystone.tokens.get(call.caller.token.as_deref()?)
}

/// Finds a valid token that is to be shown, revoked or exchanged. It may have expired less than `window` ago. Fails
/// with the 404 of upstream's token provider.
fn validated<'o>(call: &Call, os: &'o OpenStack, id: &str, window: TimeDelta) -> Result<&'o Token, Problem> {
    let token = os.keystone.tokens.get(id).ok_or_else(|| errors::not_found("Could not recognize Fernet token"))?;
    let expires = token.expires.checked_add_signed(window).unwrap_or(token.expires);
    if token.revoked || call.now >= expires {
        return Err(errors::not_found("Failed to validate token"));
    }
    match validity::current_roles(os, token) {
        Ok(_) => Ok(token),
        Err(problem) if problem.status == 401 => Err(errors::could_not_find("token", id)),
        Err(problem) => Err(problem),
    }
}

/// Finds the token in `X-Subject-Token`, then enforces the policy on its user.
fn subject<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Token, Problem> {
    let allow_expired = call.query("allow_expired").and_then(bool_from_string).unwrap_or(false);
    let window = if allow_expired { EXPIRED_WINDOW } else { TimeDelta::zero() };
    let token = match call.header("x-subject-token") {
        Some(id) => Some(validated(call, os, id, window)?),
        None => None,
    };
    match token {
        Some(token) => policy::enforce(call, &[("target.token.user_id", &token.user)])?,
        None => policy::enforce(call, &[])?,
    }
    token.ok_or_else(|| errors::not_found("No token in the request"))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let token = subject(call, os)?;
    if !enforces_access_rules(call) && validity::access_rules(os, token).is_some() {
        return Err(errors::not_found("Failed to validate token"));
    }
    Ok(view::response(call, os, token))
}

/// True if the client enforces access rules. To other clients tokens with access rules are not shown, because they
/// would accept every request.
fn enforces_access_rules(call: &Call) -> bool {
    let version = call.header("openstack-identity-access-rules").and_then(|version| version.parse::<f32>().ok());
    version.is_some_and(|version| version >= 1.0)
}

fn revoke(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = subject(call, os)?.id.clone();
    if let Some(token) = os.keystone.tokens.get_mut(&id) {
        token.revoked = true;
    }
    Ok(Response::empty())
}

fn revoke_all(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let id = call.param("user_id");
    if !os.keystone.users.contains(id) {
        return Err(errors::could_not_find("user", id));
    }
    validity::revoke_user(os, id);
    Ok(Response::empty())
}
