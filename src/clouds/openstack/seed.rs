//! What a fresh cloud holds. Its ids are made of names, so that they are the same in every cloud.

use super::keystone::assignments::{Actor, Assignment, Target};
use super::keystone::endpoints::{Address, Endpoint};
use super::keystone::passwords;
use super::keystone::projects::Project;
use super::keystone::regions::Region;
use super::keystone::roles::{Implication, Role};
use super::keystone::services::Service;
use super::keystone::users::User;
use super::{OpenStack, Site, cinder, glance, neutron, nova, placement};
use crate::engine::Id;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub const PASSWORD: &str = "nephos";
pub const DEFAULT_DOMAIN: &str = "default";

/// A cloud as an operator sets it up: domain `Default`, users and projects `admin` and `demo`, the
/// roles and the catalog that upstream's bootstrap makes.
pub fn seeded(site: Site) -> OpenStack {
    let mut os = OpenStack { site: site.into(), ..OpenStack::default() };
    domain(&mut os);
    roles(&mut os);
    user(&mut os, "admin", PASSWORD, "admin", &["admin"]);
    user(&mut os, "demo", PASSWORD, "demo", &["member"]);
    let admin = Assignment::new(Actor::User(id("user", "admin")), Target::System, &id("role", "admin"), false);
    os.keystone.assignments.insert(admin);
    catalog(&mut os);
    glance::images::seed(&mut os, installed());
    glance::metadefs::seed(&mut os, installed());
    cinder::types::seed(&mut os, installed());
    cinder::group_types::seed(&mut os, installed());
    cinder::manageable::seed(&mut os);
    cinder::services::seed(&mut os);
    nova::flavors::seed(&mut os, installed());
    neutron::seed::networks(&mut os, installed());
    placement::seed::seed(&mut os, installed());
    nova::services::seed(&mut os);
    os
}

/// The id of what the seed makes: a hash of its name.
pub fn id(kind: &str, name: &str) -> Id {
    let digest = Sha256::digest(format!("{kind} {name}"));
    hex::encode(&digest[..16]).into()
}

/// A user of the default domain, with roles in a project of it; project and roles are made if they do
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

/// A project of the default domain, made if it does not exist.
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

/// Gives a user the role `member` in a project.
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

/// The roles of upstream's bootstrap, which cannot be changed, and those that Swift is installed with.
fn roles(os: &mut OpenStack) {
    let bootstrap = ["admin", "manager", "member", "reader", "service"];
    for name in bootstrap {
        role(os, name, json!({"immutable": true}));
    }
    for name in ["ResellerAdmin", "swiftoperator"] {
        role(os, name, json!({}));
    }
    for (prior, implied) in [("admin", "manager"), ("manager", "member"), ("member", "reader")] {
        os.keystone.implications.insert(Implication::new(&id("role", prior), &id("role", implied)));
    }
}

/// A role of the whole cloud, made if it does not exist.
fn role(os: &mut OpenStack, name: &str, options: Value) -> Id {
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

/// Type, name and description of a service, the service of ours behind it, and what follows its address.
const CATALOG: [(&str, &str, &str, &str, &str); 7] = [
    ("identity", "keystone", "", "keystone", "/v3"),
    ("block-storage", "cinder", "Cinder Block Storage Service", "cinder", "/v3/%(project_id)s"),
    ("image", "glance", "", "glance", ""),
    ("compute", "nova", "Nova Compute Service", "nova", "/v2.1"),
    ("network", "neutron", "", "neutron", ""),
    ("placement", "placement", "Placement Service", "placement", ""),
    ("volumev3", "cinderv3", "Cinder Block Storage Service V3", "cinder", "/v3/%(project_id)s"),
];

fn catalog(os: &mut OpenStack) {
    let region: Id = os.site.region.as_str().into();
    os.keystone.regions.insert(Region {
        id: region.clone(),
        description: String::new(),
        parent: None,
        extra: Map::new(),
    });
    for (kind, name, description, ours, path) in CATALOG {
        let mut extra = attributes(json!({"name": name}));
        if !description.is_empty() {
            extra.insert("description".into(), description.into());
        }
        let service = id("service", kind);
        os.keystone.services.insert(Service { id: service.clone(), kind: kind.into(), enabled: true, extra });
        for interface in ["public", "internal", "admin"] {
            os.keystone.endpoints.insert(Endpoint {
                id: id("endpoint", &format!("{kind} {interface}")),
                service: service.clone(),
                interface: interface.into(),
                region: Some(region.clone()),
                address: Address::Ours { service: ours.into(), path: path.into() },
                enabled: true,
                extra: Map::new(),
            });
        }
    }
}

fn attributes(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// When the cloud was set up: what it begins with is older than everything else.
fn installed() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_454)
}
