//! What is refused of what is done to servers.

use super::{bad_request, conflict, not_allowed, not_found};
use crate::clouds::openstack::nova::scheduler::NoValidHost;
use crate::engine::Problem;

/// `InstanceNotReady`: it is on no host.
pub fn not_ready(id: &str) -> Problem {
    conflict(format!("Instance {id} is not ready"))
}

pub fn cannot_rescue_volume_backed(id: &str) -> Problem {
    bad_request(format!("Instance {id} cannot be rescued: Cannot rescue a volume-backed instance"))
}

pub fn unsupported_rescue_image(image: &str) -> Problem {
    bad_request(format!("Requested rescue image '{image}' is not supported"))
}

// -- moves ----------------------------------------------------------------------------------------

pub fn cannot_force_to_nowhere() -> Problem {
    bad_request("Can't force to a non-provided destination")
}

/// `ComputeHostNotFound`, where a body names the host.
pub fn compute_host_not_found(host: &str) -> Problem {
    bad_request(format!("Compute host {host} could not be found."))
}

pub fn cannot_migrate_to_self(id: &str, host: &str) -> Problem {
    bad_request(format!("Unable to migrate instance ({id}) to current host ({host})."))
}

pub fn cannot_migrate_to_same_host() -> Problem {
    bad_request("Cannot migrate to the host where the server exists.")
}

pub fn no_valid_host(refused: NoValidHost) -> Problem {
    bad_request(format!("No valid host was found. {}", refused.reason))
}

pub fn cannot_resize_to_zero_disk() -> Problem {
    bad_request("Server disk was unable to be resized because: Resize to zero disk flavor is not allowed.")
}

pub fn resize_to_same_flavor() -> Problem {
    bad_request("When resizing, instances must change flavor!")
}

pub fn not_resized() -> Problem {
    bad_request("Instance has not been resized.")
}

pub fn compute_service_in_use(host: &str) -> Problem {
    bad_request(format!("Compute service of {host} is still in use."))
}

pub fn target_host_is_the_same() -> Problem {
    bad_request("The target host can't be the same one.")
}

/// `evacuate` looks the host up by itself.
pub fn evacuation_host_not_found(host: &str) -> Problem {
    not_found(format!("Compute host {host} not found."))
}

pub fn password_on_existing_disk() -> Problem {
    bad_request("admin password can't be changed on existing disk")
}

/// `UnshelveInstanceInvalidState`: only what is offloaded can be told where to go.
pub fn cannot_choose_where_to_unshelve(id: &str, vm_state: &str) -> Problem {
    conflict(format!(
        "Specifying an availability zone or a host when unshelving server \"{id}\" with status \"{vm_state}\" is not \
         supported. The server status must be SHELVED_OFFLOADED."
    ))
}

pub fn unavailable_zone() -> Problem {
    bad_request("The requested availability zone is not available")
}

pub fn host_not_in_zone(host: &str, zone: &str) -> Problem {
    conflict(format!("Host \"{host}\" is not in the availability zone \"{zone}\"."))
}

// -- images ---------------------------------------------------------------------------------------

pub fn too_much_image_metadata() -> Problem {
    not_allowed("Image metadata limit exceeded")
}

pub fn no_backup_of_volumes() -> Problem {
    bad_request("Backup is not supported for volume-backed instances.")
}

pub fn too_many_snapshots() -> Problem {
    not_allowed("Quota exceeded, too many snapshots.")
}

// -- rebuild --------------------------------------------------------------------------------------

pub fn no_image_to_rebuild_of() -> Problem {
    bad_request("Cannot find image for rebuild")
}

/// `ImageUnacceptable`: until 2.92 the volume stays what it is.
pub fn cannot_rebuild_volume_of(image: &str) -> Problem {
    bad_request(format!(
        "Image {image} is unacceptable: Unable to rebuild with a different image for a volume-backed server."
    ))
}

// -- consoles -------------------------------------------------------------------------------------

pub fn console_unavailable(kind: &str) -> Problem {
    bad_request(format!("Unavailable console type {kind}."))
}

pub fn console_invalid(kind: &str) -> Problem {
    bad_request(format!("Invalid console type {kind}"))
}

pub fn console_token_not_found() -> Problem {
    not_found("Token not found")
}

/// A state that upstream did not think of here, so that the exception's own words come through.
pub fn no_console_in_this_state(id: &str, task: &str, method: &str) -> Problem {
    bad_request(format!("Instance {id} in task_state {task}. Cannot {method} while the instance is in this state."))
}

// -- shares ---------------------------------------------------------------------------------------

pub fn no_cell_mapping(id: &str) -> Problem {
    not_found(format!("Instance {id} has no mapping to a cell."))
}

pub fn share_not_found(id: &str) -> Problem {
    not_found(format!("Share {id} could not be found."))
}

// -- security groups and addresses ----------------------------------------------------------------

pub fn security_group_of_project_not_found(name: &str, project: &str) -> Problem {
    not_found(format!("Security group {name} is not found for project {project}"))
}

pub fn several_security_groups_named(name: &str) -> Problem {
    conflict(format!("Multiple security groups found matching '{name}'. Use an ID to be more specific."))
}

/// What Neutron answers when a group is listed twice.
pub fn duplicate_security_group(group: &str, request: &str) -> Problem {
    bad_request(format!(
        "Invalid input for security_groups. Reason: Duplicate items in the list: '{group}'. Neutron server returns \
         request_ids: ['{request}']"
    ))
}

pub fn no_ports(server: &str) -> Problem {
    not_found(format!("instance_id {server} could not be found as device id on any ports"))
}

pub fn not_in_security_group(name: &str, server: &str) -> Problem {
    not_found(format!("Security group {name} not associated with the instance {server}"))
}

pub fn floating_ip_not_found() -> Problem {
    not_found("floating IP not found")
}

pub fn no_fixed_addresses() -> Problem {
    bad_request("No fixed IPs associated to instance")
}

pub fn network_not_ready() -> Problem {
    bad_request("Instance network is not ready yet")
}

pub fn not_its_fixed_address() -> Problem {
    bad_request("Specified fixed address not assigned to instance")
}

pub fn no_such_floating_address(address: &str) -> Problem {
    not_found(format!("Floating IP not found for address {address}."))
}

pub fn floating_ip_elsewhere(address: &str, server: &str) -> Problem {
    conflict(format!("Floating IP {address} is not associated with instance {server}."))
}

/// What Neutron says, as its client hands it on.
pub fn refused_by_neutron(problem: &Problem, request: &str) -> Problem {
    bad_request(format!("{} Neutron server returns request_ids: ['{request}']", problem.message))
}
