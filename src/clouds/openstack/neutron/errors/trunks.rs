//! Errors about trunks.

use super::invalid_input;
use crate::engine::Problem;

pub fn trunk_not_found(id: &str) -> Problem {
    Problem::new(404, "TrunkNotFound", format!("Trunk {id} could not be found."))
}

pub fn trunk_disabled(id: &str) -> Problem {
    Problem::new(409, "TrunkDisabled", format!("Trunk {id} is currently disabled."))
}

pub fn trunk_in_error(id: &str) -> Problem {
    let message = format!("Trunk {id} is in error state. Attempt to resolve the error condition before proceeding.");
    Problem::new(409, "TrunkInErrorState", message)
}

pub fn used_by_another_trunk(port: &str) -> Problem {
    Problem::new(409, "TrunkPortInUse", format!("Port {port} is in use by another trunk."))
}

pub fn not_eligible_as_parent(port: &str) -> Problem {
    let message = format!("Port {port} is currently in use and is not eligible for use as a parent port.");
    Problem::new(409, "ParentPortInUse", message)
}

/// A trunk's parent port cannot be deleted.
pub fn port_is_trunk_parent(port: &str, trunk: &str) -> Problem {
    let message = format!("Port {port} is currently a parent port for trunk {trunk}.");
    Problem::new(409, "PortInUseAsTrunkParent", message)
}

pub fn port_is_subport(port: &str, trunk: &str) -> Problem {
    Problem::new(409, "PortInUseAsSubPort", format!("Port {port} is currently a subport for trunk {trunk}."))
}

pub fn subport_not_found(port: &str, trunk: &str) -> Problem {
    Problem::new(404, "SubPortNotFound", format!("SubPort {port} on trunk {trunk} could not be found."))
}

pub fn duplicate_subport(kind: &str, segmentation: i64, trunk: &str) -> Problem {
    let message =
        format!("segmentation_type {kind} and segmentation_id {segmentation} already in use on trunk {trunk}.");
    Problem::new(409, "DuplicateSubPort", message)
}

pub fn subport_mtu_too_large(port: &str, mtu: i64, trunk: &str, trunk_mtu: i64) -> Problem {
    let message = format!("MTU {mtu} of subport {port} cannot be greater than MTU {trunk_mtu} of trunk {trunk}.");
    Problem::new(409, "SubPortMtuGreaterThanTrunkPortMtu", message)
}

pub fn unknown_segmentation_type(kind: &str) -> Problem {
    invalid_input(format_args!("Unknown segmentation_type '{kind}'"))
}

pub fn segmentation_out_of_range(id: i64) -> Problem {
    invalid_input(format_args!("Segmentation ID '{id}' is not in range"))
}
