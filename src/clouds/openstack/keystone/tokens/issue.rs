//! `POST /auth/tokens` (keystone/api/_shared/authentication.py and keystone/token/provider.py).

use super::super::super::OpenStack;
use super::super::lazy_validation::lazy_validate;
use super::super::{errors, refuse, trusts};
use super::auth_scope::RequestedScope;
use super::login::{self, Login};
use super::{Scope, Token, auth_scope, validity, view};
use crate::engine::{Answer, Call, Context, Id, Problem};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

/// The lifetime of a token (upstream's `[token] expiration`).
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// Issues a token. A wrong password is counted for the lockout, so a 401 is returned as a response, which keeps the
/// change.
pub fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    match authenticate(call, os, ctx) {
        Ok(token) => Ok(view::response(call, os, &token)),
        Err(problem) if problem.status == 401 => Ok(refuse(call, problem)),
        Err(problem) => Err(problem),
    }
}

fn authenticate(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Token, Problem> {
    let auth = call.json.get("auth").filter(|auth| !auth.is_null());
    let auth = auth.ok_or_else(|| errors::expecting("auth", "request body"))?;
    validate(auth)?;
    let methods = login::methods(&auth["identity"])?;
    let requested = if methods.contains(&"application_credential") {
        RequestedScope { scope: Some(scope_of_credential(os, auth)?), trust: None }
    } else {
        auth_scope::requested(call, os, auth)?
    };
    let mut login = login::log_in(call, os, auth, &methods)?;
    let user = login.user.clone().unwrap_or_else(|| "".into());
    let scope = requested.scope.unwrap_or_else(|| auth_scope::default_scope(os, &user));
    match requested.trust {
        None => issue(os, ctx, &user, scope, login),
        Some(id) => {
            let acting = acting_user(call, os, &id, &user)?;
            login.trust = Some(id.clone());
            let token = issue(os, ctx, &acting, scope, login)?;
            if let Some(trust) = os.keystone.trusts.get_mut(&id) {
                trust.remaining_uses = trust.remaining_uses.map(|uses| uses.saturating_sub(1));
            }
            Ok(token)
        }
    }
}

/// The user that a token of the trust is issued for. Fails with 403 unless `user` is the trustee and the trustor is
/// enabled.
fn acting_user(call: &Call, os: &OpenStack, id: &str, user: &Id) -> Result<Id, Problem> {
    let trust = trusts::find(os, id, call.now)?;
    let trustor = os.keystone.users.get(&trust.trustor);
    if trust.trustee != *user || !trustor.is_some_and(|trustor| trustor.enabled) {
        return Err(errors::forbidden());
    }
    Ok(trust.acting_user().clone())
}

/// The scope of an application credential: its project. Fails with 401 if the request has a scope.
fn scope_of_credential(os: &OpenStack, auth: &Value) -> Result<Scope, Problem> {
    if auth.get("scope").is_some() {
        return Err(errors::application_credential_refused("Application credentials cannot request a scope."));
    }
    let credential = login::application_credential(os, &auth["identity"]["application_credential"])?;
    project_scope(os, &credential.project)
}

/// The scope for a stored project id. Fails with 404 if the project was deleted.
pub fn project_scope(os: &OpenStack, id: &Id) -> Result<Scope, Problem> {
    let project = os.keystone.projects.get(id).ok_or_else(|| errors::could_not_find("project", id))?;
    let domain = project.domain.clone().unwrap_or_else(|| id.clone());
    Ok(Scope::Project { id: id.clone(), domain })
}

/// Creates and stores a token. Fails with 401 if the user has no role on the scope or anything it depends on is
/// disabled or missing.
pub fn issue(os: &mut OpenStack, ctx: &mut Context, user: &Id, scope: Scope, login: Login) -> Result<Token, Problem> {
    let now = ctx.now();
    let user_domain = os.keystone.users.get(user).ok_or_else(errors::unauthorized)?.domain.clone();
    let mut token = Token {
        id: format!("gAAAAAB{}", URL_SAFE_NO_PAD.encode(ctx.secret::<132>(user))).into(),
        user: user.clone(),
        user_domain,
        scope,
        roles: vec![],
        methods: login.methods,
        audit_id: URL_SAFE_NO_PAD.encode(ctx.secret::<16>(user)),
        parent_audit_id: login.parent_audit_id,
        expires: expiry(os, now, login.expires, login.application_credential.as_deref()),
        application_credential: login.application_credential,
        trust: login.trust,
        issued: now.trunc_subsecs(0),
        revoked: false,
        usable: true,
    };
    token.roles = validity::current_roles(os, &token).map_err(|problem| match problem.status {
        404 => errors::unauthorized(),
        _ => problem,
    })?;
    validity::purge(os, user, now);
    os.keystone.tokens.insert(token.clone());
    Ok(token)
}

/// The end of a new token: after [`LIFETIME`], but not after that of the token it is exchanged for (`previous`) or of
/// its application credential.
fn expiry(
    os: &OpenStack,
    now: DateTime<Utc>,
    previous: Option<DateTime<Utc>>,
    credential: Option<&str>,
) -> DateTime<Utc> {
    let full = now.trunc_subsecs(0).checked_add_signed(LIFETIME).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let credential = credential.and_then(|id| os.keystone.application_credentials.get(id));
    let limit = credential.and_then(|credential| credential.expires);
    [previous, limit].into_iter().flatten().fold(full, |earliest, end| earliest.min(end))
}

/// Validates `auth` against the schema, then checks what the schema does not express (keystone/auth/schema.py).
fn validate(auth: &Value) -> Result<(), Problem> {
    lazy_validate("keystone.token.create", schema, auth)?;
    let nameless = |place: &Value| place.is_object() && place.get("id").is_none() && place.get("name").is_none();
    let user = &auth["identity"]["password"]["user"];
    let scope = &auth["scope"];
    let places = [
        ("identity/password/user", user),
        ("identity/password/user/domain", &user["domain"]),
        ("scope/project", &scope["project"]),
        ("scope/project/domain", &scope["project"]["domain"]),
        ("scope/domain", &scope["domain"]),
    ];
    match places.iter().find(|(_, place)| nameless(place)) {
        Some((field, _)) => {
            Err(errors::invalid(format!("Invalid input for field {field}: id or name must be present.")))
        }
        None => Ok(()),
    }
}

/// The values that upstream accepts as a boolean (keystone/api/validation/parameter_types.py).
fn booleans() -> Value {
    json!([
        true, "True", "TRUE", "true", false, "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N", "on", "ON",
        "off", "OFF", "yes", "no"
    ])
}

fn schema() -> Schema {
    let named = json_schema!({
        "type": "object",
        "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
    });
    json_schema!({
        "type": "object",
        "properties": {
            "identity": {
                "type": "object",
                "properties": {
                    "methods": {"type": "array", "items": {"type": "string"}},
                    "password": {
                        "type": "object",
                        "properties": {
                            "user": {
                                "type": "object",
                                "properties": {
                                    "id": {"type": "string"},
                                    "name": {"type": "string"},
                                    "password": {"type": "string"},
                                    "domain": named,
                                },
                            },
                        },
                    },
                    "token": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
                },
                "required": ["methods"],
            },
            "scope": {
                "type": ["object", "string"],
                "properties": {
                    "project": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "id": {"type": "string"}, "domain": named},
                    },
                    "domain": named,
                    "OS-TRUST:trust": {"type": "object", "properties": {"id": {"type": "string"}}},
                    "system": {
                        "type": "object",
                        "properties": {"all": {"type": ["boolean", "string", "null"], "enum": booleans()}},
                    },
                },
            },
        },
        "required": ["identity"],
    })
}
