//! Errors about ports and their addresses.

use crate::engine::Problem;

pub fn port_not_found(id: &str) -> Problem {
    Problem::new(404, "PortNotFound", format!("Port {id} could not be found."))
}

pub fn mac_in_use(network: &str, mac: &str) -> Problem {
    let message = format!("Unable to complete operation for network {network}. The mac address {mac} is in use.");
    Problem::new(409, "MacAddressInUse", message)
}

pub fn port_bound(id: &str, vif_type: &str, old: &str, new: &str) -> Problem {
    let message = format!(
        "Unable to complete operation on port {id}, port is already bound, port type: {vif_type}, old_mac {old}, \
         new_mac {new}."
    );
    Problem::new(409, "PortBound", message)
}

pub fn service_port_in_use(id: &str, owner: &str) -> Problem {
    let message = format!("Port {id} cannot be deleted directly via the port API: has device owner {owner}.");
    Problem::new(409, "ServicePortInUse", message)
}

/// The name of [`no_more_addresses`], by which other services know it.
pub const NO_ADDRESS_LEFT: &str = "IpAddressGenerationFailure";

pub fn no_more_addresses(network: &str) -> Problem {
    let message = format!("No more IP addresses available on network {network}.");
    Problem::new(409, NO_ADDRESS_LEFT, message)
}

/// `IpAddressGenerationFailureNoMatchingSubnet`
pub fn no_subnet_for_service(network: &str, owner: &str) -> Problem {
    let message =
        format!("No valid service subnet for the given device owner, network {network}, service type {owner}.");
    Problem::new(409, "IpAddressGenerationFailureNoMatchingSubnet", message)
}

pub fn address_allocated(ip: &str, subnet: &str) -> Problem {
    Problem::new(409, "IpAddressAlreadyAllocated", format!("IP address {ip} already allocated in subnet {subnet}"))
}

pub fn invalid_ip_for_network(ip: &str) -> Problem {
    let message = format!("IP address {ip} is not a valid IP for any of the subnets on the specified network.");
    Problem::new(400, "InvalidIpForNetwork", message)
}

pub fn invalid_ip_for_subnet(ip: &str) -> Problem {
    let message = format!("IP address {ip} is not a valid IP for the specified subnet.");
    Problem::new(400, "InvalidIpForSubnet", message)
}

pub fn auto_address_subnet(ip: &str, subnet: &str) -> Problem {
    let message = format!(
        "IPv6 address {ip} cannot be directly assigned to a port on subnet {subnet} as the subnet is configured for \
         automatic addresses"
    );
    Problem::new(400, "AllocationOnAutoAddressSubnet", message)
}

pub fn address_pairs_exhausted(most: usize) -> Problem {
    let message = format!("The number of allowed address pair exceeds the maximum {most}.");
    Problem::new(400, "AllowedAddressPairExhausted", message)
}

pub fn address_pair_without_ip() -> Problem {
    Problem::new(400, "AllowedAddressPairsMissingIP", "AllowedAddressPair must contain ip_address")
}

pub fn duplicate_address_pair(mac: &str, ip: &str) -> Problem {
    let message = format!("Request contains duplicate address pair: mac_address {mac} ip_address {ip}.");
    Problem::new(400, "DuplicateAddressPairInRequest", message)
}

pub fn address_pairs_need_port_security() -> Problem {
    let message = "Port Security must be enabled in order to have allowed address pairs on a port.";
    Problem::new(409, "AddressPairAndPortSecurityRequired", message)
}

pub fn security_groups_need_port_security() -> Problem {
    let message = "Port security must be enabled and port must have an IP address in order to use security groups.";
    Problem::new(400, "PortSecurityAndIPRequiredForSecurityGroups", message)
}

pub fn port_has_security_group() -> Problem {
    let message = "Port has security group associated. Cannot disable port security or IP address until security \
                   group is removed.";
    Problem::new(409, "PortSecurityPortHasSecurityGroup", message)
}

pub fn port_stays(id: &str) -> Problem {
    super::bad("port", format_args!("Invalid port {id}. Operation only valid on compute and shared filesystem ports"))
}

pub fn binding_not_found(port: &str, host: &str) -> Problem {
    let message = format!("Binding for port {port} for host {host} could not be found.");
    Problem::new(404, "PortBindingNotFound", message)
}

pub fn binding_exists(port: &str, host: &str) -> Problem {
    let message = format!("Binding for port {port} on host {host} already exists.");
    Problem::new(409, "PortBindingAlreadyExists", message)
}

pub fn binding_is_active(port: &str, host: &str) -> Problem {
    let message = format!("Binding for port {port} on host {host} is already active.");
    Problem::new(409, "PortBindingAlreadyActive", message)
}
