//! What Nova refuses of flavors.

use super::{bad_request, conflict, not_found};
use crate::engine::Problem;

pub fn flavor_not_found(id: &str) -> Problem {
    not_found(format!("Flavor {id} could not be found."))
}

pub fn flavor_exists(name: &str) -> Problem {
    conflict(format!("Flavor with name {name} already exists."))
}

pub fn flavor_id_exists(id: &str) -> Problem {
    conflict(format!("Flavor with ID {id} already exists."))
}

pub fn flavor_marker_not_found(marker: &str) -> Problem {
    bad_request(format!("marker [{marker}] not found"))
}

/// `minRam` or `minDisk` that is no number, or `is_public` that is no boolean.
pub fn invalid_flavor_filter(name: &str, value: &str) -> Problem {
    bad_request(format!("Invalid {name} filter [{value}]"))
}

// -- extra specs --------------------------------------------------------------------------------

pub fn extra_spec_not_found(flavor: &str, key: &str) -> Problem {
    not_found(format!("Flavor {flavor} has no extra specs with key {key}."))
}

pub fn body_and_uri_differ() -> Problem {
    bad_request("Request body and URI mismatch")
}

pub fn invalid_extra_spec(reason: String) -> Problem {
    bad_request(format!("Validation failed; {reason}"))
}

// -- access -------------------------------------------------------------------------------------

pub fn no_access_list_of_public_flavor() -> Problem {
    not_found("Access list not available for public flavors.")
}

pub fn not_a_valid_project(id: &str) -> Problem {
    bad_request(format!("Project ID {id} is not a valid project."))
}

pub fn access_to_public_flavor() -> Problem {
    conflict("Can not add access to a public flavor.")
}

/// `number` is that of the flavor's row in the database.
pub fn flavor_access_exists(number: u32, project: &str) -> Problem {
    conflict(format!("Flavor access already exists for flavor {number} and project {project} combination."))
}

pub fn flavor_access_not_found(number: u32, project: &str) -> Problem {
    not_found(format!("Flavor access not found for {number} / {project} combination."))
}
