//! Errors about the smaller resources: RBAC policies, address groups, segments, flavors, metering, logs, local IPs,
//! default security group rules.

use super::{bad, invalid_input};
use crate::engine::Problem;

pub fn rbac_policy_not_found(id: &str) -> Problem {
    let message = format!("RBAC policy of type unknown with ID {id} not found");
    Problem::new(404, "RbacPolicyNotFound", message)
}

pub fn duplicate_rbac_policy() -> Problem {
    Problem::new(409, "DuplicateRbacPolicy", "An RBAC policy already exists with those values.")
}

/// `valid` is the tuple of actions as Python prints it.
pub fn invalid_rbac_action(action: &str, object_type: &str, valid: &str) -> Problem {
    let message = format!("Invalid action '{action}' for object type '{object_type}'. Valid actions: {valid}");
    Problem::new(400, "InvalidActionForType", message)
}

pub fn rbac_policy_in_use(object: &str, details: &str) -> Problem {
    let message = format!(
        "RBAC policy on object {object} cannot be removed because other objects depend on it.\nDetails: {details}"
    );
    Problem::new(409, "RbacPolicyInUse", message)
}

pub fn rbac_policy_impossible(object: &str, reason: &str) -> Problem {
    let message = format!("Failed to create RBAC policy on object {object} because {reason}.");
    Problem::new(400, "RbacPolicyInitError", message)
}

/// An exception of Python within a callback, which answers quote.
pub fn python_failure(text: &str) -> Problem {
    Problem::new(400, "InvalidInput", text)
}

pub fn address_group_in_use(id: &str) -> Problem {
    let message = format!("Address group {id} is in use on one or more security group rules.");
    Problem::new(409, "AddressGroupInUse", message)
}

/// `addresses` is the list as Python prints it.
pub fn addresses_exist(addresses: &str, group: &str) -> Problem {
    let message = format!("Addresses {addresses} already exist in the address group {group}.");
    Problem::new(400, "AddressesAlreadyExist", message)
}

pub fn addresses_not_found(addresses: &str, group: &str) -> Problem {
    let message = format!("Addresses {addresses} not found in the address group {group}.");
    Problem::new(404, "AddressesNotFound", message)
}

pub fn invalid_address(text: &str) -> Problem {
    Problem::new(400, "AddrFormatError", format!("invalid IPNetwork {text}"))
}

pub fn segment_not_found(id: &str) -> Problem {
    Problem::new(404, "SegmentNotFound", format!("Segment {id} could not be found."))
}

pub fn segment_in_use(id: &str, reason: &str) -> Problem {
    Problem::new(409, "SegmentInUse", format!("Segment '{id}' cannot be deleted: {reason}."))
}

pub fn segment_range_not_found(id: &str) -> Problem {
    let message = format!("Network Segment Range {id} could not be found.");
    Problem::new(404, "NetworkSegmentRangeNotFound", message)
}

pub fn segment_range_in_use(id: &str) -> Problem {
    let message = format!("Network Segment Range {id} is referenced by one or more project networks.");
    Problem::new(409, "NetworkSegmentRangeReferencedByProject", message)
}

pub fn segment_range_read_only(id: &str) -> Problem {
    let message =
        format!("Network Segment Range {id} is a default segment range which could not be updated or deleted.");
    Problem::new(400, "NetworkSegmentRangeDefaultReadOnly", message)
}

pub fn segment_ranges_overlap(ids: &str) -> Problem {
    let message = format!("Network segment range overlaps with range(s) with id {ids}");
    Problem::new(409, "NetworkSegmentRangeOverlaps", message)
}

pub fn invalid_vlan_range(low: i64, high: i64, reason: &str) -> Problem {
    let message = format!("Invalid network VLAN range: '{low}:{high}' - '{reason}'.");
    Problem::new(400, "NetworkVlanRangeError", message)
}

pub fn invalid_tunnel_range(low: i64, high: i64, reason: &str) -> Problem {
    let message = format!("Invalid network tunnel range: '{low}:{high}' - {reason}.");
    Problem::new(400, "NetworkTunnelRangeError", message)
}

pub fn flavor_not_found(id: &str) -> Problem {
    Problem::new(404, "FlavorNotFound", format!("Flavor {id} could not be found."))
}

pub fn flavor_in_use(id: &str) -> Problem {
    Problem::new(409, "FlavorInUse", format!("Flavor {id} is used by some service instance."))
}

pub fn invalid_flavor_type(text: &str) -> Problem {
    Problem::new(400, "InvalidServiceType", format!("Invalid service type: {text}."))
}

pub fn service_profile_not_found(id: &str) -> Problem {
    Problem::new(404, "ServiceProfileNotFound", format!("Service Profile {id} could not be found."))
}

pub fn service_profile_in_use(id: &str) -> Problem {
    Problem::new(409, "ServiceProfileInUse", format!("Service Profile {id} is used by some service instance."))
}

pub fn service_profile_empty() -> Problem {
    Problem::new(400, "ServiceProfileEmpty", "Service Profile needs either a driver or metainfo.")
}

pub fn service_profile_disabled() -> Problem {
    Problem::new(503, "ServiceProfileDisabled", "Service Profile is not enabled.")
}

pub fn driver_not_found(driver: &str) -> Problem {
    let message = format!("Service Profile driver {driver} could not be found.");
    Problem::new(404, "ServiceProfileDriverNotFound", message)
}

pub fn profile_already_bound(profile: &str, flavor: &str) -> Problem {
    let message = format!("Service Profile {profile} is already associated with flavor {flavor}.");
    Problem::new(409, "FlavorServiceProfileBindingExists", message)
}

pub fn profile_not_bound(profile: &str, flavor: &str) -> Problem {
    let message = format!("Service Profile {profile} is not associated with flavor {flavor}.");
    Problem::new(404, "FlavorServiceProfileBindingNotFound", message)
}

pub fn metering_label_not_found(id: &str) -> Problem {
    Problem::new(404, "MeteringLabelNotFound", format!("Metering label '{id}' does not exist."))
}

pub fn metering_label_rule_not_found(id: &str) -> Problem {
    Problem::new(404, "MeteringLabelRuleNotFound", format!("Metering label rule '{id}' does not exist."))
}

pub fn metering_rule_overlaps(prefix: &str) -> Problem {
    let message = format!("Metering label rule with remote_ip_prefix '{prefix}' overlaps another.");
    Problem::new(409, "MeteringLabelRuleOverlaps", message)
}

pub fn log_not_found(id: &str) -> Problem {
    Problem::new(404, "LogResourceNotFound", format!("Log resource {id} could not be found."))
}

pub fn invalid_log_type(text: &str) -> Problem {
    Problem::new(400, "InvalidLogResourceType", format!("Invalid log resource_type: {text}."))
}

pub fn logged_resource_not_found(id: &str) -> Problem {
    Problem::new(404, "ResourceNotFound", format!("Resource {id} could not be found."))
}

pub fn log_target_not_found(id: &str) -> Problem {
    Problem::new(404, "TargetResourceNotFound", format!("Target resource {id} could not be found."))
}

/// The port does not use the security group that is to be logged.
pub fn log_resources_apart(group: &str, port: &str) -> Problem {
    let message = format!(
        "Invalid resource constraint between resource (security_group {group}) and target resource (port {port})."
    );
    Problem::new(400, "InvalidResourceConstraint", message)
}

pub fn local_ip_not_found(id: &str) -> Problem {
    Problem::new(404, "LocalIPNotFound", format!("Local IP {id} could not be found."))
}

pub fn local_ip_in_use(id: &str) -> Problem {
    Problem::new(409, "LocalIPInUse", format!("Local IP {id} is still associated with one or more ports."))
}

pub fn local_ip_needs_port_or_network() -> Problem {
    let message = "Either Port ID or Network ID must be specified for Local IP create.";
    Problem::new(400, "LocalIPPortOrNetworkRequired", message)
}

pub fn local_ip_port_without_ip(port: &str) -> Problem {
    Problem::new(400, "LocalIPNoIP", format!("Specified Port {port} has no fixed IPs configured."))
}

pub fn local_ip_not_of_port(port: &str, ip: &str) -> Problem {
    let message = format!("Specified Port {port} does not have requested IP address: {ip}.");
    Problem::new(400, "LocalIPRequestedIPNotFound", message)
}

pub fn local_ip_of_several(port: &str) -> Problem {
    let message =
        format!("Specified Port {port} has several IPs, should specify exact IP address to use for Local IP.");
    Problem::new(400, "LocalIPNoRequestedIP", message)
}

pub fn local_ip_association_not_found(local_ip: &str, port: &str) -> Problem {
    let message = format!("Local IP {local_ip} association with port {port} could not be found.");
    Problem::new(404, "LocalIPAssociationNotFound", message)
}

pub fn default_rule_not_found(id: &str) -> Problem {
    let message = format!("Default Security Group rule {id} does not exist");
    Problem::new(404, "DefaultSecurityGroupRuleNotFound", message)
}

pub fn default_rule_exists(id: &str) -> Problem {
    let message = format!("Default Security group rule already exists. Rule id is {id}.");
    Problem::new(409, "DefaultSecurityGroupRuleExists", message)
}

/// `project` is empty for the setting of the cloud.
pub fn default_statefulness_exists(project: &str) -> Problem {
    let project = if project.is_empty() { "system-wide" } else { project };
    let message = format!("A security group default statefulness setting already exists for project '{project}'.");
    Problem::new(409, "SecurityGroupDefaultStatefulnessAlreadyExists", message)
}

pub fn default_statefulness_not_found(id: &str) -> Problem {
    let message = format!("Security group default statefulness {id} could not be found.");
    Problem::new(404, "SecurityGroupDefaultStatefulnessNotFound", message)
}

pub fn auto_allocation_failed(reason: &str) -> Problem {
    Problem::new(409, "AutoAllocationFailure", format!("Deployment error: {reason}."))
}

pub fn unrecognized_field() -> Problem {
    bad("auto_allocate", "Unrecognized field")
}

/// The provider of a router's flavor cannot make a router with this flag.
pub fn flag_not_supported(provider: &str, flag: &str, value: bool) -> Problem {
    let value = if value { "True" } else { "False" };
    invalid_input(format_args!("Provider {provider} does not support {flag}={value}"))
}

pub fn flavor_fixes_flags() -> Problem {
    invalid_input(
        "Changing the 'ha' and 'distributed' attributes on a router associated with a flavor is not supported",
    )
}
