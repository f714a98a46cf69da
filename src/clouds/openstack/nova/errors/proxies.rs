//! Errors about resources of other services.

use super::{bad_request, invalid_input, not_found};
use crate::engine::Problem;

/// Neutron has no such network.
pub fn proxied_network_not_found() -> Problem {
    not_found("Network not found")
}

/// `FloatingIpNotFound`.
pub fn proxied_floating_ip_not_found(id: &str) -> Problem {
    not_found(format!("Floating IP not found for ID {id}"))
}

/// `FloatingIpPoolNotFound`.
pub fn floating_ip_pool_not_found() -> Problem {
    not_found("Floating IP pool not found.")
}

/// The id of a security group is not a UUID.
pub fn security_group_id_not_a_uuid() -> Problem {
    bad_request("Security group id should be uuid")
}

/// A rule lacks a protocol or a port range.
pub fn rule_incomplete() -> Problem {
    bad_request("Not enough parameters to build a valid rule.")
}

/// `SnapshotNotFound`.
pub fn proxied_snapshot_not_found(id: &str) -> Problem {
    not_found(format!("Snapshot {id} could not be found."))
}

/// An error of Cinder in the format of its client. `request` is the request id.
pub fn refused_by_cinder(message: &str, request: &str) -> Problem {
    invalid_input(format!("{message} (HTTP 400) (Request-ID: {request})"))
}

/// Glance has no such image.
pub fn proxied_image_not_found() -> Problem {
    not_found("Image not found.")
}

/// The image has no such metadata item to delete.
pub fn invalid_metadata_key() -> Problem {
    not_found("Invalid metadata key")
}

/// Glance does not know the marker.
pub fn image_marker_not_found(marker: &str) -> Problem {
    refused_by_glance(&format!("No image found with ID {marker}"))
}

/// Glance's refusal of a list, whose text Nova takes from an HTML page.
pub fn refused_by_glance(message: &str) -> Problem {
    let mut text = String::with_capacity(message.len());
    for letter in message.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#x27;"),
            letter if letter.is_ascii() => text.push(letter),
            letter => text.push_str(&format!("&#{};", u32::from(letter))),
        }
    }
    bad_request(format!("HTTP 400 Bad Request: {text}"))
}
