//! What is refused of users and groups.

use super::{invalid, malformed_expiry, not_found};
use crate::engine::Problem;

pub fn default_project_is_domain(id: &str) -> Problem {
    invalid(format!("User's default project ID cannot be a domain ID: {id}"))
}

pub fn not_a_member(user: &str, group: &str) -> Problem {
    not_found(format!("User '{user}' not found in group '{group}'"))
}

/// A filter by time that is no time.
pub fn malformed_timestamp() -> Problem {
    malformed_expiry()
}

pub fn unknown_operator(operator: &str) -> Problem {
    invalid(format!(
        "The given operator {operator} is not valid. It must be one of the following: 'eq', 'neq', 'lt', 'lte', \
         'gt', or 'gte'."
    ))
}
