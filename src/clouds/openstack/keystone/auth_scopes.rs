//! The scopes that the user of a token can get tokens for, and the catalog of the token
//! (keystone/api/auth.py).

use super::super::OpenStack;
use super::assignments::Target;
use super::assignments::effective::{grants, projects_of, roles_of};
use super::collections::{Collection, own_address};
use super::projects::{self, Project};
use super::tokens::view::catalog;
use super::{domains, errors};
use crate::engine::{Answer, Call, Operation, Response, get};

/// `/auth/projects`, `/auth/domains`, `/auth/system` and `/auth/catalog`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/auth/projects", "keystone.auth.project.list", list_projects)
        .summary("Lists the projects that the token can be scoped to.")
        .policy("identity:get_auth_projects"),
    get("/auth/domains", "keystone.auth.domain.list", list_domains)
        .summary("Lists the domains that the token can be scoped to.")
        .policy("identity:get_auth_domains"),
    get("/auth/system", "keystone.auth.system.list", list_system)
        .summary("Shows whether the token can be scoped to the system.")
        .policy("identity:get_auth_system"),
    get("/auth/catalog", "keystone.auth.catalog.show", show_catalog)
        .summary("Shows the service catalog of the token.")
        .policy("identity:get_auth_catalog"),
];

fn list_projects(call: &Call, os: &OpenStack) -> Answer {
    let user = call.user();
    let projects = projects_of(os, &user);
    Ok(Collection::new(call, "projects").show_all(projects, |o, project| projects::view(o, call, project)))
}

fn list_domains(call: &Call, os: &OpenStack) -> Answer {
    let user = call.user();
    let has_role =
        |project: &&Project| project.is_domain && !roles_of(os, &user, &Target::Domain(project.id.clone())).is_empty();
    let domains = os.keystone.projects.all().rev().filter(has_role);
    Ok(Collection::new(call, "domains").show_all(domains, |o, domain| domains::view(o, call, domain)))
}

fn list_system(call: &Call, os: &OpenStack) -> Answer {
    let granted = grants(os, &call.user()).any(|grant| grant.target == Target::System);
    Ok(Response::object(|o| {
        o.list("system", |list| {
            if granted {
                list.object(|o| o.set("all", true));
            }
        });
        o.object("links", |o| o.set("self", own_address(call)));
    }))
}

fn show_catalog(call: &Call, os: &OpenStack) -> Answer {
    let project = call.caller.project.as_deref().ok_or_else(errors::forbidden)?;
    Ok(Response::object(|o| {
        o.list("catalog", |list| catalog(list, call, os, &call.user(), Some(project)));
        o.object("links", |o| o.set("self", own_address(call)));
    }))
}
