//! What is refused of regions, services and endpoints.

use super::{conflict, expecting, forbidden_because, invalid};
use crate::engine::Problem;

pub fn region_exists(id: &str) -> Problem {
    conflict("region", format_args!("Duplicate ID, {id}."))
}

pub fn other_region_id(path: &str, body: &str) -> Problem {
    invalid(format!("Conflicting region IDs specified: \"{path}\" != \"{body}\""))
}

/// Upstream names the region that would be inside itself, not the parent.
pub fn circular_region(id: &str) -> Problem {
    invalid(format!("The specified parent region {id} would create a circular region hierarchy."))
}

pub fn region_in_use(id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to delete region {id} because it or its child regions have associated endpoints."
    ))
}

/// `what` an endpoint names that is not there: `service_id` in the table `service`.
pub fn endpoint_without(what: &str, table: &str) -> Problem {
    expecting(&format!("endpoint {what}"), &format!("{table} table"))
}

/// Python's words for it are all that the real one says.
pub fn endpoint_of_nothing() -> Problem {
    invalid("'NoneType' object is not subscriptable")
}

pub fn invalid_url(url: &str) -> Problem {
    invalid(format!("Cannot create an endpoint with an invalid URL: {url}."))
}
