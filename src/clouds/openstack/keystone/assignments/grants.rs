//! Granting roles, asking for grants and taking them back: of users and groups, on projects, domains and
//! the whole system, and on all that is below a project or domain (OS-INHERIT).

use super::super::super::OpenStack;
use super::super::collections::Collection;
use super::super::projects::Project;
use super::super::roles::Role;
use super::super::tokens::life;
use super::super::{application_credentials, domains, errors, groups, policy, projects, roles, users};
use super::{Actor, Assignment, Target};
use crate::engine::{Answer, Call, Context, Operation, Problem, Response, Row, delete, get, put};

const PROJECT_USER: &str = "/projects/{project_id}/users/{user_id}/roles";
const PROJECT_USER_ROLE: &str = "/projects/{project_id}/users/{user_id}/roles/{role_id}";
const PROJECT_GROUP: &str = "/projects/{project_id}/groups/{group_id}/roles";
const PROJECT_GROUP_ROLE: &str = "/projects/{project_id}/groups/{group_id}/roles/{role_id}";
const DOMAIN_USER: &str = "/domains/{domain_id}/users/{user_id}/roles";
const DOMAIN_USER_ROLE: &str = "/domains/{domain_id}/users/{user_id}/roles/{role_id}";
const DOMAIN_GROUP: &str = "/domains/{domain_id}/groups/{group_id}/roles";
const DOMAIN_GROUP_ROLE: &str = "/domains/{domain_id}/groups/{group_id}/roles/{role_id}";
const SYSTEM_USER: &str = "/system/users/{user_id}/roles";
const SYSTEM_USER_ROLE: &str = "/system/users/{user_id}/roles/{role_id}";
const SYSTEM_GROUP: &str = "/system/groups/{group_id}/roles";
const SYSTEM_GROUP_ROLE: &str = "/system/groups/{group_id}/roles/{role_id}";
const INHERITED_DOMAIN_USER: &str = "/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/inherited_to_projects";
const INHERITED_DOMAIN_USER_ROLE: &str =
    "/OS-INHERIT/domains/{domain_id}/users/{user_id}/roles/{role_id}/inherited_to_projects";
const INHERITED_DOMAIN_GROUP: &str = "/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/inherited_to_projects";
const INHERITED_DOMAIN_GROUP_ROLE: &str =
    "/OS-INHERIT/domains/{domain_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects";
const INHERITED_PROJECT_USER_ROLE: &str =
    "/OS-INHERIT/projects/{project_id}/users/{user_id}/roles/{role_id}/inherited_to_projects";
const INHERITED_PROJECT_GROUP_ROLE: &str =
    "/OS-INHERIT/projects/{project_id}/groups/{group_id}/roles/{role_id}/inherited_to_projects";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    listed(PROJECT_USER, "keystone.project.user.role.list", "identity:list_grants")
        .summary("Lists the roles of a user on a project."),
    checked(PROJECT_USER_ROLE, "keystone.project.user.role.check", "identity:check_grant")
        .summary("Checks that a user has a role on a project."),
    granted(PROJECT_USER_ROLE, "keystone.project.user.role.grant", "identity:create_grant")
        .summary("Grants a user a role on a project."),
    revoked(PROJECT_USER_ROLE, "keystone.project.user.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a user on a project."),
    listed(PROJECT_GROUP, "keystone.project.group.role.list", "identity:list_grants")
        .summary("Lists the roles of a group on a project."),
    checked(PROJECT_GROUP_ROLE, "keystone.project.group.role.check", "identity:check_grant")
        .summary("Checks that a group has a role on a project."),
    granted(PROJECT_GROUP_ROLE, "keystone.project.group.role.grant", "identity:create_grant")
        .summary("Grants a group a role on a project."),
    revoked(PROJECT_GROUP_ROLE, "keystone.project.group.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a group on a project."),
    listed(DOMAIN_USER, "keystone.domain.user.role.list", "identity:list_grants")
        .summary("Lists the roles of a user on a domain."),
    checked(DOMAIN_USER_ROLE, "keystone.domain.user.role.check", "identity:check_grant")
        .summary("Checks that a user has a role on a domain."),
    granted(DOMAIN_USER_ROLE, "keystone.domain.user.role.grant", "identity:create_grant")
        .summary("Grants a user a role on a domain."),
    revoked(DOMAIN_USER_ROLE, "keystone.domain.user.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a user on a domain."),
    listed(DOMAIN_GROUP, "keystone.domain.group.role.list", "identity:list_grants")
        .summary("Lists the roles of a group on a domain."),
    checked(DOMAIN_GROUP_ROLE, "keystone.domain.group.role.check", "identity:check_grant")
        .summary("Checks that a group has a role on a domain."),
    granted(DOMAIN_GROUP_ROLE, "keystone.domain.group.role.grant", "identity:create_grant")
        .summary("Grants a group a role on a domain."),
    revoked(DOMAIN_GROUP_ROLE, "keystone.domain.group.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a group on a domain."),
    listed(SYSTEM_USER, "keystone.system.user.role.list", "identity:list_system_grants_for_user")
        .summary("Lists the roles of a user on the system."),
    checked(SYSTEM_USER_ROLE, "keystone.system.user.role.check", "identity:check_system_grant_for_user")
        .summary("Checks that a user has a role on the system."),
    granted(SYSTEM_USER_ROLE, "keystone.system.user.role.grant", "identity:create_system_grant_for_user")
        .summary("Grants a user a role on the system."),
    revoked(SYSTEM_USER_ROLE, "keystone.system.user.role.revoke", "identity:revoke_system_grant_for_user")
        .summary("Revokes a role of a user on the system."),
    listed(SYSTEM_GROUP, "keystone.system.group.role.list", "identity:list_system_grants_for_group")
        .summary("Lists the roles of a group on the system."),
    checked(SYSTEM_GROUP_ROLE, "keystone.system.group.role.check", "identity:check_system_grant_for_group")
        .summary("Checks that a group has a role on the system."),
    granted(SYSTEM_GROUP_ROLE, "keystone.system.group.role.grant", "identity:create_system_grant_for_group")
        .summary("Grants a group a role on the system."),
    revoked(SYSTEM_GROUP_ROLE, "keystone.system.group.role.revoke", "identity:revoke_system_grant_for_group")
        .summary("Revokes a role of a group on the system."),
    listed(INHERITED_DOMAIN_USER, "keystone.domain.user.inherited_role.list", "identity:list_grants")
        .summary("Lists the inherited roles of a user on a domain."),
    checked(INHERITED_DOMAIN_USER_ROLE, "keystone.domain.user.inherited_role.check", "identity:check_grant")
        .summary("Checks that a user has an inherited role on a domain."),
    granted(INHERITED_DOMAIN_USER_ROLE, "keystone.domain.user.inherited_role.grant", "identity:create_grant")
        .summary("Grants a user an inherited role on a domain."),
    revoked(INHERITED_DOMAIN_USER_ROLE, "keystone.domain.user.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a user on a domain."),
    listed(INHERITED_DOMAIN_GROUP, "keystone.domain.group.inherited_role.list", "identity:list_grants")
        .summary("Lists the inherited roles of a group on a domain."),
    checked(INHERITED_DOMAIN_GROUP_ROLE, "keystone.domain.group.inherited_role.check", "identity:check_grant")
        .summary("Checks that a group has an inherited role on a domain."),
    granted(INHERITED_DOMAIN_GROUP_ROLE, "keystone.domain.group.inherited_role.grant", "identity:create_grant")
        .summary("Grants a group an inherited role on a domain."),
    revoked(INHERITED_DOMAIN_GROUP_ROLE, "keystone.domain.group.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a group on a domain."),
    checked(INHERITED_PROJECT_USER_ROLE, "keystone.project.user.inherited_role.check", "identity:check_grant")
        .summary("Checks that a user has an inherited role on a project."),
    granted(INHERITED_PROJECT_USER_ROLE, "keystone.project.user.inherited_role.grant", "identity:create_grant")
        .summary("Grants a user an inherited role on a project."),
    revoked(INHERITED_PROJECT_USER_ROLE, "keystone.project.user.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a user on a project."),
    checked(INHERITED_PROJECT_GROUP_ROLE, "keystone.project.group.inherited_role.check", "identity:check_grant")
        .summary("Checks that a group has an inherited role on a project."),
    granted(INHERITED_PROJECT_GROUP_ROLE, "keystone.project.group.inherited_role.grant", "identity:create_grant")
        .summary("Grants a group an inherited role on a project."),
    revoked(INHERITED_PROJECT_GROUP_ROLE, "keystone.project.group.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a group on a project."),
];

const fn listed(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    get(path, name, list).policy_on_target(rule)
}

const fn checked(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    get(path, name, check).policy_on_target(rule).answers(204)
}

const fn granted(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    put(path, name, grant).policy_on_target(rule).answers(204)
}

const fn revoked(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    delete(path, name, revoke).policy_on_target(rule)
}

/// What the path is about.
struct Named<'o> {
    actor: Actor,
    target: Target,
    project: Option<&'o Project>,
    role: Option<&'o Role>,
    inherited: bool,
}

/// Finds everything that the path names, then asks the rule about it. On OS-INHERIT paths the rule is
/// asked first, about what there is; revoking does not mind if the actor is gone.
fn named<'o>(call: &Call, os: &'o OpenStack, actor_may_be_gone: bool) -> Result<Named<'o>, Problem> {
    let inherited = call.path.contains("/OS-INHERIT/");
    let param = |name: &str| Some(call.param(name)).filter(|id| !id.is_empty());
    let domain = param("domain_id").map(|id| domains::find(os, id)).transpose();
    let project = param("project_id").map(|id| projects::find(os, id)).transpose();
    let role = param("role_id").map(|id| roles::find(os, id)).transpose();
    let user = param("user_id").map(|id| users::find(os, id)).transpose();
    let group = param("group_id").map(|id| groups::find(os, id)).transpose();

    let mut about = vec![];
    if let Ok(Some(domain)) = &domain {
        about.push(("target.domain.id", &*domain.id));
    }
    about.extend(project.iter().flatten().flat_map(|project| projects::target(project)));
    about.extend(role.iter().flatten().flat_map(|role| roles::target(role)));
    about.extend(user.iter().flatten().flat_map(|user| users::target(user)));
    about.extend(group.iter().flatten().flat_map(|group| groups::target(group)));
    if inherited {
        policy::enforce(call, &about)?;
    }
    let gone = |problem: &&Problem| problem.status == 404 && !actor_may_be_gone;
    let actor = user.as_ref().err().or(group.as_ref().err()).filter(gone);
    let (domain, project_missing, role_missing) = (domain.as_ref().err(), project.as_ref().err(), role.as_ref().err());
    let in_order = match inherited {
        true => [role_missing, domain, project_missing, actor],
        false => [domain, role_missing, actor, project_missing],
    };
    if let Some(problem) = in_order.into_iter().flatten().next() {
        return Err(problem.clone());
    }
    if !inherited {
        policy::enforce(call, &about)?;
    }
    let actor = match param("user_id") {
        Some(id) => Actor::User(id.into()),
        None => Actor::Group(call.param("group_id").into()),
    };
    let target = match (param("project_id"), param("domain_id")) {
        (Some(id), _) => Target::Project(id.into()),
        (None, Some(id)) => Target::Domain(id.into()),
        (None, None) => Target::System,
    };
    Ok(Named { actor, target, project: project?, role: role?, inherited })
}

impl Named<'_> {
    fn assignment(&self) -> Option<Assignment> {
        Some(Assignment::new(self.actor.clone(), self.target.clone(), &self.role?.id, self.inherited))
    }

    fn not_found(&self) -> Problem {
        let role = self.role.map_or("None", |role| &role.id);
        errors::grant_not_found(role, self.actor.id(), self.target.id())
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let named = named(call, os, false)?;
    let grants = os.keystone.assignments.of(named.actor.id()).filter(|grant| {
        grant.actor == named.actor && grant.target == named.target && grant.inherited == named.inherited
    });
    let roles = grants.filter_map(|grant| os.keystone.roles.get(&grant.role));
    Ok(Collection::new(call, "roles").show_all(roles, |o, role| roles::view(o, call, role)))
}

fn check(call: &Call, os: &OpenStack) -> Answer {
    let named = named(call, os, false)?;
    let known = named.assignment().is_some_and(|grant| os.keystone.assignments.contains(&grant.id));
    if known { Ok(Response::empty()) } else { Err(named.not_found()) }
}

fn grant(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let named = named(call, os, false)?;
    let other_domain =
        |project: &Project| named.role.is_some_and(|role| role.domain.is_some() && role.domain != project.domain);
    if let (Some(project), Some(role)) = (named.project.filter(|project| other_domain(project)), named.role) {
        return Err(errors::role_of_another_domain(&role.id, &project.id));
    }
    let grant = named.assignment().ok_or_else(|| named.not_found())?;
    if !os.keystone.assignments.contains(&grant.id) {
        os.keystone.assignments.insert(grant.clone());
        reassess(os, &grant.actor);
    }
    Ok(Response::empty())
}

fn revoke(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let named = named(call, os, true)?;
    let missing = named.not_found();
    let grant = named.assignment().filter(|grant| os.keystone.assignments.contains(&grant.id)).ok_or(missing)?;
    os.keystone.assignments.remove(grant.id());
    if let (Actor::User(user), Target::Project(project)) = (&grant.actor, &grant.target)
        && super::roles_of(os, user, &grant.target).is_empty()
    {
        application_credentials::forget(os, user, project);
    }
    reassess(os, &grant.actor);
    Ok(Response::empty())
}

fn reassess(os: &mut OpenStack, actor: &Actor) {
    match actor {
        Actor::User(user) => life::reassess_user(os, user),
        Actor::Group(_) => life::reassess_all(os),
    }
}
