//! Errors about security groups and their rules (neutron/extensions/securitygroup.py).

use super::super::security_groups::protocols;
use crate::engine::Problem;

pub fn security_group_not_found(id: &str) -> Problem {
    Problem::new(404, "SecurityGroupNotFound", format!("Security group {id} does not exist"))
}

pub fn security_group_rule_not_found(id: &str) -> Problem {
    Problem::new(404, "SecurityGroupRuleNotFound", format!("Security group rule {id} does not exist"))
}

pub fn address_group_not_found(id: &str) -> Problem {
    Problem::new(404, "AddressGroupNotFound", format!("Address group {id} could not be found."))
}

pub fn security_group_in_use(id: &str) -> Problem {
    Problem::new(409, "SecurityGroupInUse", format!("Security Group {id} in use."))
}

pub fn default_group_exists() -> Problem {
    Problem::new(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
}

pub fn default_group_update() -> Problem {
    Problem::new(409, "SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.")
}

pub fn default_group_removal() -> Problem {
    Problem::new(409, "SecurityGroupCannotRemoveDefault", "Insufficient rights for removing default security group.")
}

pub fn security_group_rule_exists(id: &str) -> Problem {
    Problem::new(409, "SecurityGroupRuleExists", format!("Security group rule already exists. Rule id is {id}."))
}

pub fn rules_of_several_groups() -> Problem {
    let message = "Only allowed to update rules for one security profile at a time";
    Problem::new(400, "SecurityGroupNotSingleGroupRules", message)
}

pub fn unknown_ethertype(ethertype: &str) -> Problem {
    let message =
        format!("Security group rule for ethertype '{ethertype}' not supported. Allowed values are ['IPv4', 'IPv6'].");
    Problem::new(400, "SecurityGroupRuleInvalidEtherType", message)
}

pub fn unknown_protocol(protocol: &str) -> Problem {
    let known = protocols::known();
    let message = format!(
        "Security group rule protocol {protocol} not supported. Only protocol values {known} and integer \
         representations [0 to 255] are supported."
    );
    Problem::new(400, "SecurityGroupRuleInvalidProtocol", message)
}

pub fn invalid_port(port: &str) -> Problem {
    Problem::new(400, "SecurityGroupInvalidPortValue", format!("Invalid value for port {port}"))
}

pub fn invalid_cidr(text: &str) -> Problem {
    Problem::new(400, "InvalidCIDR", format!("Invalid CIDR {text} given as IP prefix."))
}

pub fn ethertype_of_cidr(ethertype: &str, cidr: &str) -> Problem {
    let message = format!("Conflicting value ethertype {ethertype} for CIDR {cidr}");
    Problem::new(400, "SecurityGroupRuleParameterConflict", message)
}

pub fn ethertype_of_protocol(ethertype: &str, protocol: &str) -> Problem {
    let message = format!("Invalid ethertype {ethertype} for protocol {protocol}.");
    Problem::new(400, "SecurityGroupEthertypeConflictWithProtocol", message)
}

pub fn several_remotes() -> Problem {
    let message = "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.";
    Problem::new(400, "SecurityGroupMultipleRemoteEntites", message)
}

pub fn protocol_required() -> Problem {
    let message = "Must also specify protocol if port range is given.";
    Problem::new(400, "SecurityGroupProtocolRequiredWithPorts", message)
}

pub fn invalid_port_range() -> Problem {
    let message = "For TCP/UDP protocols, port_range_min must be <= port_range_max";
    Problem::new(400, "SecurityGroupInvalidPortRange", message)
}

pub fn no_ports_for_protocol(protocol: u8) -> Problem {
    let message = format!(
        "Ports cannot be specified for protocol {protocol}. Ports are only supported for DCCP, SCTP, TCP, UDP, \
         UDPLITE."
    );
    Problem::new(400, "SecurityGroupInvalidProtocolForPort", message)
}

pub fn invalid_icmp(field: &str, attribute: &str, value: i64) -> Problem {
    let message = format!("Invalid value for ICMP {field} ({attribute}) {value}. It must be 0 to 255.");
    Problem::new(400, "SecurityGroupInvalidIcmpValue", message)
}

pub fn missing_icmp_type(code: i64) -> Problem {
    let message = format!("ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is missing.");
    Problem::new(400, "SecurityGroupMissingIcmpType", message)
}

pub fn mixed_security_groups() -> Problem {
    let reason = "Cannot apply both stateful and stateless security groups on the same port at the same time";
    Problem::new(409, "SecurityGroupConflict", format!("Error {reason} while attempting the operation."))
}
