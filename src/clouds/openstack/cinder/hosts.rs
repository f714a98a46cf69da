//! The hosts of Cinder's services and what is kept on them: `/os-hosts` (cinder/api/contrib/hosts.py).

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
    let wanted = |service: &&Service| service.reports() && !service.disabled && matches!(zone, "" | "nova");
    Ok(Response::many("hosts", os.cinder.services.all().rev().filter(wanted), |o, service| {
        o.set("host_name", &service.host);
        o.set("service", &service.binary);
        o.set("zone", "nova");
        o.set("service-status", "available");
        o.set("service-state", "enabled");
        o.set("last-update", Micros(services::heartbeat(call.now)));
    }))
}

/// What is counted on a host, of one project or of all.
#[derive(Clone, Copy, Default)]
struct Kept {
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
    let (total, projects) = kept(os, host);
    Ok(Response::object(|o| {
        o.list("host", |list| {
            list.object(|o| o.object("resource", |o| resource(o, host, "(total)", total)));
            for (project, kept) in &projects {
                list.object(|o| o.object("resource", |o| resource(o, host, project, *kept)));
            }
        });
    }))
}

fn resource(o: &mut Object, host: &str, project: &str, kept: Kept) {
    o.set("host", host);
    o.set("project", project);
    o.set("volume_count", kept.volumes.to_string());
    o.set("total_volume_gb", kept.volume_gib.to_string());
    o.set("snapshot_count", kept.snapshots.to_string());
    o.set("total_snapshot_gb", kept.snapshot_gib.to_string());
}

fn kept(os: &OpenStack, host: &str) -> (Kept, BTreeMap<Id, Kept>) {
    let mut projects: BTreeMap<Id, Kept> = BTreeMap::new();
    let here = |at: Option<&str>| at.is_some_and(|at| backends::without_pool(at) == host);
    for volume in os.cinder.volumes.all().filter(|volume| here(volume.host.as_deref())) {
        let kept = projects.entry(volume.project.clone()).or_default();
        kept.volumes += 1;
        kept.volume_gib += u64::from(volume.size_gib);
    }
    for snapshot in os.cinder.snapshots.all() {
        let volume = os.cinder.volumes.get(&snapshot.volume);
        if volume.is_some_and(|volume| here(volume.host.as_deref())) {
            let kept = projects.entry(snapshot.project.clone()).or_default();
            kept.snapshots += 1;
            kept.snapshot_gib += u64::from(snapshot.size_gib);
        }
    }
    let total = projects.values().fold(Kept::default(), |sum, one| Kept {
        volumes: sum.volumes + one.volumes,
        volume_gib: sum.volume_gib + one.volume_gib,
        snapshots: sum.snapshots + one.snapshots,
        snapshot_gib: sum.snapshot_gib + one.snapshot_gib,
    });
    (total, projects)
}

/// Upstream routes this to a method that cannot be called without a host.
fn update_none(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::malformed())
}

/// The host is looked up before the body is looked at, by a query that only administrators may make.
/// (Upstream's then fails, since nothing implements it; here the host's services are enabled or disabled.)
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
    let enabled = wanted_status(&call.json)?;
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

/// True to enable, false to disable; names and values in any case.
fn wanted_status(body: &Value) -> Result<Option<bool>, Problem> {
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
