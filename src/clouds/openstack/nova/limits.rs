//! `/limits`: the limits and the usage of a project in one response (nova/api/openstack/compute/limits.py).

use super::super::OpenStack;
use super::policy::POLICY;
use super::quotas;
use crate::engine::{Answer, Call, Id, Operation, Response, Version, get};
use schemars::{Schema, json_schema};

pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/limits", "nova.limits.show", show)
    .summary("Shows the limits and the usage of a project.")
    .query(query)
    .policy("os_compute_api:limits")];

fn query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"tenant_id": {"type": "string"}},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}}
    })
}

/// The name in the response, the quota, and the last microversion that shows it.
const LIMITS: &[(&str, &str, Version)] = &[
    ("maxTotalCores", "cores", FOREVER),
    ("maxPersonality", "injected_files", (2, 56)),
    ("maxPersonalitySize", "injected_file_content_bytes", (2, 56)),
    ("maxTotalInstances", "instances", FOREVER),
    ("maxTotalKeypairs", "key_pairs", FOREVER),
    ("maxServerMeta", "metadata_items", FOREVER),
    ("maxImageMeta", "metadata_items", (2, 38)),
    ("maxTotalRAMSize", "ram", FOREVER),
    ("maxServerGroups", "server_groups", FOREVER),
    ("maxServerGroupMembers", "server_group_members", FOREVER),
    ("maxTotalFloatingIps", "floating_ips", (2, 35)),
    ("maxSecurityGroups", "security_groups", (2, 35)),
    ("maxSecurityGroupRules", "security_group_rules", (2, 35)),
];

/// The same for the usage.
const USED: &[(&str, &str, Version)] = &[
    ("totalRAMUsed", "ram", FOREVER),
    ("totalCoresUsed", "cores", FOREVER),
    ("totalInstancesUsed", "instances", FOREVER),
    ("totalFloatingIpsUsed", "floating_ips", (2, 35)),
    ("totalSecurityGroupsUsed", "security_groups", (2, 35)),
    ("totalServerGroupsUsed", "server_groups", FOREVER),
];

const FOREVER: Version = (u16::MAX, 0);

fn show(call: &Call, os: &OpenStack) -> Answer {
    let project = match call.last_query("tenant_id").filter(|project| !project.is_empty()) {
        Some(other) => {
            POLICY.enforce_rule(call, "os_compute_api:limits:other_project", &[("project_id", other)])?;
            Id::from(other)
        }
        None => call.project(),
    };
    Ok(Response::one("limits", |o| {
        o.list("rate", |_| {});
        o.object("absolute", |o| {
            for (name, resource, _) in LIMITS.iter().filter(|(.., until)| call.version <= *until) {
                o.set(name, quotas::limit(os, &project, resource));
            }
            for (name, resource, _) in USED.iter().filter(|(.., until)| call.version <= *until) {
                o.set(name, quotas::in_use(os, &project, resource));
            }
        });
    }))
}
