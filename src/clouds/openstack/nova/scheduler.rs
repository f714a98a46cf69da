//! The scheduler: which host a server is placed on, and which resources it allocates there in Placement
//! (nova/scheduler/manager.py, nova/scheduler/filters). Its cost grows with the number of hosts, not of servers.

use super::flavors::Flavor;
use super::server_groups::Policy;
use super::servers::Server;
use super::services::{self, Service, compute_node_id};
use super::{aggregates, host_filters};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::placement::allocations::{self, Allocation, AllocationRequest};
use crate::clouds::openstack::placement::resource_providers::Provider;
use crate::engine::{Context, Id};
use serde_json::{Map, Value};
use std::sync::Arc;

/// What a server requires of its host (`RequestSpec`).
#[derive(Clone, Debug)]
pub struct Request {
    pub server: Id,
    pub project: Id,
    pub user: Id,
    pub flavor: Arc<Flavor>,
    pub image_properties: Arc<Map<String, Value>>,
    /// The root disk is a volume and uses no disk of the host.
    pub volume_backed: bool,
    /// The availability zone to stay in.
    pub zone: Option<Id>,
    /// The only host allowed.
    pub host: Option<Id>,
    /// Hosts not allowed.
    pub excluded: Vec<Id>,
    /// The scheduler hints of the create request.
    pub hints: Option<Arc<Map<String, Value>>>,
}

/// No host passes. Upstream's message is `No valid host was found. ` followed by the reason.
#[derive(Clone, Debug, PartialEq)]
pub struct NoValidHost {
    pub reason: &'static str,
}

impl Request {
    /// The requirements from the create request of a server.
    pub fn of(server: &Server) -> Request {
        Request {
            server: server.id.clone(),
            project: server.project.clone(),
            user: server.user.clone(),
            flavor: server.flavor.clone(),
            image_properties: server.image_properties.clone(),
            volume_backed: server.is_volume_backed(),
            zone: server.pinned_zone.clone(),
            host: server.requested_host.clone(),
            excluded: vec![],
            hints: server.scheduler_hints.clone(),
        }
    }

    /// The amount of each resource class: those of the flavor, overridden by extra specs such as `resources:VGPU`.
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

/// Chooses a host and allocates the resources of the server there. Returns the host.
pub fn place(os: &mut OpenStack, ctx: &Context, request: &Request) -> Result<Id, NoValidHost> {
    let host = choose(os, request)?;
    allocate(os, ctx, request, &host)?;
    Ok(host)
}

/// The suitable host with the most free memory. Changes nothing.
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
    let passes = |(service, node): &(&Service, &Provider)| {
        passes_filters(os, request, service, &group)
            && host_filters::has_capabilities(os, node, &request.flavor.extra_specs)
            && host_filters::runs_image(&request.image_properties)
    };
    let fitting = with_room.into_iter().filter(passes);
    let free = |node: &Provider| node.inventory("MEMORY_MB").map_or(0, |memory| memory.total - memory.used);
    // The first one wins a tie.
    let best = fitting.reduce(|best, next| if free(next.1) > free(best.1) { next } else { best });
    let best = best.ok_or(NoValidHost { reason: "There are not enough hosts available." })?;
    Ok(best.0.host.clone())
}

/// The checks of Placement: free resources, traits that flavor or image require or forbid, the availability zone, and a
/// required host. The server's own allocation counts as used, as when it is resized on the same host.
fn has_room(os: &OpenStack, request: &Request, node: &Provider, resources: &[(&str, i64)]) -> bool {
    let has = |class: &str, amount: i64| node.inventory(class).is_some_and(|inventory| inventory.has_room(amount));
    let trait_fits = |(key, value): (&String, &Value)| {
        let Some(name) = key.strip_prefix("trait:") else { return true };
        node.traits.contains(name) == (value.as_str() == Some("required"))
    };
    let image_trait_fits = |(key, value): (&String, &Value)| match key.strip_prefix("trait:") {
        Some(name) if value.as_str() == Some("required") => node.traits.contains(name),
        _ => true,
    };
    resources.iter().all(|(class, amount)| has(class, *amount))
        && request.image_properties.iter().all(image_trait_fits)
        && request.flavor.extra_specs.iter().all(trait_fits)
        && request.host.as_ref().is_none_or(|host| *host == node.name)
        && request.zone.as_ref().is_none_or(|zone| aggregates::zone_of(os, &node.name) == *zone)
}

/// The policy of the server's group and the hosts of its other members, one entry per member.
struct GroupHosts {
    policy: Policy,
    max_per_host: i64,
    hosts: Vec<Id>,
}

fn group_hosts(os: &OpenStack, request: &Request) -> Option<GroupHosts> {
    let group = os.nova.server_groups.get(hint(request, "group").first()?)?;
    let others = group.members.iter().filter(|id| **id != request.server);
    let hosts = others.filter_map(|id| os.nova.servers.get(id)?.host.clone()).collect();
    Some(GroupHosts { policy: group.policy, max_per_host: group.max_server_per_host.unwrap_or(1), hosts })
}

/// The values of a scheduler hint, which is a string or a list of strings.
fn hint<'r>(request: &'r Request, name: &str) -> Vec<&'r str> {
    match request.hints.as_ref().and_then(|hints| hints.get(name)) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

/// The scheduler filters: service state, server group, and the hints `same_host` and `different_host`. A host that an
/// administrator names may be disabled.
fn passes_filters(os: &OpenStack, request: &Request, service: &Service, group: &Option<GroupHosts>) -> bool {
    let host = &service.host;
    let host_of = |id: &&str| os.nova.servers.get(id).and_then(|server| server.host.as_ref()) == Some(host);
    let (same, different) = (hint(request, "same_host"), hint(request, "different_host"));
    let with_group = group.as_ref().is_none_or(|group| {
        let here = group.hosts.iter().filter(|one| *one == host).count();
        match group.policy {
            Policy::Affinity => group.hosts.is_empty() || here > 0,
            Policy::AntiAffinity => i64::try_from(here).unwrap_or(i64::MAX) < group.max_per_host,
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

/// Allocates the resources of the server on this host, if there is room.
pub fn allocate(os: &mut OpenStack, ctx: &Context, request: &Request, host: &str) -> Result<(), NoValidHost> {
    let refused = NoValidHost { reason: "" };
    let node = os.placement.providers.get(&compute_node_id(host)).ok_or(refused.clone())?;
    let mut amounts = vec![];
    for (class, amount) in request.resources() {
        let inventory = node.inventory(class).filter(|inventory| inventory.has_room(amount));
        amounts.push((inventory.ok_or(refused.clone())?.class.clone(), amount));
    }
    // A flavor of size zero allocates nothing.
    let allocation = Allocation { provider: node.uuid.clone(), resources: amounts };
    let allocations = if allocation.resources.is_empty() { vec![] } else { vec![allocation] };
    let claim = AllocationRequest {
        consumer: request.server.clone(),
        project: request.project.clone(),
        user: request.user.clone(),
        kind: Some("INSTANCE".into()),
        allocations,
    };
    allocations::replace(os, ctx.now(), vec![claim]).map_err(|_| refused)
}

/// Removes the allocation of a server that is deleted, shelved-offloaded, or failed to build.
pub fn release(os: &mut OpenStack, server: &str) {
    allocations::release(os, server);
}

/// Moves the allocation of the server to its migration, so that the server can allocate another one. This precedes a
/// resize, a migration and an evacuation.
pub fn hold_for_migration(os: &mut OpenStack, ctx: &Context, server: &str, migration: &Id) {
    move_allocation(os, ctx, server, migration, "MIGRATION");
}

/// Moves the allocation of a migration back to its server, when a resize is reverted or has failed.
pub fn return_from_migration(os: &mut OpenStack, ctx: &Context, migration: &str, server: &Id) {
    allocations::release(os, server);
    move_allocation(os, ctx, migration, server, "INSTANCE");
}

fn move_allocation(os: &mut OpenStack, ctx: &Context, from: &str, to: &Id, kind: &str) {
    let Some(old) = os.placement.consumers.get(from).cloned() else { return };
    allocations::release(os, from);
    let claim = AllocationRequest {
        consumer: to.clone(),
        project: old.project,
        user: old.user,
        kind: Some(kind.into()),
        allocations: old.allocations,
    };
    // There is room, because the same allocation was removed just before.
    let _ = allocations::replace(os, ctx.now(), vec![claim]);
}

/// True if a compute host of this name exists.
pub fn is_host(os: &OpenStack, name: &str) -> bool {
    services::compute(os, name).is_some()
}
