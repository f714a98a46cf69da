//! `/os-networks` and `/os-tenant-networks`, forwarded to Neutron (nova/api/openstack/compute/networks.py,
//! tenant_networks.py).

use super::{call_neutron, get, items};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::{errors, policy};
use crate::engine::{Answer, Call, Context, Object, Operation, Problem, Response, get_changing};
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get_changing("/os-networks", "nova.network.list", list)
        .summary("Lists networks through Neutron.")
        .until(2, 35)
        .policy("os_compute_api:os-networks:list"),
    get_changing("/os-networks/{id}", "nova.network.show", show)
        .summary("Shows a network through Neutron.")
        .until(2, 35)
        .policy("os_compute_api:os-networks:show"),
    get_changing("/os-tenant-networks", "nova.tenant_network.list", list_own)
        .summary("Lists the networks of the project through Neutron.")
        .until(2, 35)
        .policy("os_compute_api:os-tenant-networks:list"),
    get_changing("/os-tenant-networks/{id}", "nova.tenant_network.show", show_own)
        .summary("Shows a network of the project through Neutron.")
        .until(2, 35)
        .policy("os_compute_api:os-tenant-networks:show"),
];

/// Fields of nova-network, which are null for Neutron's networks. The network's name is shown after the first group; the
/// last group is for administrators.
const UNKNOWN: [&[&str]; 3] = [
    &["cidr", "netmask", "gateway", "broadcast", "dns1", "dns2", "cidr_v6", "gateway_v6"],
    &["netmask_v6"],
    &[
        "created_at",
        "updated_at",
        "deleted_at",
        "deleted",
        "injected",
        "bridge",
        "vlan",
        "vpn_public_address",
        "vpn_public_port",
        "vpn_private_address",
        "dhcp_start",
        "project_id",
        "host",
        "bridge_interface",
        "multi_host",
        "priority",
        "rxtx_base",
        "mtu",
        "dhcp_server",
        "enable_dhcp",
        "share_address",
    ],
];

/// `network_dict`
fn view(call: &Call, o: &mut Object, network: &Value) {
    o.set("id", &network["id"]);
    UNKNOWN[0].iter().for_each(|name| o.set(name, ()));
    o.set("label", &network["name"]);
    UNKNOWN[1].iter().for_each(|name| o.set(name, ()));
    if policy::is_admin(call) {
        UNKNOWN[2].iter().for_each(|name| o.set(name, ()));
    }
}

fn view_own(o: &mut Object, network: &Value) {
    o.set("id", &network["id"]);
    o.set("cidr", "None");
    o.set("label", &network["name"]);
}

fn networks(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Value, Problem> {
    call_neutron(call, os, ctx, get("/v2.0/networks"))
}

fn network(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Result<Value, Problem> {
    let found = call_neutron(call, os, ctx, get(&format!("/v2.0/networks/{}", call.param("id"))));
    found.map(|answer| answer["network"].clone()).map_err(|_| errors::proxied_network_not_found())
}

fn list(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let answer = networks(call, os, ctx)?;
    Ok(Response::many("networks", items(&answer, "networks"), |o, network| view(call, o, network)))
}

fn show(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let network = network(call, os, ctx)?;
    Ok(Response::one("network", |o| view(call, o, &network)))
}

fn list_own(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let answer = networks(call, os, ctx)?;
    Ok(Response::many("networks", items(&answer, "networks"), view_own))
}

fn show_own(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let network = network(call, os, ctx)?;
    Ok(Response::one("network", |o| view_own(o, &network)))
}
