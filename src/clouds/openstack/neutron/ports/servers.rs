//! The ports of servers: what Nova uses of Neutron (nova/network/neutron.py).

use super::{add, binding, ipam, network_of, of_device, plug_after_others, remove};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::addresses::parse_mac;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{errors, networks};
use crate::engine::{Context, Id, Problem};
use serde_json::json;

/// A request for a port of a server.
pub struct PortRequest<'w> {
    /// The server's id.
    pub server: &'w Id,
    /// The server's project, which owns the port.
    pub project: &'w Id,
    /// The id of the network.
    pub network: &'w str,
    /// The requested address; `None` for any.
    pub fixed_ip: Option<&'w str>,
    /// The ids of security groups; `None` for the project's default group.
    pub security_groups: Option<Vec<Id>>,
    /// The availability zone, for the device owner `compute:nova`.
    pub zone: &'w str,
    /// The host of the server; empty if it has none yet.
    pub host: &'w str,
    /// The server's host name.
    pub dns_name: &'w str,
}

/// Creates a port for a server and returns its id.
pub fn create(os: &mut OpenStack, ctx: &mut Context, request: &PortRequest) -> Result<Id, Problem> {
    if !os.neutron.networks.contains(request.network) {
        return Err(errors::network_not_found(request.network));
    }
    super::super::quotas::enforce_count(os, request.project, "port", 1)?;
    let mut body = Body::new();
    body.insert("network_id".into(), request.network.into());
    body.insert("project_id".into(), json!(request.project));
    body.insert("device_id".into(), json!(request.server));
    body.insert("device_owner".into(), owner(request.zone).into());
    body.insert("admin_state_up".into(), true.into());
    body.insert("binding:host_id".into(), request.host.into());
    body.insert("binding:vnic_type".into(), "normal".into());
    body.insert("dns_name".into(), request.dns_name.into());
    if let Some(ip) = request.fixed_ip {
        body.insert("fixed_ips".into(), json!([{"ip_address": ip}]));
    }
    if let Some(groups) = &request.security_groups {
        body.insert("security_groups".into(), json!(groups));
    }
    let port = add(os, ctx, body)?;
    // Nova creates the port and binds it with a second request.
    if !request.host.is_empty()
        && let Some(record) = os.neutron.ports.get_mut(&port)
    {
        record.bump(ctx.now());
    }
    Ok(port)
}

fn owner(zone: &str) -> String {
    format!("compute:{zone}")
}

/// Attaches an existing port to a server. `request` says which server that is.
pub fn bind(os: &mut OpenStack, ctx: &mut Context, port: &Id, request: &PortRequest) {
    plug_after_others(os, port, request.server);
    let Some(record) = os.neutron.ports.get_mut(port) else { return };
    record.set("device_id", json!(request.server));
    record.set("device_owner", owner(request.zone));
    record.set("binding:host_id", request.host);
    record.set("dns_name", request.dns_name);
    record.bump(ctx.now());
    binding::count_binding(record, 1, ctx.now());
    binding::bound(os, ctx, port);
}

/// Detaches a port from its server; the port stays.
pub fn unbind(os: &mut OpenStack, ctx: &mut Context, port: &Id) {
    let Some(record) = os.neutron.ports.get_mut(port) else { return };
    for name in ["device_id", "device_owner", "binding:host_id", "dns_name"] {
        record.set(name, "");
    }
    record.set("binding:profile", json!({}));
    record.set("status", "DOWN");
    record.set("binding:vif_type", json!(null));
    record.bump(ctx.now());
}

/// Moves the ports of a server to another host.
pub fn migrate(os: &mut OpenStack, ctx: &mut Context, server: &str, host: &str) {
    for id in ids_of(os, server) {
        let Some(port) = os.neutron.ports.get_mut(&id) else { continue };
        let from_host = !port.text("binding:host_id").is_empty();
        port.set("binding:host_id", host);
        port.bump(ctx.now());
        if from_host && !host.is_empty() {
            binding::moved(os, ctx, &id);
        } else {
            binding::bound(os, ctx, &id);
        }
    }
}

/// The destination of a live migration prepares for the ports of the server.
pub fn begin_preparation(os: &mut OpenStack, server: &str) {
    ids_of(os, server).iter().for_each(|id| binding::begin_preparation(os, id));
}

/// The next step of the preparation. True when all ports are prepared.
pub fn continue_preparation(os: &mut OpenStack, server: &str) -> bool {
    ids_of(os, server).iter().for_each(|id| binding::continue_preparation(os, id));
    !of_device(os, server).any(binding::is_moving)
}

/// The live migration was cancelled: the ports are wired on their old host.
pub fn cancel_preparation(os: &mut OpenStack, server: &str) {
    let moving = of_device(os, server).filter(|port| binding::is_moving(port));
    let moving: Vec<Id> = moving.map(|port| port.id.clone()).collect();
    moving.iter().for_each(|id| binding::plugged(os, id));
}

fn ids_of(os: &OpenStack, server: &str) -> Vec<Id> {
    of_device(os, server).map(|port| port.id.clone()).collect()
}

/// The host has plugged the port into the running server.
pub fn plugged(os: &mut OpenStack, port: &Id) {
    binding::plugged(os, port);
}

/// Deletes a port.
pub fn delete(os: &mut OpenStack, ctx: &mut Context, port: &Id) {
    remove(os, ctx, port);
}

/// The ports of a server in the order in which they were attached.
pub fn of_server<'o>(os: &'o OpenStack, server: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    of_device(os, server)
}

/// An address of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Address<'o> {
    /// The network's name.
    pub network: &'o str,
    /// The address.
    pub ip: &'o str,
    /// 4 or 6.
    pub version: u8,
    /// The MAC address of the port.
    pub mac: &'o str,
    pub port: &'o Id,
    /// True for a floating IP.
    pub floating: bool,
}

/// All addresses of a server, by port. Each fixed address is followed by the floating IPs that are associated with
/// it.
pub fn addresses<'o>(os: &'o OpenStack, server: &str) -> Vec<Address<'o>> {
    let mut all = vec![];
    for port in of_server(os, server) {
        let network = network_of(os, port).map_or("", |network| network.text("name"));
        let mac = port.text("mac_address");
        let mut push = |ip: &'o str, floating: bool| {
            let version = if ip.contains(':') { 6 } else { 4 };
            all.push(Address { network, ip, version, mac, port: &port.id, floating });
        };
        for fixed in ipam::fixed_ips(port) {
            push(fixed.ip, false);
            for floating in networks::floating_addresses(os, port, fixed.ip) {
                push(floating, true);
            }
        }
    }
    debug_assert!(all.iter().all(|address| parse_mac(address.mac).is_some()));
    all
}

/// The network with this id or name that the members of a project see.
pub fn network<'o>(os: &'o OpenStack, project: &str, id_or_name: &str) -> Option<&'o Record> {
    let visible = |network: &&Record| networks::visible_to(os, network, project);
    let by_id = os.neutron.networks.get(id_or_name).filter(visible);
    by_id.or_else(|| os.neutron.networks.all().filter(|one| one.text("name") == id_or_name).find(visible))
}

/// The networks of a server whose request names none: the project's own ones, then the shared ones. External networks
/// of other projects are not among them.
pub fn networks_for<'o>(os: &'o OpenStack, project: &str) -> Vec<&'o Record> {
    let own: Vec<_> = os.neutron.networks.of(project).rev().collect();
    let shared = networks::shared_with(os, project).filter(|network| *network.project != *project);
    own.into_iter().chain(shared).collect()
}

/// The device name of a port's VIF.
pub fn tap(port: &Record) -> String {
    let id: String = port.id.chars().take(11).collect();
    format!("tap{id}")
}

/// True if the port belongs to no device.
pub fn is_free(port: &Record) -> bool {
    port.text("device_id").is_empty()
}
