//! The pool of public addresses. Static addresses and those of running servers come from it.

use super::super::CloudSigma;
use std::collections::HashSet;
use std::net::Ipv4Addr;

/// A public network, with the settings that a guest needs.
pub struct Network {
    first: Ipv4Addr,
    last: Ipv4Addr,
    pub netmask: &'static str,
    pub gateway: &'static str,
    pub nameserver: &'static str,
}

/// The networks of the manual's examples (9.7, 9.5). Addresses come from the first one that has a free one.
const NETWORKS: [Network; 2] = [
    Network {
        first: Ipv4Addr::new(91, 203, 56, 2),
        last: Ipv4Addr::new(91, 203, 56, 254),
        netmask: "255.255.255.0",
        gateway: "91.203.56.1",
        nameserver: "91.203.56.1",
    },
    Network {
        first: Ipv4Addr::new(178, 22, 64, 2),
        last: Ipv4Addr::new(178, 22, 71, 254),
        netmask: "255.255.248.0",
        gateway: "178.22.64.1",
        nameserver: "178.22.66.167 178.22.64.25",
    },
];

/// The network that contains an address.
pub fn network(address: &str) -> Option<&'static Network> {
    let address: Ipv4Addr = address.parse().ok()?;
    NETWORKS.iter().find(|network| (network.first..=network.last).contains(&address))
}

/// All addresses in use: static ones and those of running servers.
pub fn taken(cloud: &CloudSigma) -> HashSet<Ipv4Addr> {
    let held = cloud.servers.all().flat_map(|server| server.addresses.values().map(String::as_str));
    let fixed = cloud.ips.all().map(|ip| &*ip.id);
    let servers = NETWORKS.iter().flat_map(|network| network.nameserver.split(' '));
    held.chain(fixed).chain(servers).filter_map(|address| address.parse().ok()).collect()
}

/// The first address of the pool that is not in `taken`.
pub fn free(taken: &HashSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    let all = NETWORKS.iter().flat_map(|network| u32::from(network.first)..=u32::from(network.last));
    all.map(Ipv4Addr::from).find(|address| !taken.contains(address))
}
