//! Snapshots.

use super::{bad_request, invalid_volume, not_found};
use crate::engine::Problem;

pub fn snapshot_not_found(id: &str) -> Problem {
    not_found(format!("Snapshot {id} could not be found."))
}

pub fn snapshot_metadata_not_found(id: &str, key: &str) -> Problem {
    not_found(format!("Snapshot {id} has no metadata with key {key}."))
}

/// A single metadata key, in a body that is about another.
pub fn body_and_uri_mismatch() -> Problem {
    bad_request("Request body and URI mismatch")
}

/// From 3.66 on an attached volume can always be snapshotted, so that `force` may only be true.
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

/// `allowed` is a list: `available, in-use`.
pub fn snapshot_needs_volume_status(volume: &str, allowed: &str, status: &str) -> Problem {
    invalid_volume(format!("Volume {volume} status must be {allowed}, but current status is: {status}."))
}

pub fn snapshot_status_to_delete() -> Problem {
    invalid_snapshot("Snapshot status must be available or error and must not be part of a group.")
}

/// Without a condition on the status, upstream's sentence has a gap.
pub fn snapshot_part_of_a_group() -> Problem {
    invalid_snapshot("Snapshot  must not be part of a group.")
}

pub fn snapshot_status_unknown(status: &str) -> Problem {
    bad_request(format!(
        "Snapshot status: {status} is invalid, valid statuses are: ('error', 'available', 'creating', 'deleting', \
         'deleted', 'updating', 'error_deleting', 'unmanaging', 'backing-up', 'restoring')."
    ))
}

pub fn snapshot_status_cannot_be_updated(status: &str) -> Problem {
    bad_request(format!("Snapshot status {status} not allowed for update_snapshot_status"))
}

pub fn snapshot_status_not_reachable(provided: &str, current: &str) -> Problem {
    bad_request(format!("Provided snapshot status {provided} not allowed for snapshot with status {current}."))
}

pub fn progress_not_a_percentage() -> Problem {
    bad_request("Invalid input received: progress must be an integer percentage")
}

pub fn progress_out_of_range() -> Problem {
    bad_request("Invalid input received: progress must be an integer percentage between 0 and 100")
}

/// A progress of the wrong type is answered with what Python says of it.
pub fn progress_not_text(complaint: String) -> Problem {
    bad_request(complaint)
}

pub fn invalid_snapshot(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid snapshot: {}", reason.as_ref()))
}
