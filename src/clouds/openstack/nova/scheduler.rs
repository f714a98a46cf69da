//! Which host a server goes to, and what it takes there of Placement (nova/scheduler/manager.py,
//! nova/scheduler/filters). It looks at each host once, not at servers.

use super::aggregates;
use super::flavors::Flavor;
use super::server_groups::Policy;
use super::servers::Server;
use super::services::{self, Service, compute_node_id};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::allocations::{self, Allocation, Wanted};
use crate::clouds::openstack::placement::resource_providers::Provider;
use crate::engine::{Context, Id};
use serde_json::{Map, Value};
use std::sync::Arc;

/// A server that wants a host, and what it asks of it.
#[derive(Clone, Debug)]
pub struct Request {
    pub server: Id,
    pub project: Id,
    pub user: Id,
    pub flavor: Arc<Flavor>,
    /// Its root disk is a volume, which takes nothing of the host's disk.
    pub volume_backed: bool,
    pub zone: Option<Id>,
    /// The host that it must be.
    pub host: Option<Id>,
    /// Hosts that it must not be.
    pub excluded: Vec<Id>,
    pub hints: Option<Arc<Map<String, Value>>>,
}

/// No host will have it. Upstream's message: `No valid host was found. ` and the reason.
#[derive(Clone, Debug, PartialEq)]
pub struct NoValidHost {
    pub reason: &'static str,
}

impl Request {
    /// What the server asked for when it was made.
    pub fn of(server: &Server) -> Request {
        Request {
            server: server.id.clone(),
            project: server.project.clone(),
            user: server.user.clone(),
            flavor: server.flavor.clone(),
            volume_backed: server.is_volume_backed(),
            zone: server.pinned_zone.clone(),
            host: server.wanted_host.clone(),
            excluded: vec![],
            hints: server.scheduler_hints.clone(),
        }
    }

    /// How much it takes of each class, by default and as the flavor's extra specs have it: `resources:VGPU`.
    fn resources(&self) -> Vec<(&str, i64)> {
        let flavor = &self.flavor;
        let root = if self.volume_backed { 0 } else { i64::from(flavor.disk_gib) };
        let swap = i64::from(flavor.swap_mib.div_ceil(1024));
        let mut resources: Vec<(&str, i64)> = vec![
            ("VCPU", i64::from(flavor.vcpus)),
            ("MEMORY_MB", i64::from(flavor.ram_mib)),
            ("DISK_GB", root + i64::from(flavor.ephemeral_gib) + swap),
        ];
        for (key, amount) in &flavor.extra_specs {
            let Some(class) = key.strip_prefix("resources:") else { continue };
            let Some(amount) = amount.as_str().and_then(|amount| amount.trim().parse().ok()) else { continue };
            resources.retain(|(known, _)| *known != class);
            resources.push((class, amount));
        }
        resources.retain(|(_, amount)| *amount > 0);
        resources
    }
}

/// Finds a host for the server and takes there what it needs.
pub fn place(os: &mut OpenStack, ctx: &Context, request: &Request) -> Result<Id, NoValidHost> {
    let host = choose(os, request)?;
    take(os, ctx, request, &host)?;
    Ok(host)
}

/// The host that has the most memory free of those that fit. It looks only.
pub fn choose(os: &OpenStack, request: &Request) -> Result<Id, NoValidHost> {
    let resources = request.resources();
    let services = os.nova.services.all().rev().filter(|service| service.is_compute());
    let with_room: Vec<_> = services
        .filter_map(|service| {
            let node = os.placement.providers.get(&compute_node_id(&service.host))?;
            has_room(os, request, node, &resources).then_some((service, node))
        })
        .collect();
    if with_room.is_empty() {
        return Err(NoValidHost { reason: "" });
    }
    let group = group_hosts(os, request);
    let fitting = with_room.into_iter().filter(|(service, _)| passes(os, request, service, &group));
    let free = |node: &Provider| node.inventory("MEMORY_MB").map_or(0, |memory| memory.total - memory.used);
    // Of equals the first.
    let best = fitting.reduce(|best, next| if free(next.1) > free(best.1) { next } else { best });
    let best = best.ok_or(NoValidHost { reason: "There are not enough hosts available." })?;
    Ok(best.0.host.clone())
}

/// What Placement looks at: room of each class, traits that the flavor requires or forbids, the zone, and a
/// host that is named. What the server has there already, as one that is resized in place, counts as taken.
fn has_room(os: &OpenStack, request: &Request, node: &Provider, resources: &[(&str, i64)]) -> bool {
    let has = |class: &str, amount: i64| node.inventory(class).is_some_and(|inventory| inventory.has_room(amount));
    let trait_fits = |(key, wanted): (&String, &Value)| {
        let Some(name) = key.strip_prefix("trait:") else { return true };
        node.traits.contains(name) == (wanted.as_str() == Some("required"))
    };
    resources.iter().all(|(class, amount)| has(class, *amount))
        && request.flavor.extra_specs.iter().all(trait_fits)
        && request.host.as_ref().is_none_or(|host| *host == node.name)
        && request.zone.as_ref().is_none_or(|zone| aggregates::zone_of(os, &node.name) == *zone)
}

/// The hosts of the servers of its group, one for each server, and what the group wants.
struct GroupHosts {
    policy: Policy,
    most: i64,
    hosts: Vec<Id>,
}

fn group_hosts(os: &OpenStack, request: &Request) -> Option<GroupHosts> {
    let group = os.nova.server_groups.get(hint(request, "group").first()?)?;
    let others = group.members.iter().filter(|id| **id != request.server);
    let hosts = others.filter_map(|id| os.nova.servers.get(id)?.host.clone()).collect();
    Some(GroupHosts { policy: group.policy, most: group.max_server_per_host.unwrap_or(1), hosts })
}

/// A scheduler hint, which is one text or a list of them.
fn hint<'r>(request: &'r Request, name: &str) -> Vec<&'r str> {
    match request.hints.as_ref().and_then(|hints| hints.get(name)) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

/// The filters: of services, server groups, and hints about other servers. A host that an administrator
/// names is not asked whether it is disabled.
fn passes(os: &OpenStack, request: &Request, service: &Service, group: &Option<GroupHosts>) -> bool {
    let host = &service.host;
    let host_of = |id: &&str| os.nova.servers.get(id).and_then(|server| server.host.as_ref()) == Some(host);
    let (same, different) = (hint(request, "same_host"), hint(request, "different_host"));
    let with_group = group.as_ref().is_none_or(|group| {
        let here = group.hosts.iter().filter(|one| *one == host).count();
        match group.policy {
            Policy::Affinity => group.hosts.is_empty() || here > 0,
            Policy::AntiAffinity => i64::try_from(here).unwrap_or(i64::MAX) < group.most,
            Policy::SoftAffinity | Policy::SoftAntiAffinity => true,
        }
    });
    service.is_up()
        && (!service.disabled || request.host.is_some())
        && !request.excluded.contains(host)
        && with_group
        && (same.is_empty() || same.iter().any(host_of))
        && !different.iter().any(host_of)
}

/// Takes what the server needs on this very host, if there is room.
pub fn take(os: &mut OpenStack, ctx: &Context, request: &Request, host: &str) -> Result<(), NoValidHost> {
    let refused = NoValidHost { reason: "" };
    let node = os.placement.providers.get(&compute_node_id(host)).ok_or(refused.clone())?;
    let mut taken = vec![];
    for (class, amount) in request.resources() {
        let inventory = node.inventory(class).filter(|inventory| inventory.has_room(amount));
        taken.push((inventory.ok_or(refused.clone())?.class.clone(), amount));
    }
    // A flavor of no size at all takes nothing.
    let allocation = Allocation { provider: node.uuid.clone(), resources: taken };
    let allocations = if allocation.resources.is_empty() { vec![] } else { vec![allocation] };
    let wanted = Wanted {
        consumer: request.server.clone(),
        project: request.project.clone(),
        user: request.user.clone(),
        kind: Some("INSTANCE".into()),
        allocations,
    };
    allocations::replace(os, ctx.now(), vec![wanted]).map_err(|_| refused)
}

/// The server takes nothing any more: it is deleted, offloaded, or was never built.
pub fn release(os: &mut OpenStack, server: &str) {
    allocations::release(os, server);
}

/// What the server takes now is held by its migration, so that it can take something else: what comes
/// before a resize, a migration or an evacuation.
pub fn hold_for_migration(os: &mut OpenStack, ctx: &Context, server: &str, migration: &Id) {
    hand_over(os, ctx, server, migration, "MIGRATION");
}

/// The server takes again what its migration held for it: a resize that is reverted or has failed.
pub fn return_from_migration(os: &mut OpenStack, ctx: &Context, migration: &str, server: &Id) {
    allocations::release(os, server);
    hand_over(os, ctx, migration, server, "INSTANCE");
}

fn hand_over(os: &mut OpenStack, ctx: &Context, from: &str, to: &Id, kind: &str) {
    let Some(old) = os.placement.consumers.get(from).cloned() else { return };
    allocations::release(os, from);
    let wanted = Wanted {
        consumer: to.clone(),
        project: old.project,
        user: old.user,
        kind: Some(kind.into()),
        allocations: old.allocations,
    };
    // There is room: it was given back just now.
    let _ = allocations::replace(os, ctx.now(), vec![wanted]);
}

/// True if there is such a compute host.
pub fn is_host(os: &OpenStack, name: &str) -> bool {
    services::compute(os, name).is_some()
}
