//! Effective assignments: grants of groups expanded to their members, inherited grants to the projects
//! below, and roles to the roles that they imply (keystone/assignment/core.py).

use super::super::super::OpenStack;
use super::super::projects::{Project, hierarchy};
use super::super::roles::Role;
use super::{Actor, Assignment, Target};
use crate::engine::Id;
use std::collections::HashSet;

/// The roles of the user on `scope` as a token carries them: each once, sorted by name. Domain roles are
/// left out, but the roles that they imply are included.
pub fn roles_of<'o>(os: &'o OpenStack, user: &str, scope: &Target) -> Vec<&'o Role> {
    let granted = grants(os, user).filter(|grant| applies_to(os, grant, scope)).map(|grant| grant.role.clone());
    let roles = with_implied(os, granted);
    let mut roles: Vec<_> = roles.iter().filter_map(|id| os.keystone.roles.get(id)).collect();
    roles.retain(|role| role.domain.is_none());
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    roles
}

/// All grants to the user or to a group of the user.
pub fn grants<'o>(os: &'o OpenStack, user: &str) -> impl Iterator<Item = &'o Assignment> + use<'o> {
    let assignments = &os.keystone.assignments;
    let own = assignments.of(user).filter(|grant| matches!(grant.actor, Actor::User(_)));
    let groups = os.keystone.memberships.of(user).map(|membership| &membership.group);
    let of_groups = groups.flat_map(|group| assignments.of(group));
    own.chain(of_groups.filter(|grant| matches!(grant.actor, Actor::Group(_))))
}

/// True if the grant gives its role on `scope`.
pub fn applies_to(os: &OpenStack, grant: &Assignment, scope: &Target) -> bool {
    match scope {
        _ if !grant.inherited => grant.target == *scope,
        Target::Project(project) => hierarchy::above(os, project).iter().any(|parent| grant.target.id() == &**parent),
        Target::Domain(_) | Target::System => false,
    }
}

/// True if the user has any role on the project or domain.
pub fn has_role_in(os: &OpenStack, user: &str, project: &Project) -> bool {
    let scope = match project.is_domain {
        true => Target::Domain(project.id.clone()),
        false => Target::Project(project.id.clone()),
    };
    !roles_of(os, user, &scope).is_empty()
}

/// The projects in which the user has a role, oldest first.
pub fn projects_of<'o>(os: &'o OpenStack, user: &str) -> Vec<&'o Project> {
    let projects = os.keystone.projects.all().rev();
    projects.filter(|project| !project.is_domain && has_role_in(os, user, project)).collect()
}

/// The roles and all roles that they imply, directly or indirectly.
pub fn with_implied(os: &OpenStack, roles: impl IntoIterator<Item = Id>) -> HashSet<Id> {
    let mut found = HashSet::new();
    let mut pending: Vec<Id> = roles.into_iter().collect();
    while let Some(role) = pending.pop() {
        if found.insert(role.clone()) {
            pending.extend(os.keystone.implications.of(&role).map(|one| one.implied.clone()));
        }
    }
    found
}
