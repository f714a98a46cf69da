//! How many of each resource a project may have.

use super::attributes::{Body, Kind};
use super::errors;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Id, Problem, Row};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The limits of one project that were set; the defaults hold for all others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits {
    pub project: Id,
    pub limits: BTreeMap<String, i64>,
}

impl Row for Limits {
    fn id(&self) -> &Id {
        &self.project
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// Resources with a quota, and how many a project has by default; -1 is without end.
pub const DEFAULTS: &[(&str, i64)] = &[
    ("network", 1000),
    ("subnet", 1000),
    ("subnetpool", -1),
    ("port", 5000),
    ("router_route", 30),
    ("router", 1000),
    ("floatingip", 1000),
    ("rbac_policy", 1000),
    ("security_group", 1000),
    ("security_group_rule", 10_000),
    ("trunk", -1),
];

/// A project's limit of a resource; nothing for resources without one.
pub fn limit(os: &OpenStack, project: &str, resource: &str) -> Option<i64> {
    let set = os.neutron.quotas.get(project).and_then(|limits| limits.limits.get(resource)).copied();
    set.or_else(|| DEFAULTS.iter().find(|(name, _)| *name == resource).map(|(_, limit)| *limit))
}

/// How many of a resource a project has.
pub fn used(os: &OpenStack, project: &str, resource: &str) -> usize {
    let neutron = &os.neutron;
    match resource {
        "network" => neutron.networks.of(project).count(),
        "subnet" => neutron.subnets.of(project).count(),
        "subnetpool" => neutron.subnet_pools.of(project).count(),
        "port" => neutron.ports.of(project).count(),
        "security_group" => neutron.security_groups.of(project).count(),
        "security_group_rule" => neutron.security_group_rules.of(project).count(),
        "router" => neutron.routers.of(project).count(),
        "floatingip" => neutron.floating_ips.of(project).count(),
        "trunk" => neutron.trunks.of(project).count(),
        "rbac_policy" => neutron.rbac_policies.of(project).count(),
        _ => 0,
    }
}

/// Refuses to make what would be too much for its project.
pub fn enforce(os: &OpenStack, kind: &Kind, bodies: &[Body]) -> Result<(), Problem> {
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    for body in bodies {
        let project = body.get("project_id").and_then(Value::as_str).unwrap_or_default();
        *wanted.entry(project).or_default() += 1;
    }
    for (project, count) in wanted {
        enforce_count(os, project, kind.resource, count)?;
    }
    Ok(())
}

/// Refuses `count` more of a resource where that is too much.
pub fn enforce_count(os: &OpenStack, project: &str, resource: &str, count: usize) -> Result<(), Problem> {
    let limit = limit(os, project, resource).filter(|limit| *limit >= 0);
    match limit {
        Some(limit) if used(os, project, resource) + count > limit as usize => Err(errors::over_quota(resource)),
        _ => Ok(()),
    }
}
