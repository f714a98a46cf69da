//! The addresses of a running server: `auto` takes an address of the pool while the server runs, a static address
//! belongs to the account.

use super::super::resources::pool;
use super::super::{CloudSigma, errors};
use super::{Server, keys};
use crate::engine::{Id, Problem};
use std::collections::BTreeMap;

/// The addresses of a server while it runs. `vnc:ip` reuses `nic:0:dhcp` if there is one (8.2).
pub fn addresses(cloud: &CloudSigma, server: &Server) -> Result<BTreeMap<String, String>, Problem> {
    let mut addresses = BTreeMap::new();
    let mut taken = pool::taken(cloud);
    for (key, value) in server.settings.iter().filter(|(key, _)| keys::is_address(key)) {
        let first = addresses.get("nic:0:dhcp").cloned();
        let address = match (value.as_str(), first) {
            ("auto", Some(first)) if key == "vnc:ip" => first,
            ("auto", _) => {
                let free = pool::free(&taken).ok_or_else(|| errors::busy("No address is free: all are in use"))?;
                taken.insert(free);
                free.to_string()
            }
            (address, _) => {
                own_static(cloud, server, key, address)?;
                address.to_owned()
            }
        };
        addresses.insert(key.clone(), address);
    }
    Ok(addresses)
}

/// Refuses if one of the server's VLANs no longer exists.
pub fn check_vlans(cloud: &CloudSigma, server: &Server) -> Result<(), Problem> {
    let vlans = server.settings.iter().filter(|(key, _)| key.starts_with("nic:") && key.ends_with(":vlan"));
    for (key, vlan) in vlans {
        if cloud.vlans.get(vlan).is_none_or(|vlan| vlan.owner != server.owner) {
            return Err(errors::invalid(key, &errors::not_found_text("VLAN UUID")));
        }
    }
    Ok(())
}

/// The running server that has a static address.
pub fn holder<'c>(cloud: &'c CloudSigma, owner: &str, address: &str) -> Option<&'c Id> {
    let mut servers = cloud.servers.of(owner).filter(|server| server.holds());
    let holds = |server: &&Server| server.addresses.values().any(|held| held == address);
    servers.find(holds).map(|server| &server.id)
}

/// The running server that is on a VLAN.
pub fn user_of_vlan<'c>(cloud: &'c CloudSigma, owner: &str, vlan: &str) -> Option<&'c Id> {
    let mut servers = cloud.servers.of(owner).filter(|server| server.holds());
    let uses = |server: &&Server| server.settings.iter().any(|(key, value)| key.ends_with(":vlan") && value == vlan);
    servers.find(uses).map(|server| &server.id)
}

fn own_static(cloud: &CloudSigma, server: &Server, key: &str, address: &str) -> Result<(), Problem> {
    if cloud.ips.get(address).is_none_or(|ip| ip.owner != server.owner) {
        return Err(errors::invalid(key, &errors::not_found_text("IP address")));
    }
    match holder(cloud, &server.owner, address).filter(|holder| **holder != server.id) {
        Some(other) => Err(errors::busy(&format!("IP address {address} is busy: server {other} runs with it"))),
        None => Ok(()),
    }
}
