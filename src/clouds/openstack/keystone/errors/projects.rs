//! Errors of projects, domains and domain configurations.

use super::{conflict, forbidden_because, invalid, not_found};
use crate::engine::Problem;

/// 409: the name of a project is taken in its domain.
pub fn project_exists(name: &str, id: &str) -> Problem {
    conflict(
        "project",
        format_args!(
            "it is not permitted to have two projects with either the same name or same id in the same domain: name \
             is {name}, project id {id}"
        ),
    )
}

/// 409: the name or id of a domain is taken.
pub fn domain_exists(name: &str) -> Problem {
    let details = format!("it is not permitted to have two projects acting as domains with the same name: {name}");
    conflict("project", details)
}

/// 400: a new domain has a parent.
pub fn domain_with_parent() -> Problem {
    invalid("only root projects are allowed to act as domains.")
}

/// 400: the parent is a domain, but not the domain of the project.
pub fn domain_of_parent_differs(parent: &str, domain: &str) -> Problem {
    invalid(format!(
        "Cannot create project, the parent ({parent}) is acting as a domain, but this project's domain id ({domain}) \
         does not match the parent's id."
    ))
}

/// 400: the parent is a project of another domain.
pub fn parent_in_another_domain(domain: &str, parent_domain: &str) -> Problem {
    invalid(format!(
        "Cannot create project, since it specifies its domain_id {domain}, but specifies a parent in a different \
         domain ({parent_domain})."
    ))
}

/// 400: the parent, or a project above it, is disabled.
pub fn disabled_ancestor(id: &str) -> Problem {
    invalid(format!("cannot create a project in a branch containing a disabled project: {id}"))
}

/// 403: the tree would get too deep.
pub fn too_deep(id: &str) -> Problem {
    forbidden_because(format!("Max hierarchy depth reached for {id} branch."))
}

/// 403: an update has another parent.
pub fn parent_is_fixed() -> Problem {
    forbidden_because("Update of `parent_id` is not allowed.")
}

/// 400: an update has another `is_domain`.
pub fn is_domain_is_fixed() -> Problem {
    invalid("Update of `is_domain` is not allowed.")
}

/// 400: an update of a role has another domain.
pub fn domain_of_role_is_fixed() -> Problem {
    invalid("Update of `domain_id` is not allowed.")
}

/// 403: a project below a disabled one is to be enabled.
pub fn disabled_parents(id: &str) -> Problem {
    forbidden_because(format!("Cannot enable project {id} since it has disabled parents"))
}

/// 403: a project above an enabled one is to be disabled.
pub fn enabled_descendants(id: &str) -> Problem {
    forbidden_because(format!("Cannot disable project {id} since its subtree contains enabled projects."))
}

/// 403: a project with children is to be deleted.
pub fn not_a_leaf(id: &str) -> Problem {
    forbidden_because(format!(
        "Cannot delete the project {id} since it is not a leaf in the hierarchy. Use the cascade option if you want \
         to delete a whole subtree."
    ))
}

/// 403: an enabled domain is to be deleted.
pub fn domain_is_enabled() -> Problem {
    forbidden_because("Cannot delete a domain that is enabled, please disable it first.")
}

/// 400: the query has both views of a tree.
pub fn list_and_ids(as_list: &str, as_ids: &str) -> Problem {
    invalid(format!("Cannot use {as_list} and {as_ids} query params at the same time."))
}

/// `DomainIdInvalid`
pub fn invalid_domain_id() -> Problem {
    invalid("Domain ID does not conform to required UUID format.")
}

/// `action` is `create`, `update` or `delete`.
pub fn tags_of_immutable(action: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Cannot {action} project tags for {id}, project is immutable. Set \"immutable\" option to false before creating \
         project tags."
    ))
}

// -- domain configuration -----------------------------------------------------------------------

fn invalid_config(reason: impl std::fmt::Display) -> Problem {
    forbidden_because(format!("Invalid domain specific configuration: {reason}."))
}

/// 404: `what` is not configured.
pub fn config_not_found(what: &str, domain: &str) -> Problem {
    not_found(format!("Could not find {what} in domain configuration for domain {domain}."))
}

/// 403: the group cannot be configured.
pub fn config_group_unknown(group: &str) -> Problem {
    invalid_config(format_args!("Group {group} is not supported for domain specific configurations"))
}

/// 403: the option cannot be configured.
pub fn config_option_unknown(group: &str, option: &str) -> Problem {
    invalid_config(format_args!("Option {option} in group {group} is not supported for domain specific configurations"))
}

/// 403: the default of the option is secret.
pub fn config_default_hidden(group: &str, option: &str) -> Problem {
    invalid_config(format_args!("Reading the default for option {option} in group {group} is not supported"))
}

/// 403: the body has no options.
pub fn no_config_options() -> Problem {
    invalid_config("No options specified")
}

/// 403: the value of a group is not an object.
pub fn config_group_not_object(group: &str) -> Problem {
    invalid_config(format_args!("The value of group {group} specified in the config should be a dictionary of options"))
}

/// 403: the body has more than the group or option in the path.
pub fn config_not_only(group: &str, option: &str) -> Problem {
    match option {
        "" => invalid_config(format_args!(
            "Trying to update group {group}, so that, and only that, group must be specified in the config"
        )),
        // The double space is upstream's.
        option => invalid_config(format_args!(
            "Trying to update option {option} in group {group}, so that, and only that, option must be specified  in \
             the config"
        )),
    }
}

/// 403: the body has another group than the path.
pub fn config_other_group(group: &str, other: &str) -> Problem {
    invalid_config(format_args!("request to update group {group}, but config provided contains group {other} instead"))
}

/// 403: the body has another option than the path.
pub fn config_other_option(group: &str, option: &str, other: &str) -> Problem {
    invalid_config(format_args!(
        "Trying to update option {option} in group {group}, but config provided contains option {other} instead"
    ))
}

/// 403: only the default domain has password rules.
pub fn compliance_of_other_domain() -> Problem {
    invalid_config(
        "Reading security compliance information for any domain other than the default domain is not allowed or \
         supported.",
    )
}

/// 403: the option of the password rules is not readable.
pub fn compliance_option_hidden() -> Problem {
    invalid_config(
        "Reading security compliance values other than password_regex and password_regex_description is not allowed.",
    )
}
