//! Errors about server actions.

use super::{bad_request, conflict, not_allowed, not_found};
use crate::clouds::openstack::nova::scheduler::NoValidHost;
use crate::engine::Problem;

/// `InstanceNotReady`: the server is on no host.
pub fn not_ready(id: &str) -> Problem {
    conflict(format!("Instance {id} is not ready"))
}

/// `InstanceNotRescuable`.
pub fn cannot_rescue_volume_backed(id: &str) -> Problem {
    bad_request(format!("Instance {id} cannot be rescued: Cannot rescue a volume-backed instance"))
}

/// `UnsupportedRescueImage`.
pub fn unsupported_rescue_image(image: &str) -> Problem {
    bad_request(format!("Requested rescue image '{image}' is not supported"))
}

// -- migrations -----------------------------------------------------------------------------------

/// `force` without a destination host.
pub fn force_without_host() -> Problem {
    bad_request("Can't force to a non-provided destination")
}

/// `ComputeHostNotFound` where the body names the host.
pub fn compute_host_not_found(host: &str) -> Problem {
    bad_request(format!("Compute host {host} could not be found."))
}

/// `UnableToMigrateToSelf`.
pub fn cannot_migrate_to_self(id: &str, host: &str) -> Problem {
    bad_request(format!("Unable to migrate instance ({id}) to current host ({host})."))
}

/// `CannotMigrateToSameHost`.
pub fn cannot_migrate_to_same_host() -> Problem {
    bad_request("Cannot migrate to the host where the server exists.")
}

/// `NoValidHost`.
pub fn no_valid_host(refused: NoValidHost) -> Problem {
    bad_request(format!("No valid host was found. {}", refused.reason))
}

/// `CannotResizeDisk`.
pub fn cannot_resize_to_zero_disk() -> Problem {
    bad_request("Server disk was unable to be resized because: Resize to zero disk flavor is not allowed.")
}

/// `CannotResizeToSameFlavor`.
pub fn resize_to_same_flavor() -> Problem {
    bad_request("When resizing, instances must change flavor!")
}

/// `MigrationNotFoundByStatus`: there is no finished migration to confirm or revert.
pub fn not_resized() -> Problem {
    bad_request("Instance has not been resized.")
}

/// `ComputeServiceInUse`: the host to evacuate is up.
pub fn compute_service_in_use(host: &str) -> Problem {
    bad_request(format!("Compute service of {host} is still in use."))
}

/// The destination of an evacuation is the current host.
pub fn target_host_is_the_same() -> Problem {
    bad_request("The target host can't be the same one.")
}

/// `ComputeHostNotFound` for the destination of an evacuation.
pub fn evacuation_host_not_found(host: &str) -> Problem {
    not_found(format!("Compute host {host} not found."))
}

/// A new password for a server whose disk is kept.
pub fn password_on_existing_disk() -> Problem {
    bad_request("admin password can't be changed on existing disk")
}

/// `UnshelveInstanceInvalidState`: a zone or a host may be given only for offloaded servers.
pub fn cannot_choose_unshelve_destination(id: &str, vm_state: &str) -> Problem {
    conflict(format!(
        "Specifying an availability zone or a host when unshelving server \"{id}\" with status \"{vm_state}\" is not \
         supported. The server status must be SHELVED_OFFLOADED."
    ))
}

/// The requested availability zone does not exist.
pub fn unavailable_zone() -> Problem {
    bad_request("The requested availability zone is not available")
}

/// `UnshelveHostNotInAZ`.
pub fn host_not_in_zone(host: &str, zone: &str) -> Problem {
    conflict(format!("Host \"{host}\" is not in the availability zone \"{zone}\"."))
}

// -- images ---------------------------------------------------------------------------------------

/// The quota of image metadata is exceeded.
pub fn too_much_image_metadata() -> Problem {
    not_allowed("Image metadata limit exceeded")
}

/// Volume-backed servers cannot be backed up.
pub fn no_backup_of_volumes() -> Problem {
    bad_request("Backup is not supported for volume-backed instances.")
}

/// Cinder's quota of snapshots is exceeded.
pub fn too_many_snapshots() -> Problem {
    not_allowed("Quota exceeded, too many snapshots.")
}

// -- rebuild --------------------------------------------------------------------------------------

/// `ImageNotFound` in a rebuild.
pub fn rebuild_image_not_found() -> Problem {
    bad_request("Cannot find image for rebuild")
}

/// `ImageUnacceptable`: until microversion 2.92, volume-backed servers keep their image.
pub fn cannot_change_image_of_volume(image: &str) -> Problem {
    bad_request(format!(
        "Image {image} is unacceptable: Unable to rebuild with a different image for a volume-backed server."
    ))
}

// -- consoles -------------------------------------------------------------------------------------

/// `ConsoleTypeUnavailable`.
pub fn console_unavailable(kind: &str) -> Problem {
    bad_request(format!("Unavailable console type {kind}."))
}

/// `ConsoleTypeInvalid`.
pub fn console_invalid(kind: &str) -> Problem {
    bad_request(format!("Invalid console type {kind}"))
}

/// The console token is unknown or expired.
pub fn console_token_not_found() -> Problem {
    not_found("Token not found")
}

/// `InstanceInvalidState` in a place where upstream does not convert it to a conflict.
pub fn no_console_in_this_state(id: &str, task: &str, method: &str) -> Problem {
    bad_request(format!("Instance {id} in task_state {task}. Cannot {method} while the instance is in this state."))
}

// -- shares ---------------------------------------------------------------------------------------

/// `InstanceMappingNotFound`.
pub fn no_cell_mapping(id: &str) -> Problem {
    not_found(format!("Instance {id} has no mapping to a cell."))
}

/// `ShareNotFound`.
pub fn share_not_found(id: &str) -> Problem {
    not_found(format!("Share {id} could not be found."))
}

// -- security groups and addresses ----------------------------------------------------------------

/// `SecurityGroupNotFoundForProject`.
pub fn security_group_of_project_not_found(name: &str, project: &str) -> Problem {
    not_found(format!("Security group {name} is not found for project {project}"))
}

/// `NoUniqueMatch`: several groups have this name.
pub fn several_security_groups_named(name: &str) -> Problem {
    conflict(format!("Multiple security groups found matching '{name}'. Use an ID to be more specific."))
}

/// Neutron's error when a group is listed twice.
pub fn duplicate_security_group(group: &str, request: &str) -> Problem {
    bad_request(format!(
        "Invalid input for security_groups. Reason: Duplicate items in the list: '{group}'. Neutron server returns \
         request_ids: ['{request}']"
    ))
}

/// The server has no ports, and so no security groups.
pub fn no_ports(server: &str) -> Problem {
    not_found(format!("instance_id {server} could not be found as device id on any ports"))
}

/// `SecurityGroupNotExistsForInstance`.
pub fn not_in_security_group(name: &str, server: &str) -> Problem {
    not_found(format!("Security group {name} not associated with the instance {server}"))
}

/// `FloatingIpNotFoundForAddress` in `addFloatingIp`.
pub fn floating_ip_not_found() -> Problem {
    not_found("floating IP not found")
}

/// The server has no fixed IP to associate.
pub fn no_fixed_addresses() -> Problem {
    bad_request("No fixed IPs associated to instance")
}

/// The server has no port yet.
pub fn network_not_ready() -> Problem {
    bad_request("Instance network is not ready yet")
}

/// The requested fixed IP is not one of the server's.
pub fn fixed_address_not_assigned() -> Problem {
    bad_request("Specified fixed address not assigned to instance")
}

/// `FloatingIpNotFoundForAddress`.
pub fn no_such_floating_address(address: &str) -> Problem {
    not_found(format!("Floating IP not found for address {address}."))
}

/// The floating IP is not associated with this server.
pub fn floating_ip_elsewhere(address: &str, server: &str) -> Problem {
    conflict(format!("Floating IP {address} is not associated with instance {server}."))
}

/// An error of Neutron in the format of its client. `request` is the request id.
pub fn refused_by_neutron(problem: &Problem, request: &str) -> Problem {
    bad_request(format!("{} Neutron server returns request_ids: ['{request}']", problem.message))
}
