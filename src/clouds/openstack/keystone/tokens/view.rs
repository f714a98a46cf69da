//! The representation of tokens (keystone/common/render_token.py) and of the catalog.

use super::super::super::OpenStack;
use super::super::super::times::{Micros, MicrosZ};
use super::{Scope, Token, validity};
use crate::engine::{Call, List, Object, Response};

/// The response with a token, with the catalog unless the query has `nocatalog`.
pub fn response(call: &Call, os: &OpenStack, token: &Token) -> Response {
    let body = Response::one("token", |o| {
        o.set("methods", &token.methods);
        o.object("user", |o| user(o, os, token));
        match &token.parent_audit_id {
            Some(parent) => o.set("audit_ids", [&token.audit_id, parent]),
            None => o.set("audit_ids", [&token.audit_id]),
        }
        o.set("expires_at", MicrosZ(token.expires));
        o.set("issued_at", MicrosZ(token.issued));
        scope(o, os, token);
        if token.scope != Scope::Unscoped && call.query("nocatalog").is_none() {
            o.list("catalog", |list| catalog(list, call, os, &token.user, token.scope.project().map(|id| &**id)));
        }
        if token.application_credential.is_some() {
            o.object("application_credential", |o| application_credential(o, os, token));
        }
    });
    body.header("X-Subject-Token", &*token.id)
}

fn user(o: &mut Object, os: &OpenStack, token: &Token) {
    o.object("domain", |o| named(o, os, &token.user_domain));
    o.set("id", &token.user);
    let user = os.keystone.users.get(&token.user);
    o.set("name", user.map(|user| &user.name));
    o.set("password_expires_at", user.and_then(|user| user.password_expires).map(Micros));
}

fn scope(o: &mut Object, os: &OpenStack, token: &Token) {
    match &token.scope {
        Scope::Unscoped => {}
        Scope::System => {
            roles(o, token);
            o.object("system", |o| o.set("all", true));
        }
        Scope::Domain(id) => {
            o.object("domain", |o| named(o, os, id));
            roles(o, token);
        }
        Scope::Project { id, domain } if token.trust.is_some() => {
            o.object("OS-TRUST:trust", |o| trust(o, os, token));
            o.object("project", |o| {
                o.object("domain", |o| named(o, os, domain));
                named(o, os, id);
            });
            let roles = token.roles.iter().filter_map(|role| os.keystone.roles.get(&role.id));
            o.each("roles", roles, |o, role| role.attributes(o));
        }
        Scope::Project { id, domain } => {
            o.object("project", |o| {
                o.object("domain", |o| named(o, os, domain));
                named(o, os, id);
            });
            o.set("is_domain", os.keystone.projects.get(id).is_some_and(|project| project.is_domain));
            roles(o, token);
        }
    }
}

fn trust(o: &mut Object, os: &OpenStack, token: &Token) {
    let id = token.trust.as_deref().unwrap_or_default();
    let Some(trust) = os.keystone.trusts.get(id) else { return };
    o.set("id", id);
    o.object("trustor_user", |o| o.set("id", &trust.trustor));
    o.object("trustee_user", |o| o.set("id", &trust.trustee));
    o.set("impersonation", trust.impersonation);
}

/// Writes id and name of a project or domain.
fn named(o: &mut Object, os: &OpenStack, id: &str) {
    o.set("id", id);
    o.set("name", os.keystone.projects.get(id).map(|project| &project.name));
}

fn roles(o: &mut Object, token: &Token) {
    o.each("roles", &token.roles, |o, role| {
        o.set("id", &role.id);
        o.set("name", &role.name);
    });
}

fn application_credential(o: &mut Object, os: &OpenStack, token: &Token) {
    let id = token.application_credential.as_deref().unwrap_or_default();
    let Some(credential) = os.keystone.application_credentials.get(id) else { return };
    o.set("id", id);
    o.set("name", &credential.name);
    o.set("restricted", !credential.unrestricted.unwrap_or(false));
    if let Some(rules) = validity::access_rules(os, token).filter(|rules| !rules.is_empty()) {
        o.each("access_rules", rules, |o, rule| rule.show(o));
    }
}

/// Writes the enabled services with their enabled endpoints. Without a project, endpoints whose template names one
/// are left out (keystone/catalog/backends/sql.py).
pub fn catalog(list: &mut List, call: &Call, os: &OpenStack, user: &str, project: Option<&str>) {
    for service in os.keystone.services.all().rev().filter(|service| service.enabled) {
        list.object(|o| {
            let endpoints = os.keystone.endpoints.of(&service.id).rev().filter(|endpoint| endpoint.enabled);
            let reachable = endpoints.filter_map(|endpoint| Some((endpoint, endpoint.url(call, user, project)?)));
            o.each("endpoints", reachable, |o, (endpoint, url)| {
                o.set("id", &endpoint.id);
                o.set("interface", &endpoint.interface);
                o.set("region_id", &endpoint.region);
                o.set("url", url);
                o.set("region", &endpoint.region);
            });
            o.set("id", &service.id);
            o.set("type", &service.kind);
            o.set("name", service.extra.get("name").and_then(|name| name.as_str()).unwrap_or_default());
        });
    }
}
