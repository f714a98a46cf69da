//! Errors of snapshots.

use super::{bad_request, invalid_volume, not_found};
use crate::clouds::openstack::cinder::snapshots::Status;
use crate::clouds::openstack::cinder::status::StatusText;
use crate::clouds::openstack::cinder::volumes::Status as VolumeStatus;
use crate::engine::Problem;

pub fn snapshot_not_found(id: &str) -> Problem {
    not_found(format!("Snapshot {id} could not be found."))
}

pub fn snapshot_metadata_not_found(id: &str, key: &str) -> Problem {
    not_found(format!("Snapshot {id} has no metadata with key {key}."))
}

/// The body has another metadata key than the path.
pub fn body_and_uri_mismatch() -> Problem {
    bad_request("Request body and URI mismatch")
}

/// Since 3.66 snapshots of attached volumes are always allowed, and `force` can only be true.
pub fn snapshot_force_is_obsolete() -> Problem {
    bad_request(
        "Since microversion 3.66 the 'force' flag is invalid for this request.  For backward compatability, however, \
         when the 'force' flag is passed with a value evaluating to True, it is silently ignored.",
    )
}

pub fn snapshot_of_an_unscheduled_volume() -> Problem {
    invalid_volume("The snapshot cannot be created because volume has not been scheduled to any host.")
}

pub fn snapshot_in_maintenance() -> Problem {
    invalid_volume("The snapshot cannot be created when the volume is in maintenance mode.")
}

pub fn snapshot_of_a_migrating_volume() -> Problem {
    invalid_volume("Snapshot cannot be created while volume is migrating.")
}

pub fn snapshot_of_a_volume_in_error() -> Problem {
    invalid_volume("The snapshot cannot be created when the volume is in error status.")
}

/// `allowed` is a comma-separated list: `available, in-use`.
pub fn snapshot_needs_volume_status(volume: &str, allowed: &str, status: VolumeStatus) -> Problem {
    let status = status.text();
    invalid_volume(format!("Volume {volume} status must be {allowed}, but current status is: {status}."))
}

pub fn snapshot_status_to_delete() -> Problem {
    invalid_snapshot("Snapshot status must be available or error and must not be part of a group.")
}

/// Upstream's message has two spaces, where it omits the condition on the status.
pub fn snapshot_part_of_a_group() -> Problem {
    invalid_snapshot("Snapshot  must not be part of a group.")
}

pub fn snapshot_status_unknown(status: &str) -> Problem {
    bad_request(format!(
        "Snapshot status: {status} is invalid, valid statuses are: ('error', 'available', 'creating', 'deleting', \
         'deleted', 'updating', 'error_deleting', 'unmanaging', 'backing-up', 'restoring')."
    ))
}

pub fn snapshot_status_cannot_be_updated(status: Status) -> Problem {
    bad_request(format!("Snapshot status {} not allowed for update_snapshot_status", status.text()))
}

pub fn snapshot_status_not_reachable(provided: &str, current: Status) -> Problem {
    let current = current.text();
    bad_request(format!("Provided snapshot status {provided} not allowed for snapshot with status {current}."))
}

pub fn progress_not_a_percentage() -> Problem {
    bad_request("Invalid input received: progress must be an integer percentage")
}

pub fn progress_out_of_range() -> Problem {
    bad_request("Invalid input received: progress must be an integer percentage between 0 and 100")
}

/// The progress has the wrong type. The message is that of Python's TypeError.
pub fn progress_not_text(message: String) -> Problem {
    bad_request(message)
}

pub fn invalid_snapshot(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid snapshot: {}", reason.as_ref()))
}
