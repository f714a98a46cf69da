//! Errors of attachments (cinder/volume/api.py).

use super::{bad_request, conflict, invalid_volume, not_found};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::clouds::openstack::cinder::volumes::Status;
use crate::engine::Problem;

pub fn attachment_not_found(id: &str) -> Problem {
    not_found(format!("Volume attachment could not be found with filter: attachment_id = {id}."))
}

/// `expected` is a list of statuses: `available or downloading`.
pub fn cannot_reserve_attachment(volume: &str, expected: &str, current: Status) -> Problem {
    let current = current.text();
    invalid_volume(format!(
        "Volume {volume} status must be {expected} to reserve, but the current status is {current}."
    ))
}

/// Upstream's message ends with a space.
pub fn attachment_to_volume_in_error(volume: &str, current: Status) -> Problem {
    let current = current.text();
    invalid_volume(format!(
        "Volume attachments can not be created if the volume is in an error state. The Volume {volume} currently has \
         a status of: {current} "
    ))
}

pub fn attachment_update_of_volume_in_error(volume: &str, current: Status) -> Problem {
    let current = current.text();
    conflict(format!(
        "Resource conflict: Volume attachments can not be updated if the volume is in an error state. The Volume \
         {volume} currently has a status of: {current} "
    ))
}

pub fn duplicate_connectors(volume: &str) -> Problem {
    conflict(format!("Resource conflict: duplicate connectors detected on volume {volume}"))
}

/// Only Nova can end an attachment that a server uses (CVE-2023-2088). `server` is empty if it is not known.
pub fn attachment_used_by_nova(server: &str) -> Problem {
    conflict(format!("ConflictNovaUsingAttachment: Detach volume from instance {server} using the Compute API"))
}

pub fn attachment_of_another_volume() -> Problem {
    bad_request("Invalid input received: Mismatched volume and attachment")
}
