//! Errors of the actions on volumes (cinder/volume/api.py, cinder/api/contrib).

use super::{bad_request, conflict, invalid_input, invalid_volume, not_found};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::clouds::openstack::cinder::volumes::Status;
use crate::engine::Problem;

// -- attach -------------------------------------------------------------------------------------

/// `expected` is `available`, or `available or in-use` for a multiattach volume.
pub fn cannot_reserve(expected: &str, current: Status) -> Problem {
    let current = current.text();
    invalid_volume(format!("Volume status must be {expected} to reserve, but the status is {current}."))
}

pub fn cannot_begin_detaching() -> Problem {
    invalid_volume(
        "Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.",
    )
}

/// `what` is `attached` or `detached`.
pub fn attaching_in_maintenance(what: &str) -> Problem {
    invalid_volume(format!("The volume cannot be {what} in maintenance mode."))
}

pub fn connecting_in_maintenance() -> Problem {
    invalid_volume("The volume connection cannot be initialized in maintenance mode.")
}

pub fn invalid_attach_mode(mode: &str, volume: &str) -> Problem {
    bad_request(format!("Invalid attaching mode '{mode}' for volume {volume}."))
}

/// An error of the volume service, which the API passes on.
pub fn cannot_attach(reason: &str) -> Problem {
    bad_request(format!("Error attaching volume - InvalidVolume: Invalid volume: {reason}"))
}

pub fn connector_not_an_object() -> Problem {
    invalid_input("The connector must be a dictionary.")
}

// -- extend -------------------------------------------------------------------------------------

pub fn not_larger(size: u32, new_size: u32) -> Problem {
    invalid_input(format!(
        "New size for extend must be greater than current size. (current: {size}, extended: {new_size})."
    ))
}

/// Upstream formats the condition as a Python dictionary.
pub fn cannot_extend(id: &str, expected: Status, current: Status) -> Problem {
    let (expected, current) = (expected.text(), current.text());
    invalid_volume(format!("Volume {id} status must be '{{'status': '{expected}'}}' to extend, currently {current}."))
}

pub fn not_extending() -> Problem {
    invalid_volume("Volume is not being extended.")
}

pub fn extend_notes_missing() -> Problem {
    invalid_volume("Required volume admin metadata is malformed or missing.")
}

// -- retype, migrate ----------------------------------------------------------------------------

pub fn cannot_retype() -> Problem {
    invalid_volume(
        "Retype needs volume to be in available or in-use state, not be part of an active migration or a consistency \
         group, requested type has to be different that the one from the volume, and for in-use volumes front-end qos \
         specs cannot change.",
    )
}

pub fn cannot_change_multiattach(current: Status) -> Problem {
    let current = current.text();
    invalid_input(format!(
        "Invalid volume_type passed, retypes affecting multiattach are only allowed on available volumes, the \
         specified volume however currently has a status of: {current}."
    ))
}

pub fn encrypted_and_multiattach() -> Problem {
    invalid_input("Retype requested both encryption and multi-attach, which is not supported.")
}

pub fn no_service_named(name: &str) -> Problem {
    bad_request(format!("Invalid host: No available service named '{name}'"))
}

pub fn cannot_migrate(id: &str) -> Problem {
    invalid_volume(format!(
        "Volume {id} status must be available or in-use, must not be migrating, have snapshots, be replicated, be part \
         of a group and destination host/cluster must be different than the current one"
    ))
}

pub fn source_not_migrating() -> Problem {
    invalid_volume("Source volume not mid-migration.")
}

pub fn destination_not_migrating() -> Problem {
    invalid_volume("Destination volume not mid-migration.")
}

pub fn destination_of_another(status: &str, expected: &str) -> Problem {
    invalid_volume(format!("Destination has migration_status {status}, expected {expected}."))
}

// -- flags, reset_status------------------------------------------------------------------------

pub fn cannot_reset_to(status: Status) -> Problem {
    bad_request(format!("Cannot reset-state to {}", status.text()))
}

pub fn nothing_attached_to_reset() -> Problem {
    bad_request("Cannot reset-state to in-use because volume does not have any attachments.")
}

pub fn updating_in_maintenance() -> Problem {
    invalid_volume("The volume cannot be updated during maintenance.")
}

pub fn cannot_update_readonly(id: &str, current: Status) -> Problem {
    let current = current.text();
    invalid_volume(format!(
        "Volume {id} status must be available to update readonly flag, but current status is: {current}."
    ))
}

// -- revert -------------------------------------------------------------------------------------

pub fn no_snapshots(volume: &str) -> Problem {
    bad_request(format!("Volume {volume} doesn't have any snapshots."))
}

pub fn not_the_latest_snapshot(snapshot: &str, volume: &str) -> Problem {
    bad_request(format!("Specified snapshot {snapshot} is None or not the latest one of volume {volume}."))
}

pub fn size_differs_from_snapshot(volume: &str, snapshot: &str) -> Problem {
    bad_request(format!(
        "Can't revert volume {volume} to its latest snapshot {snapshot}. The volume size must be equal to the \
         snapshot size."
    ))
}

pub fn volume_not_available_to_revert(volume: &str, snapshot: &str) -> Problem {
    conflict(format!(
        "Invalid volume: Can't revert volume {volume} to its latest snapshot {snapshot}. Volume's status must be \
         'available'."
    ))
}

pub fn snapshot_not_available_to_revert(volume: &str, snapshot: &str) -> Problem {
    conflict(format!(
        "Invalid snapshot: Can't revert volume {volume} to its latest snapshot {snapshot}. Snapshot's status must be \
         'available'."
    ))
}

// -- images -------------------------------------------------------------------------------------

/// `expected` is `available`, or `available or in-use` with `force`.
pub fn cannot_upload(id: &str, expected: &str) -> Problem {
    invalid_volume(format!("Volume {id} status must be {expected}"))
}

pub fn encrypted_upload_must_be_raw() -> Problem {
    bad_request(
        "An encrypted volume uploaded as an image must use 'raw' disk_format and 'bare' container_format, which are \
         the defaults for these options.",
    )
}

pub fn reimage_of_shared_volume() -> Problem {
    conflict("Cannot re-image a volume which is attached to more than one server.")
}

/// `expected` is `available or error`, or `available or error or reserved` with `reimage_reserved`.
pub fn cannot_reimage(id: &str, expected: &str, current: Status) -> Problem {
    let current = current.text();
    invalid_volume(format!("Volume {id} status must be {expected}, but current status is {current}."))
}

pub fn image_not_found(id: &str) -> Problem {
    not_found(format!("Image {id} could not be found."))
}

// -- unmanage -----------------------------------------------------------------------------------

pub fn encrypted_cannot_be_unmanaged() -> Problem {
    bad_request("Unacceptable parameters.")
}
