//! Errors of users and groups.

use super::{invalid, malformed_expiry, not_found};
use crate::engine::Problem;

/// 400: the default project is a domain.
pub fn default_project_is_domain(id: &str) -> Problem {
    invalid(format!("User's default project ID cannot be a domain ID: {id}"))
}

/// 404: the user is not in the group.
pub fn not_a_member(user: &str, group: &str) -> Problem {
    not_found(format!("User '{user}' not found in group '{group}'"))
}

/// A filter by time whose value is not a time.
pub fn malformed_timestamp() -> Problem {
    malformed_expiry()
}

/// 400: the operator of a filter by time is unknown.
pub fn unknown_operator(operator: &str) -> Problem {
    invalid(format!(
        "The given operator {operator} is not valid. It must be one of the following: 'eq', 'neq', 'lt', 'lte', \
         'gt', or 'gte'."
    ))
}

/// 400: a user has an identity of a provider that does not exist.
pub fn no_such_identity_provider(id: &str) -> Problem {
    invalid(format!("Could not find Identity Provider: {id}"))
}
