//! Errors about flavors.

use super::{bad_request, conflict, not_found};
use crate::engine::Problem;

/// `FlavorNotFound`.
pub fn flavor_not_found(id: &str) -> Problem {
    not_found(format!("Flavor {id} could not be found."))
}

/// `FlavorExists`.
pub fn flavor_exists(name: &str) -> Problem {
    conflict(format!("Flavor with name {name} already exists."))
}

/// `FlavorIdExists`.
pub fn flavor_id_exists(id: &str) -> Problem {
    conflict(format!("Flavor with ID {id} already exists."))
}

/// `MarkerNotFound` in a list of flavors.
pub fn flavor_marker_not_found(marker: &str) -> Problem {
    bad_request(format!("marker [{marker}] not found"))
}

/// `minRam` or `minDisk` is not a number, or `is_public` is not a boolean.
pub fn invalid_flavor_filter(name: &str, value: &str) -> Problem {
    bad_request(format!("Invalid {name} filter [{value}]"))
}

// -- extra specs --------------------------------------------------------------------------------

/// `FlavorExtraSpecsNotFound`.
pub fn extra_spec_not_found(flavor: &str, key: &str) -> Problem {
    not_found(format!("Flavor {flavor} has no extra specs with key {key}."))
}

/// The body does not contain the key of the path.
pub fn body_and_uri_differ() -> Problem {
    bad_request("Request body and URI mismatch")
}

/// An extra spec that Nova knows has an invalid value. `reason` is the validator's.
pub fn invalid_extra_spec(reason: String) -> Problem {
    bad_request(format!("Validation failed; {reason}"))
}

// -- access -------------------------------------------------------------------------------------

/// The access list of a public flavor is requested.
pub fn no_access_list_of_public_flavor() -> Problem {
    not_found("Access list not available for public flavors.")
}

/// Keystone does not know the project.
pub fn not_a_valid_project(id: &str) -> Problem {
    bad_request(format!("Project ID {id} is not a valid project."))
}

/// Access is added to a public flavor.
pub fn access_to_public_flavor() -> Problem {
    conflict("Can not add access to a public flavor.")
}

/// `FlavorAccessExists`. `number` is the flavor's primary key in the database.
pub fn flavor_access_exists(number: u32, project: &str) -> Problem {
    conflict(format!("Flavor access already exists for flavor {number} and project {project} combination."))
}

/// `FlavorAccessNotFound`. `number` is the flavor's primary key in the database.
pub fn flavor_access_not_found(number: u32, project: &str) -> Problem {
    not_found(format!("Flavor access not found for {number} / {project} combination."))
}
