//! What is refused about servers to be.

use super::{bad_request, conflict, not_allowed};
use crate::engine::Problem;

pub fn min_count_above_max_count() -> Problem {
    bad_request("min_count must be <= max_count")
}

pub fn image_missing() -> Problem {
    bad_request("Missing imageRef attribute")
}

pub fn image_not_found() -> Problem {
    bad_request("Can not find requested image")
}

pub fn image_not_active(id: &str) -> Problem {
    bad_request(format!("Image {id} is not active."))
}

pub fn image_of_encrypted_volume(id: &str) -> Problem {
    bad_request(format!(
        "Image {id} is unacceptable: Direct booting of an image uploaded from an encrypted volume is unsupported."
    ))
}

pub fn invalid_image_config_drive(option: &str) -> Problem {
    bad_request(format!("Image's config drive option '{option}' is invalid"))
}

pub fn flavor_memory_too_small() -> Problem {
    bad_request("Flavor's memory is too small for requested image.")
}

/// Sizes in bytes.
pub fn flavor_disk_smaller_than_image(flavor: u64, image: u64) -> Problem {
    bad_request(format!(
        "Flavor's disk is too small for requested image. Flavor disk is {flavor} bytes, image is {image} bytes."
    ))
}

pub fn flavor_disk_smaller_than_min_disk(flavor: u64, min_disk: u64) -> Problem {
    bad_request(format!(
        "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is {flavor} bytes, \
         minimum size is {min_disk} bytes."
    ))
}

pub fn volume_smaller_than_min_disk(volume: u64, min_disk: u64) -> Problem {
    bad_request(format!(
        "Volume is smaller than the minimum size specified in image metadata. Volume size is {volume} bytes, minimum \
         size is {min_disk} bytes."
    ))
}

pub fn zero_disk_flavor() -> Problem {
    not_allowed("Only volume-backed servers are allowed for flavors with zero disk.")
}

pub fn certificates_with_volume() -> Problem {
    bad_request(
        "Image signature certificate validation failed for certificate: None. Image certificate validation is not \
         supported when booting from volume",
    )
}

pub fn invalid_key_name() -> Problem {
    bad_request("Invalid key_name provided.")
}

pub fn instance_group_not_found(id: &str) -> Problem {
    bad_request(format!("Instance group {id} could not be found."))
}

pub fn server_group_full() -> Problem {
    not_allowed("Quota exceeded, too many servers in group")
}

// -- places -------------------------------------------------------------------------------------

pub fn zone_cannot_be_parsed() -> Problem {
    bad_request("Invalid input received: Unable to parse availability_zone")
}

pub fn zone_not_available() -> Problem {
    bad_request("The requested availability zone is not available")
}

pub fn two_ways_to_name_a_host() -> Problem {
    bad_request(
        "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are mutually \
         exclusive.",
    )
}

pub fn pinned_elsewhere() -> Problem {
    conflict(
        "Cannot change pinned availability zone directly. Unpin first by setting pinned_availability_zone to null.",
    )
}

pub fn not_in_that_zone(current: &str, asked: &str) -> Problem {
    conflict(format!(
        "Server can only be pinned to its current availability zone '{current}', but '{asked}' was requested."
    ))
}

// -- networks -----------------------------------------------------------------------------------

pub fn port_named_twice(port: &str) -> Problem {
    bad_request(format!("Port ID '{port}' was specified twice: you cannot attach a port multiple times."))
}

pub fn fixed_ip_with_port(address: &str, port: &str) -> Problem {
    bad_request(format!(
        "Specified Fixed IP '{address}' cannot be used with port '{port}': the two cannot be specified together."
    ))
}

pub fn bad_network_format(key: &str) -> Problem {
    bad_request(format!("Bad network format: missing '{key}'"))
}

pub fn bad_network_id(id: &str) -> Problem {
    bad_request(format!("Bad networks format: network uuid is not in proper format ({id})"))
}

pub fn one_fixed_ip_for_many() -> Problem {
    bad_request("Failed to launch instances: max_count cannot be greater than 1 if an fixed_ip is specified.")
}

pub fn one_port_for_many() -> Problem {
    bad_request(
        "Failed to launch instances: Unable to launch multiple instances with a single configured port ID. Please \
         launch your instance one by one with different ports.",
    )
}

pub fn one_hostname_for_many() -> Problem {
    bad_request("Unable to allocate a single hostname to multiple instances")
}

// -- quotas -------------------------------------------------------------------------------------

/// Each is one or several, with commas: `cores, instances`.
pub fn too_many_instances(names: &str, requested: &str, used: &str, allowed: &str) -> Problem {
    not_allowed(format!(
        "Quota exceeded for {names}: Requested {requested}, but already used {used} of {allowed} {names}"
    ))
}

pub fn too_much_metadata(allowed: i64) -> Problem {
    not_allowed(format!("Maximum number of metadata items exceeds {allowed}"))
}

pub fn too_many_files() -> Problem {
    not_allowed("Personality file limit exceeded")
}

pub fn file_path_too_long(allowed: i64) -> Problem {
    not_allowed(format!("Personality file path exceeds maximum {allowed}"))
}

pub fn file_too_large(allowed: i64) -> Problem {
    not_allowed(format!("Personality file content exceeds maximum {allowed}"))
}
