//! Errors about request bodies and queries.

use super::{bad, bad_request};
use crate::clouds::openstack::python::quoted;
use crate::engine::Problem;

pub fn no_resource_in_body(resource: &str) -> Problem {
    bad_request(format!("Unable to find '{resource}' in request body"))
}

pub fn invalid_object(resource: &str) -> Problem {
    bad_request(format!("Object '{resource}' contains invalid data"))
}

pub fn invalid_body() -> Problem {
    bad_request("Body contains invalid data")
}

pub fn body_required() -> Problem {
    bad_request("Resource body required")
}

pub fn resources_required() -> Problem {
    bad_request("Resources required")
}

pub fn bulk_update() -> Problem {
    bad_request("Bulk operation not supported")
}

pub fn body_in_delete() -> Problem {
    bad_request("Request body is not supported in DELETE.")
}

pub fn malformed_body() -> Problem {
    Problem::new(400, "MalformedRequestBody", "Malformed request body: Cannot understand JSON.")
}

/// A body that is JSON, but not an object. `bytes` is shown as Python prints it.
pub fn body_format(bytes: &str) -> Problem {
    bad("body", format_args!("Invalid format: b{}", quoted(bytes)))
}

pub fn unrecognized_attributes(names: &[&str]) -> Problem {
    bad_request(format!("Unrecognized attribute(s) '{}'", names.join(", ")))
}

pub fn not_allowed_in_post(name: &str) -> Problem {
    bad_request(format!("Attribute '{name}' not allowed in POST"))
}

pub fn required_attribute(name: &str) -> Problem {
    bad_request(format!("Failed to parse request. Required attribute '{name}' not specified"))
}

pub fn read_only_attribute(name: &str) -> Problem {
    bad_request(format!("Cannot update read-only attribute {name}"))
}

pub fn invalid_attribute(name: &str, reason: &str) -> Problem {
    bad_request(format!("Invalid input for {name}. Reason: {reason}."))
}

pub fn projects_do_not_match() -> Problem {
    bad_request("'project_id' and 'tenant_id' do not match")
}

pub fn project_not_allowed() -> Problem {
    bad_request(
        "Specifying 'project_id' other than the authenticated project in request is not allowed for the current user.",
    )
}

/// `['a', 'b'] is invalid attribute for filtering`
pub fn invalid_filters(names: &[&str]) -> Problem {
    bad_request(format!("{} is invalid attribute for filtering", list(names)))
}

/// A filter that is not of the form `key=value`.
pub fn not_a_pair(text: &str) -> Problem {
    super::invalid_input(format_args!("'{text}' is not of the form <key>=[value]"))
}

pub fn invalid_sort_keys(names: &[&str]) -> Problem {
    bad_request(format!("{} is invalid attribute for sort_keys", list(names)))
}

/// A valid sort key that upstream's table does not have (`get_and_validate_sort_keys`).
pub fn sort_key_without_column(table: &str, key: &str) -> Problem {
    bad(table, format_args!("'{key}' is an invalid attribute for sort key"))
}

pub fn invalid_sort_dirs(names: &[&str]) -> Problem {
    bad_request(format!("{} is invalid value for sort_dirs, valid value is 'asc' and 'desc'", list(names)))
}

pub fn unequal_sorts() -> Problem {
    bad_request("The number of sort_keys and sort_dirs must be same")
}

pub fn invalid_limit(limit: &str) -> Problem {
    bad("limit", format_args!("Limit must be an integer 0 or greater and not '{limit}'"))
}

pub fn invalid_revision_etag() -> Problem {
    bad("if-match", "Revision number etag must be in the format of revision_number=<int>")
}

pub fn several_revision_etags() -> Problem {
    bad("if-match", "Multiple revision_number etags are not supported.")
}

fn list(names: &[&str]) -> String {
    format!("[{}]", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
}

pub fn invalid_tags_body() -> Problem {
    super::invalid_input("Invalid tags body")
}

pub fn too_many_tags(most: usize) -> Problem {
    bad("networks", format_args!("The number of tags exceed the per-resource limit of {most}"))
}
