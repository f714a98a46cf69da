//! Errors about the creation of servers.

use super::{bad_request, conflict, not_allowed};
use crate::engine::Problem;

/// `min_count` is greater than `max_count`.
pub fn min_count_above_max_count() -> Problem {
    bad_request("min_count must be <= max_count")
}

/// There is neither an image nor a boot device.
pub fn image_missing() -> Problem {
    bad_request("Missing imageRef attribute")
}

/// `ImageNotFound`.
pub fn image_not_found() -> Problem {
    bad_request("Can not find requested image")
}

/// `ImageNotActive`.
pub fn image_not_active(id: &str) -> Problem {
    bad_request(format!("Image {id} is not active."))
}

/// `ImageUnacceptable`: the image was uploaded from an encrypted volume.
pub fn image_of_encrypted_volume(id: &str) -> Problem {
    bad_request(format!(
        "Image {id} is unacceptable: Direct booting of an image uploaded from an encrypted volume is unsupported."
    ))
}

/// `InvalidImageConfigDrive`.
pub fn invalid_image_config_drive(option: &str) -> Problem {
    bad_request(format!("Image's config drive option '{option}' is invalid"))
}

/// `FlavorMemoryTooSmall`.
pub fn flavor_memory_too_small() -> Problem {
    bad_request("Flavor's memory is too small for requested image.")
}

/// `FlavorDiskSmallerThanImage`. Sizes are in bytes.
pub fn flavor_disk_smaller_than_image(flavor: u64, image: u64) -> Problem {
    bad_request(format!(
        "Flavor's disk is too small for requested image. Flavor disk is {flavor} bytes, image is {image} bytes."
    ))
}

/// `FlavorDiskSmallerThanMinDisk`. Sizes are in bytes.
pub fn flavor_disk_smaller_than_min_disk(flavor: u64, min_disk: u64) -> Problem {
    bad_request(format!(
        "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is {flavor} bytes, \
         minimum size is {min_disk} bytes."
    ))
}

/// `VolumeSmallerThanMinDisk`. Sizes are in bytes.
pub fn volume_smaller_than_min_disk(volume: u64, min_disk: u64) -> Problem {
    bad_request(format!(
        "Volume is smaller than the minimum size specified in image metadata. Volume size is {volume} bytes, minimum \
         size is {min_disk} bytes."
    ))
}

/// `BootFromVolumeRequiredForZeroDiskFlavor`.
pub fn zero_disk_flavor() -> Problem {
    not_allowed("Only volume-backed servers are allowed for flavors with zero disk.")
}

/// `CertificateValidationFailed`: trusted certificates with a volume to boot from.
pub fn certificates_with_volume() -> Problem {
    bad_request(
        "Image signature certificate validation failed for certificate: None. Image certificate validation is not \
         supported when booting from volume",
    )
}

/// The caller has no such keypair.
pub fn invalid_key_name() -> Problem {
    bad_request("Invalid key_name provided.")
}

/// `InstanceGroupNotFound` for a scheduler hint.
pub fn instance_group_not_found(id: &str) -> Problem {
    bad_request(format!("Instance group {id} could not be found."))
}

/// The quota of servers per group is exceeded.
pub fn server_group_full() -> Problem {
    not_allowed("Quota exceeded, too many servers in group")
}

// -- zones and hosts ----------------------------------------------------------------------------

/// `InvalidInput`: `availability_zone` has too many parts.
pub fn zone_cannot_be_parsed() -> Problem {
    bad_request("Invalid input received: Unable to parse availability_zone")
}

/// The requested availability zone does not exist.
pub fn zone_not_available() -> Problem {
    bad_request("The requested availability zone is not available")
}

/// The host is given both in the zone and in the field `host`.
pub fn two_ways_to_name_a_host() -> Problem {
    bad_request(
        "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are mutually \
         exclusive.",
    )
}

/// The server is pinned to another zone.
pub fn pinned_elsewhere() -> Problem {
    conflict(
        "Cannot change pinned availability zone directly. Unpin first by setting pinned_availability_zone to null.",
    )
}

/// A server can be pinned to its current zone only.
pub fn not_in_that_zone(current: &str, requested: &str) -> Problem {
    conflict(format!(
        "Server can only be pinned to its current availability zone '{current}', but '{requested}' was requested."
    ))
}

// -- networks -----------------------------------------------------------------------------------

/// A port is listed twice.
pub fn port_named_twice(port: &str) -> Problem {
    bad_request(format!("Port ID '{port}' was specified twice: you cannot attach a port multiple times."))
}

/// A fixed IP is given for an existing port.
pub fn fixed_ip_with_port(address: &str, port: &str) -> Problem {
    bad_request(format!(
        "Specified Fixed IP '{address}' cannot be used with port '{port}': the two cannot be specified together."
    ))
}

/// A network lacks the given key.
pub fn bad_network_format(key: &str) -> Problem {
    bad_request(format!("Bad network format: missing '{key}'"))
}

/// A network id is not a UUID.
pub fn bad_network_id(id: &str) -> Problem {
    bad_request(format!("Bad networks format: network uuid is not in proper format ({id})"))
}

/// `InvalidFixedIpAndMaxCountRequest`.
pub fn one_fixed_ip_for_many() -> Problem {
    bad_request("Failed to launch instances: max_count cannot be greater than 1 if an fixed_ip is specified.")
}

/// `MultiplePortsNotApplicable`.
pub fn one_port_for_many() -> Problem {
    bad_request(
        "Failed to launch instances: Unable to launch multiple instances with a single configured port ID. Please \
         launch your instance one by one with different ports.",
    )
}

/// `AmbiguousHostnameForMultipleInstances`.
pub fn one_hostname_for_many() -> Problem {
    bad_request("Unable to allocate a single hostname to multiple instances")
}

// -- quotas -------------------------------------------------------------------------------------

/// `TooManyInstances`. Each argument may list several values, separated by commas: `cores, instances`.
pub fn too_many_instances(names: &str, requested: &str, used: &str, allowed: &str) -> Problem {
    not_allowed(format!(
        "Quota exceeded for {names}: Requested {requested}, but already used {used} of {allowed} {names}"
    ))
}

/// `MetadataLimitExceeded`.
pub fn too_much_metadata(allowed: i64) -> Problem {
    not_allowed(format!("Maximum number of metadata items exceeds {allowed}"))
}

/// `OnsetFileLimitExceeded`.
pub fn too_many_files() -> Problem {
    not_allowed("Personality file limit exceeded")
}

/// `OnsetFilePathLimitExceeded`.
pub fn file_path_too_long(allowed: i64) -> Problem {
    not_allowed(format!("Personality file path exceeds maximum {allowed}"))
}

/// `OnsetFileContentLimitExceeded`.
pub fn file_too_large(allowed: i64) -> Problem {
    not_allowed(format!("Personality file content exceeds maximum {allowed}"))
}

/// `_get_image_meta_obj`: an image property has a value that it cannot have.
pub fn invalid_image_metadata(reason: &str) -> Problem {
    bad_request(format!("Invalid image metadata. Error: {reason}"))
}
