//! `POST /users/{user_id}/application_credentials` (keystone/api/users.py and
//! keystone/application_credential/core.py)

use super::super::super::OpenStack;
use super::super::super::parameter_types::Optional;
use super::super::access_rules::AccessRule;
use super::super::assignments::effective::with_implied;
use super::super::parameter_types::{IdString, Name};
use super::super::tokens::{self, HeldRole, Token};
use super::super::{errors, passwords};
use super::{ApplicationCredential, check_may_manage, view};
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    application_credential: NewApplicationCredential,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-unknown-first" = true))]
struct NewApplicationCredential {
    #[serde(default)]
    #[allow(dead_code, reason = "accepted and ignored, as upstream does")]
    id: Optional<String>,
    #[serde(default)]
    secret: Option<String>,
    name: Name,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
    #[serde(default)]
    #[allow(dead_code, reason = "accepted and ignored: the project is that of the token")]
    project_id: Optional<String>,
    #[serde(default)]
    access_rules: Optional<Vec<RequestedRule>>,
    #[serde(default)]
    unrestricted: Option<bool>,
    #[serde(default)]
    system: Option<String>,
    #[serde(default)]
    roles: Optional<Vec<RequestedRole>>,
}

#[derive(Deserialize, JsonSchema)]
struct RequestedRule {
    #[serde(default)]
    id: Optional<IdString>,
    #[serde(default)]
    #[schemars(length(max = 225), regex(pattern = r"^/\.*"))]
    path: Optional<String>,
    #[serde(default)]
    service: Optional<IdString>,
    #[serde(default)]
    method: Optional<Method>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
enum Method {
    Delete,
    Get,
    Head,
    Patch,
    Post,
    Put,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct RequestedRole {
    #[serde(default)]
    pub id: Optional<IdString>,
    #[serde(default)]
    pub name: Optional<Name>,
}

/// Creates an application credential with some or all roles of the caller's token. Only this response
/// contains the secret.
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let requested = call.body::<Request>()?.application_credential;
    let token = tokens::of_caller(call, os).ok_or_else(errors::unauthorized)?;
    check_may_manage(os, Some(token))?;
    let project = token.scope.project().cloned();
    let user = token.user.clone();
    let roles = roles(os, token, requested.roles.as_deref())?;
    let expires = requested.expires_at.as_deref().filter(|text| !text.is_empty());
    let expires = expires.map(|text| expiry(text, call.now)).transpose()?;
    if os.keystone.application_credentials.of(&user).any(|one| one.name == requested.name.0) {
        let details = format!("Duplicate entry found with name {}", requested.name.0);
        return Err(errors::conflict("application_credential", details));
    }
    let secret = requested.secret.filter(|secret| !secret.is_empty());
    let secret = secret.unwrap_or_else(|| URL_SAFE_NO_PAD.encode(ctx.secret::<64>(&user)));
    let access_rules = match &requested.access_rules.0 {
        Some(rules) => Some(access_rules(os, ctx, &user, rules)?),
        None => None,
    };
    let id = ctx.hex_id();
    let credential = ApplicationCredential {
        secret: passwords::hash(&secret, &id),
        id,
        user,
        project: project.ok_or_else(errors::forbidden)?,
        name: requested.name.0,
        description: requested.description,
        roles,
        expires,
        unrestricted: requested.unrestricted,
        system: requested.system,
        access_rules: access_rules.filter(|rules| !rules.is_empty()),
    };
    let credential = os.keystone.application_credentials.insert(credential).clone();
    Ok(Response::one("application_credential", |o| view(o, call, os, &credential, Some(&secret))))
}

/// The requested roles and all roles that they imply, or all roles of the token if none are requested. Fails
/// with 400 if the token does not carry one of them.
fn roles(os: &OpenStack, token: &Token, requested: Option<&[RequestedRole]>) -> Result<Vec<Id>, Problem> {
    let carried: Vec<Id> = token.roles.iter().map(|HeldRole { id, .. }| id.clone()).collect();
    let Some(requested) = requested.filter(|roles| !roles.is_empty()) else { return Ok(carried) };
    let mut roles = vec![];
    for role in requested {
        roles.push(match (role.id.as_ref(), role.name.as_ref()) {
            (Some(id), _) => Id::from(id.0.as_str()),
            (None, name) => role_named(os, name.map_or("", |name| &name.0))?,
        });
    }
    for implied in with_implied(os, roles.clone()) {
        if !roles.contains(&implied) {
            roles.push(implied);
        }
    }
    if roles.iter().all(|role| carried.contains(role)) {
        return Ok(roles);
    }
    Err(errors::invalid_application_credential("Cannot create an application credential with unassigned role"))
}

/// The id of a role that belongs to no domain, by its name (`role_api.get_unique_role_by_name`). Fails with 404.
pub fn role_named(os: &OpenStack, name: &str) -> Result<Id, Problem> {
    let role = os.keystone.roles.all().find(|role| role.name == name && role.domain.is_none());
    role.map(|role| role.id.clone()).ok_or_else(|| errors::not_found(format!("Role {name} is not defined")))
}

/// The ids of the requested rules. Rules without an id are created, unless the user has an equal one.
fn access_rules(
    os: &mut OpenStack,
    ctx: &mut Context,
    user: &Id,
    requested: &[RequestedRule],
) -> Result<Vec<Id>, Problem> {
    let mut ids = vec![];
    for rule in requested {
        if let Some(id) = rule.id.as_ref() {
            let known = os.keystone.access_rules.get(&id.0).filter(|known| known.user == *user);
            ids.push(known.ok_or_else(|| errors::could_not_find("Access Rule", &id.0))?.id.clone());
            continue;
        }
        let method = rule.method.map(Method::name).unwrap_or_default();
        let service = rule.service.as_ref().map(|service| service.0.clone()).unwrap_or_default();
        let path = rule.path.0.clone().unwrap_or_default();
        let equal = |known: &&AccessRule| known.service == service && known.path == path && known.method == method;
        let known = os.keystone.access_rules.of(user).find(equal).map(|known| known.id.clone());
        let id = match known {
            Some(id) => id,
            None => {
                let (id, user) = (ctx.hex_id(), user.clone());
                let rule = AccessRule { id, user, service, path, method: method.into() };
                os.keystone.access_rules.insert(rule).id.clone()
            }
        };
        ids.push(id);
    }
    Ok(ids)
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Method::Delete => "DELETE",
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Patch => "PATCH",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }
}

/// Parses a time with or without fraction and zone (`parse_expiration_date` in keystone/common/utils.py). Fails
/// with 400 if it is malformed or in the past.
pub fn expiry(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
    let bare = text.strip_suffix('Z').unwrap_or(text);
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let naive = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok());
    let at = zoned.ok().or(naive.map(|at| at.and_utc())).ok_or_else(errors::malformed_expiry)?;
    if at < now { Err(errors::expires_before_now()) } else { Ok(at) }
}
