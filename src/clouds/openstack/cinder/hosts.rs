//! The hosts of Cinder's services and their usage: `/os-hosts` (cinder/api/contrib/hosts.py).

use super::policy::{self, POLICY};
use super::services::{self, Service};
use super::{backends, errors};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, get, put};
use serde_json::Value;
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-hosts", "cinder.host.list", list)
        .summary("Lists hosts of volume services.")
        .policy("volume_extension:hosts"),
    put("/os-hosts", "cinder.host.update_none", update_none).summary("Answers an update of a host that names none."),
    get("/os-hosts/{host_name}", "cinder.host.show", show).summary("Shows a host.").policy("volume_extension:hosts"),
    put("/os-hosts/{host_name}", "cinder.host.update", update)
        .summary("Updates a host.")
        .policy_on_target("volume_extension:hosts"),
];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let zone = call.query("zone").unwrap_or_default();
    let selected = |service: &&Service| service.reports() && !service.disabled && matches!(zone, "" | "nova");
    Ok(Response::many("hosts", os.cinder.services.all().rev().filter(selected), |o, service| {
        o.set("host_name", &service.host);
        o.set("service", &service.binary);
        o.set("zone", "nova");
        o.set("service-status", "available");
        o.set("service-state", "enabled");
        o.set("last-update", Micros(services::heartbeat(call.now)));
    }))
}

/// The usage of a host, by one project or by all.
#[derive(Clone, Copy, Default)]
struct HostUsage {
    volumes: u64,
    volume_gib: u64,
    snapshots: u64,
    snapshot_gib: u64,
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let host = call.param("host_name");
    let mut services = os.cinder.services.all();
    if !services.any(|service| service.binary == services::VOLUME && service.is_on(host)) {
        return Err(errors::service_not_found(services::VOLUME, host));
    }
    let (total, projects) = usage_on_host(os, host);
    Ok(Response::object(|o| {
        o.list("host", |list| {
            list.object(|o| o.object("resource", |o| resource(o, host, "(total)", total)));
            for (project, usage) in &projects {
                list.object(|o| o.object("resource", |o| resource(o, host, project, *usage)));
            }
        });
    }))
}

fn resource(o: &mut Object, host: &str, project: &str, usage: HostUsage) {
    o.set("host", host);
    o.set("project", project);
    o.set("volume_count", usage.volumes.to_string());
    o.set("total_volume_gb", usage.volume_gib.to_string());
    o.set("snapshot_count", usage.snapshots.to_string());
    o.set("total_snapshot_gb", usage.snapshot_gib.to_string());
}

fn usage_on_host(os: &OpenStack, host: &str) -> (HostUsage, BTreeMap<Id, HostUsage>) {
    let mut projects: BTreeMap<Id, HostUsage> = BTreeMap::new();
    let here = |at: Option<&str>| at.is_some_and(|at| backends::without_pool(at) == host);
    for volume in os.cinder.volumes.all().filter(|volume| here(volume.host.as_deref())) {
        let usage = projects.entry(volume.project.clone()).or_default();
        usage.volumes += 1;
        usage.volume_gib += u64::from(volume.size_gib);
    }
    for snapshot in os.cinder.snapshots.all() {
        let volume = os.cinder.volumes.get(&snapshot.volume);
        if volume.is_some_and(|volume| here(volume.host.as_deref())) {
            let usage = projects.entry(snapshot.project.clone()).or_default();
            usage.snapshots += 1;
            usage.snapshot_gib += u64::from(snapshot.size_gib);
        }
    }
    let total = projects.values().fold(HostUsage::default(), |sum, one| HostUsage {
        volumes: sum.volumes + one.volumes,
        volume_gib: sum.volume_gib + one.volume_gib,
        snapshots: sum.snapshots + one.snapshots,
        snapshot_gib: sum.snapshot_gib + one.snapshot_gib,
    });
    (total, projects)
}

/// Fails as upstream, which routes this to a method that requires a host.
fn update_none(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::malformed())
}

/// Enables or disables the services of a host. As upstream, the host is looked up before the body is read, by a
/// query for administrators only. Upstream then fails, since no driver implements the update.
fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    if !policy::is_admin(call) {
        return Err(errors::not_an_administrator());
    }
    let host = call.param("host_name");
    let here = |service: &&Service| service.reports() && *service.host == *host;
    let ids: Vec<_> = os.cinder.services.all().filter(here).map(|service| service.id.clone()).collect();
    if ids.is_empty() {
        return Err(errors::host_not_found(host));
    }
    POLICY.enforce(call, &[])?;
    let enabled = requested_status(&call.json)?;
    for id in ids.iter().filter(|_| enabled.is_some()) {
        if let Some(service) = os.cinder.services.get_mut(id) {
            service.disabled = enabled == Some(false);
        }
    }
    Ok(Response::object(|o| {
        if let Some(enabled) = enabled {
            o.set("host", host);
            o.set("status", if enabled { "enabled" } else { "disabled" });
        }
    }))
}

/// True to enable, false to disable. Names and values are case-insensitive.
fn requested_status(body: &Value) -> Result<Option<bool>, Problem> {
    let Some(fields) = body.as_object() else {
        return Err(errors::invalid_body(format!("{} is not of type 'object'", python::repr(body))));
    };
    let mut enabled = None;
    for (name, value) in fields {
        let Some(text) = value.as_str() else { return Err(errors::malformed()) };
        if name.to_lowercase().trim() != "status" {
            return Err(errors::invalid_host_setting(name));
        }
        enabled = match text.to_lowercase().trim() {
            "enable" => Some(true),
            "disable" => Some(false),
            _ => return Err(errors::invalid_host_status(text)),
        };
    }
    Ok(enabled)
}
