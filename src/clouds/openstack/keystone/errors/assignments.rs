//! Errors of roles and role assignments.

use super::{conflict, forbidden_because, invalid, not_found};
use crate::engine::Problem;

/// 403: a domain role is granted on a project of another domain.
pub fn role_in_another_domain(role: &str, project: &str) -> Problem {
    forbidden_because(format!("Project {project} must be in the same domain as the role {role} being assigned."))
}

/// 404: the grant does not exist. The ids may be of any kind of actor and target.
pub fn grant_not_found(role: &str, actor: &str, target: &str) -> Problem {
    not_found(format!(
        "Could not find role assignment with role: {role}, user or group: {actor}, project, domain, or system: \
         {target}."
    ))
}

/// 404: the implication does not exist.
pub fn does_not_imply(prior: &str, implied: &str) -> Problem {
    not_found(format!("{prior} does not imply {implied}."))
}

/// 403: the role must not be implied.
pub fn cannot_be_implied(role: &str) -> Problem {
    forbidden_because(format!("{role} cannot be an implied roles."))
}

/// 409: the implication exists already.
pub fn implication_exists() -> Problem {
    conflict("implied_role", "Duplicate entry")
}

/// `query` is the query as Flask prints it; upstream validates it against a schema.
pub fn user_and_group(query: &str) -> Problem {
    invalid(format!(
        "ImmutableMultiDict([{query}]) is valid under each of {{'required': ['group.id']}}, {{'required': \
         ['user.id']}}"
    ))
}

/// 400: the query filters by two kinds of targets.
pub fn several_scopes(one: &str, other: &str) -> Problem {
    invalid(format!("Specify {one} or {other}, not both"))
}

/// 400: the query has `effective` and `group.id`.
pub fn effective_with_group() -> Problem {
    invalid("Combining effective and group filter will always result in an empty list.")
}

/// 400: the query has `effective`, `scope.domain.id` and the filter for inherited assignments.
pub fn effective_with_inherited() -> Problem {
    invalid("Combining effective, domain and inherited filters will always result in an empty list.")
}
