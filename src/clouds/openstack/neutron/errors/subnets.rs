//! Errors about subnets and subnet pools.

use super::invalid_input;
use crate::engine::Problem;

pub fn subnet_not_found(id: &str) -> Problem {
    Problem::new(404, "SubnetNotFound", format!("Subnet {id} could not be found."))
}

pub fn subnet_in_use(id: &str) -> Problem {
    let reason = "One or more ports have an IP allocation from this subnet.";
    Problem::new(409, "SubnetInUse", format!("Unable to complete operation on subnet {id}: {reason}"))
}

pub fn no_cidr() -> Problem {
    super::bad("subnets", "A cidr must be specified in the absence of a subnet pool")
}

pub fn invalid_allocation_pool(pool: &str) -> Problem {
    Problem::new(400, "InvalidAllocationPool", format!("The allocation pool {pool} is not valid."))
}

pub fn pool_out_of_bounds(pool: &str, cidr: &str) -> Problem {
    let message = format!("The allocation pool {pool} spans beyond the subnet cidr {cidr}.");
    Problem::new(400, "OutOfBoundsAllocationPool", message)
}

pub fn overlapping_pools(one: &str, other: &str, cidr: &str) -> Problem {
    let message = format!("Found overlapping allocation pools: {one} {other} for subnet {cidr}.");
    Problem::new(409, "OverlappingAllocationPools", message)
}

pub fn gateway_in_pool(gateway: &str, pool: &str) -> Problem {
    let message = format!("Gateway ip {gateway} conflicts with allocation pool {pool}.");
    Problem::new(409, "GatewayConflictWithAllocationPools", message)
}

pub fn gateway_in_use(gateway: &str, port: &str) -> Problem {
    let message = format!("Current gateway ip {gateway} already in use by port {port}. Unable to update.");
    Problem::new(409, "GatewayIpInUse", message)
}

pub fn nameservers_exhausted(subnet: &str, most: usize) -> Problem {
    let message =
        format!("Unable to complete operation for {subnet}. The number of DNS nameservers exceeds the limit {most}.");
    Problem::new(400, "DNSNameServersExhausted", message)
}

pub fn host_routes_exhausted(subnet: &str, most: usize) -> Problem {
    let message =
        format!("Unable to complete operation for {subnet}. The number of host routes exceeds the limit {most}.");
    Problem::new(400, "HostRoutesExhausted", message)
}

/// A service type that no device owner begins with.
pub fn unknown_service_type(kind: &str) -> Problem {
    let message = format!("Subnet service type {kind} does not correspond to a valid device owner.");
    Problem::new(400, "InvalidSubnetServiceType", message)
}

/// The same service type twice. Upstream answers 500.
pub fn invalid_service_type(kind: &str) -> Problem {
    let message = format!("Subnet service type {kind} is not valid.");
    Problem::new(400, "InvalidInputSubnetServiceType", message)
}

pub fn service_type_no_string(kind: &str) -> Problem {
    let message = format!("Subnet service type {kind} is not a string.");
    Problem::new(400, "InvalidInputSubnetServiceType", message)
}

/// `least` is the smallest MTU that a subnet of the network needs.
pub fn mtu_too_small(network: &str, least: i64) -> Problem {
    let message = format!("MTU of {network} is not valid, subnet requires a minimum of {least}");
    Problem::new(409, "NetworkMTUSubnetConflict", message)
}

pub fn subnet_pool_not_found(id: &str) -> Problem {
    Problem::new(404, "SubnetPoolNotFound", format!("Subnet pool {id} could not be found."))
}

pub fn empty_prefix_list() -> Problem {
    Problem::new(400, "EmptySubnetPoolPrefixList", "Empty subnet pool prefix list.")
}

pub fn prefix_version_mismatch() -> Problem {
    Problem::new(400, "PrefixVersionMismatch", "Cannot mix IPv4 and IPv6 prefixes in a subnet pool.")
}

pub fn prefix_too_short(kind: &str, prefix: i64) -> Problem {
    let message = format!("Unable to allocate subnet with prefix length {prefix}, minimum allowed prefix is {kind}.");
    Problem::new(400, "MinPrefixSubnetAllocationError", message)
}

pub fn prefix_too_long(kind: &str, prefix: i64) -> Problem {
    let message = format!("Unable to allocate subnet with prefix length {prefix}, maximum allowed prefix is {kind}.");
    Problem::new(400, "MaxPrefixSubnetAllocationError", message)
}

/// Upstream answers 500: its exception has no HTTP status.
pub fn subnet_allocation_failed(reason: &str) -> Problem {
    Problem::new(409, "SubnetAllocationError", format!("Failed to allocate subnet: {reason}."))
}

pub fn pool_quota_exceeded() -> Problem {
    Problem::new(409, "SubnetPoolQuotaExceeded", "Per-project subnet pool prefix quota exceeded.")
}

pub fn illegal_bounds(one: (&str, i64), other: (&str, i64)) -> Problem {
    let message = format!("Illegal prefix bounds: {}={}, {}={}.", one.0, one.1, other.0, other.1);
    Problem::new(400, "IllegalSubnetPoolPrefixBounds", message)
}

pub fn illegal_pool_update(reason: &str) -> Problem {
    Problem::new(400, "IllegalSubnetPoolUpdate", format!("Illegal subnetpool update : {reason}."))
}

pub fn default_pool_exists() -> Problem {
    invalid_input(
        "A default subnetpool for this IP family has already been set. Only one default may exist per IP family",
    )
}

pub fn pool_affinity() -> Problem {
    let message = "Subnets hosted on the same network must be allocated from the same subnet pool.";
    Problem::new(400, "NetworkSubnetPoolAffinityError", message)
}

pub fn scope_affinity() -> Problem {
    let message =
        "Subnets of the same address family hosted on the same network must all participate in the same address scope.";
    Problem::new(400, "NetworkAddressScopeAffinityError", message)
}

pub fn address_scope_not_found(id: &str) -> Problem {
    Problem::new(404, "AddressScopeNotFound", format!("Address scope {id} could not be found."))
}

pub fn address_scope_in_use(id: &str) -> Problem {
    let message = format!(
        "Unable to complete operation on address scope {id}. There are one or more subnet pools in use on the \
         address scope."
    );
    Problem::new(409, "AddressScopeInUse", message)
}

pub fn address_scope_update(id: &str, reason: &str) -> Problem {
    let message = format!("Unable to update address scope {id} : {reason}.");
    Problem::new(400, "AddressScopeUpdateError", message)
}

pub fn scope_of_other_version(pool: &str, scope: &str, version: i64) -> Problem {
    let message = format!(
        "Illegal subnetpool association: subnetpool {pool} cannot associate with address scope {scope} because \
         subnetpool ip_version is not {version}."
    );
    Problem::new(400, "IllegalSubnetPoolIpVersionAssociationToAddressScope", message)
}

pub fn scope_prefix_conflict() -> Problem {
    let message = "Failed to associate address scope: subnetpools within an address scope must have unique prefixes.";
    Problem::new(409, "AddressScopePrefixConflict", message)
}

pub fn subnet_pool_has_allocations() -> Problem {
    let message = "Unable to delete subnet pool: Subnet pool has existing allocations.";
    Problem::new(400, "SubnetPoolDeleteError", message)
}

pub fn illegal_prefix_update() -> Problem {
    let message = "Illegal update to prefixes: Existing prefixes must be a subset of the new prefixes.";
    Problem::new(400, "IllegalSubnetPoolPrefixUpdate", message)
}

pub fn prefix_in_use() -> Problem {
    let message = "Illegal update to prefixes: One or more the prefixes to be removed is in use by a subnet..";
    Problem::new(400, "IllegalSubnetPoolPrefixUpdate", message)
}

/// The body of `add_prefixes` or `remove_prefixes` lacks the prefixes.
pub fn invalid_prefix_body() -> Problem {
    super::bad_request("Request body contains invalid data")
}

pub fn not_authorized() -> Problem {
    Problem::new(403, "NotAuthorized", "Not authorized.")
}
