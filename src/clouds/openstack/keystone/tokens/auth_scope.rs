//! The scope in a token request, `auth.scope` (`AuthInfo` in keystone/auth/core.py).

use super::super::super::OpenStack;
use super::super::assignments::{self, Target};
use super::super::errors;
use super::super::projects::{self, Project};
use super::super::trusts;
use super::Scope;
use crate::engine::{Call, Id, Problem};
use serde_json::{Value, json};

/// The scope that the body requests.
#[derive(Default)]
pub struct RequestedScope {
    /// `None` if the body has no scope, see [`default_scope`].
    pub scope: Option<Scope>,
    /// The id of the trust that the token is for.
    pub trust: Option<Id>,
}

/// Parses `auth.scope`. Fails with 400 if it is malformed, with 401 if it does not exist or is disabled.
pub fn requested(call: &Call, os: &OpenStack, auth: &Value) -> Result<RequestedScope, Problem> {
    let Some(scope) = auth.get("scope") else { return Ok(RequestedScope::default()) };
    // Upstream tests `'project' in scope`, which is a substring test if the scope is a string.
    let contains = |name: &str| match scope {
        Value::String(text) => text.contains(name),
        scope => scope.get(name).is_some(),
    };
    let known = ["system", "project", "domain", "OS-TRUST:trust", "unscoped"];
    let named: Vec<_> = known.into_iter().filter(|name| contains(name)).collect();
    let scope = match named[..] {
        ["system"] => Scope::System,
        ["unscoped"] => Scope::Unscoped,
        ["project"] => project(os, &scope["project"])?,
        ["domain"] => Scope::Domain(domain(os, &scope["domain"])?.id.clone()),
        ["OS-TRUST:trust"] => return trust(call, os, &scope["OS-TRUST:trust"]),
        _ => return Err(errors::expecting("system, project, domain, OS-TRUST:trust or unscoped", "scope")),
    };
    Ok(RequestedScope { scope: Some(scope), trust: None })
}

/// The scope of a trust is its project.
fn trust(call: &Call, os: &OpenStack, body: &Value) -> Result<RequestedScope, Problem> {
    let id = text(body, "id").ok_or_else(|| errors::expecting("trust_id", "trust"))?;
    let trust = trusts::find(os, id, call.now).map_err(|_| errors::unauthorized())?;
    let scope = match &trust.project {
        Some(id) => project(os, &json!({"id": &**id}))?,
        None => Scope::Unscoped,
    };
    Ok(RequestedScope { scope: Some(scope), trust: Some(trust.id.clone()) })
}

fn project(os: &OpenStack, body: &Value) -> Result<Scope, Problem> {
    let project = match text(body, "name") {
        Some(name) => {
            let domain = body.get("domain").ok_or_else(|| errors::expecting("domain", "project"))?;
            let domain = self::domain(os, domain)?;
            let mut named = os.keystone.projects.by(&projects::BY_NAME, name);
            named.find(|project| !project.is_domain && project.domain.as_ref() == Some(&domain.id))
        }
        None => os.keystone.projects.get(text(body, "id").unwrap_or_default()),
    };
    let project = project.filter(|project| project.enabled).ok_or_else(errors::unauthorized)?;
    let owner = project.domain.as_ref().ok_or_else(errors::unauthorized)?;
    let enabled = os.keystone.projects.get(owner).is_some_and(|domain| domain.enabled);
    if !enabled {
        return Err(errors::unauthorized());
    }
    Ok(Scope::Project { id: project.id.clone(), domain: owner.clone() })
}

/// Finds an enabled domain by name or id. Fails with 401.
pub fn domain<'o>(os: &'o OpenStack, body: &Value) -> Result<&'o Project, Problem> {
    let domain = match (text(body, "name"), text(body, "id")) {
        (Some(name), _) => os.keystone.projects.by(&projects::BY_NAME, name).find(|project| project.is_domain),
        (None, Some(id)) => os.keystone.projects.get(id).filter(|project| project.is_domain),
        (None, None) => return Err(errors::expecting("id or name", "domain")),
    };
    domain.filter(|domain| domain.enabled).ok_or_else(errors::unauthorized)
}

/// A string field that is not empty.
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The user's default project, if it is enabled and the user has a role on it. Otherwise unscoped.
pub fn default_scope(os: &OpenStack, user: &str) -> Scope {
    let id = os.keystone.users.get(user).and_then(|user| user.default_project.as_ref());
    let project = id.and_then(|id| os.keystone.projects.get(id)).filter(|project| project.enabled);
    let usable = |domain: &&Id| os.keystone.projects.get(domain).is_some_and(|domain| domain.enabled);
    match project.and_then(|project| Some((project.id.clone(), project.domain.as_ref().filter(usable)?.clone()))) {
        Some((id, domain)) if !assignments::roles_of(os, user, &Target::Project(id.clone())).is_empty() => {
            Scope::Project { id, domain }
        }
        _ => Scope::Unscoped,
    }
}
