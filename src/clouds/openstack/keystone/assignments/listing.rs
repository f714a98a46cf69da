//! All assignments, as they were granted or as they work out (`effective`)
//! (keystone/api/role_assignments.py, keystone/assignment/core.py).

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

pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/role_assignments", "keystone.role_assignment.list", list)
    .summary("Lists role assignments.")
    .policy_on_target("identity:list_role_assignments")
    .query(query)];

/// An assignment to show, and where it comes from.
#[derive(Clone, PartialEq)]
pub struct Shown {
    pub actor: Actor,
    pub target: Target,
    pub role: Id,
    pub inherited: bool,
    /// The group through which a user has it.
    pub through_group: Option<Id>,
    /// The project or domain above, on which it was granted.
    pub from_above: Option<Target>,
    /// The role that implies this one.
    pub prior_role: Option<Id>,
}

impl From<&Assignment> for Shown {
    fn from(grant: &Assignment) -> Self {
        Shown {
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

/// What the query asks for.
struct Asked<'c> {
    role: Option<&'c str>,
    user: Option<&'c str>,
    group: Option<&'c str>,
    project: Option<&'c str>,
    domain: Option<&'c str>,
    system: bool,
    inherited: Option<bool>,
    effective: bool,
    /// The project of the query and, if it says so, all below.
    projects: Vec<Id>,
}

fn query() -> Schema {
    let id = json_schema!({"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-zA-Z0-9-]+$"});
    json_schema!({
        "type": "object",
        "properties": {"group.id": id, "role.id": id, "scope.domain.id": id, "scope.project.id": id},
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
    if subtree && of_tree.is_none() {
        return Err(errors::subtree_of_nothing());
    }
    let asked = Asked::of(call, os, subtree)?;
    let mut shown = if asked.effective { effective(os, &asked) } else { granted(os, &asked) };
    if let Some(own) = own.filter(|_| !subtree) {
        shown.retain(|one| is_in_domain(os, &one.target, own));
    }
    let names = flag(call, "include_names");
    Ok(Collection::new(call, "role_assignments").show_all(shown, |o, one| view::view(o, call, os, &one, names)))
}

fn is_in_domain(os: &OpenStack, target: &Target, domain: &str) -> bool {
    match target {
        Target::Domain(id) => &**id == domain,
        Target::Project(id) => projects::find(os, id).is_ok_and(|one| one.domain.as_deref() == Some(domain)),
        Target::System => false,
    }
}

impl<'c> Asked<'c> {
    fn of(call: &'c Call, os: &OpenStack, subtree: bool) -> Result<Self, Problem> {
        let given = |name| call.query(name).filter(|value: &&str| !value.is_empty());
        let (project, domain) = (given("scope.project.id"), given("scope.domain.id"));
        let inherited = call.query("scope.OS-INHERIT:inherited_to").map(|to| to == "projects");
        let asked = Asked {
            role: given("role.id"),
            user: given("user.id"),
            group: given("group.id"),
            project,
            domain,
            system: given("scope.system") == Some("all"),
            inherited,
            effective: flag(call, "effective"),
            projects: match project {
                Some(id) if subtree => [id.into()].into_iter().chain(hierarchy::below(os, id)).collect(),
                Some(id) => vec![id.into()],
                None => vec![],
            },
        };
        asked.check(call).map(|()| asked)
    }

    fn check(&self, call: &Call) -> Result<(), Problem> {
        let system = call.query("scope.system").is_some_and(|system| !system.is_empty());
        if self.user.is_some() && self.group.is_some() {
            let pairs = call.query.iter().map(|(name, value)| format!("({}, {})", quoted(name), quoted(value)));
            return Err(errors::user_and_group(&pairs.collect::<Vec<_>>().join(", ")));
        }
        match (self.domain.is_some(), self.project.is_some(), system) {
            (true, true, _) => return Err(errors::two_scopes("a domain", "project")),
            (true, _, true) => return Err(errors::two_scopes("system", "domain")),
            (_, true, true) => return Err(errors::two_scopes("system", "project")),
            _ => {}
        }
        if self.effective && self.group.is_some() {
            return Err(errors::effective_groups());
        }
        if self.effective && self.inherited == Some(true) && self.domain.is_some() {
            return Err(errors::effective_inherited());
        }
        Ok(())
    }

    fn wants(&self, target: &Target) -> bool {
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

fn granted(os: &OpenStack, asked: &Asked) -> Vec<Shown> {
    let fits = |grant: &&Assignment| {
        let actor = match &grant.actor {
            Actor::User(id) => asked.group.is_none() && asked.user.is_none_or(|user| &**id == user),
            Actor::Group(id) => asked.user.is_none() && asked.group.is_none_or(|group| &**id == group),
        };
        actor
            && asked.wants(&grant.target)
            && asked.role.is_none_or(|role| &*grant.role == role)
            && asked.inherited.is_none_or(|inherited| grant.inherited == inherited)
    };
    os.keystone.assignments.all().rev().filter(fits).map(Shown::from).collect()
}

/// Groups become their members, what is inherited becomes what it gives below, implied roles join, and
/// roles of a domain are left out.
fn effective(os: &OpenStack, asked: &Asked) -> Vec<Shown> {
    let mut shown: Vec<Shown> = vec![];
    for grant in os.keystone.assignments.all().rev() {
        if asked.inherited.is_some_and(|inherited| grant.inherited != inherited) || grant.target == Target::System {
            continue;
        }
        for one in below(os, grant).into_iter().filter(|one| asked.wants(&one.target)) {
            shown.extend(
                members(os, one).into_iter().filter(|one| asked.user.is_none_or(|user| &**one.actor.id() == user)),
            );
        }
    }
    let mut shown = with_implied(os, shown);
    shown.retain(|one| os.keystone.roles.get(&one.role).is_some_and(|role| role.domain.is_none()));
    shown.retain(|one| asked.role.is_none_or(|role| &*one.role == role));
    shown
}

/// What an inherited grant gives on each project below; any other is as it is.
fn below(os: &OpenStack, grant: &Assignment) -> Vec<Shown> {
    let shown = Shown::from(grant);
    if !grant.inherited {
        return vec![shown];
    }
    let on_project = |id| Shown {
        target: Target::Project(id),
        inherited: false,
        from_above: Some(grant.target.clone()),
        ..shown.clone()
    };
    hierarchy::below(os, grant.target.id()).into_iter().map(on_project).collect()
}

fn members(os: &OpenStack, shown: Shown) -> Vec<Shown> {
    let Actor::Group(group) = &shown.actor else { return vec![shown] };
    let members = os.keystone.memberships.by(&BY_GROUP, group).rev();
    let as_user =
        |user: &Id| Shown { actor: Actor::User(user.clone()), through_group: Some(group.clone()), ..shown.clone() };
    members.map(|one| as_user(&one.user)).collect()
}

fn with_implied(os: &OpenStack, shown: Vec<Shown>) -> Vec<Shown> {
    let mut all = vec![];
    for one in shown {
        let mut seen = HashSet::from([one.role.clone()]);
        let mut to_do = vec![one];
        while let Some(prior) = to_do.pop() {
            for implication in os.keystone.implications.of(&prior.role) {
                if seen.insert(implication.implied.clone()) {
                    let role = implication.implied.clone();
                    to_do.push(Shown { role, prior_role: Some(prior.role.clone()), ..prior.clone() });
                }
            }
            all.push(prior);
        }
    }
    all
}
