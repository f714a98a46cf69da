//! Errors about routers: interfaces, gateways, routes, agents, conntrack helpers, NDP proxies.

use super::bad;
use crate::engine::Problem;
use std::fmt::Display;

pub fn router_not_found(id: &str) -> Problem {
    Problem::new(404, "RouterNotFound", format!("Router {id} could not be found"))
}

pub fn router_in_use(id: &str, ports: &[&str]) -> Problem {
    let ports = ports.join(", ");
    Problem::new(409, "RouterInUse", format!("Router {id} has ports still attached: {ports}"))
}

/// `Bad router request: …`
pub fn bad_router(reason: impl Display) -> Problem {
    bad("router", reason)
}

pub fn not_external(network: &str) -> Problem {
    bad_router(format_args!("Network {network} is not an external network"))
}

pub fn gateway_needed_by_floating_ip(router: &str, network: &str) -> Problem {
    let message = format!(
        "Gateway cannot be updated for router {router}, since a gateway to external network {network} is required by \
         one or more floating IPs."
    );
    Problem::new(409, "RouterExternalGatewayInUseByFloatingIp", message)
}

pub fn already_on_subnet(subnet: &str) -> Problem {
    bad_router(format_args!("Router already has a port on subnet {subnet}"))
}

/// The subnet `id` overlaps with the subnet `other` of the router.
pub fn overlapping_subnets(cidr: &str, id: &str, other_cidr: &str, other: &str) -> Problem {
    bad_router(format_args!("Cidr {cidr} of subnet {id} overlaps with cidr {other_cidr} of subnet {other}"))
}

pub fn interface_not_found(router: &str, port: &str) -> Problem {
    let message = format!("Router {router} does not have an interface with id {port}");
    Problem::new(404, "RouterInterfaceNotFound", message)
}

pub fn interface_not_found_for_subnet(router: &str, subnet: &str) -> Problem {
    let message = format!("Router {router} has no interface on subnet {subnet}");
    Problem::new(404, "RouterInterfaceNotFoundForSubnet", message)
}

pub fn subnet_mismatch(port: &str, subnet: &str) -> Problem {
    let message = format!("Subnet on port {port} does not match the requested subnet {subnet}.");
    Problem::new(409, "SubnetMismatchForPort", message)
}

pub fn interface_needed_by_floating_ip(router: &str, subnet: &str) -> Problem {
    let message = format!(
        "Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more \
         floating IPs."
    );
    Problem::new(409, "RouterInterfaceInUseByFloatingIP", message)
}

pub fn interface_needed_by_route(router: &str, subnet: &str) -> Problem {
    let message = format!(
        "Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more \
         routes."
    );
    Problem::new(409, "RouterInterfaceInUseByRoute", message)
}

pub fn interface_needed_by_ndp_proxy(router: &str, subnet: &str) -> Problem {
    let message = format!(
        "Unable to remove subnet {subnet} from router {router}, There are one or more ndp proxies still in use on the \
         subnet."
    );
    Problem::new(409, "RouterInterfaceInUseByNDPProxy", message)
}

/// `routes` is the list as Python prints it.
pub fn invalid_routes(routes: &str, reason: &str) -> Problem {
    Problem::new(400, "InvalidRoutes", format!("Invalid format for routes: {routes}, {reason}"))
}

pub fn too_many_routes() -> Problem {
    super::over_quota("router_route")
}

pub fn agent_not_found(id: &str) -> Problem {
    Problem::new(404, "AgentNotFound", format!("Agent {id} could not be found."))
}

pub fn agent_is_not_l3(id: &str) -> Problem {
    let message = format!("Agent {id} is not a L3 Agent or has been disabled");
    Problem::new(404, "InvalidL3Agent", message)
}

pub fn router_hosted(router: &str, agent: &str) -> Problem {
    let message = format!("The router {router} has been already hosted by the L3 Agent {agent}.");
    Problem::new(409, "RouterHostedByL3Agent", message)
}

pub fn router_not_hosted(router: &str, agent: &str) -> Problem {
    let message = format!("The router {router} is not hosted by the L3 Agent {agent}.");
    Problem::new(409, "RouterNotHostedByL3Agent", message)
}

pub fn conntrack_helper_not_found(id: &str) -> Problem {
    Problem::new(404, "ConntrackHelperNotFound", format!("Conntrack Helper {id} could not be found."))
}

pub fn conntrack_helper_not_allowed(helper: &str) -> Problem {
    Problem::new(400, "ConntrackHelperNotAllowed", format!("Conntrack Helper {helper} is not allowed."))
}

pub fn protocol_not_for_helper(helper: &str, protocol: &str, supported: &str) -> Problem {
    let message =
        format!("Conntrack Helper {helper} does not support: {protocol}. Supported protocols are: {supported}");
    Problem::new(400, "InvalidProtocolForHelper", message)
}

/// `values` is the dict as Python prints it.
pub fn duplicate_conntrack_helper(values: &str) -> Problem {
    bad(
        "conntrack_helper",
        format_args!(
            "A duplicate conntrack helper entry with same attributes already exists, conflicting values are {values}"
        ),
    )
}

pub fn ndp_proxy_not_found(id: &str) -> Problem {
    Problem::new(404, "NDPProxyNotFound", format!("Ndp proxy {id} could not be found."))
}

pub fn ndp_proxy_not_enabled(router: &str) -> Problem {
    let message = format!(
        "The enable_ndp_proxy parameter of router {router} must be set as True while create ndp proxy entry on it."
    );
    Problem::new(409, "RouterNDPProxyNotEnable", message)
}

pub fn cannot_enable_ndp_proxy(router: &str, reason: &str) -> Problem {
    let message = format!("Can not enable ndp proxy on router {router}, {reason}.");
    Problem::new(409, "RouterGatewayNotValid", message)
}

pub fn gateway_needed_by_ndp_proxy(router: &str) -> Problem {
    let message = format!(
        "Unable to unset external gateway of router {router}, There are one or more ndp proxies still in use on the \
         router."
    );
    Problem::new(409, "RouterGatewayInUseByNDPProxy", message)
}

pub fn port_unreachable(port: &str, router: &str) -> Problem {
    let message = format!("The port {port} cannot reach the router {router} by IPv6 subnet.");
    Problem::new(409, "PortUnreachableRouter", message)
}

pub fn invalid_ndp_address(address: &str, reason: &str) -> Problem {
    Problem::new(400, "InvalidAddress", format!("The address {address} is invalid, reason: {reason}."))
}

pub fn address_scope_conflict(external: &str, internal: &str) -> Problem {
    let message = format!(
        "The IPv6 address scope {external} of external network conflict with internal network's IPv6 address scope \
         {internal}."
    );
    Problem::new(409, "AddressScopeConflict", message)
}

pub fn distributed_router_is_up() -> Problem {
    bad_router(
        "Cannot change the 'distributed' attribute of active routers. Please set router admin_state_up to False prior \
         to upgrade",
    )
}

pub fn ha_router_is_up() -> Problem {
    bad_router(
        "Cannot change HA attribute of active routers. Please set router admin_state_up to False prior to upgrade",
    )
}

/// The port belongs to the device `device`.
pub fn port_in_use(port: &str, network: &str, device: &str) -> Problem {
    let message = format!(
        "Unable to complete operation on port {port} for network {network}. Port already has an attached device {device}."
    );
    Problem::new(409, "PortInUse", message)
}
