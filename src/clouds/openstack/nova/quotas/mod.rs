//! How much each project, and each user of it, may use (nova/quota.py).

pub mod classes;
pub mod sets;

use super::servers;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Id, Row, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a project may use unless its quota or the default quota class says otherwise; -1 is no limit.
pub const DEFAULTS: &[(&str, i64)] = &[
    ("cores", 20),
    ("fixed_ips", -1),
    ("floating_ips", -1),
    ("injected_file_content_bytes", 10_240),
    ("injected_file_path_bytes", 255),
    ("injected_files", 5),
    ("instances", 10),
    ("key_pairs", 100),
    ("metadata_items", 128),
    ("ram", 51_200),
    ("security_group_rules", -1),
    ("security_groups", -1),
    ("server_group_members", 10),
    ("server_groups", 10),
];

/// Resources that became Neutron's own affair.
const OF_NETWORKS: &[&str] = &["fixed_ips", "floating_ips", "security_group_rules", "security_groups"];

/// Resources of files that are put into servers, which are no more since 2.57.
const OF_FILES: &[&str] = &["injected_file_content_bytes", "injected_file_path_bytes", "injected_files"];

/// The quota class that stands for everybody.
pub const DEFAULT_CLASS: &str = "default";

/// The database counts in 32 bits.
const MOST: i64 = 0x7FFF_FFFF;

/// Limits that were set: of a project, of a user in a project, or of a class of projects.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// The id of the project, `project/user`, or the name of the class.
    pub holder: Id,
    /// The project, or the class.
    pub project: Id,
    pub limits: BTreeMap<String, i64>,
}

impl Row for Limits {
    fn id(&self) -> &Id {
        &self.holder
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// What the project may use of a resource; -1 is no limit.
pub fn limit(os: &OpenStack, project: &str, resource: &str) -> i64 {
    let set = os.nova.quotas.get(project).and_then(|set| set.limits.get(resource)).copied();
    set.unwrap_or_else(|| class_limit(os, DEFAULT_CLASS, resource))
}

/// What one user of the project may use of it.
pub fn user_limit(os: &OpenStack, project: &str, user: &str, resource: &str) -> i64 {
    let set = os.nova.quotas.get(&of_user(project, user)).and_then(|set| set.limits.get(resource)).copied();
    set.unwrap_or_else(|| limit(os, project, resource))
}

fn of_user(project: &str, user: &str) -> String {
    format!("{project}/{user}")
}

fn class_limit(os: &OpenStack, class: &str, resource: &str) -> i64 {
    let set = |class| os.nova.quota_classes.get(class).and_then(|set| set.limits.get(resource)).copied();
    let default = || DEFAULTS.iter().find(|(name, _)| *name == resource).map_or(-1, |(_, limit)| *limit);
    set(class).or_else(|| set(DEFAULT_CLASS)).unwrap_or_else(default)
}

/// What the project uses of what is counted; the rest is checked piece by piece.
pub fn in_use(os: &OpenStack, project: &str, resource: &str) -> i64 {
    let usage = || servers::usage::of(os, project);
    match resource {
        "instances" => usage().instances,
        "cores" => usage().cores,
        "ram" => usage().ram_mib,
        "server_groups" => os.nova.server_groups.of(project).count().try_into().unwrap_or(i64::MAX),
        _ => 0,
    }
}

/// The resources that are shown: those of networks until the version `networks`, those of files until 2.56.
fn shown(call: &Call, networks: Version) -> impl Iterator<Item = &'static str> {
    let (without_networks, without_files) = (call.version >= networks, call.since(2, 57));
    DEFAULTS.iter().map(|(name, _)| *name).filter(move |name| {
        let gone = without_networks && OF_NETWORKS.contains(name) || without_files && OF_FILES.contains(name);
        !gone
    })
}
