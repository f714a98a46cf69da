//! Deleting projects and domains, with all that hangs on them.

use super::super::super::OpenStack;
use super::super::assignments::{self, Target};
use super::super::tokens::life;
use super::super::{application_credentials, credentials, errors, groups, limits, roles, trusts, users};
use super::{find, find_for, hierarchy};
use crate::engine::{Answer, Call, Context, Id, Problem, Response, Row};

pub fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let project = find_for(call, os)?;
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
    life::reassess_all(os);
    Ok(())
}

/// A domain goes with its projects, users, groups and roles, once it was disabled. A project in it that is
/// immutable keeps it.
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
    life::reassess_all(os);
    Ok(())
}

/// Takes a project or domain away, with what was granted on it and the credentials for it.
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
