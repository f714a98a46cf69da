//! Errors of regions, services and endpoints.

use super::{conflict, expecting, forbidden_because, invalid};
use crate::engine::Problem;

/// 409: the id of a new region is taken.
pub fn region_exists(id: &str) -> Problem {
    conflict("region", format_args!("Duplicate ID, {id}."))
}

/// 400: path and body have different ids.
pub fn conflicting_region_ids(path: &str, body: &str) -> Problem {
    invalid(format!("Conflicting region IDs specified: \"{path}\" != \"{body}\""))
}

/// Upstream names the region itself, not the parent.
pub fn circular_region(id: &str) -> Problem {
    invalid(format!("The specified parent region {id} would create a circular region hierarchy."))
}

/// 403: the region or one below it has endpoints.
pub fn region_in_use(id: &str) -> Problem {
    forbidden_because(format!(
        "Unable to delete region {id} because it or its child regions have associated endpoints."
    ))
}

/// An endpoint refers to a row that does not exist: `field` is `service_id` or `region_id`, `table` its table.
pub fn missing_reference(field: &str, table: &str) -> Problem {
    expecting(&format!("endpoint {field}"), &format!("{table} table"))
}

/// The body has no `endpoint`. Upstream answers with the text of Python's exception.
pub fn missing_endpoint() -> Problem {
    invalid("'NoneType' object is not subscriptable")
}

/// 400: the URL is not a valid template.
pub fn invalid_url(url: &str) -> Problem {
    invalid(format!("Cannot create an endpoint with an invalid URL: {url}."))
}
