//! Errors about usage, audit logs, assisted snapshots and bare metal nodes.

use super::{bad_request, not_found};
use crate::engine::Problem;

/// `start` or `end` is not a time.
pub fn usage_time_invalid() -> Problem {
    bad_request("Invalid datetime string: Datetime is in invalid format")
}

/// The period ends before it starts.
pub fn usage_start_after_end() -> Problem {
    bad_request("Invalid start time. The start time cannot occur after the end time.")
}

/// The path does not contain a time.
pub fn audit_time_invalid(text: &str) -> Problem {
    bad_request(format!("Invalid timestamp for date {text}"))
}

/// `VolumeBDMNotFound`.
pub fn no_volume_device(volume: &str) -> Problem {
    bad_request(format!("No volume Block Device Mapping with id {volume}."))
}

/// `delete_info` is missing or not JSON. The message is that of Python's `KeyError`.
pub fn delete_info_missing() -> Problem {
    bad_request("'delete_info'")
}

/// The operation belongs to Ironic. `command` is that of its old client.
pub fn use_ironic(command: &str) -> Problem {
    bad_request(format!("Command not supported. Please use Ironic command {command} to perform this action."))
}

/// Ironic has no such node.
pub fn no_such_node(id: &str) -> Problem {
    not_found(format!("Node {id} could not be found."))
}
