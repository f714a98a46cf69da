//! Neutron's errors: one constructor for each exception of upstream, with upstream's status, name and message
//! (neutron_lib/exceptions, neutron/common/exceptions.py).

mod bodies;
mod floating_ips;
mod ports;
mod qos;
mod routers;
mod security_groups;
mod services;
mod subnets;
mod trunks;

pub use bodies::*;
pub use floating_ips::*;
pub use ports::*;
pub use qos::*;
pub use routers::*;
pub use security_groups::*;
pub use services::*;
pub use subnets::*;
pub use trunks::*;

use crate::clouds::openstack::{injected_errors, webob};
use crate::engine::{Problem, ProblemKind};
use std::fmt::Display;

/// 400 `HTTPBadRequest`: an exception of webob in Neutron's form.
pub fn bad_request(message: impl Into<String>) -> Problem {
    Problem::new(400, "HTTPBadRequest", message)
}

/// 400 `BadRequest`: `Bad limit request: …`
pub fn bad(what: &str, reason: impl Display) -> Problem {
    Problem::new(400, "BadRequest", format!("Bad {what} request: {reason}."))
}

pub fn invalid_input(reason: impl Display) -> Problem {
    Problem::new(400, "InvalidInput", format!("Invalid input for operation: {reason}."))
}

pub fn not_found() -> Problem {
    Problem::new(404, "HTTPNotFound", "The resource could not be found.")
}

/// 404 from the policy check after a look-up, which upstream renders without the key `NeutronError`.
pub fn hidden() -> Problem {
    Problem::new(404, ProblemKind::Dispatch, "The resource could not be found.")
}

pub fn method_not_allowed() -> Problem {
    Problem::new(
        405,
        "HTTPMethodNotAllowed",
        "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    )
}

/// 400 of Pecan for a path that is no UTF-8.
pub fn undecodable_path() -> Problem {
    bad_request("The server could not comply with the request since it is either malformed or otherwise incorrect.")
}

/// 406 of Pecan.
pub fn not_acceptable() -> Problem {
    let explanation =
        "The server could not comply with the request since it is either malformed or otherwise incorrect.";
    Problem::new(406, "HTTPNotAcceptable", explanation)
}

/// 404 of webob for a path of the extensions that takes no such method.
pub fn no_extension_resource() -> Problem {
    webob::detailed(404, "The resource could not be found.", "Resource not found.")
}

/// 501 for a new quota.
pub fn quotas_are_not_created() -> Problem {
    Problem::new(501, "HTTPNotImplemented", "POST requests are not supported on this resource.")
}

pub fn unexpected() -> Problem {
    Problem::new(500, "HTTPInternalServerError", "Request Failed: internal server error while processing your request.")
}

/// A refusal that a fault injects, under the name of webob's exception for the status.
pub fn injected(status: u16, message: Option<&str>) -> Problem {
    let message = message.unwrap_or(injected_errors::explanation(status));
    Problem::new(status, webob::class_name(status), message)
}

pub fn forbidden(rules: &str) -> Problem {
    Problem::new(403, "PolicyNotAuthorized", format!("{rules} is disallowed by policy"))
}

/// 403 for a token that is scoped to the system or a domain, where the rule is for projects.
pub fn invalid_scope(rule: &str, scope: &str) -> Problem {
    let text = format!("rule:{rule} requires a scope of ['project'], request was made with {scope} scope.");
    Problem::new(403, "InvalidScope", text)
}

/// 400 for a new resource without an owner, from a caller without a project.
pub fn owner_required() -> Problem {
    bad_request("Running without keystone AuthN requires that project_id is specified")
}

/// The name of [`over_quota`], by which other services know it.
pub const OVER_QUOTA: &str = "OverQuota";

pub fn over_quota(resource: &str) -> Problem {
    Problem::new(409, OVER_QUOTA, format!("Quota exceeded for resources: ['{resource}']."))
}

pub fn revision_mismatch(expected: i64, current: u32) -> Problem {
    Problem::new(
        412,
        "RevisionNumberConstraintFailed",
        format!("Constrained to {expected}, but current revision is {current}"),
    )
}

pub fn network_not_found(id: &str) -> Problem {
    Problem::new(404, "NetworkNotFound", format!("Network {id} could not be found."))
}

pub fn network_in_use(id: &str, ports: &[&str]) -> Problem {
    let ports = ports.join(",");
    let message = format!(
        "Unable to complete operation on network {id}. There are one or more ports still in use on the network, \
         id for these ports is: {ports}."
    );
    Problem::new(409, "NetworkInUse", message)
}

pub fn shared_in_use(name: &str) -> Problem {
    let message = format!("Unable to reconfigure sharing settings for network {name}. Multiple projects are using it.");
    Problem::new(409, "InvalidSharedSetting", message)
}

pub fn external_in_use(id: &str) -> Problem {
    let message = format!(
        "External network {id} cannot be updated to be made non-external, since it has existing gateway ports."
    );
    Problem::new(409, "ExternalNetworkInUse", message)
}

pub fn default_external_network_exists(id: &str) -> Problem {
    let message = format!("A default external network already exists: {id}.");
    Problem::new(409, "DefaultExternalNetworkExists", message)
}

pub fn segments_and_provider() -> Problem {
    let message = "Segments and provider values cannot both be set.";
    Problem::new(400, "SegmentsSetInConjunctionWithProviders", message)
}

pub fn flat_network_in_use(physical: &str) -> Problem {
    let message = format!("Unable to create the flat network. Physical network {physical} is in use.");
    Problem::new(409, "FlatNetworkInUse", message)
}

pub fn vlan_in_use(vlan: i64, physical: &str) -> Problem {
    let message = format!("Unable to create the network. The VLAN {vlan} on physical network {physical} is in use.");
    Problem::new(409, "VlanIdInUse", message)
}

pub fn tunnel_in_use(tunnel: i64) -> Problem {
    Problem::new(409, "TunnelIdInUse", format!("Unable to create the network. The tunnel ID {tunnel} is in use."))
}

pub fn availability_zone_not_found(zone: &str) -> Problem {
    Problem::new(404, "AvailabilityZoneNotFound", format!("AvailabilityZone {zone} could not be found."))
}

pub fn tag_not_found(tag: &str) -> Problem {
    Problem::new(404, "TagNotFound", format!("Tag {tag} could not be found."))
}

/// 404 of webob, which upstream does not render in Neutron's form.
pub fn extension_not_found(alias: &str) -> Problem {
    let explanation = "The resource could not be found.";
    webob::detailed(404, explanation, &format!("Extension with alias {alias} does not exist"))
}

pub fn agent_is_not_dhcp(id: &str) -> Problem {
    Problem::new(404, "InvalidDHCPAgent", format!("Agent {id} is not a valid DHCP Agent or has been disabled."))
}

pub fn network_hosted(network: &str, agent: &str) -> Problem {
    let message = format!("The network {network} has been already hosted by the DHCP Agent {agent}.");
    Problem::new(409, "NetworkHostedByDHCPAgent", message)
}

pub fn network_not_hosted(network: &str, agent: &str) -> Problem {
    let message = format!("The network {network} is not hosted by the DHCP Agent {agent}.");
    Problem::new(409, "NetworkNotHostedByDhcpAgent", message)
}

pub fn quota_below_usage(limit: i64, resource: &str, used: usize) -> Problem {
    bad_request(format!("Quota limit {limit} for {resource} must be greater than or equal to already used {used}"))
}

pub fn quota_details_of_others() -> Problem {
    let message = "User does not have admin privileges: Only admin is authorized to access quotas for another project.";
    Problem::new(403, "AdminRequired", message)
}

pub fn quota_not_found(project: &str) -> Problem {
    Problem::new(404, "TenantQuotaNotFound", format!("Quota for project {project} could not be found."))
}

pub fn qos_policy_not_found(id: &str) -> Problem {
    Problem::new(404, "QosPolicyNotFound", format!("QoS policy {id} could not be found."))
}

pub fn duplicate_segments() -> Problem {
    Problem::new(400, "SegmentsContainDuplicateEntry", "Duplicate segment entry in request.")
}

pub fn no_network_available() -> Problem {
    let message = "Unable to create the network. No available network found in maximum allowed attempts.";
    Problem::new(503, "NoNetworkAvailable", message)
}
