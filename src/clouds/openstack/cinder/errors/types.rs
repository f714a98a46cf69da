//! Errors of volume types, their extra specs, access, encryption and defaults, and of QoS specs.

use super::{bad_request, conflict, not_found};
use crate::engine::Problem;

// -- volume types ---------------------------------------------------------------------------------

pub fn volume_type_not_found(id: &str) -> Problem {
    not_found(format!("Volume type {id} could not be found."))
}

pub fn volume_type_not_found_by_name(name: &str) -> Problem {
    not_found(format!("Volume type with name {name} could not be found."))
}

/// The configured default type does not exist. Upstream answers 500.
pub fn no_default_volume_type(name: &str) -> Problem {
    not_found(format!("The request cannot be fulfilled as the default volume type {name} cannot be found."))
}

pub fn volume_type_exists(name: &str) -> Problem {
    conflict(format!("Volume Type {name} already exists."))
}

pub fn volume_type_name_empty() -> Problem {
    bad_request("Volume type name can not be empty.")
}

pub fn no_change_to_volume_type() -> Problem {
    bad_request("Specify volume type name, description, is_public or a combination thereof.")
}

pub fn volume_type_is_default(id: &str) -> Problem {
    bad_request(format!("The volume type {id} is a default volume type and cannot be deleted."))
}

pub fn volume_type_in_use() -> Problem {
    bad_request("Target volume type is still in use.")
}

pub fn invalid_is_public(text: &str) -> Problem {
    bad_request(format!("Invalid is_public filter [{text}]"))
}

/// Upstream answers 500.
pub fn extra_specs_not_a_dictionary(text: &str) -> Problem {
    bad_request(format!("Invalid input received: extra_specs must be a dictionary: {text}"))
}

fn invalid_volume_type(reason: &str) -> Problem {
    bad_request(format!("Invalid volume type: {reason}"))
}

// -- extra specs ------------------------------------------------------------------------------------

pub fn extra_spec_not_found(id: &str, key: &str) -> Problem {
    not_found(format!("Volume Type {id} has no extra specs with key {key}."))
}

pub fn extra_specs_in_use() -> Problem {
    bad_request("Volume Type is currently in use.")
}

pub fn cacheable_with_multiattach() -> Problem {
    bad_request("cacheable cannot be set with multiattach.")
}

pub fn body_and_uri_differ() -> Problem {
    bad_request("Request body and URI mismatch")
}

// -- access -----------------------------------------------------------------------------------------

pub fn no_access_list_of_public_type() -> Problem {
    not_found("Access list not available for public volume types.")
}

pub fn access_to_public_type() -> Problem {
    invalid_volume_type("Type access modification is not applicable to public volume type.")
}

pub fn volume_type_access_exists(id: &str, project: &str) -> Problem {
    conflict(format!("Volume type access for {id} / {project} combination already exists."))
}

pub fn volume_type_access_not_found(id: &str, project: &str) -> Problem {
    not_found(format!("Volume type access not found for {id} / {project} combination."))
}

// -- encryption -------------------------------------------------------------------------------------

pub fn encryption_not_found(id: &str) -> Problem {
    not_found(format!("Volume type encryption for type {id} does not exist."))
}

pub fn encryption_exists(id: &str) -> Problem {
    bad_request(format!("Volume type encryption for type {id} already exists."))
}

/// `action` is `create`, `update` or `delete`.
pub fn encryption_in_use(action: &str) -> Problem {
    bad_request(format!("Cannot {action} encryption specs. Volume type in use."))
}

// -- default types ----------------------------------------------------------------------------------

pub fn project_not_found(id: &str) -> Problem {
    not_found(format!("Project with id {id} not found."))
}

pub fn no_default_of_project(id: &str) -> Problem {
    not_found(format!("Default type for project {id} not found."))
}

// -- QoS specs --------------------------------------------------------------------------------------

pub fn qos_specs_not_found(id: &str) -> Problem {
    not_found(format!("No such QoS spec {id}."))
}

pub fn qos_specs_exist(name: &str) -> Problem {
    conflict(format!("QoS Specs {name} already exists."))
}

pub fn qos_specs_in_use() -> Problem {
    bad_request("Qos specs still in use.")
}

pub fn qos_key_not_found(id: &str, key: &str) -> Problem {
    not_found(format!("QoS spec {id} has no spec with key {key}."))
}

pub fn invalid_qos_consumer() -> Problem {
    bad_request(
        "Invalid qos specs: Valid consumer of QoS specs are: QoSConsumerValues(default=<class \
         'oslo_versionedobjects.fields.UnspecifiedDefault'>,nullable=False,valid_values=('back-end', 'front-end', \
         'both'))",
    )
}

pub fn qos_value_not_text(key: &str) -> Problem {
    bad_request(format!("Invalid input received: Value for key \"{key}\" is not a string or unicode"))
}

/// `what` is `Key "k"` or `Value for key "k"`.
pub fn qos_text_length(what: &str, length: usize, bound: &str) -> Problem {
    bad_request(format!("Invalid input received: {what} has {length} characters, {bound}."))
}

pub fn no_volume_type_named() -> Problem {
    bad_request("Volume Type id must not be None.")
}

pub fn other_qos_specs(id: &str, associated: &str) -> Problem {
    invalid_volume_type(&format!("Type {id} is already associated with another qos specs: {associated}"))
}
