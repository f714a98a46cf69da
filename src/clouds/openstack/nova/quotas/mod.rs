//! Quotas of projects and of users within projects (nova/quota.py).

pub mod classes;
pub mod sets;

use super::servers;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::descriptor::Quotas;
use crate::clouds::openstack::quotas::{self, DEFAULT_CLASS, Limits, default_limit};
use crate::engine::{Call, Id, Version};

/// The limits that apply unless the quota of the project or the default quota class sets others. -1 means no limit.
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

/// The limits of projects.
pub const QUOTAS: Quotas = Quotas { has: |_, resource| default_limit(DEFAULTS, resource).is_some(), set: replace };

fn replace(os: &mut OpenStack, project: &Id, resource: &str, limit: Option<i64>) -> Option<i64> {
    let new = Limits { holder: project.clone(), project: Some(project.clone()), ..Limits::default() };
    quotas::replace_in(&mut os.nova.quotas, new, resource, limit)
}

/// Resources of nova-network, which Neutron limits itself.
const NETWORK_RESOURCES: &[&str] = &["fixed_ips", "floating_ips", "security_group_rules", "security_groups"];

/// Resources of injected files, which microversion 2.57 removed.
const FILE_RESOURCES: &[&str] = &["injected_file_content_bytes", "injected_file_path_bytes", "injected_files"];

/// The limit of a project for a resource; -1 means no limit.
pub fn limit(os: &OpenStack, project: &str, resource: &str) -> i64 {
    let configured = quotas::configured(&os.nova.quotas, project, resource);
    configured.unwrap_or_else(|| class_limit(os, DEFAULT_CLASS, resource))
}

/// The limit of a user within a project for a resource; -1 means no limit.
pub fn user_limit(os: &OpenStack, project: &str, user: &str, resource: &str) -> i64 {
    let configured = quotas::configured(&os.nova.quotas, &user_holder(project, user), resource);
    configured.unwrap_or_else(|| limit(os, project, resource))
}

fn user_holder(project: &str, user: &str) -> String {
    format!("{project}/{user}")
}

fn class_limit(os: &OpenStack, class: &str, resource: &str) -> i64 {
    quotas::class_limit(&os.nova.quota_classes, DEFAULTS, class, resource)
}

/// How much of a counted resource the project uses. Zero for resources that are limited per object.
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

/// The resources that the microversion shows. Resources of nova-network end before `networks`, those of files before
/// 2.57.
fn visible_resources(call: &Call, networks: Version) -> impl Iterator<Item = &'static str> {
    let (without_networks, without_files) = (call.version >= networks, call.since(2, 57));
    DEFAULTS.iter().map(|(name, _)| *name).filter(move |name| {
        let gone =
            without_networks && NETWORK_RESOURCES.contains(name) || without_files && FILE_RESOURCES.contains(name);
        !gone
    })
}
