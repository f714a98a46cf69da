//! Errors about the networks of servers.

use super::{bad_request, conflict, not_allowed, not_found};
use crate::engine::Problem;

/// `SecurityGroupNotFound` in a create request.
pub fn security_group_not_found(name: &str) -> Problem {
    bad_request(format!("Unable to find security_group with name or id '{name}'"))
}

/// `NoUniqueMatch`: several groups have this name.
pub fn several_security_groups(name: &str) -> Problem {
    conflict(format!("Multiple security_group matches found for name '{name}', use an ID to be more specific."))
}

/// `NetworkAmbiguous`.
pub fn several_networks_possible() -> Problem {
    conflict("Multiple possible networks found, use a Network ID to be more specific.")
}

/// `NetworkAmbiguous` for an interface, where upstream answers 400.
pub fn several_networks_for_interface() -> Problem {
    bad_request("Multiple possible networks found, use a Network ID to be more specific.")
}

/// `UnableToAutoAllocateNetwork`.
pub fn no_network_to_allocate(project: &str) -> Problem {
    bad_request(format!("Unable to automatically allocate a network for project {project}"))
}

/// `InterfaceAttachFailedNoNetwork`.
pub fn no_network_to_attach(project: &str) -> Problem {
    bad_request(format!("No specific network was requested and none are available for project '{project}'."))
}

/// `NetworkNotFound`.
pub fn network_not_found(id: &str) -> Problem {
    not_found(format!("Network {id} could not be found."))
}

/// `NetworkRequiresSubnet`.
pub fn network_requires_subnet(id: &str) -> Problem {
    bad_request(format!("Network {id} requires a subnet in order to boot instances on."))
}

/// `PortNotFound`.
pub fn port_not_found(id: &str) -> Problem {
    not_found(format!("Port id {id} could not be found."))
}

/// `PortInUse`.
pub fn port_in_use(id: &str) -> Problem {
    conflict(format!("Port {id} is still in use."))
}

/// `PortRequiresFixedIP`.
pub fn port_requires_fixed_ip(id: &str) -> Problem {
    bad_request(format!("Port {id} requires a FixedIP in order to be used."))
}

/// The port is not attached to this server.
pub fn not_a_port_of_server(server: &str, port: &str) -> Problem {
    not_found(format!("Instance {server} does not have a port with id {port}"))
}

/// `FixedIpAlreadyInUse`.
pub fn fixed_ip_in_use(ip: &str, server: &str) -> Problem {
    bad_request(format!("Fixed IP address {ip} is already in use on instance {server}."))
}

/// `FixedIpAlreadyInUse` for an existing server, where upstream answers 409.
pub fn fixed_ip_in_use_conflict(ip: &str, server: &str) -> Problem {
    conflict(fixed_ip_in_use(ip, server).message)
}

/// `PortLimitExceeded`.
pub fn too_many_ports() -> Problem {
    not_allowed("Maximum number of ports exceeded")
}

/// An interface names both a network and a port.
pub fn network_and_port() -> Problem {
    bad_request("Must not input both network_id and port_id")
}

/// An interface names an address without a network.
pub fn address_without_network() -> Problem {
    bad_request("Must input network_id when request IP address")
}

/// `NoMoreFixedIps`.
pub fn no_more_fixed_ips(network: &str) -> Problem {
    bad_request(format!("No fixed IP addresses available for network: {network}"))
}

/// `InvalidInput`: the address does not belong to the network.
pub fn ip_not_of_network(ip: &str, network: &str) -> Problem {
    bad_request(format!("Invalid input received: Fixed IP {ip} is not a valid ip address for network {network}."))
}
