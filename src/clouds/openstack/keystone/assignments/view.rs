//! An entry of the list of role assignments, with links to what it results from
//! (keystone/api/role_assignments.py).

use super::super::super::OpenStack;
use super::listing::ListedAssignment;
use super::{Actor, Target};
use crate::engine::{Call, Object};

/// Writes an assignment. With `names`, users, groups, roles and targets have names and domains too.
pub fn view(o: &mut Object, call: &Call, os: &OpenStack, one: &ListedAssignment, names: bool) {
    o.object("links", |o| {
        o.set("assignment", address(call, one));
        if let (Some(group), Actor::User(user)) = (&one.through_group, &one.actor) {
            o.set("membership", format_args!("{}/v3/groups/{group}/users/{user}", call.base()));
        }
        if let Some(prior) = &one.prior_role {
            // Upstream swaps the two roles in this link.
            o.set("prior_role", format_args!("{}/v3/prior_role/{}/implies/{prior}", call.base(), one.role));
        }
    });
    o.object("scope", |o| scope(o, os, one, names));
    match &one.actor {
        Actor::User(id) => o.object("user", |o| {
            o.set("id", id);
            if let Some(user) = os.keystone.users.get(id).filter(|_| names) {
                o.set("name", &user.name);
                domain(o, os, &user.domain);
            }
        }),
        Actor::Group(id) => o.object("group", |o| {
            o.set("id", id);
            if let Some(group) = os.keystone.groups.get(id).filter(|_| names) {
                o.set("name", &group.name);
                domain(o, os, &group.domain);
            }
        }),
    }
    o.object("role", |o| {
        o.set("id", &one.role);
        if let Some(role) = os.keystone.roles.get(&one.role).filter(|_| names) {
            o.set("name", &role.name);
            if let Some(id) = &role.domain {
                domain(o, os, id);
            }
        }
    });
}

fn scope(o: &mut Object, os: &OpenStack, one: &ListedAssignment, names: bool) {
    match &one.target {
        Target::Project(id) => o.object("project", |o| {
            o.set("id", id);
            if let Some(project) = os.keystone.projects.get(id).filter(|_| names) {
                o.set("name", &project.name);
                if let Some(id) = &project.domain {
                    domain(o, os, id);
                }
            }
        }),
        Target::Domain(id) => o.object("domain", |o| {
            o.set("id", id);
            if let Some(domain) = os.keystone.projects.get(id).filter(|_| names) {
                o.set("name", &domain.name);
            }
        }),
        Target::System => o.object("system", |o| o.set("all", true)),
    }
    if one.inherited || one.from_above.is_some() {
        o.set("OS-INHERIT:inherited_to", "projects");
    }
}

fn domain(o: &mut Object, os: &OpenStack, id: &str) {
    o.object("domain", |o| {
        o.set("id", id);
        o.set("name", os.keystone.projects.get(id).map(|domain| domain.name.as_str()));
    });
}

/// The address of the grant that the assignment results from.
fn address(call: &Call, one: &ListedAssignment) -> String {
    let place = match one.from_above.as_ref().unwrap_or(&one.target) {
        Target::Project(id) => format!("/projects/{id}"),
        Target::Domain(id) => format!("/domains/{id}"),
        Target::System => "/system".to_owned(),
    };
    let actor = match (&one.through_group, &one.actor) {
        (Some(id), _) | (None, Actor::Group(id)) => format!("/groups/{id}"),
        (None, Actor::User(id)) => format!("/users/{id}"),
    };
    let role = one.prior_role.as_ref().unwrap_or(&one.role);
    let grant = format!("{place}{actor}/roles/{role}");
    if one.inherited || one.from_above.is_some() {
        format!("{}/v3/OS-INHERIT{grant}/inherited_to_projects", call.base())
    } else {
        format!("{}/v3{grant}", call.base())
    }
}
