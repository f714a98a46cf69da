//! What Nova asks of Neutron: ports for its servers, and the addresses that servers have.

use super::{add, binding, ipam, network_of, of_device, plug_after_others, remove};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::addresses::parse_mac;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{errors, networks};
use crate::engine::{Context, Id, Problem};
use serde_json::json;

/// A port that a server needs.
pub struct Wanted<'w> {
    pub server: &'w Id,
    /// The server's project, which owns the port.
    pub project: &'w Id,
    pub network: &'w str,
    pub fixed_ip: Option<&'w str>,
    /// Ids; none given, the project's default group.
    pub security_groups: Option<Vec<Id>>,
    pub zone: &'w str,
    /// Where the server runs; empty if that is not known yet.
    pub host: &'w str,
    /// The server's host name.
    pub dns_name: &'w str,
}

/// Makes a port for a server; its id.
pub fn create(os: &mut OpenStack, ctx: &mut Context, wanted: &Wanted) -> Result<Id, Problem> {
    if !os.neutron.networks.contains(wanted.network) {
        return Err(errors::network_not_found(wanted.network));
    }
    super::super::quotas::enforce_count(os, wanted.project, "port", 1)?;
    let mut body = Body::new();
    body.insert("network_id".into(), wanted.network.into());
    body.insert("project_id".into(), json!(wanted.project));
    body.insert("device_id".into(), json!(wanted.server));
    body.insert("device_owner".into(), owner(wanted.zone).into());
    body.insert("admin_state_up".into(), true.into());
    body.insert("binding:host_id".into(), wanted.host.into());
    body.insert("binding:vnic_type".into(), "normal".into());
    if let Some(ip) = wanted.fixed_ip {
        body.insert("fixed_ips".into(), json!([{"ip_address": ip}]));
    }
    if let Some(groups) = &wanted.security_groups {
        body.insert("security_groups".into(), json!(groups));
    }
    add(os, ctx, body)
}

fn owner(zone: &str) -> String {
    format!("compute:{zone}")
}

/// Plugs a port that exists into a server.
pub fn bind(os: &mut OpenStack, ctx: &mut Context, port: &Id, server: &Id, zone: &str, host: &str) {
    plug_after_others(os, port, server);
    let Some(record) = os.neutron.ports.get_mut(port) else { return };
    record.set("device_id", json!(server));
    record.set("device_owner", owner(zone));
    record.set("binding:host_id", host);
    record.bump(ctx.now());
    binding::bound(os, ctx, port);
}

/// Takes a port from its server; the port stays.
pub fn unbind(os: &mut OpenStack, ctx: &mut Context, port: &Id) {
    let Some(record) = os.neutron.ports.get_mut(port) else { return };
    for name in ["device_id", "device_owner", "binding:host_id"] {
        record.set(name, "");
    }
    record.set("binding:profile", json!({}));
    record.set("status", "DOWN");
    record.set("binding:vif_type", json!(null));
    record.bump(ctx.now());
}

/// Moves a server's ports to another host.
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

/// The host to which a server is about to move while it runs prepares for its ports.
pub fn preparation_begins(os: &mut OpenStack, server: &str) {
    ids_of(os, server).iter().for_each(|id| binding::preparation_begins(os, id));
}

/// The next step of that; true when no port needs one any more.
pub fn preparation_goes_on(os: &mut OpenStack, server: &str) -> bool {
    ids_of(os, server).iter().for_each(|id| binding::preparation_goes_on(os, id));
    !of_device(os, server).any(binding::is_moving)
}

/// The server does not move after all: its ports are wired where they are.
pub fn preparation_ends(os: &mut OpenStack, server: &str) {
    let moving = of_device(os, server).filter(|port| binding::is_moving(port));
    let moving: Vec<Id> = moving.map(|port| port.id.clone()).collect();
    moving.iter().for_each(|id| binding::plugged(os, id));
}

fn ids_of(os: &OpenStack, server: &str) -> Vec<Id> {
    of_device(os, server).map(|port| port.id.clone()).collect()
}

/// The server's host has plugged the port already.
pub fn plugged(os: &mut OpenStack, port: &Id) {
    binding::plugged(os, port);
}

/// Deletes a port.
pub fn delete(os: &mut OpenStack, ctx: &mut Context, port: &Id) {
    remove(os, ctx, port);
}

/// A server's ports, in the order in which they were plugged.
pub fn of_server<'o>(os: &'o OpenStack, server: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    of_device(os, server)
}

/// An address of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Address<'o> {
    /// The network's name.
    pub network: &'o str,
    pub ip: &'o str,
    /// 4 or 6.
    pub version: u8,
    pub mac: &'o str,
    pub port: &'o Id,
    /// True for an address that leads to one of the server's from outside.
    pub floating: bool,
}

/// All addresses of a server, port by port: the fixed ones, each followed by the floating ones that lead to it.
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

/// The network that members of a project mean by an id or a name.
pub fn network<'o>(os: &'o OpenStack, project: &str, id_or_name: &str) -> Option<&'o Record> {
    let visible = |network: &&Record| networks::visible_to(os, network, project);
    let by_id = os.neutron.networks.get(id_or_name).filter(visible);
    by_id.or_else(|| os.neutron.networks.all().filter(|one| one.text("name") == id_or_name).find(visible))
}

/// The networks to which a server goes that names none: the project's own, if it has none the shared ones.
/// External networks are for those who name them.
pub fn networks_for<'o>(os: &'o OpenStack, project: &str) -> Vec<&'o Record> {
    let own: Vec<_> = os.neutron.networks.of(project).rev().collect();
    let shared = networks::shared_with(os, project).filter(|network| *network.project != *project);
    own.into_iter().chain(shared).collect()
}

/// The text that servers show of a port's VIF: its device name.
pub fn tap(port: &Record) -> String {
    let id: String = port.id.chars().take(11).collect();
    format!("tap{id}")
}

/// True if a port is of no server yet.
pub fn is_free(port: &Record) -> bool {
    port.text("device_id").is_empty()
}
