//! Hosts, until microversion 2.42 (nova/api/openstack/compute/hosts.py).

use super::super::OpenStack;
use super::hypervisors::Used;
use super::parameter_types::Optional;
use super::servers::{BY_HOST, Server};
use super::{errors, services};
use crate::engine::{Answer, Call, Context, Id, List, Operation, Problem, Response, get, put};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-hosts", "nova.host.list", list)
        .summary("Lists hosts with their services.")
        .query(list_query)
        .until(2, 42)
        .policy("os_compute_api:os-hosts:list"),
    get("/os-hosts/{id}", "nova.host.show", show)
        .summary("Shows the resources and the usage of a host.")
        .until(2, 42)
        .policy("os_compute_api:os-hosts:show"),
    put("/os-hosts/{id}", "nova.host.update", update)
        .summary("Enables or disables a host, or sets its maintenance mode.")
        .body::<UpdateRequest>()
        .until(2, 42)
        .policy("os_compute_api:os-hosts:update"),
    get("/os-hosts/{id}/startup", "nova.host.startup", startup)
        .summary("Starts a host.")
        .until(2, 42)
        .policy("os_compute_api:os-hosts:start"),
    get("/os-hosts/{id}/shutdown", "nova.host.shutdown", shutdown)
        .summary("Shuts a host down.")
        .until(2, 42)
        .policy("os_compute_api:os-hosts:shutdown"),
    get("/os-hosts/{id}/reboot", "nova.host.reboot", reboot)
        .summary("Reboots a host.")
        .until(2, 42)
        .policy("os_compute_api:os-hosts:reboot"),
];

fn list_query() -> Schema {
    json_schema!({"type": "object", "properties": {"zone": {"type": "string"}}, "additionalProperties": true})
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let zone = call.last_query("zone").filter(|zone| !zone.is_empty());
    let enabled = os.nova.services.all().rev().filter(|service| !service.disabled);
    let hosts = enabled.map(|service| (service, service.zone(os)));
    let hosts = hosts.filter(|(_, own)| zone.is_none_or(|zone| *zone == **own));
    Ok(Response::many("hosts", hosts, |o, (service, zone)| {
        o.set("host_name", &service.host);
        o.set("service", service.topic());
        o.set("zone", zone);
    }))
}

/// Shows the total resources of the host, the resources in use, and those of its servers by project.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let host = find_host(os, call.param("id"))?;
    let total = os.placement.providers.get(&services::compute_node_id(&host));
    let total_of = |class| total.and_then(|node| node.inventory(class)).map_or(0, |inventory| inventory.total);
    let mut sum = Sum::default();
    let mut projects: BTreeMap<&Id, Sum> = BTreeMap::new();
    for server in os.nova.servers.by(&BY_HOST, &host) {
        sum.add(server);
        projects.entry(&server.project).or_default().add(server);
    }
    let used = Used::of(os, &host);
    Ok(Response::object(|o| {
        o.list("host", |list| {
            let total = Sum { vcpus: total_of("VCPU"), memory_mb: total_of("MEMORY_MB"), disk_gb: total_of("DISK_GB") };
            row(list, &host, "(total)", total);
            let now = Sum { vcpus: used.vcpus, memory_mb: used.memory_mb, disk_gb: used.disk_gb };
            row(list, &host, "(used_now)", now);
            row(list, &host, "(used_max)", sum);
            projects.into_iter().for_each(|(project, sum)| row(list, &host, project, sum));
        });
    }))
}

/// Summed resources, in the units of the response: MB and GB.
#[derive(Clone, Copy, Default)]
struct Sum {
    vcpus: i64,
    memory_mb: i64,
    disk_gb: i64,
}

impl Sum {
    fn add(&mut self, server: &Server) {
        self.vcpus += i64::from(server.flavor.vcpus);
        self.memory_mb += i64::from(server.flavor.ram_mib);
        self.disk_gb += i64::from(server.flavor.disk_gib) + i64::from(server.flavor.ephemeral_gib);
    }
}

fn row(list: &mut List, host: &str, project: &str, sum: Sum) {
    list.object(|o| {
        o.object("resource", |o| {
            o.set("host", host);
            o.set("project", project);
            o.set("cpu", sum.vcpus);
            o.set("memory_mb", sum.memory_mb);
            o.set("disk_gb", sum.disk_gb);
        });
    });
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["status"]}, {"required": ["maintenance_mode"]}]))]
struct UpdateRequest {
    #[serde(default)]
    status: Optional<Switch>,
    #[serde(default)]
    maintenance_mode: Optional<Switch>,
}

#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("enum" = ["enable", "disable", "Enable", "Disable", "ENABLE", "DISABLE"]))]
struct Switch(String);

impl Switch {
    fn is_on(&self) -> bool {
        self.0.eq_ignore_ascii_case("enable")
    }
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request: UpdateRequest = call.body()?;
    let host = find_up_host(os, call.param("id"))?;
    let id = services::compute(os, &host).map(|service| service.id.clone());
    if let Some(status) = &request.status.0
        && let Some(service) = id.and_then(|id| os.nova.services.get_mut(&id))
    {
        service.disabled = !status.is_on();
    }
    Ok(Response::object(|o| {
        o.set("host", &host);
        if let Some(status) = &request.status.0 {
            o.set("status", if status.is_on() { "enabled" } else { "disabled" });
        }
        if let Some(mode) = &request.maintenance_mode.0 {
            o.set("maintenance_mode", if mode.is_on() { "on_maintenance" } else { "off_maintenance" });
        }
    }))
}

fn startup(call: &Call, os: &OpenStack) -> Answer {
    power(call, os, "startup")
}

fn shutdown(call: &Call, os: &OpenStack) -> Answer {
    power(call, os, "shutdown")
}

fn reboot(call: &Call, os: &OpenStack) -> Answer {
    power(call, os, "reboot")
}

/// Upstream's drivers accept these actions without changing the host.
fn power(call: &Call, os: &OpenStack, action: &str) -> Answer {
    let host = find_up_host(os, call.param("id"))?;
    Ok(Response::object(|o| {
        o.set("host", &host);
        o.set("power_action", action);
    }))
}

fn find_host(os: &OpenStack, name: &str) -> Result<Id, Problem> {
    services::compute(os, name).map(|service| service.host.clone()).ok_or_else(|| errors::host_not_mapped(name))
}

fn find_up_host(os: &OpenStack, name: &str) -> Result<Id, Problem> {
    let host = find_host(os, name)?;
    let is_up = services::compute(os, name).is_some_and(|service| service.is_up());
    if is_up { Ok(host) } else { Err(errors::compute_unavailable(name)) }
}
