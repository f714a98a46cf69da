//! The accounts of DevStack (`create_keystone_accounts` and `create_service_user` in lib/keystone, and their callers in
//! lib/).

use super::assignments::{Actor, Assignment, Target};
use super::groups::Group;
use super::seed::{self, PASSWORD};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::ids::{DEFAULT_DOMAIN, id};
use crate::engine::Id;
use serde_json::Map;

/// Users with their projects and roles. `admin` and `demo` exist in every cloud.
const USERS: [(&str, &str, &[&str]); 4] = [
    ("demo_reader", "demo", &["reader"]),
    ("alt_demo", "alt_demo", &["admin", "anotherrole"]),
    ("alt_demo_member", "alt_demo", &["member"]),
    ("alt_demo_reader", "alt_demo", &["reader"]),
];

/// Users of the services, all in the project `service`. All of them have the role `service`; these are the others.
const SERVICE_USERS: [(&str, &[&str]); 5] =
    [("nova", &["admin"]), ("placement", &["admin"]), ("glance", &["admin"]), ("cinder", &[]), ("neutron", &[])];

/// Users with a role on the system.
const SYSTEM_USERS: [(&str, &str); 2] = [("system_member", "member"), ("system_reader", "reader")];

/// Groups with their descriptions.
const GROUPS: [(&str, &str); 2] = [("admins", "openstack admin group"), ("nonadmins", "non-admin group")];

/// Roles of groups on projects.
const GROUP_ROLES: [(&str, &str, &str); 5] = [
    ("nonadmins", "member", "demo"),
    ("nonadmins", "anotherrole", "demo"),
    ("nonadmins", "member", "alt_demo"),
    ("nonadmins", "anotherrole", "alt_demo"),
    ("admins", "admin", "admin"),
];

/// Creates the accounts that do not exist.
pub fn populate(os: &mut OpenStack) {
    for name in ["service", "invisible_to_admin", "alt_demo"] {
        seed::project(os, name);
    }
    for (name, project, roles) in USERS {
        seed::user(os, name, PASSWORD, project, roles);
        set_email(os, name);
    }
    set_email(os, "demo");
    for (user, role, project) in
        [("admin", "admin", "demo"), ("demo", "anotherrole", "demo"), ("demo", "member", "invisible_to_admin")]
    {
        grant(os, Actor::User(id("user", user)), role, Target::Project(id("project", project)));
    }
    grant(os, Actor::User(id("user", "admin")), "admin", Target::Domain(DEFAULT_DOMAIN.into()));
    for (name, role) in SYSTEM_USERS {
        seed::user(os, name, PASSWORD, "demo", &[] as &[&str]);
        set_email(os, name);
        grant(os, Actor::User(id("user", name)), role, Target::System);
    }
    for (name, roles) in SERVICE_USERS {
        seed::user(os, name, PASSWORD, "service", &[&["service"], roles].concat());
    }
    groups(os);
}

fn groups(os: &mut OpenStack) {
    for (name, description) in GROUPS {
        os.keystone.groups.insert(Group {
            id: id("group", name),
            domain: DEFAULT_DOMAIN.into(),
            name: name.into(),
            description: Some(description.into()),
            extra: Map::new(),
        });
    }
    for (group, role, project) in GROUP_ROLES {
        grant(os, Actor::Group(id("group", group)), role, Target::Project(id("project", project)));
    }
}

fn grant(os: &mut OpenStack, actor: Actor, role: &str, target: Target) {
    let role: Id = seed::role(os, role, serde_json::json!({}));
    os.keystone.assignments.insert(Assignment::new(actor, target, &role, false));
}

fn set_email(os: &mut OpenStack, name: &str) {
    if let Some(user) = os.keystone.users.get_mut(&id("user", name)) {
        user.extra.insert("email".into(), format!("{name}@example.com").into());
    }
}
