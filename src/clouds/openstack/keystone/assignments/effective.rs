//! What grants come to: a group's for its members, a domain's and a project's for the projects below,
//! a role's for the roles that it implies.

use super::super::super::OpenStack;
use super::super::roles::Role;
use super::{Actor, Assignment, Target};
use crate::engine::Id;
use std::collections::HashSet;

/// The roles that a token of the user for `scope` carries, each once, by name. Roles of a domain are
/// left out; what they imply is not.
pub fn roles_of<'o>(os: &'o OpenStack, user: &str, scope: &Target) -> Vec<&'o Role> {
    let granted = grants(os, user).filter(|grant| reaches(os, grant, scope)).map(|grant| grant.role.clone());
    let roles = with_implied(os, granted);
    let mut roles: Vec<_> = roles.iter().filter_map(|id| os.keystone.roles.get(id)).collect();
    roles.retain(|role| role.domain.is_none());
    roles.sort_by(|one, other| one.name.cmp(&other.name));
    roles
}

/// All that was granted to the user or to a group that the user is in.
pub fn grants<'o>(os: &'o OpenStack, user: &str) -> impl Iterator<Item = &'o Assignment> + use<'o> {
    let assignments = &os.keystone.assignments;
    let own = assignments.of(user).filter(|grant| matches!(grant.actor, Actor::User(_)));
    let groups = os.keystone.memberships.of(user).map(|membership| &membership.group);
    let of_groups = groups.flat_map(|group| assignments.of(group));
    own.chain(of_groups.filter(|grant| matches!(grant.actor, Actor::Group(_))))
}

/// True if the grant gives its role on `scope`.
pub fn reaches(os: &OpenStack, grant: &Assignment, scope: &Target) -> bool {
    match scope {
        _ if !grant.inherited => grant.target == *scope,
        Target::Project(project) => above(os, project).iter().any(|parent| grant.target.id() == &**parent),
        Target::Domain(_) | Target::System => false,
    }
}

/// The projects above a project, nearest first; the last is its domain.
pub fn above(os: &OpenStack, project: &str) -> Vec<Id> {
    let mut above = vec![];
    let mut below = os.keystone.projects.get(project);
    while let Some(parent) = below.and_then(|below| below.parent.as_ref()) {
        if above.contains(parent) {
            break;
        }
        above.push(parent.clone());
        below = os.keystone.projects.get(parent);
    }
    above
}

/// The roles themselves and all that they imply, directly or not.
pub fn with_implied(os: &OpenStack, roles: impl IntoIterator<Item = Id>) -> HashSet<Id> {
    let mut found = HashSet::new();
    let mut to_do: Vec<Id> = roles.into_iter().collect();
    while let Some(role) = to_do.pop() {
        if found.insert(role.clone()) {
            to_do.extend(os.keystone.implications.of(&role).map(|one| one.implied.clone()));
        }
    }
    found
}
