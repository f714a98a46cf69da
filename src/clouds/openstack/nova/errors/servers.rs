//! What is refused about servers.

use super::{bad_request, conflict, not_allowed, not_found};
use crate::engine::Problem;

pub fn instance_not_found(id: &str) -> Problem {
    not_found(format!("Instance {id} could not be found."))
}

/// `InstanceIsLocked`.
pub fn locked(id: &str) -> Problem {
    conflict(format!("Instance {id} is locked"))
}

/// `raise_http_conflict_for_instance_invalid_state`; `attribute` is `vm_state` or `task_state`.
pub fn illegal_state(action: &str, id: &str, attribute: &str, state: &str) -> Problem {
    conflict(format!("Cannot '{action}' instance {id} while it is in {attribute} {state}"))
}

/// The same where the state that is wrong is `None`: no task, or never up.
pub fn invalid_state(action: &str, id: &str) -> Problem {
    conflict(format!("Instance {id} is in an invalid state for '{action}'"))
}

/// `ServiceUnavailable`: the host's compute service is down. Upstream doesn't tell users which host that is.
pub fn service_unavailable() -> Problem {
    conflict("Service is unavailable at this time.")
}

/// The same problem where upstream answers that what the body names is missing, not what the path names.
pub fn as_bad_request(problem: Problem) -> Problem {
    bad_request(problem.message)
}

pub fn instance_not_ready(id: &str) -> Problem {
    conflict(format!("Instance {id} is not ready"))
}

pub fn not_on_network() -> Problem {
    not_found("Instance is not a member of specified network")
}

pub fn no_such_metadata() -> Problem {
    not_found("Metadata item was not found")
}

// -- tags ---------------------------------------------------------------------------------------

pub fn server_has_no_tag(id: &str, tag: &str) -> Problem {
    not_found(format!("Server {id} has no tag '{tag}'"))
}

/// `InstanceTagNotFound`.
pub fn instance_has_no_tag(id: &str, tag: &str) -> Problem {
    not_found(format!("Instance {id} has no tag '{tag}'"))
}

pub fn too_many_tags(most: usize) -> Problem {
    bad_request(format!("The number of tags exceeded the per-server limit {most}"))
}

pub fn invalid_tag(tag: &str, wrong: &str) -> Problem {
    bad_request(format!(
        "Tag '{tag}' is invalid. It must be a non empty string without characters '/' and ','. Validation error \
         message: {wrong}"
    ))
}

// -- lists --------------------------------------------------------------------------------------

pub fn server_marker_not_found(id: &str) -> Problem {
    bad_request(format!("marker [{id}] not found"))
}

pub fn invalid_status() -> Problem {
    bad_request("Invalid status value")
}

pub fn invalid_filter(name: &str) -> Problem {
    bad_request(format!("Invalid filter field: {name}."))
}

pub fn changes_before_since() -> Problem {
    bad_request("The value of changes-since must be less than or equal to changes-before.")
}

pub fn deleted_are_for_administrators() -> Problem {
    not_allowed("Only administrators may list deleted instances")
}

/// `bool_from_string(strict=True)`.
pub fn unrecognized_flag(text: &str) -> Problem {
    bad_request(format!(
        "Unrecognized value '{text}', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', \
         'true', 'y', 'yes'"
    ))
}

pub fn unknown_sort_direction() -> Problem {
    bad_request("Invalid input received: Unknown sort direction, must be 'desc' or 'asc'")
}

pub fn not_for_sorting() -> Problem {
    not_allowed("Only administrators can sort servers by host or node")
}

/// `InstanceMappingNotFound`, where upstream asks first to which cell the server belongs.
pub fn instance_not_mapped(id: &str) -> Problem {
    not_found(format!("Instance {id} has no mapping to a cell."))
}
