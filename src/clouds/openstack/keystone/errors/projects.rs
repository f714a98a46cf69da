//! What is refused of projects, domains and their settings.

use super::{conflict, forbidden_because, invalid, not_found};
use crate::engine::Problem;

pub fn project_exists(name: &str, id: &str) -> Problem {
    conflict(
        "project",
        format_args!(
            "it is not permitted to have two projects with either the same name or same id in the same domain: name \
             is {name}, project id {id}"
        ),
    )
}

pub fn domain_exists(name: &str) -> Problem {
    let details = format!("it is not permitted to have two projects acting as domains with the same name: {name}");
    conflict("project", details)
}

pub fn domain_with_parent() -> Problem {
    invalid("only root projects are allowed to act as domains.")
}

pub fn domain_of_parent_differs(parent: &str, domain: &str) -> Problem {
    invalid(format!(
        "Cannot create project, the parent ({parent}) is acting as a domain, but this project's domain id ({domain}) \
         does not match the parent's id."
    ))
}

pub fn parent_in_another_domain(domain: &str, parent_domain: &str) -> Problem {
    invalid(format!(
        "Cannot create project, since it specifies its domain_id {domain}, but specifies a parent in a different \
         domain ({parent_domain})."
    ))
}

pub fn disabled_above(id: &str) -> Problem {
    invalid(format!("cannot create a project in a branch containing a disabled project: {id}"))
}

pub fn too_deep(id: &str) -> Problem {
    forbidden_because(format!("Max hierarchy depth reached for {id} branch."))
}

pub fn parent_is_fixed() -> Problem {
    forbidden_because("Update of `parent_id` is not allowed.")
}

pub fn is_domain_is_fixed() -> Problem {
    invalid("Update of `is_domain` is not allowed.")
}

pub fn disabled_parents(id: &str) -> Problem {
    forbidden_because(format!("Cannot enable project {id} since it has disabled parents"))
}

pub fn enabled_below(id: &str) -> Problem {
    forbidden_because(format!("Cannot disable project {id} since its subtree contains enabled projects."))
}

pub fn not_a_leaf(id: &str) -> Problem {
    forbidden_because(format!(
        "Cannot delete the project {id} since it is not a leaf in the hierarchy. Use the cascade option if you want \
         to delete a whole subtree."
    ))
}

pub fn domain_is_enabled() -> Problem {
    forbidden_because("Cannot delete a domain that is enabled, please disable it first.")
}

pub fn both_views_asked(as_list: &str, as_ids: &str) -> Problem {
    invalid(format!("Cannot use {as_list} and {as_ids} query params at the same time."))
}

/// `DomainIdInvalid`
pub fn invalid_domain_id() -> Problem {
    invalid("Domain ID does not conform to required UUID format.")
}

/// `did` is `create`, `update` or `delete`.
pub fn tags_of_immutable(did: &str, id: &str) -> Problem {
    forbidden_because(format!(
        "Cannot {did} project tags for {id}, project is immutable. Set \"immutable\" option to false before creating \
         project tags."
    ))
}

// -- settings of a domain -----------------------------------------------------------------------

fn invalid_config(reason: impl std::fmt::Display) -> Problem {
    forbidden_because(format!("Invalid domain specific configuration: {reason}."))
}

pub fn config_not_found(what: &str, domain: &str) -> Problem {
    not_found(format!("Could not find {what} in domain configuration for domain {domain}."))
}

pub fn config_group_unknown(group: &str) -> Problem {
    invalid_config(format_args!("Group {group} is not supported for domain specific configurations"))
}

pub fn config_option_unknown(group: &str, option: &str) -> Problem {
    invalid_config(format_args!("Option {option} in group {group} is not supported for domain specific configurations"))
}

pub fn config_default_hidden(group: &str, option: &str) -> Problem {
    invalid_config(format_args!("Reading the default for option {option} in group {group} is not supported"))
}

pub fn no_config_options() -> Problem {
    invalid_config("No options specified")
}

pub fn config_group_is_no_object(group: &str) -> Problem {
    invalid_config(format_args!("The value of group {group} specified in the config should be a dictionary of options"))
}

pub fn config_names_more(group: &str, option: &str) -> Problem {
    match option {
        "" => invalid_config(format_args!(
            "Trying to update group {group}, so that, and only that, group must be specified in the config"
        )),
        // The two spaces are upstream's.
        option => invalid_config(format_args!(
            "Trying to update option {option} in group {group}, so that, and only that, option must be specified  in \
             the config"
        )),
    }
}

pub fn config_names_other_group(group: &str, other: &str) -> Problem {
    invalid_config(format_args!("request to update group {group}, but config provided contains group {other} instead"))
}

pub fn config_names_other_option(group: &str, option: &str, other: &str) -> Problem {
    invalid_config(format_args!(
        "Trying to update option {option} in group {group}, but config provided contains option {other} instead"
    ))
}

pub fn compliance_of_other_domain() -> Problem {
    invalid_config(
        "Reading security compliance information for any domain other than the default domain is not allowed or \
         supported.",
    )
}

pub fn compliance_option_hidden() -> Problem {
    invalid_config(
        "Reading security compliance values other than password_regex and password_regex_description is not allowed.",
    )
}
