//! Errors about services, hosts, zones, aggregates and hypervisors.

use super::{bad_request, conflict, invalid_input, not_found};
use crate::engine::Problem;

/// `InvalidInput`: the id is not a number.
pub fn id_not_an_integer() -> Problem {
    invalid_input("id must be an integer")
}

/// `HostMappingNotFound`.
pub fn host_not_mapped(host: &str) -> Problem {
    not_found(format!("Host '{host}' is not mapped to any cell"))
}

/// `ComputeServiceUnavailable`.
pub fn compute_unavailable(host: &str) -> Problem {
    bad_request(format!("Compute service of {host} is unavailable at this time."))
}

// -- services -----------------------------------------------------------------------------------

/// The path names no action.
pub fn unknown_service_action() -> Problem {
    not_found("Unknown action")
}

/// `disable-log-reason` without a reason.
pub fn disabled_reason_missing() -> Problem {
    bad_request("Missing disabled reason field")
}

/// `force-down` without `forced_down`.
pub fn forced_down_missing() -> Problem {
    bad_request("Missing forced_down field")
}

/// The service is not `nova-compute`.
pub fn service_not_updatable(binary: &str) -> Problem {
    bad_request(format!("Updating a {binary} service is not supported. Only nova-compute services can be updated."))
}

/// The id is not a UUID.
pub fn invalid_service_uuid(id: &str) -> Problem {
    bad_request(format!("Invalid uuid {id}"))
}

/// `ServiceNotFound`.
pub fn service_not_found(id: &str) -> Problem {
    not_found(format!("Service {id} could not be found."))
}

/// `ServiceNotFound` in a deletion, which words it differently.
pub fn service_to_delete_not_found(id: &str) -> Problem {
    not_found(format!("Service {id} not found."))
}

/// A reason is given to enable a service.
pub fn reason_to_enable() -> Problem {
    bad_request("Specifying 'disabled_reason' with status 'enabled' is invalid.")
}

/// The body changes nothing.
pub fn no_service_updates() -> Problem {
    bad_request("No updates were requested. Fields 'status' or 'forced_down' should be specified.")
}

/// The host of the service to delete has servers.
pub fn service_hosts_servers() -> Problem {
    conflict("Unable to delete compute service that is hosting instances. Migrate or delete the instances first.")
}

// -- aggregates ---------------------------------------------------------------------------------

/// `AggregateNotFound`.
pub fn aggregate_not_found(id: &str) -> Problem {
    not_found(format!("Aggregate {id} could not be found."))
}

/// `AggregateNameExists`.
pub fn aggregate_exists(name: &str) -> Problem {
    conflict(format!("Aggregate {name} already exists."))
}

/// `AggregateHostExists`.
pub fn aggregate_has_host(id: &str, host: &str) -> Problem {
    conflict(format!("Aggregate {id} already has host {host}."))
}

/// `InvalidAggregateAction`: the aggregate to delete has hosts.
pub fn aggregate_has_hosts(id: &str) -> Problem {
    bad_request(format!("Cannot remove host from aggregate {id}. Reason: Host aggregate is not empty."))
}

/// The aggregate does not contain the host to remove.
pub fn aggregate_lacks_host(id: &str, host: &str) -> Problem {
    not_found(format!("Cannot remove host {host} in aggregate {id}"))
}

/// `InvalidAggregateAction` in `add_host`.
pub fn cannot_add_host(id: &str, reason: &str) -> Problem {
    conflict(format!("Cannot add host to aggregate {id}. Reason: {reason}."))
}

/// `InvalidAggregateAction` in `remove_host`.
pub fn cannot_remove_host(id: &str, reason: &str) -> Problem {
    conflict(format!("Cannot remove host from aggregate {id}. Reason: {reason}."))
}

/// `InvalidAggregateAction` in an update.
pub fn cannot_update_aggregate(id: &str, reason: &str) -> Problem {
    bad_request(format!("Cannot update aggregate {id}. Reason: {reason}."))
}

/// `InvalidAggregateAction` in `set_metadata`.
pub fn cannot_update_aggregate_metadata(id: &str, reason: &str) -> Problem {
    bad_request(format!("Cannot update metadata of aggregate {id}. Reason: {reason}."))
}

/// The reason why a host with servers cannot join or leave an aggregate with a zone. `verb` is `added to` or `removed
/// from`.
pub fn zone_would_change(verb: &str, old: Option<&str>, new: Option<&str>, servers: usize) -> String {
    let (old, new) = (old.unwrap_or("None"), new.unwrap_or("None"));
    format!(
        "The host cannot be {verb} the aggregate as the availability zone of the host would change from '{old}' to \
         '{new}' but the host already has {servers} instance(s). Changing the AZ of an existing instance is not \
         supported by this action. Move the instances away from this host then try again. If you need to move the \
         instances between AZs then you can use shelve_offload and unshelve to achieve this."
    )
}

/// An image is named twice.
pub fn duplicate_images() -> Problem {
    bad_request("Duplicate images in request")
}

/// Glance has no such image.
pub fn image_to_cache_not_found(id: &str) -> Problem {
    bad_request(format!("Image {id} could not be found."))
}

// -- hypervisors --------------------------------------------------------------------------------

/// `ComputeHostNotFound` for a hypervisor id.
pub fn hypervisor_not_found(id: &str) -> Problem {
    not_found(format!("Hypervisor with ID '{id}' could not be found."))
}

/// No hypervisor's host name contains the text.
pub fn no_hypervisor_like(pattern: &str) -> Problem {
    not_found(format!("No hypervisor matching '{pattern}' could be found."))
}

/// The host name pattern is combined with paging.
pub fn pattern_in_pages() -> Problem {
    bad_request("Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported.")
}

/// `MarkerNotFound` in a list of hypervisors.
pub fn marker_in_brackets(marker: &str) -> Problem {
    bad_request(format!("marker [{marker}] not found"))
}

/// `ComputeHostNotFound` in `add_host`.
pub fn host_to_add_not_found(host: &str) -> Problem {
    not_found(format!("Compute host {host} could not be found."))
}
