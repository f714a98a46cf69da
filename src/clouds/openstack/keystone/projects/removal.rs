//! Deletes projects and domains with everything that belongs to them (keystone/resource/core.py).

use super::super::super::OpenStack;
use super::super::assignments::{self, Target};
use super::super::tokens::validity;
use super::super::{application_credentials, credentials, errors, groups, limits, roles, trusts, users};
use super::{find, find_authorized, hierarchy};
use crate::engine::{Answer, Call, Context, Id, Problem, Response, Row};

/// Deletes the project in the path, which may be a domain.
pub fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_authorized(call, os)?;
    let (id, is_domain) = (project.id.clone(), project.is_domain);
    if is_domain {
        remove_domain(os, &id)?
    } else {
        remove(os, &id)?
    }
    Ok(Response::empty())
}

fn remove(os: &mut OpenStack, id: &Id) -> Result<(), Problem> {
    if find(os, id)?.is_immutable() {
        return Err(errors::immutable_delete("project", id));
    }
    if !hierarchy::children(os, id).is_empty() {
        return Err(errors::not_a_leaf(id));
    }
    forget(os, id);
    validity::reassess_all(os);
    Ok(())
}

/// Deletes a domain with its projects, users, groups and roles. Fails with 403 if it is enabled, or if it or one of
/// its projects is immutable.
pub fn remove_domain(os: &mut OpenStack, id: &Id) -> Result<(), Problem> {
    let domain = find(os, id)?;
    if domain.is_immutable() {
        return Err(errors::immutable_delete("domain", id));
    }
    if domain.enabled {
        return Err(errors::domain_is_enabled());
    }
    let projects = hierarchy::below(os, id);
    if let Some(immutable) = projects.iter().find(|id| find(os, id).is_ok_and(|one| one.is_immutable())) {
        return Err(errors::immutable_delete("project", immutable));
    }
    for user in ids(os.keystone.users.of(id)) {
        users::forget(os, &user);
    }
    for group in ids(os.keystone.groups.of(id)) {
        groups::forget(os, &group);
    }
    let in_domain = os.keystone.roles.of(id).filter(|role| role.domain.is_some());
    for role in ids(in_domain) {
        roles::forget(os, &role);
    }
    os.keystone.domain_configs.remove(id);
    for project in projects.iter().rev().chain([id]) {
        forget(os, project);
    }
    validity::reassess_all(os);
    Ok(())
}

/// Deletes a project or domain with its grants, credentials, trusts and limits.
fn forget(os: &mut OpenStack, id: &Id) {
    assignments::forget_target(os, &Target::Project(id.clone()));
    assignments::forget_target(os, &Target::Domain(id.clone()));
    application_credentials::forget_project(os, id);
    credentials::forget(os, id);
    trusts::forget_of(os, id);
    limits::forget(os, id);
    os.keystone.projects.remove(id);
}

fn ids<'t, T: Row>(rows: impl Iterator<Item = &'t T>) -> Vec<Id> {
    rows.map(|row| row.id().clone()).collect()
}
