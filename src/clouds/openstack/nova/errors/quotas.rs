//! Errors about quotas.

use super::bad_request;
use crate::engine::Problem;

/// Keystone does not know the project.
pub fn not_a_project(id: &str) -> Problem {
    bad_request(format!("Project ID {id} is not a valid project."))
}

/// The new limit is below the usage.
pub fn quota_below_usage(resource: &str, limit: i64, used: i64) -> Problem {
    bad_request(format!(
        "Quota limit {limit} for {resource} must be greater than or equal to already used and reserved {used}."
    ))
}

/// The new limit of a user is above the limit of the project.
pub fn quota_above_project(resource: &str, limit: i64, most: i64) -> Problem {
    bad_request(format!("Quota limit {limit} for {resource} must be less than or equal to {most}."))
}
