//! Errors of managing existing volumes and snapshots (cinder/api/contrib/volume_manage.py).

use super::{bad_request, invalid_volume};
use crate::engine::Problem;

pub fn service_unavailable() -> Problem {
    bad_request("Service is unavailable at this time.")
}

/// `kind` is `Host` or `Cluster`.
pub fn no_place_to_manage(kind: &str, name: &str) -> Problem {
    bad_request(format!("{kind} '{name}' not found"))
}

pub fn already_managed() -> Problem {
    invalid_volume("Unable to manage existing volume. The volume is already managed")
}

pub fn no_type_to_manage(name: &str) -> Problem {
    bad_request(format!("Invalid volume type: Cannot find requested '{name}' volume type"))
}

pub fn manage_to_encrypted_type() -> Problem {
    bad_request("Invalid volume type: Managing to an encrypted volume type is not supported.")
}

/// `what` is `keys` or `dirs`.
pub fn invalid_sort(what: &str, names: &str) -> Problem {
    bad_request(format!("Invalid sort {what} passed: {names}"))
}

pub fn manageable_marker_not_found(marker: &str) -> Problem {
    bad_request(format!("Invalid input received: marker not found: {marker}"))
}
