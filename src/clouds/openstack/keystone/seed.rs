//! The identities of a new cloud: the domain `Default`, users and projects `admin` and `demo`, and the roles that
//! `keystone-manage bootstrap` creates.

use super::assignments::{Actor, Assignment, Target};
use super::passwords;
use super::projects::Project;
use super::roles::{Implication, Role};
use super::users::User;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::ids::{DEFAULT_DOMAIN, id};
use crate::engine::Id;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

/// The default password of users.
pub const PASSWORD: &str = "nephos";

/// Creates the domain, the roles and the users.
pub fn seed(os: &mut OpenStack, _installed: DateTime<Utc>) {
    domain(os);
    roles(os);
    user(os, "admin", PASSWORD, "admin", &["admin"]);
    user(os, "demo", PASSWORD, "demo", &["member"]);
    let admin = Assignment::new(Actor::User(id("user", "admin")), Target::System, &id("role", "admin"), false);
    os.keystone.assignments.insert(admin);
}

/// Creates a user of the default domain with roles on a project. The project and the roles are created if they do
/// not exist.
pub fn user(os: &mut OpenStack, name: &str, password: &str, project: &str, roles: &[impl AsRef<str>]) {
    let project = self::project(os, project);
    os.keystone.users.insert(User {
        id: id("user", name),
        domain: DEFAULT_DOMAIN.into(),
        name: name.into(),
        password: Some(passwords::hash(password, &id("user", name))),
        password_expires: None,
        enabled: true,
        default_project: None,
        options: Map::new(),
        extra: Map::new(),
    });
    for role in roles {
        let role = self::role(os, role.as_ref(), json!({}));
        let (actor, target) = (Actor::User(id("user", name)), Target::Project(project.clone()));
        os.keystone.assignments.insert(Assignment::new(actor, target, &role, false));
    }
}

/// The id of a project of the default domain, which is created if it does not exist.
pub fn project(os: &mut OpenStack, name: &str) -> Id {
    let id = id("project", name);
    if !os.keystone.projects.contains(&id) {
        os.keystone.projects.insert(Project {
            id: id.clone(),
            name: name.into(),
            domain: Some(DEFAULT_DOMAIN.into()),
            parent: Some(DEFAULT_DOMAIN.into()),
            description: Some(String::new()),
            enabled: true,
            is_domain: false,
            tags: vec![],
            options: Map::new(),
            extra: Map::new(),
        });
    }
    id
}

/// Grants a user the role `member` on a project.
pub fn member(os: &mut OpenStack, user: &Id, project: &Id) {
    let role = role(os, "member", json!({}));
    let (actor, target) = (Actor::User(user.clone()), Target::Project(project.clone()));
    os.keystone.assignments.insert(Assignment::new(actor, target, &role, false));
}

fn domain(os: &mut OpenStack) {
    os.keystone.projects.insert(Project {
        id: DEFAULT_DOMAIN.into(),
        name: "Default".into(),
        domain: None,
        parent: None,
        description: Some("The default domain".into()),
        enabled: true,
        is_domain: true,
        tags: vec![],
        options: Map::new(),
        extra: Map::new(),
    });
}

/// The roles of a new cloud: the immutable ones of the bootstrap, and those that Swift needs.
pub const ROLES: [&str; 7] = ["admin", "manager", "member", "reader", "service", "ResellerAdmin", "swiftoperator"];
const OF_SWIFT: usize = 2;

fn roles(os: &mut OpenStack) {
    let (bootstrap, swift) = ROLES.split_at(ROLES.len() - OF_SWIFT);
    for name in bootstrap {
        role(os, name, json!({"immutable": true}));
    }
    for name in swift {
        role(os, name, json!({}));
    }
    for (prior, implied) in [("admin", "manager"), ("manager", "member"), ("member", "reader")] {
        os.keystone.implications.insert(Implication::new(&id("role", prior), &id("role", implied)));
    }
}

/// The id of a global role, which is created if it does not exist.
pub fn role(os: &mut OpenStack, name: &str, options: Value) -> Id {
    let id = id("role", name);
    if !os.keystone.roles.contains(&id) {
        os.keystone.roles.insert(Role {
            id: id.clone(),
            name: name.into(),
            domain: None,
            description: None,
            options: attributes(options),
            extra: Map::new(),
        });
    }
    id
}

fn attributes(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
