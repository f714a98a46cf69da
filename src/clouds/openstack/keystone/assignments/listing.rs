//! The list of role assignments, as granted or expanded (`effective`)
//! (keystone/api/role_assignments.py and keystone/assignment/core.py).

use super::super::super::python::quoted;
use super::super::super::{OpenStack, scope};
use super::super::collections::{Collection, flag};
use super::super::groups::members::BY_GROUP;
use super::super::projects::{self, hierarchy};
use super::super::{errors, policy};
use super::{Actor, Assignment, Target, view};
use crate::engine::{Answer, Call, Id, Operation, Problem, get};
use schemars::{Schema, json_schema};
use std::collections::HashSet;

/// `/role_assignments`
pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/role_assignments", "keystone.role_assignment.list", list)
    .summary("Lists role assignments.")
    .policy_on_target("identity:list_role_assignments")
    .query(query)];

/// One assignment in the list, and the grant that it results from.
#[derive(Clone, PartialEq)]
pub struct ListedAssignment {
    pub actor: Actor,
    pub target: Target,
    /// The role id.
    pub role: Id,
    pub inherited: bool,
    /// The group through which the user has the role.
    pub through_group: Option<Id>,
    /// The project or domain above, which the role is inherited from.
    pub from_above: Option<Target>,
    /// The role that implies this one.
    pub prior_role: Option<Id>,
}

impl From<&Assignment> for ListedAssignment {
    fn from(grant: &Assignment) -> Self {
        ListedAssignment {
            actor: grant.actor.clone(),
            target: grant.target.clone(),
            role: grant.role.clone(),
            inherited: grant.inherited,
            through_group: None,
            from_above: None,
            prior_role: None,
        }
    }
}

/// The filters in the query.
struct AssignmentFilters<'c> {
    role: Option<&'c str>,
    user: Option<&'c str>,
    group: Option<&'c str>,
    project: Option<&'c str>,
    domain: Option<&'c str>,
    system: bool,
    inherited: Option<bool>,
    effective: bool,
    /// The project in the query and, with `include_subtree`, all projects below it. Empty for any project.
    projects: Vec<Id>,
}

fn query() -> Schema {
    let id = json_schema!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"});
    json_schema!({
        "type": "object",
        "properties": {"group.id": id, "role.id": id, "scope.domain.id": id, "scope.project.id": id},
        "dependentRequired": {"include_subtree": ["scope.project.id"]},
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let subtree = flag(call, "include_subtree");
    let of_tree = call.query("scope.project.id").filter(|_| subtree);
    let own = scope::domain(&call.caller);
    match of_tree.map(|id| projects::find(os, id)).transpose()? {
        Some(project) => {
            let domain = project.domain.as_deref().unwrap_or("None");
            policy::enforce_rule(call, "identity:list_role_assignments_for_tree", &[("target.domain_id", domain)])?;
        }
        None if subtree => policy::enforce_rule(call, "identity:list_role_assignments_for_tree", &[])?,
        None => policy::enforce(call, own.map(|own| ("target.domain_id", own)).as_slice())?,
    }
    let filters = AssignmentFilters::of(call, os, subtree)?;
    let mut listed = if filters.effective { effective(os, &filters) } else { granted(os, &filters) };
    if let Some(own) = own.filter(|_| !subtree) {
        listed.retain(|one| is_in_domain(os, &one.target, own));
    }
    let names = flag(call, "include_names");
    Ok(Collection::new(call, "role_assignments").show_all(listed, |o, one| view::view(o, call, os, &one, names)))
}

fn is_in_domain(os: &OpenStack, target: &Target, domain: &str) -> bool {
    match target {
        Target::Domain(id) => &**id == domain,
        Target::Project(id) => projects::find(os, id).is_ok_and(|one| one.domain.as_deref() == Some(domain)),
        Target::System => false,
    }
}

impl<'c> AssignmentFilters<'c> {
    fn of(call: &'c Call, os: &OpenStack, subtree: bool) -> Result<Self, Problem> {
        let filter = |name| call.query(name).filter(|value: &&str| !value.is_empty());
        let (project, domain) = (filter("scope.project.id"), filter("scope.domain.id"));
        let inherited = call.query("scope.OS-INHERIT:inherited_to").map(|to| to == "projects");
        let filters = AssignmentFilters {
            role: filter("role.id"),
            user: filter("user.id"),
            group: filter("group.id"),
            project,
            domain,
            system: filter("scope.system") == Some("all"),
            inherited,
            effective: flag(call, "effective"),
            projects: match project {
                Some(id) if subtree => [id.into()].into_iter().chain(hierarchy::below(os, id)).collect(),
                Some(id) => vec![id.into()],
                None => vec![],
            },
        };
        filters.check(call).map(|()| filters)
    }

    /// Fails with 400 for filters that cannot be combined.
    fn check(&self, call: &Call) -> Result<(), Problem> {
        let system = call.query("scope.system").is_some_and(|system| !system.is_empty());
        if self.user.is_some() && self.group.is_some() {
            let pairs = call.query.iter().map(|(name, value)| format!("({}, {})", quoted(name), quoted(value)));
            return Err(errors::user_and_group(&pairs.collect::<Vec<_>>().join(", ")));
        }
        match (self.domain.is_some(), self.project.is_some(), system) {
            (true, true, _) => return Err(errors::several_scopes("a domain", "project")),
            (true, _, true) => return Err(errors::several_scopes("system", "domain")),
            (_, true, true) => return Err(errors::several_scopes("system", "project")),
            _ => {}
        }
        if self.effective && self.group.is_some() {
            return Err(errors::effective_with_group());
        }
        if self.effective && self.inherited == Some(true) && self.domain.is_some() {
            return Err(errors::effective_with_inherited());
        }
        Ok(())
    }

    fn admits_target(&self, target: &Target) -> bool {
        match target {
            Target::Project(id) => {
                !self.system && self.domain.is_none() && (self.projects.is_empty() || self.projects.contains(id))
            }
            Target::Domain(id) => {
                !self.system && self.project.is_none() && self.domain.is_none_or(|domain| &**id == domain)
            }
            Target::System => self.project.is_none() && self.domain.is_none(),
        }
    }
}

fn granted(os: &OpenStack, filters: &AssignmentFilters) -> Vec<ListedAssignment> {
    let admits = |grant: &&Assignment| {
        let actor = match &grant.actor {
            Actor::User(id) => filters.group.is_none() && filters.user.is_none_or(|user| &**id == user),
            Actor::Group(id) => filters.user.is_none() && filters.group.is_none_or(|group| &**id == group),
        };
        actor
            && filters.admits_target(&grant.target)
            && filters.role.is_none_or(|role| &*grant.role == role)
            && (grant.target == Target::System
                || filters.inherited.is_none_or(|inherited| grant.inherited == inherited))
    };
    os.keystone.assignments.all().rev().filter(admits).map(ListedAssignment::from).collect()
}

/// Expands groups to their members, inherited grants to the projects below, and roles to the roles that they
/// imply. Domain roles are left out.
fn effective(os: &OpenStack, filters: &AssignmentFilters) -> Vec<ListedAssignment> {
    let mut expanded: Vec<ListedAssignment> = vec![];
    for grant in os.keystone.assignments.all().rev() {
        if filters.inherited.is_some_and(|inherited| grant.inherited != inherited) || grant.target == Target::System {
            continue;
        }
        for one in below(os, grant).into_iter().filter(|one| filters.admits_target(&one.target)) {
            expanded.extend(
                members(os, one).into_iter().filter(|one| filters.user.is_none_or(|user| &**one.actor.id() == user)),
            );
        }
    }
    let mut listed = with_implied(os, expanded);
    listed.retain(|one| os.keystone.roles.get(&one.role).is_some_and(|role| role.domain.is_none()));
    listed.retain(|one| filters.role.is_none_or(|role| &*one.role == role));
    listed
}

/// Expands an inherited grant to the projects below its target. Other grants are returned as they are.
fn below(os: &OpenStack, grant: &Assignment) -> Vec<ListedAssignment> {
    let assignment = ListedAssignment::from(grant);
    if !grant.inherited {
        return vec![assignment];
    }
    let on_project = |id| ListedAssignment {
        target: Target::Project(id),
        inherited: false,
        from_above: Some(grant.target.clone()),
        ..assignment.clone()
    };
    hierarchy::below(os, grant.target.id()).into_iter().map(on_project).collect()
}

fn members(os: &OpenStack, assignment: ListedAssignment) -> Vec<ListedAssignment> {
    let Actor::Group(group) = &assignment.actor else { return vec![assignment] };
    let members = os.keystone.memberships.by(&BY_GROUP, group).rev();
    let as_user = |user: &Id| ListedAssignment {
        actor: Actor::User(user.clone()),
        through_group: Some(group.clone()),
        ..assignment.clone()
    };
    members.map(|one| as_user(&one.user)).collect()
}

fn with_implied(os: &OpenStack, assignments: Vec<ListedAssignment>) -> Vec<ListedAssignment> {
    let mut all = vec![];
    for one in assignments {
        let mut seen = HashSet::from([one.role.clone()]);
        let mut pending = vec![one];
        while let Some(prior) = pending.pop() {
            for implication in os.keystone.implications.of(&prior.role) {
                if seen.insert(implication.implied.clone()) {
                    let role = implication.implied.clone();
                    pending.push(ListedAssignment { role, prior_role: Some(prior.role.clone()), ..prior.clone() });
                }
            }
            all.push(prior);
        }
    }
    all
}
