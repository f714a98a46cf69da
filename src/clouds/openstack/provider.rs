//! The registration of OpenStack as a provider.

use super::keystone::passwords::PasswordRules;
use super::keystone::seed::{PASSWORD, ROLES, user};
use super::neutron::dhcp_ports::NetworkAgents;
use super::{ComputeHosts, Site, changes, cloud, seed, services};
use crate::clouds::provider::{CloudSettings, Documents, Environment, Provider, address, read, text};
use crate::engine::{World, nearest};
use serde::Deserialize;
use serde_json::{Value, json};

pub const PROVIDER: Provider = Provider {
    name: "openstack",
    services: services::all,
    settings: read::<ConfigSection>,
    transitions: cloud::transition_names,
    changes: changes::NAMES,
    environment,
    places: services::places,
    documents: Documents::PerService,
    media: "application/json",
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigSection {
    /// The name of the region.
    #[serde(default)]
    region: String,
    /// When wrong passwords lock a user out, and which new passwords are refused.
    #[serde(default)]
    passwords: PasswordRules,
    /// The number and size of the compute hosts.
    #[serde(default)]
    computes: ComputeHosts,
    /// What the network agents do.
    #[serde(default)]
    agents: NetworkAgents,
    /// Users and projects in addition to `admin` and `demo`.
    #[serde(default, rename = "user")]
    users: Vec<UserSettings>,
}

/// A user with roles in a project. The project is created if it does not exist.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserSettings {
    name: String,
    password: String,
    project: String,
    #[serde(default = "member")]
    roles: Vec<String>,
}

fn member() -> Vec<String> {
    vec!["member".into()]
}

impl ConfigSection {
    /// A user may be listed once for each of its projects.
    fn check_user(&self, at: usize) -> Result<(), String> {
        let user = &self.users[at];
        let name = &user.name;
        for (key, value) in [("name", name), ("project", &user.project)] {
            if value.is_empty() || value.len() > 64 {
                return Err(format!("user: the {key} {value:?} is not 1 to 64 characters long"));
            }
        }
        if let Some(role) = user.roles.iter().find(|role| !ROLES.contains(&role.as_str())) {
            let near = nearest(role, ROLES).unwrap_or_default();
            let known = ROLES.join(", ");
            return Err(format!("user {name}: there is no role {role:?}; did you mean {near:?}? roles: {known}"));
        }
        let mut others = self.users[..at].iter().filter(|other| other.name == *name);
        match others.find(|other| other.project == user.project || other.password != user.password) {
            Some(other) if other.project == user.project => {
                Err(format!("user {name}: given twice for the project {}", user.project))
            }
            Some(_) => Err(format!("user {name}: two passwords")),
            None => Ok(()),
        }
    }
}

impl CloudSettings for ConfigSection {
    fn check(&self) -> Result<(), String> {
        let ComputeHosts { count: _, vcpus, memory_mb, disk_gb } = self.computes;
        for (key, amount) in [("vcpus", vcpus), ("memory_mb", memory_mb), ("disk_gb", disk_gb)] {
            if !(1..=i64::from(i32::MAX)).contains(&amount) {
                return Err(format!("computes.{key} = {amount}: expected 1 to {}", i32::MAX));
            }
        }
        (0..self.users.len()).try_for_each(|at| self.check_user(at))
    }

    fn open(&self, world: &mut World, name: &str) -> Result<(), String> {
        let site = Site {
            region: self.region.clone(),
            passwords: self.passwords,
            computes: self.computes,
            agents: self.agents,
        };
        let mut os = seed::seeded(site);
        for one in &self.users {
            user(&mut os, &one.name, &one.password, &one.project, &one.roles);
        }
        world.add(name, os);
        Ok(())
    }

    fn shown(&self) -> Vec<(&'static str, Value)> {
        let seeded = ["admin", "demo"].map(|name| json!({"name": name, "password": PASSWORD, "project": name}));
        let own = self.users.iter();
        let own = own.map(|user| json!({"name": user.name, "password": user.password, "project": user.project}));
        let users: Vec<_> = seeded.into_iter().chain(own).collect();
        vec![("region", json!(self.region)), ("domain", json!("Default")), ("users", users.into())]
    }
}

/// Variables that another cloud may have set, which would conflict.
const UNSET: &[&str] =
    &["OS_CLOUD", "OS_TOKEN", "OS_AUTH_TYPE", "OS_SYSTEM_SCOPE", "OS_DOMAIN_ID", "OS_DOMAIN_NAME", "OS_PROJECT_ID"];

/// The variables that the `openstack` command reads.
fn environment(cloud: &Value, user: Option<&str>) -> Result<Environment, String> {
    let name = user.unwrap_or("demo");
    let mut users = cloud["users"].as_array().into_iter().flatten();
    let user = users.find(|known| known["name"] == name);
    let user = user.ok_or_else(|| format!("{} has no user {name}", text(cloud, "name")))?;
    let mut set = sign_in(cloud, user).to_vec();
    set.push(("OS_REGION_NAME", text(cloud, "region")));
    set.extend(["OS_IDENTITY_API_VERSION", "OS_VOLUME_API_VERSION"].map(|name| (name, "3".to_owned())));
    Ok(Environment { unset: UNSET, set })
}

/// The sign-in variables of a user of a cloud in the form of `GET /clouds`. `auth` in a clouds.yaml has the same
/// names in lower case and without `OS_`.
pub fn sign_in(cloud: &Value, user: &Value) -> [(&'static str, String); 6] {
    [
        ("OS_AUTH_URL", format!("{}/v3", address(cloud, "keystone"))),
        ("OS_USERNAME", text(user, "name")),
        ("OS_PASSWORD", text(user, "password")),
        ("OS_PROJECT_NAME", text(user, "project")),
        ("OS_USER_DOMAIN_NAME", text(cloud, "domain")),
        ("OS_PROJECT_DOMAIN_NAME", text(cloud, "domain")),
    ]
}
