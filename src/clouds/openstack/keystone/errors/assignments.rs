//! What is refused of roles and who has them.

use super::{conflict, forbidden_because, invalid, not_found};
use crate::engine::Problem;

pub fn role_of_another_domain(role: &str, project: &str) -> Problem {
    forbidden_because(format!("Project {project} must be in the same domain as the role {role} being assigned."))
}

pub fn grant_not_found(role: &str, actor: &str, target: &str) -> Problem {
    not_found(format!(
        "Could not find role assignment with role: {role}, user or group: {actor}, project, domain, or system: \
         {target}."
    ))
}

pub fn does_not_imply(prior: &str, implied: &str) -> Problem {
    not_found(format!("{prior} does not imply {implied}."))
}

pub fn cannot_be_implied(role: &str) -> Problem {
    forbidden_because(format!("{role} cannot be an implied roles."))
}

pub fn implies_already() -> Problem {
    conflict("implied_role", "Duplicate entry")
}

/// The query as Flask prints it, which is held against a schema.
pub fn user_and_group(query: &str) -> Problem {
    invalid(format!(
        "ImmutableMultiDict([{query}]) is valid under each of {{'required': ['group.id']}}, {{'required': \
         ['user.id']}}"
    ))
}

pub fn two_scopes(one: &str, other: &str) -> Problem {
    invalid(format!("Specify {one} or {other}, not both"))
}

pub fn effective_groups() -> Problem {
    invalid("Combining effective and group filter will always result in an empty list.")
}

pub fn effective_inherited() -> Problem {
    invalid("Combining effective, domain and inherited filters will always result in an empty list.")
}

pub fn subtree_of_nothing() -> Problem {
    invalid("scope.project.id must be specified if include_subtree is also specified")
}
