//! Errors of groups, group types, group snapshots and consistency groups.

use super::{bad_request, invalid_volume, not_found};
use crate::clouds::openstack::cinder::groups::Status;
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::Problem;

// -- group types ------------------------------------------------------------------------------------

pub fn group_type_not_found(id: &str) -> Problem {
    not_found(format!("Group type {id} could not be found."))
}

pub fn group_type_not_found_by_name(name: &str) -> Problem {
    not_found(format!("Group type with name {name} could not be found."))
}

pub fn no_default_group_type() -> Problem {
    not_found("Default group type can not be found.")
}

pub fn group_type_exists(name: &str) -> Problem {
    super::conflict(format!("Group Type {name} already exists."))
}

pub fn group_type_name_empty() -> Problem {
    bad_request("Group type name can not be empty.")
}

pub fn no_change_to_group_type() -> Problem {
    bad_request("Specify group type name, description or a combination thereof.")
}

pub fn group_type_in_use(id: &str) -> Problem {
    bad_request(format!(
        "Target group type is still in use. Group Type {id} deletion is not allowed with groups present with the type."
    ))
}

pub fn group_spec_not_found(id: &str, key: &str) -> Problem {
    not_found(format!("Group Type {id} has no extra spec with key {key}."))
}

pub fn no_group_spec_to_delete(id: &str, key: &str) -> Problem {
    not_found(format!("Group Type {id} has no specs with key {key}."))
}

pub fn invalid_group_type(reason: &str) -> Problem {
    bad_request(format!("Invalid group type: {reason}"))
}

pub fn group_type_of_consistency_groups(id: &str) -> Problem {
    bad_request(format!(
        "Group_type {id} is reserved for migrating CGs to groups. Migrated group can only be operated by CG APIs."
    ))
}

/// As [`group_type_of_consistency_groups`], for group snapshots.
pub fn group_type_of_cgsnapshots(id: &str) -> Problem {
    bad_request(format!(
        "Group_type {id} is reserved for migrating CGs to groups. Migrated group snapshots can only be operated by CG \
         snapshot APIs."
    ))
}

// -- groups -----------------------------------------------------------------------------------------

pub fn group_not_found(id: &str) -> Problem {
    not_found(format!("Group {id} could not be found."))
}

pub fn invalid_group(reason: impl AsRef<str>) -> Problem {
    bad_request(format!("Invalid Group: {}", reason.as_ref()))
}

pub fn group_still_has_volumes(id: &str) -> Problem {
    invalid_group(format!("Group {id} still contains volumes. The delete-volumes flag is required to delete it."))
}

pub fn group_status_to_delete(status: Status) -> Problem {
    let status = status.text();
    invalid_group(format!("Group status must be available or error, but current status is: {status}"))
}

pub fn group_has_snapshots() -> Problem {
    invalid_group("Group has existing snapshots.")
}

pub fn volume_in_group_attached(id: &str) -> Problem {
    invalid_group(format!("Volume in group {id} is attached. Need to detach first."))
}

pub fn volume_in_group_has_snapshots() -> Problem {
    invalid_group("Volume in group still has dependent snapshots.")
}

/// The group is the source of a group that is being created.
pub fn group_is_a_source(id: &str, with_volumes: bool) -> Problem {
    let reason = match with_volumes {
        true => "Group status must be available or error and must not have dependent group snapshots",
        false => "Group must not have attached volumes, volumes with snapshots, or dependent group snapshots",
    };
    invalid_group(format!(
        "Cannot delete group {id}. {reason}, and it cannot be the source for an ongoing group or group snapshot \
         creation."
    ))
}

pub fn no_change_to_group(id: &str) -> Problem {
    invalid_group(format!(
        "Cannot update group {id} because no valid name, description, add_volumes, or remove_volumes were provided."
    ))
}

pub fn group_not_available() -> Problem {
    invalid_group("Group status must be available.")
}

pub fn source_group_empty() -> Problem {
    invalid_group("Source Group is empty. No group will be created.")
}

pub fn group_snapshot_empty() -> Problem {
    invalid_group("Group snapshot is empty. No group will be created.")
}

/// `ids` are both added and removed.
pub fn added_and_removed(ids: &[String]) -> Problem {
    let ids: Vec<_> = ids.iter().map(|id| crate::clouds::openstack::python::quoted(id)).collect();
    invalid_volume(format!("UUIDs [{}] are in both add and remove volume list.", ids.join(", ")))
}

pub fn cannot_add_to_group(volume: &str, group: &str, why: &str) -> Problem {
    invalid_volume(format!("Cannot add volume {volume} to group {group} {why}."))
}

pub fn cannot_remove_from_group(volume: &str, group: &str, why: &str) -> Problem {
    invalid_volume(format!("Cannot remove volume {volume} from group {group} {why}."))
}

/// The volume is on another backend than the group.
pub fn volume_not_local() -> Problem {
    invalid_volume("Volume is not local to this node.")
}

pub fn availability_zone_invalid(zone: &str) -> Problem {
    bad_request(format!("Invalid input received: Availability zone '{zone}' is invalid."))
}

// -- replication ------------------------------------------------------------------------------------

pub fn not_a_replication_group(id: &str) -> Problem {
    invalid_group_type(&format!("Group {id} is not a replication group type."))
}

pub fn volume_type_not_replicated(id: &str) -> Problem {
    bad_request(format!(
        "Invalid volume type: Volume type {id} does not have 'replication_enabled' spec key set to '<is> True'."
    ))
}

/// `what` is `status` or `replication status`, `action` is `enable`, `disable` or `failover`.
pub fn group_in_wrong_state(id: &str, what: &str, valid: &str, current: &str, action: &str) -> Problem {
    invalid_group(format!(
        "Group {id} {what} must be {valid}, but current status is: {current}. Cannot {action} replication."
    ))
}

// -- group snapshots --------------------------------------------------------------------------------

pub fn group_snapshot_not_found(id: &str) -> Problem {
    not_found(format!("GroupSnapshot {id} could not be found."))
}

pub fn group_to_snapshot_empty() -> Problem {
    invalid_group(
        "Source group cannot be empty or in 'creating' or 'updating' state. No group snapshot will be created.",
    )
}

pub fn group_snapshot_status_to_delete() -> Problem {
    bad_request(
        "Invalid GroupSnapshot: GroupSnapshot status must be available or error, and no Group can be currently using \
         it as source for its creation.",
    )
}

// -- consistency groups -------------------------------------------------------------------------------

pub fn consistency_group_without_types(name: Option<&str>) -> Problem {
    bad_request(format!("volume_types must be provided to create consistency group {}.", or_none(name)))
}

pub fn consistency_group_without_source(name: Option<&str>) -> Problem {
    bad_request(format!(
        "Either 'cgsnapshot_id' or 'source_cgid' must be provided to create consistency group {} from source.",
        or_none(name)
    ))
}

pub fn consistency_group_with_two_sources(name: Option<&str>) -> Problem {
    bad_request(format!(
        "Cannot provide both 'cgsnapshot_id' and 'source_cgid' to create consistency group {} from source.",
        or_none(name)
    ))
}

pub fn no_change_to_consistency_group() -> Problem {
    bad_request(
        "Must specify one or more of the following keys to update: name, description, add_volumes, remove_volumes.",
    )
}

pub fn empty_change_to_consistency_group() -> Problem {
    bad_request("Name, description, add_volumes, and remove_volumes can not be all empty in the request body.")
}

fn or_none(name: Option<&str>) -> &str {
    name.unwrap_or("None")
}
