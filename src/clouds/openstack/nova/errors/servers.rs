//! Errors about servers.

use super::{bad_request, conflict, not_allowed, not_found};
use crate::engine::Problem;

/// `InstanceNotFound`.
pub fn instance_not_found(id: &str) -> Problem {
    not_found(format!("Instance {id} could not be found."))
}

/// `InstanceIsLocked`.
pub fn locked(id: &str) -> Problem {
    conflict(format!("Instance {id} is locked"))
}

/// `InstanceInvalidState` (`raise_http_conflict_for_instance_invalid_state`). `attribute` is `vm_state` or
/// `task_state`.
pub fn illegal_state(action: &str, id: &str, attribute: &str, state: &str) -> Problem {
    conflict(format!("Cannot '{action}' instance {id} while it is in {attribute} {state}"))
}

/// `InstanceInvalidState` where the offending state is `None`: there is no task, or the server never ran.
pub fn invalid_state(action: &str, id: &str) -> Problem {
    conflict(format!("Instance {id} is in an invalid state for '{action}'"))
}

/// `ServiceUnavailable`: the compute service of the host is down. The message does not contain the host.
pub fn service_unavailable() -> Problem {
    conflict("Service is unavailable at this time.")
}

/// The same problem with status 400, where upstream does not answer 404 because the missing object is named in the
/// body.
pub fn as_bad_request(problem: Problem) -> Problem {
    bad_request(problem.message)
}

/// `InstanceNotReady`: the server is on no host.
pub fn instance_not_ready(id: &str) -> Problem {
    conflict(format!("Instance {id} is not ready"))
}

/// The server has no address in this network.
pub fn not_on_network() -> Problem {
    not_found("Instance is not a member of specified network")
}

/// The server has no such metadata item.
pub fn no_such_metadata() -> Problem {
    not_found("Metadata item was not found")
}

// -- tags ---------------------------------------------------------------------------------------

/// The server has no such tag, when one is looked up.
pub fn server_has_no_tag(id: &str, tag: &str) -> Problem {
    not_found(format!("Server {id} has no tag '{tag}'"))
}

/// `InstanceTagNotFound`.
pub fn instance_has_no_tag(id: &str, tag: &str) -> Problem {
    not_found(format!("Instance {id} has no tag '{tag}'"))
}

/// The server has the maximum number of tags.
pub fn too_many_tags(limit: usize) -> Problem {
    bad_request(format!("The number of tags exceeded the per-server limit {limit}"))
}

/// The tag violates the schema. `error` is the validator's message.
pub fn invalid_tag(tag: &str, error: &str) -> Problem {
    bad_request(format!(
        "Tag '{tag}' is invalid. It must be a non empty string without characters '/' and ','. Validation error \
         message: {error}"
    ))
}

// -- lists --------------------------------------------------------------------------------------

/// `MarkerNotFound` in a list of servers.
pub fn server_marker_not_found(id: &str) -> Problem {
    bad_request(format!("marker [{id}] not found"))
}

/// The `status` filter names no status.
pub fn invalid_status() -> Problem {
    bad_request("Invalid status value")
}

/// The query filters by a field that is a separate table upstream.
pub fn invalid_filter(name: &str) -> Problem {
    bad_request(format!("Invalid filter field: {name}."))
}

/// `changes-since` is later than `changes-before`.
pub fn changes_before_since() -> Problem {
    bad_request("The value of changes-since must be less than or equal to changes-before.")
}

/// Other users filter by deleted servers.
pub fn deleted_are_for_administrators() -> Problem {
    not_allowed("Only administrators may list deleted instances")
}

/// The error of `bool_from_string(strict=True)`.
pub fn unrecognized_flag(text: &str) -> Problem {
    bad_request(format!(
        "Unrecognized value '{text}', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', \
         'true', 'y', 'yes'"
    ))
}

/// `InvalidInput`: `sort_dir` is neither `asc` nor `desc`.
pub fn unknown_sort_direction() -> Problem {
    bad_request("Invalid input received: Unknown sort direction, must be 'desc' or 'asc'")
}

/// Other users sort by host or node.
pub fn not_for_sorting() -> Problem {
    not_allowed("Only administrators can sort servers by host or node")
}

/// `InstanceMappingNotFound`, where upstream looks up the server's cell first.
pub fn instance_not_mapped(id: &str) -> Problem {
    not_found(format!("Instance {id} has no mapping to a cell."))
}
