//! The ways to prove who one is: keystone/auth/plugins.

use super::super::super::OpenStack;
use super::super::application_credentials::{self, ApplicationCredential};
use super::super::users::{self, User};
use super::super::{errors, passwords};
use super::requested::{domain, text};
use super::{METHODS, Scope, Token, validated};
use crate::engine::{Call, Id, Problem};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// What the methods of a request found out together.
#[derive(Default)]
pub struct Login {
    pub user: Option<Id>,
    pub methods: Vec<String>,
    /// When a token that was shown ends: one made of it does not live longer.
    pub expires: Option<DateTime<Utc>>,
    pub parent_audit_id: Option<String>,
    pub application_credential: Option<Id>,
    pub trust: Option<Id>,
}

/// Names of the methods that the body asks for, each once. Their parts must be there, then they must be known.
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

/// Runs the methods in turn; all must succeed and name the same user.
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
    let asked = part.get("user").ok_or_else(|| errors::expecting("user", "None"))?;
    let user = user(os, asked)?.id.clone();
    passwords::authenticate(os, &user, text(asked, "password").unwrap_or_default(), call.now)?;
    Ok(user)
}

/// An enabled user of an enabled domain, by id or by name and domain.
pub fn user<'o>(os: &'o OpenStack, asked: &Value) -> Result<&'o User, Problem> {
    let user = match (text(asked, "name"), text(asked, "id")) {
        (Some(name), _) => {
            let of = asked.get("domain").ok_or_else(|| errors::expecting("domain", "user"))?;
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
    may_be_traded(token, auth.get("scope"))?;
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

/// What stands for less than its user cannot be made more by trading it in.
fn may_be_traded(token: &Token, scope: Option<&Value>) -> Result<(), Problem> {
    if token.trust.is_some() {
        return Err(errors::forbidden_action(
            "Using trust-scoped token to create another token. Create a new trust-scoped token instead",
        ));
    }
    let asks = |name| scope.is_some_and(|scope| scope.get(name).is_some());
    if token.scope == Scope::System && (asks("project") || asks("domain")) {
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

/// The application credential that a body names, by id or by its name and user.
pub fn application_credential<'o>(os: &'o OpenStack, part: &Value) -> Result<&'o ApplicationCredential, Problem> {
    if let Some(id) = text(part, "id") {
        return application_credentials::find(os, id);
    }
    let place = "application credential";
    let name = text(part, "name").ok_or_else(|| errors::expecting("name or ID", place))?;
    let asked = part.get("user").ok_or_else(|| errors::expecting("user", place))?;
    let user = user(os, asked)?;
    let mut owned = os.keystone.application_credentials.of(&user.id);
    owned.find(|credential| credential.name == name).ok_or_else(errors::unauthorized)
}
