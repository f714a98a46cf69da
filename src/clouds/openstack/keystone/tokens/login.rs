//! The authentication methods: password, token and application credential (keystone/auth/plugins).

use super::super::super::OpenStack;
use super::super::application_credentials::{self, ApplicationCredential};
use super::super::users::{self, User};
use super::super::{errors, passwords};
use super::auth_scope::{domain, text};
use super::{METHODS, Scope, Token, validated};
use crate::engine::{Call, Id, Problem};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// The combined result of the methods of a request.
#[derive(Default)]
pub struct Login {
    pub user: Option<Id>,
    /// The methods of the request and, with `token`, those of that token.
    pub methods: Vec<String>,
    /// With `token`, the end of that token, which the new one must not outlive.
    pub expires: Option<DateTime<Utc>>,
    /// With `token`, the audit id of the first token of the chain.
    pub parent_audit_id: Option<String>,
    pub application_credential: Option<Id>,
    /// Set by the caller when the token is issued for a trust.
    pub trust: Option<Id>,
}

/// The methods in the body, each once. Fails with 400 if the data of one is missing, then with 401 if one is not
/// supported.
pub fn methods(identity: &Value) -> Result<Vec<&str>, Problem> {
    let mut methods: Vec<&str> = vec![];
    for method in identity["methods"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    if let Some(missing) = methods.iter().find(|method| identity.get(**method).is_none()) {
        return Err(errors::expecting(missing, "identity"));
    }
    let known = ["password", "token", "application_credential"];
    if methods.iter().all(|method| known.contains(method)) {
        Ok(methods)
    } else {
        Err(errors::unsupported_method(&METHODS))
    }
}

/// Runs the methods in order. Fails with 401 unless all succeed for the same user.
pub fn log_in(call: &Call, os: &mut OpenStack, auth: &Value, methods: &[&str]) -> Result<Login, Problem> {
    let mut login = Login::default();
    for method in methods {
        let part = &auth["identity"][*method];
        login.methods.insert(0, (*method).to_owned());
        let user = match *method {
            "password" => by_password(call, os, part)?,
            "token" => by_token(call, os, auth, &mut login)?,
            _ => by_application_credential(call, os, part, &mut login)?,
        };
        if login.user.replace(user.clone()).is_some_and(|before| before != user) {
            return Err(errors::unauthorized());
        }
    }
    if login.user.is_some() { Ok(login) } else { Err(errors::unauthorized()) }
}

fn by_password(call: &Call, os: &mut OpenStack, part: &Value) -> Result<Id, Problem> {
    let body = part.get("user").ok_or_else(|| errors::expecting("user", "None"))?;
    let user = user(os, body)?.id.clone();
    passwords::authenticate(os, &user, text(body, "password").unwrap_or_default(), call.now)?;
    Ok(user)
}

/// Finds an enabled user of an enabled domain by `id`, or by `name` and `domain`. Fails with 401.
pub fn user<'o>(os: &'o OpenStack, body: &Value) -> Result<&'o User, Problem> {
    let user = match (text(body, "name"), text(body, "id")) {
        (Some(name), _) => {
            let of = body.get("domain").ok_or_else(|| errors::expecting("domain", "user"))?;
            let domain = &domain(os, of)?.id;
            os.keystone.users.by(&users::BY_NAME, name).find(|user| user.domain == *domain)
        }
        (None, Some(id)) => os.keystone.users.get(id),
        (None, None) => return Err(errors::expecting("id or name", "user")),
    };
    let user = user.filter(|user| user.enabled).ok_or_else(errors::unauthorized)?;
    let domain = os.keystone.projects.get(&user.domain);
    if domain.is_some_and(|domain| domain.enabled) { Ok(user) } else { Err(errors::unauthorized()) }
}

fn by_token(call: &Call, os: &OpenStack, auth: &Value, login: &mut Login) -> Result<Id, Problem> {
    let id = auth["identity"]["token"]["id"].as_str().unwrap_or_default();
    let token = validated(call, os, id, TimeDelta::zero())?;
    check_exchange(token, auth.get("scope"))?;
    for method in &token.methods {
        if !login.methods.contains(method) {
            login.methods.push(method.clone());
        }
    }
    login.expires = Some(token.expires);
    login.parent_audit_id = Some(token.parent_audit_id.clone().unwrap_or_else(|| token.audit_id.clone()));
    login.application_credential.clone_from(&token.application_credential);
    Ok(token.user.clone())
}

/// Fails with 403 if a token that is limited to a trust, the system or an application credential is to be exchanged
/// for one with another scope.
fn check_exchange(token: &Token, scope: Option<&Value>) -> Result<(), Problem> {
    if token.trust.is_some() {
        return Err(errors::forbidden_action(
            "Using trust-scoped token to create another token. Create a new trust-scoped token instead",
        ));
    }
    let has = |name| scope.is_some_and(|scope| scope.get(name).is_some());
    if token.scope == Scope::System && (has("project") || has("domain")) {
        return Err(errors::forbidden_action(
            "Using a system-scoped token to create a project-scoped or domain-scoped token is not allowed.",
        ));
    }
    if token.application_credential.is_some() && scope.is_some() {
        return Err(errors::forbidden_action(
            "Using an application credential token to create a scoped token is not allowed.",
        ));
    }
    Ok(())
}

fn by_application_credential(call: &Call, os: &OpenStack, part: &Value, login: &mut Login) -> Result<Id, Problem> {
    let credential = application_credential(os, part)?;
    user(os, &serde_json::json!({"id": &*credential.user}))?;
    application_credentials::authenticate(credential, text(part, "secret").unwrap_or_default(), call.now)?;
    login.application_credential = Some(credential.id.clone());
    Ok(credential.user.clone())
}

/// Finds the application credential in the body, by id or by name and user.
pub fn application_credential<'o>(os: &'o OpenStack, part: &Value) -> Result<&'o ApplicationCredential, Problem> {
    if let Some(id) = text(part, "id") {
        return application_credentials::find(os, id);
    }
    let place = "application credential";
    let name = text(part, "name").ok_or_else(|| errors::expecting("name or ID", place))?;
    let owner = part.get("user").ok_or_else(|| errors::expecting("user", place))?;
    let user = user(os, owner)?;
    let mut owned = os.keystone.application_credentials.of(&user.id);
    owned.find(|credential| credential.name == name).ok_or_else(errors::unauthorized)
}
