//! Errors about the block devices of servers.

use super::{bad_request, conflict, not_found};
use crate::engine::Problem;

/// Both versions of `block_device_mapping` are used.
pub fn two_block_device_syntaxes() -> Problem {
    bad_request("Using different block_device_mapping syntaxes is not allowed in the same request.")
}

/// `InvalidBDM` and subclasses with their own messages.
pub fn invalid_bdm(details: &str) -> Problem {
    bad_request(details)
}

/// `InvalidBDMFormat`, or another subclass of `InvalidBDM` with the common prefix.
pub fn invalid_bdm_format(details: &str) -> Problem {
    bad_request(format!("Block Device Mapping is Invalid: {details}"))
}

/// `InvalidBDMImage`.
pub fn invalid_bdm_image(id: &str) -> Problem {
    invalid_bdm_format(&format!("failed to get image {id}."))
}

/// `InvalidBDMVolume`.
pub fn invalid_bdm_volume(id: &str) -> Problem {
    invalid_bdm_format(&format!("failed to get volume {id}."))
}

/// `InvalidBDMSnapshot`.
pub fn invalid_bdm_snapshot(id: &str) -> Problem {
    invalid_bdm_format(&format!("failed to get snapshot {id}."))
}

/// `SnapshotNotFound` for a snapshot to boot from.
pub fn snapshot_not_found(id: &str) -> Problem {
    bad_request(format!("Snapshot {id} could not be found."))
}

/// `InvalidBDMBootSequence`.
pub fn invalid_boot_sequence() -> Problem {
    invalid_bdm_format("Boot sequence for the instance and image/block device mapping combination is not valid.")
}

/// `InvalidBDMLocalsLimit`.
pub fn too_many_local_devices() -> Problem {
    invalid_bdm_format("You specified more local devices than the limit allows")
}

/// `InvalidBDMEphemeralSize`.
pub fn ephemeral_too_large() -> Problem {
    bad_request(
        "Ephemeral disks requested are larger than the instance type allows. If no size is given in one block device \
         mapping, flavor ephemeral size will be used.",
    )
}

/// `InvalidBDMSwapSize`.
pub fn swap_too_large() -> Problem {
    bad_request("Swap drive requested is larger than instance type allows.")
}

/// `InvalidBDMVolumeNotBootable`.
pub fn volume_not_bootable(id: &str) -> Problem {
    bad_request(format!("Block Device {id} is not bootable."))
}

/// A volume has the device name of the root disk.
pub fn volume_named_as_root() -> Problem {
    bad_request("The volume cannot be assigned the same device name as the root device vda")
}

/// A volume is given for several servers.
pub fn one_volume_for_many() -> Problem {
    bad_request("Cannot attach one or more volumes to multiple instances")
}

/// `VolumeTypeNotFound`.
pub fn volume_type_not_found(name: &str) -> Problem {
    bad_request(format!("Volume type {name} could not be found."))
}

/// `MultiattachNotSupportedOldMicroversion`.
pub fn multiattach_not_supported_yet() -> Problem {
    bad_request("Multiattach volumes are only supported starting with compute API version 2.60.")
}

/// `MultiattachToShelvedNotSupported`.
pub fn multiattach_to_shelved() -> Problem {
    bad_request("Attaching multiattach volumes is not supported for shelved-offloaded instances.")
}

/// `VolumeTaggedAttachToShelvedNotSupported`.
pub fn tagged_attachment_to_shelved() -> Problem {
    bad_request("Tagged volume attachment is not supported for shelved-offloaded instances.")
}

/// `InvalidVolume`.
pub fn invalid_volume(reason: &str) -> Problem {
    bad_request(format!("Invalid volume: {reason}"))
}

/// `InvalidVolume` with the reason of Cinder.
pub fn volume_cannot_be_attached(reason: &str) -> Problem {
    invalid_volume(&format!("Invalid input received: {reason}"))
}

/// `InvalidVolume`: the volume is not in use. `status` is that of the volume.
pub fn volume_cannot_be_detached(status: &str) -> Problem {
    invalid_volume(&format!(
        "Invalid input received: Invalid volume: Unable to detach volume. Volume status must be 'in-use' and \
         attach_status must be 'attached' to detach. Currently: status: '{status}', attach_status: 'detached.'"
    ))
}

/// `InvalidVolume`: other servers use the volume. `servers` are their ids, separated by spaces.
pub fn volume_already_attached(volume: &str, servers: &str) -> Problem {
    invalid_volume(&format!("volume {volume} is already attached to instances: {servers}"))
}

/// `InvalidVolume`: this server uses the volume.
pub fn volume_attached_to_this_one(volume: &str) -> Problem {
    invalid_volume(&format!("volume {volume} already attached"))
}

/// `VolumeNotFound`.
pub fn volume_not_found(id: &str) -> Problem {
    not_found(format!("Volume {id} could not be found."))
}

/// `VolumeBDMNotFound`.
pub fn volume_bdm_not_found(id: &str) -> Problem {
    not_found(format!("No volume Block Device Mapping with id {id}."))
}

/// The server does not use the volume.
pub fn not_attached(server: &str, volume: &str) -> Problem {
    not_found(format!("Instance {server} is not attached to volume {volume}"))
}

/// `InvalidDevicePath`.
pub fn invalid_device_path(path: &str) -> Problem {
    bad_request(format!("The supplied device path ({path}) is invalid."))
}

/// `DevicePathInUse`.
pub fn device_path_in_use(path: &str) -> Problem {
    conflict(format!("The supplied device path ({path}) is in use."))
}

/// The update changes a read-only property.
pub fn not_mutable(property: &str) -> Problem {
    bad_request(format!("The {property} property is not mutable"))
}

/// The volume to swap is not being migrated by Cinder.
pub fn volume_not_migrating(id: &str) -> Problem {
    conflict(format!("volume {id} is not migrating; this API should only be called by Cinder"))
}

/// The volume is the root disk.
pub fn root_device_cannot_be_detached() -> Problem {
    bad_request("Cannot detach a root device volume")
}
