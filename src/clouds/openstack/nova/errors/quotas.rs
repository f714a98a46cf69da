//! Quotas and limits.

use super::bad_request;
use crate::engine::Problem;

pub fn not_a_project(id: &str) -> Problem {
    bad_request(format!("Project ID {id} is not a valid project."))
}

pub fn quota_below_usage(resource: &str, limit: i64, used: i64) -> Problem {
    bad_request(format!(
        "Quota limit {limit} for {resource} must be greater than or equal to already used and reserved {used}."
    ))
}

pub fn quota_above_project(resource: &str, limit: i64, most: i64) -> Problem {
    bad_request(format!("Quota limit {limit} for {resource} must be less than or equal to {most}."))
}
