//! Grants of roles to users and groups, on projects, domains and the system, and grants that the projects
//! below a project or domain inherit (keystone/api/projects.py, domains.py, system.py and os_inherit.py).

use super::super::super::OpenStack;
use super::super::collections::Collection;
use super::super::projects::Project;
use super::super::roles::Role;
use super::super::tokens::validity;
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

/// `/projects/…/roles`, `/domains/…/roles`, `/system/…/roles` and `/OS-INHERIT/…`
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    list_row(PROJECT_USER, "keystone.project.user.role.list", "identity:list_grants")
        .summary("Lists the roles of a user on a project."),
    check_row(PROJECT_USER_ROLE, "keystone.project.user.role.check", "identity:check_grant")
        .summary("Checks that a user has a role on a project."),
    grant_row(PROJECT_USER_ROLE, "keystone.project.user.role.grant", "identity:create_grant")
        .summary("Grants a user a role on a project."),
    revoke_row(PROJECT_USER_ROLE, "keystone.project.user.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a user on a project."),
    list_row(PROJECT_GROUP, "keystone.project.group.role.list", "identity:list_grants")
        .summary("Lists the roles of a group on a project."),
    check_row(PROJECT_GROUP_ROLE, "keystone.project.group.role.check", "identity:check_grant")
        .summary("Checks that a group has a role on a project."),
    grant_row(PROJECT_GROUP_ROLE, "keystone.project.group.role.grant", "identity:create_grant")
        .summary("Grants a group a role on a project."),
    revoke_row(PROJECT_GROUP_ROLE, "keystone.project.group.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a group on a project."),
    list_row(DOMAIN_USER, "keystone.domain.user.role.list", "identity:list_grants")
        .summary("Lists the roles of a user on a domain."),
    check_row(DOMAIN_USER_ROLE, "keystone.domain.user.role.check", "identity:check_grant")
        .summary("Checks that a user has a role on a domain."),
    grant_row(DOMAIN_USER_ROLE, "keystone.domain.user.role.grant", "identity:create_grant")
        .summary("Grants a user a role on a domain."),
    revoke_row(DOMAIN_USER_ROLE, "keystone.domain.user.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a user on a domain."),
    list_row(DOMAIN_GROUP, "keystone.domain.group.role.list", "identity:list_grants")
        .summary("Lists the roles of a group on a domain."),
    check_row(DOMAIN_GROUP_ROLE, "keystone.domain.group.role.check", "identity:check_grant")
        .summary("Checks that a group has a role on a domain."),
    grant_row(DOMAIN_GROUP_ROLE, "keystone.domain.group.role.grant", "identity:create_grant")
        .summary("Grants a group a role on a domain."),
    revoke_row(DOMAIN_GROUP_ROLE, "keystone.domain.group.role.revoke", "identity:revoke_grant")
        .summary("Revokes a role of a group on a domain."),
    list_row(SYSTEM_USER, "keystone.system.user.role.list", "identity:list_system_grants_for_user")
        .summary("Lists the roles of a user on the system."),
    check_row(SYSTEM_USER_ROLE, "keystone.system.user.role.check", "identity:check_system_grant_for_user")
        .summary("Checks that a user has a role on the system."),
    grant_row(SYSTEM_USER_ROLE, "keystone.system.user.role.grant", "identity:create_system_grant_for_user")
        .summary("Grants a user a role on the system."),
    revoke_row(SYSTEM_USER_ROLE, "keystone.system.user.role.revoke", "identity:revoke_system_grant_for_user")
        .summary("Revokes a role of a user on the system."),
    list_row(SYSTEM_GROUP, "keystone.system.group.role.list", "identity:list_system_grants_for_group")
        .summary("Lists the roles of a group on the system."),
    check_row(SYSTEM_GROUP_ROLE, "keystone.system.group.role.check", "identity:check_system_grant_for_group")
        .summary("Checks that a group has a role on the system."),
    grant_row(SYSTEM_GROUP_ROLE, "keystone.system.group.role.grant", "identity:create_system_grant_for_group")
        .summary("Grants a group a role on the system."),
    revoke_row(SYSTEM_GROUP_ROLE, "keystone.system.group.role.revoke", "identity:revoke_system_grant_for_group")
        .summary("Revokes a role of a group on the system."),
    list_row(INHERITED_DOMAIN_USER, "keystone.domain.user.inherited_role.list", "identity:list_grants")
        .summary("Lists the inherited roles of a user on a domain."),
    check_row(INHERITED_DOMAIN_USER_ROLE, "keystone.domain.user.inherited_role.check", "identity:check_grant")
        .summary("Checks that a user has an inherited role on a domain."),
    grant_row(INHERITED_DOMAIN_USER_ROLE, "keystone.domain.user.inherited_role.grant", "identity:create_grant")
        .summary("Grants a user an inherited role on a domain."),
    revoke_row(INHERITED_DOMAIN_USER_ROLE, "keystone.domain.user.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a user on a domain."),
    list_row(INHERITED_DOMAIN_GROUP, "keystone.domain.group.inherited_role.list", "identity:list_grants")
        .summary("Lists the inherited roles of a group on a domain."),
    check_row(INHERITED_DOMAIN_GROUP_ROLE, "keystone.domain.group.inherited_role.check", "identity:check_grant")
        .summary("Checks that a group has an inherited role on a domain."),
    grant_row(INHERITED_DOMAIN_GROUP_ROLE, "keystone.domain.group.inherited_role.grant", "identity:create_grant")
        .summary("Grants a group an inherited role on a domain."),
    revoke_row(INHERITED_DOMAIN_GROUP_ROLE, "keystone.domain.group.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a group on a domain."),
    check_row(INHERITED_PROJECT_USER_ROLE, "keystone.project.user.inherited_role.check", "identity:check_grant")
        .summary("Checks that a user has an inherited role on a project."),
    grant_row(INHERITED_PROJECT_USER_ROLE, "keystone.project.user.inherited_role.grant", "identity:create_grant")
        .summary("Grants a user an inherited role on a project."),
    revoke_row(INHERITED_PROJECT_USER_ROLE, "keystone.project.user.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a user on a project."),
    check_row(INHERITED_PROJECT_GROUP_ROLE, "keystone.project.group.inherited_role.check", "identity:check_grant")
        .summary("Checks that a group has an inherited role on a project."),
    grant_row(INHERITED_PROJECT_GROUP_ROLE, "keystone.project.group.inherited_role.grant", "identity:create_grant")
        .summary("Grants a group an inherited role on a project."),
    revoke_row(INHERITED_PROJECT_GROUP_ROLE, "keystone.project.group.inherited_role.revoke", "identity:revoke_grant")
        .summary("Revokes an inherited role of a group on a project."),
];

const fn list_row(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    get(path, name, list).policy_on_target(rule)
}

const fn check_row(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    get(path, name, check).policy_on_target(rule).answers(204)
}

const fn grant_row(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    put(path, name, grant).policy_on_target(rule).answers(204)
}

const fn revoke_row(path: &'static str, name: &'static str, rule: &'static str) -> Operation<OpenStack> {
    delete(path, name, revoke).policy_on_target(rule)
}

/// The grant that the path names.
struct GrantPath<'o> {
    actor: Actor,
    target: Target,
    project: Option<&'o Project>,
    /// `None` on paths that list grants.
    role: Option<&'o Role>,
    /// True on OS-INHERIT paths.
    inherited: bool,
}

/// Finds everything that the path names, then enforces the policy on it. A grant can be revoked after its user or group
/// was deleted. On OS-INHERIT paths the policy is enforced first, on what exists; the user or group need not exist, and
/// a grant that is to be revoked is looked for before its target.
fn resolve<'o>(call: &Call, os: &'o OpenStack, revokes: bool) -> Result<GrantPath<'o>, Problem> {
    let inherited = call.path.contains("/OS-INHERIT/");
    let param = |name: &str| Some(call.param(name)).filter(|id| !id.is_empty());
    let domain = param("domain_id").map(|id| domains::find(os, id)).transpose();
    let project = param("project_id").map(|id| projects::find(os, id)).transpose();
    let role = param("role_id").map(|id| roles::find(os, id)).transpose();
    let user = param("user_id").map(|id| users::find(os, id)).transpose();
    let group = param("group_id").map(|id| groups::find(os, id)).transpose();

    let mut policy_target = vec![];
    if let Ok(Some(domain)) = &domain {
        policy_target.push(("target.domain.id", &*domain.id));
    }
    policy_target.extend(project.iter().flatten().flat_map(|project| projects::target(project)));
    policy_target.extend(role.iter().flatten().flat_map(|role| roles::target(role)));
    policy_target.extend(user.iter().flatten().flat_map(|user| users::target(user)));
    policy_target.extend(group.iter().flatten().flat_map(|group| groups::target(group)));
    if inherited {
        policy::enforce(call, &policy_target)?;
    }
    let counts = |problem: &&Problem| problem.status == 404 && !revokes;
    let actor = user.as_ref().err().or(group.as_ref().err()).filter(counts);
    let (domain, project_missing, role_missing) = (domain.as_ref().err(), project.as_ref().err(), role.as_ref().err());
    let in_order = match (inherited, revokes) {
        (true, true) => [role_missing, None, None, None],
        (true, false) => [role_missing, domain, project_missing, None],
        (false, _) => [domain, role_missing, actor, project_missing],
    };
    if let Some(problem) = in_order.into_iter().flatten().next() {
        return Err(problem.clone());
    }
    if !inherited {
        policy::enforce(call, &policy_target)?;
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
    Ok(GrantPath { actor, target, project: project.ok().flatten(), role: role?, inherited })
}

impl GrantPath<'_> {
    /// `None` if the path names no role.
    fn assignment(&self) -> Option<Assignment> {
        Some(Assignment::new(self.actor.clone(), self.target.clone(), &self.role?.id, self.inherited))
    }

    fn not_found(&self) -> Problem {
        let role = self.role.map_or("None", |role| &role.id);
        errors::grant_not_found(role, self.actor.id(), self.target.id())
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let path = resolve(call, os, false)?;
    let grants =
        os.keystone.assignments.of(path.actor.id()).filter(|grant| {
            grant.actor == path.actor && grant.target == path.target && grant.inherited == path.inherited
        });
    let roles = grants.filter_map(|grant| os.keystone.roles.get(&grant.role));
    Ok(Collection::new(call, "roles").show_all(roles, |o, role| roles::view(o, call, role)))
}

fn check(call: &Call, os: &OpenStack) -> Answer {
    let path = resolve(call, os, false)?;
    let exists = path.assignment().is_some_and(|grant| os.keystone.assignments.contains(&grant.id));
    if exists { Ok(Response::empty()) } else { Err(path.not_found()) }
}

fn grant(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let path = resolve(call, os, false)?;
    let other_domain =
        |project: &Project| path.role.is_some_and(|role| role.domain.is_some() && role.domain != project.domain);
    if let (Some(project), Some(role)) = (path.project.filter(|project| other_domain(project)), path.role) {
        return Err(errors::role_in_another_domain(&role.id, &project.id));
    }
    let grant = path.assignment().ok_or_else(|| path.not_found())?;
    if !os.keystone.assignments.contains(&grant.id) {
        os.keystone.assignments.insert(grant.clone());
        reassess(os, &grant.actor);
    }
    Ok(Response::empty())
}

fn revoke(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let path = resolve(call, os, true)?;
    let missing = path.not_found();
    let grant = path.assignment().filter(|grant| os.keystone.assignments.contains(&grant.id)).ok_or(missing)?;
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
        Actor::User(user) => validity::reassess_user(os, user),
        Actor::Group(_) => validity::reassess_all(os),
    }
}
