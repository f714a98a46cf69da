//! The IP addresses of a server (nova/api/openstack/compute/ips.py, views/addresses.py).

use super::networks::{self, Address};
use super::{Server, VmState, permitted};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::errors;
use crate::clouds::openstack::nova::flavors::nothing_since_2_102;
use crate::engine::{Answer, Call, List, Object, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/servers/{server_id}/ips", "nova.server.address.list", list)
        .summary("Lists the IP addresses of a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:ips:index"),
    get("/servers/{server_id}/ips/{network}", "nova.server.address.show", show)
        .summary("Lists the IP addresses of a server in one network.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:ips:show"),
];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    Ok(Response::one("addresses", |o| by_network(o, &networks::addresses(os, server), false)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (server, network) = (permitted(call, os)?, call.param("network"));
    let addresses = networks::addresses(os, server);
    if !addresses.iter().any(|address| address.network == network) {
        return Err(errors::not_on_network());
    }
    Ok(Response::object(|o| of_network(o, network, &addresses, false)))
}

/// Writes the addresses into a server's own view. They are hidden while the server is being built. With `extended`, MAC
/// addresses and address types are shown too.
pub fn view(o: &mut Object, server: &Server, os: &OpenStack, extended: bool) {
    if server.vm_state != VmState::Building {
        by_network(o, &networks::addresses(os, server), extended);
    }
}

fn by_network(o: &mut Object, addresses: &[Address], extended: bool) {
    let mut seen: Vec<&str> = vec![];
    for address in addresses {
        if !seen.contains(&address.network) {
            seen.push(address.network);
            of_network(o, address.network, addresses, extended);
        }
    }
}

fn of_network(o: &mut Object, network: &str, addresses: &[Address], extended: bool) {
    let here = addresses.iter().filter(|address| address.network == network);
    o.list(network, |list| here.for_each(|address| view_address(list, address, extended)));
}

fn view_address(list: &mut List, address: &Address, extended: bool) {
    list.object(|o| {
        o.set("version", address.version);
        o.set("addr", address.ip);
        if extended {
            o.set("OS-EXT-IPS:type", if address.floating { "floating" } else { "fixed" });
            o.set("OS-EXT-IPS-MAC:mac_addr", address.mac);
        }
    });
}
