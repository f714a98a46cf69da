//! Quotas: how many of each resource a project may have (neutron/extensions/quotasv2.py).

use super::attributes::{self, Absent, Attribute, Body, ResourceType, settable};
use super::convert::to_int;
use super::errors;
use super::policy::{self, Target};
use super::valid::Valid;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::descriptor::Quotas;
use crate::clouds::openstack::quotas::{self, default_limit};
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, get, put};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The operations on quotas.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/quotas", "neutron.quota.list", list)
        .summary("Lists the projects with quotas of their own.")
        .policy_on_target("get_quota"),
    get("/quotas/tenant", "neutron.quota.tenant", tenant)
        .summary("Shows the ID of the caller's project as a tenant.")
        .policy_on_target("get_quota"),
    get("/quotas/project", "neutron.quota.project", own_project)
        .summary("Shows the ID of the caller's project.")
        .policy_on_target("get_quota"),
    get("/quotas/{project_id}", "neutron.quota.show", show)
        .summary("Shows a project's quotas.")
        .policy_on_target("get_quota"),
    put("/quotas/{project_id}", "neutron.quota.update", update)
        .summary("Updates a project's quotas.")
        .policy_on_target("update_quota"),
    crate::engine::delete("/quotas/{project_id}", "neutron.quota.delete", delete)
        .summary("Resets a project's quotas to the defaults.")
        .policy_on_target("delete_quota"),
    get("/quotas/{project_id}/default", "neutron.quota.default", defaults)
        .summary("Shows the default quotas.")
        .policy_on_target("get_quota"),
    get("/quotas/{project_id}/details", "neutron.quota.details", details)
        .summary("Shows a project's quotas and their usage.")
        .policy_on_target("get_quota"),
];

/// The attribute of a limit; -1 is unlimited.
const fn limit_of(name: &'static str) -> Attribute {
    settable(name).default(Absent::Unset).convert(to_int).valid(Valid::Range(-1, i32::MAX as i64))
}

static KIND: ResourceType = ResourceType::new(
    "quota",
    "quotas",
    &[
        limit_of("network"),
        limit_of("subnet"),
        limit_of("subnetpool"),
        limit_of("port"),
        limit_of("router_route"),
        limit_of("router"),
        limit_of("floatingip"),
        limit_of("rbac_policy"),
        limit_of("security_group"),
        limit_of("security_group_rule"),
        limit_of("trunk"),
    ],
);

/// The limits that were set for a project. The defaults apply to all others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits {
    pub project: Id,
    /// Limits by resource name.
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

/// Default limits by resource name; -1 is unlimited.
const DEFAULTS: &[(&str, i64)] = &[
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

/// The quotas, for changes through the control API.
pub const QUOTAS: Quotas = Quotas { has: |_, resource| default_limit(DEFAULTS, resource).is_some(), set: replace };

fn replace(os: &mut OpenStack, project: &Id, resource: &str, limit: Option<i64>) -> Option<i64> {
    let new = || Limits { project: project.clone(), limits: BTreeMap::new() };
    let mut set = os.neutron.quotas.get(project).cloned().unwrap_or_else(new);
    let before = quotas::replace(&mut set.limits, resource, limit);
    os.neutron.quotas.insert(set);
    before
}

/// The limit of a project; `None` for resources without quota.
pub fn limit(os: &OpenStack, project: &str, resource: &str) -> Option<i64> {
    let set = os.neutron.quotas.get(project).and_then(|limits| limits.limits.get(resource)).copied();
    set.or_else(|| default_limit(DEFAULTS, resource))
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

/// Refuses to create resources if a project would exceed its limit.
pub fn enforce(os: &OpenStack, kind: &ResourceType, bodies: &[Body]) -> Result<(), Problem> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for body in bodies {
        let project = body.get("project_id").and_then(Value::as_str).unwrap_or_default();
        *counts.entry(project).or_default() += 1;
    }
    for (project, count) in counts {
        enforce_count(os, project, kind.resource, count)?;
    }
    Ok(())
}

/// Refuses `count` more of a resource if the project would exceed its limit.
pub fn enforce_count(os: &OpenStack, project: &str, resource: &str, count: usize) -> Result<(), Problem> {
    let limit = limit(os, project, resource).filter(|limit| *limit >= 0);
    match limit {
        Some(limit) if used(os, project, resource) + count > limit as usize => Err(errors::over_quota(resource)),
        _ => Ok(()),
    }
}

fn enforce_policy(call: &Call) -> Result<(), Problem> {
    policy::enforce(call, call.policy.0, &Target::default())
}

/// Enforces the policy for callers from other projects.
fn enforce_policy_for(call: &Call, project: &str) -> Result<(), Problem> {
    if *call.project() == *project { Ok(()) } else { enforce_policy(call) }
}

fn view(o: &mut Object, os: &OpenStack, project: &str) {
    for (name, default) in DEFAULTS {
        o.set(name, limit(os, project, name).unwrap_or(*default));
    }
}

/// Lists the projects for which limits were set.
fn list(call: &Call, os: &OpenStack) -> Answer {
    enforce_policy(call)?;
    Ok(Response::many("quotas", os.neutron.quotas.all(), |o, limits| {
        view(o, os, &limits.project);
        o.set("tenant_id", &limits.project);
        o.set("project_id", &limits.project);
    }))
}

fn tenant(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::one("tenant", |o| o.set("tenant_id", call.project())))
}

fn own_project(call: &Call, _os: &OpenStack) -> Answer {
    Ok(Response::one("project", |o| o.set("project_id", call.project())))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = call.param("project_id");
    enforce_policy_for(call, project)?;
    Ok(Response::one("quota", |o| view(o, os, project)))
}

fn defaults(call: &Call, _os: &OpenStack) -> Answer {
    enforce_policy_for(call, call.param("project_id"))?;
    Ok(Response::one("quota", |o| DEFAULTS.iter().for_each(|(name, limit)| o.set(name, limit))))
}

fn details(call: &Call, os: &OpenStack) -> Answer {
    let project = call.param("project_id");
    if !policy::is_admin(call) && *call.project() != *project {
        return Err(errors::quota_details_of_others());
    }
    Ok(Response::one("quota", |o| {
        for (name, default) in DEFAULTS {
            o.object(name, |o| {
                o.set("limit", limit(os, project, name).unwrap_or(*default));
                o.set("used", used(os, project, name));
                o.set("reserved", 0);
            });
        }
    }))
}

/// A limit below the usage is refused without `force`.
fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    enforce_policy(call)?;
    let mut body = call.json.get("quota").cloned().unwrap_or_default();
    let force = body.as_object_mut().and_then(|fields| {
        fields.shift_remove("check_limit");
        fields.shift_remove("force")
    });
    let body = attributes::prepare(call, &KIND, &body, false)?;
    let project: Id = call.param("project_id").into();
    let mut limits = os.neutron.quotas.get(&project).map(|known| known.limits.clone()).unwrap_or_default();
    for (name, value) in &body {
        let limit = value.as_i64().unwrap_or(-1);
        let used = used(os, &project, name);
        if force != Some(Value::Bool(true)) && limit >= 0 && used > limit as usize {
            return Err(errors::quota_below_usage(limit, name, used));
        }
        limits.insert(name.clone(), limit);
    }
    if !body.is_empty() {
        os.neutron.quotas.insert(Limits { project: project.clone(), limits });
    }
    Ok(Response::one("quota", |o| view(o, os, &project)))
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    enforce_policy(call)?;
    let project = call.param("project_id");
    let known = os.neutron.quotas.remove(project);
    known.map(|_| Response::empty()).ok_or_else(|| errors::quota_not_found(project))
}
