//! Usage, audit logs, snapshots that others take.

use super::{bad_request, not_found};
use crate::engine::Problem;

pub fn usage_time_invalid() -> Problem {
    bad_request("Invalid datetime string: Datetime is in invalid format")
}

pub fn usage_start_after_end() -> Problem {
    bad_request("Invalid start time. The start time cannot occur after the end time.")
}

pub fn audit_time_invalid(text: &str) -> Problem {
    bad_request(format!("Invalid timestamp for date {text}"))
}

pub fn no_volume_device(volume: &str) -> Problem {
    bad_request(format!("No volume Block Device Mapping with id {volume}."))
}

pub fn delete_info_missing() -> Problem {
    bad_request("'delete_info'")
}

pub fn use_ironic(command: &str) -> Problem {
    bad_request(format!("Command not supported. Please use Ironic command {command} to perform this action."))
}

pub fn no_such_node(id: &str) -> Problem {
    not_found(format!("Node {id} could not be found."))
}
