//! Errors of volumes.

use super::{bad_request, invalid_input, not_found};
use crate::engine::Problem;

pub fn volume_not_found(id: &str) -> Problem {
    not_found(format!("Volume {id} could not be found."))
}

/// With `force`, the message does not mention the status.
pub fn invalid_volume_to_delete(force: bool) -> Problem {
    let status = "status must be available or error or error_restoring or error_extending or error_managing and";
    let status = if force { "" } else { status };
    invalid_volume(format!(
        "Volume {status} must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be \
         disassociated from snapshots after volume transfer."
    ))
}

pub fn volume_metadata_not_found(volume: &str, key: &str) -> Problem {
    not_found(format!("Volume {volume} has no metadata with key {key}."))
}

pub fn image_metadata_not_found(volume: &str) -> Problem {
    not_found(format!("Glance metadata for volume/snapshot {volume} cannot be found."))
}

/// Upstream answers 500 (an uncaught KeyError).
pub fn no_such_encryption_item() -> Problem {
    not_found("The resource could not be found.")
}

pub fn invalid_size(size: u32) -> Problem {
    invalid_input(format!(
        "Invalid volume size provided for create request: {size} (size argument must be an integer (or string \
         representation of an integer) and greater than zero)."
    ))
}

pub fn multiattach_removed() -> Problem {
    bad_request(
        "multiattach parameter has been removed. The default behavior is to use multiattach enabled volume types. \
         Contact your administrator to create a multiattach enabled volume type and use it to create multiattach \
         volumes.",
    )
}

pub fn no_default_type() -> Problem {
    bad_request("The request cannot be fulfilled as the default volume type cannot be found.")
}

pub fn invalid_zone(zone: &str) -> Problem {
    bad_request(format!("Availability zone '{zone}' is invalid."))
}

pub fn invalid_image() -> Problem {
    bad_request("Invalid image identifier or unable to access requested image.")
}

pub fn several_images(name: &str) -> Problem {
    let message = format!("Multiple matches found for '{name}', use an ID to be more specific.");
    Problem::new(409, "conflictingRequest", message)
}

pub fn image_larger_than_volume(image_gib: u64, volume_gib: u32) -> Problem {
    let sizes = format!("{image_gib}GB is larger than volume size {volume_gib}GB.");
    invalid_input(format!("Size of specified image {sizes}"))
}

pub fn virtual_size_larger_than_volume(image: &str, virtual_gib: u64, volume_gib: u32) -> Problem {
    bad_request(format!(
        "Image {image} is unacceptable: Image virtual size is {virtual_gib}GB and doesn't fit in a volume of size \
         {volume_gib}GB."
    ))
}

pub fn volume_smaller_than_min_disk(volume_gib: u32, least_gib: u32) -> Problem {
    invalid_input(format!("Volume size {volume_gib}GB cannot be smaller than the image minDisk size {least_gib}GB."))
}

pub fn smaller_than_source(size: u32, source: u32) -> Problem {
    invalid_input(format!(
        "Volume size '{size}'GB cannot be smaller than original volume size  {source}GB. They must be >= original \
         volume size."
    ))
}

pub fn smaller_than_snapshot(size: u32, snapshot: u32) -> Problem {
    invalid_input(format!(
        "Volume size '{size}'GB cannot be smaller than the snapshot size {snapshot}GB. They must be >= original \
         snapshot size."
    ))
}

pub fn smaller_than_backup(size: u32, backup: u32) -> Problem {
    invalid_input(format!(
        "Volume size {size}GB cannot be smaller than the backup size {backup}GB. It must be >= backup size."
    ))
}

pub fn smaller_than_type_allows(size: u32, least: &str, name: &str) -> Problem {
    invalid_input(format!(
        "Specified volume size of '{size}' is less than the minimum required size of '{least}' for volume type '{name}'."
    ))
}

pub fn larger_than_type_allows(size: u32, most: &str, name: &str) -> Problem {
    invalid_input(format!(
        "Specified volume size of '{size}' is greater than the maximum allowable size of '{most}' for volume type \
         '{name}'."
    ))
}

pub fn group_needs_type() -> Problem {
    invalid_input("volume_type must be provided when creating a volume in a group.")
}

/// `volume_type` is the `repr` of upstream's object.
pub fn type_not_of_group(volume_type: &str) -> Problem {
    invalid_input(format!(
        "Invalid volume_type provided: {volume_type} (requested type must be supported by this group)."
    ))
}

pub fn type_does_not_fit_source(volume_type: &str) -> Problem {
    invalid_input(format!(
        "Invalid volume_type provided: {volume_type} (requested type is not compatible; either match source volume, or \
         omit type argument)."
    ))
}

pub fn type_does_not_fit_snapshot(volume_type: &str) -> Problem {
    invalid_input(format!(
        "Invalid volume_type provided: {volume_type} (requested type is not compatible; recommend omitting the type \
         argument)."
    ))
}

pub fn invalid_backup(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid backup: {}", reason.as_ref()))
}

pub fn invalid_volume(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid volume: {}", reason.as_ref()))
}
