//! What a token is asked for: `auth.scope` (AuthInfo in keystone/auth/core.py).

use super::super::super::OpenStack;
use super::super::assignments::{self, Target};
use super::super::errors;
use super::super::projects::{self, Project};
use super::super::trusts;
use super::Scope;
use crate::engine::{Call, Id, Problem};
use serde_json::{Value, json};

/// What the body asks for.
#[derive(Default)]
pub struct Requested {
    /// Nothing if the body leaves it to the user's default project.
    pub scope: Option<Scope>,
    pub trust: Option<Id>,
}

pub fn requested(call: &Call, os: &OpenStack, auth: &Value) -> Result<Requested, Problem> {
    let Some(scope) = auth.get("scope") else { return Ok(Requested::default()) };
    // Upstream asks `'project' in scope`, which in a text looks for a part of it.
    let names = |name: &str| match scope {
        Value::String(text) => text.contains(name),
        scope => scope.get(name).is_some(),
    };
    let known = ["system", "project", "domain", "OS-TRUST:trust", "unscoped"];
    let named: Vec<_> = known.into_iter().filter(|name| names(name)).collect();
    let scope = match named[..] {
        ["system"] => Scope::System,
        ["unscoped"] => Scope::Unscoped,
        ["project"] => project(os, &scope["project"])?,
        ["domain"] => Scope::Domain(domain(os, &scope["domain"])?.id.clone()),
        ["OS-TRUST:trust"] => return trust(call, os, &scope["OS-TRUST:trust"]),
        _ => return Err(errors::expecting("system, project, domain, OS-TRUST:trust or unscoped", "scope")),
    };
    Ok(Requested { scope: Some(scope), trust: None })
}

/// A trust decides on the scope itself.
fn trust(call: &Call, os: &OpenStack, asked: &Value) -> Result<Requested, Problem> {
    let id = text(asked, "id").ok_or_else(|| errors::expecting("trust_id", "trust"))?;
    let trust = trusts::find(os, id, call.now).map_err(|_| errors::unauthorized())?;
    let scope = match &trust.project {
        Some(id) => project(os, &json!({"id": &**id}))?,
        None => Scope::Unscoped,
    };
    Ok(Requested { scope: Some(scope), trust: Some(trust.id.clone()) })
}

fn project(os: &OpenStack, asked: &Value) -> Result<Scope, Problem> {
    let project = match text(asked, "name") {
        Some(name) => {
            let domain = asked.get("domain").ok_or_else(|| errors::expecting("domain", "project"))?;
            let domain = self::domain(os, domain)?;
            let mut named = os.keystone.projects.by(&projects::BY_NAME, name);
            named.find(|project| !project.is_domain && project.domain.as_ref() == Some(&domain.id))
        }
        None => os.keystone.projects.get(text(asked, "id").unwrap_or_default()),
    };
    let project = project.filter(|project| project.enabled).ok_or_else(errors::unauthorized)?;
    let owner = project.domain.as_ref().ok_or_else(errors::unauthorized)?;
    let enabled = os.keystone.projects.get(owner).is_some_and(|domain| domain.enabled);
    if !enabled {
        return Err(errors::unauthorized());
    }
    Ok(Scope::Project { id: project.id.clone(), domain: owner.clone() })
}

/// An enabled domain by name or id.
pub fn domain<'o>(os: &'o OpenStack, asked: &Value) -> Result<&'o Project, Problem> {
    let domain = match (text(asked, "name"), text(asked, "id")) {
        (Some(name), _) => os.keystone.projects.by(&projects::BY_NAME, name).find(|project| project.is_domain),
        (None, Some(id)) => os.keystone.projects.get(id).filter(|project| project.is_domain),
        (None, None) => return Err(errors::expecting("id or name", "domain")),
    };
    domain.filter(|domain| domain.enabled).ok_or_else(errors::unauthorized)
}

/// A text that says something.
pub fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The user's default project, if there is one that the user can use; else no scope.
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
