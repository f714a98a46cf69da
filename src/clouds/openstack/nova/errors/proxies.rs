//! What Nova says in the place of other services.

use super::{bad_request, invalid_input, not_found};
use crate::engine::Problem;

pub fn proxied_network_not_found() -> Problem {
    not_found("Network not found")
}

pub fn proxied_floating_ip_not_found(id: &str) -> Problem {
    not_found(format!("Floating IP not found for ID {id}"))
}

pub fn floating_ip_pool_not_found() -> Problem {
    not_found("Floating IP pool not found.")
}

pub fn security_group_id_not_a_uuid() -> Problem {
    bad_request("Security group id should be uuid")
}

pub fn rule_incomplete() -> Problem {
    bad_request("Not enough parameters to build a valid rule.")
}

pub fn proxied_snapshot_not_found(id: &str) -> Problem {
    not_found(format!("Snapshot {id} could not be found."))
}

/// What Cinder said, as its client tells it.
pub fn refused_by_cinder(message: &str, request: &str) -> Problem {
    invalid_input(format!("{message} (HTTP 400) (Request-ID: {request})"))
}

pub fn proxied_image_not_found() -> Problem {
    not_found("Image not found.")
}

pub fn image_metadata_not_found() -> Problem {
    not_found("Metadata item was not found")
}

pub fn image_marker_not_found(marker: &str) -> Problem {
    bad_request(format!("HTTP 400 Bad Request: No image found with ID {marker}"))
}
