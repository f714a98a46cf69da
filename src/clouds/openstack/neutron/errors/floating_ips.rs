//! Errors about floating IPs and port forwardings.

use super::bad;
use crate::engine::Problem;
use std::fmt::Display;

pub fn floating_ip_not_found(id: &str) -> Problem {
    Problem::new(404, "FloatingIPNotFound", format!("Floating IP {id} could not be found"))
}

/// `Bad floatingip request: …`
pub fn bad_floating_ip(reason: impl Display) -> Problem {
    bad("floatingip", reason)
}

pub fn no_external_address(network: &str) -> Problem {
    let message = format!("Unable to find any IP address on external network {network}.");
    Problem::new(400, "ExternalIpAddressExhausted", message)
}

pub fn external_network_unreachable(network: &str, subnet: &str, port: &str) -> Problem {
    let message = format!(
        "External network {network} is not reachable from subnet {subnet}.  Therefore, cannot associate Port {port} \
         with a Floating IP."
    );
    Problem::new(404, "ExternalGatewayForFloatingIPNotFound", message)
}

/// `id` and `address` belong to the floating IP; `port` and `fixed` to the requested association.
pub fn already_associated(address: &str, id: &str, port: &str, fixed: &str, network: &str) -> Problem {
    let message = format!(
        "Cannot associate floating IP {address} ({id}) with port {port} using fixed IP {fixed}, as that fixed IP \
         already has a floating IP on external network {network}."
    );
    Problem::new(409, "FloatingIPPortAlreadyAssociated", message)
}

pub fn port_has_port_forwarding(port: &str) -> Problem {
    let message =
        format!("Cannot associate floating IP to port {port} because it already has a Port Forwarding binding.");
    Problem::new(400, "PortHasPortForwarding", message)
}

pub fn floating_ip_has_port_forwardings(id: &str) -> Problem {
    Problem::new(409, "FipInUseByPortForwarding", format!("Floating IP {id} in use by Port Forwarding resources."))
}

pub fn port_forwarding_not_found(id: &str) -> Problem {
    Problem::new(404, "PortForwardingNotFound", format!("Port Forwarding {id} could not be found."))
}

/// `Bad port_forwarding request: …`
pub fn bad_port_forwarding(reason: impl Display) -> Problem {
    bad("port_forwarding", reason)
}

/// `key` is `internal_port_range` or `external_port_range`.
pub fn ports_collide(key: &str, existing: &str, new: &str) -> Problem {
    bad_port_forwarding(format_args!(
        "There is a port collision with the {key}. The following ranges collide: {existing} and {new}"
    ))
}

pub fn port_has_floating_ip(address: &str, id: &str, port: &str, fixed: &str) -> Problem {
    let message = format!(
        "Cannot create port forwarding to floating IP {address} ({id}) with port {port} using fixed IP {fixed}, as \
         that port already has a binding floating IP."
    );
    Problem::new(409, "PortHasBindingFloatingIP", message)
}

/// The requested router has no gateway on the network of the floating IP. Upstream raises the base class of its
/// conflicts, which has no message of its own.
pub fn router_without_gateway() -> Problem {
    Problem::new(409, "Conflict", "An unknown exception occurred.")
}
