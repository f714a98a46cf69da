//! Errors of metadata definitions (glance/api/v2/metadef_*.py, glance/common/exception.py).

use super::refused;
use crate::clouds::openstack::webob;
use crate::engine::Problem;

/// An empty marker is not looked up by name.
pub fn empty_namespace_marker() -> Problem {
    refused(404, "Metadata definition namespace not found for id=")
}

pub fn namespace_not_found(name: &str) -> Problem {
    refused(404, format!("Metadata definition namespace={name} was not found."))
}

/// The same error from most of the contents of a namespace.
pub fn no_namespace(name: &str) -> Problem {
    refused(404, format!("Namespace {name} not found"))
}

/// A private namespace of another project.
pub fn namespace_hidden() -> Problem {
    webob::not_found()
}

pub fn namespace_exists(name: &str) -> Problem {
    refused(409, format!("The metadata definition namespace={name} already exists."))
}

pub fn namespace_name_taken(name: &str) -> Problem {
    refused(
        409,
        format!(
            "Invalid update. It would result in a duplicate metadata definition namespace with the same name of {name}"
        ),
    )
}

pub fn namespace_protected(name: &str) -> Problem {
    refused(403, format!("Metadata definition namespace {name} is protected and cannot be deleted."))
}

/// `what` is `object`, `property`, `tag` or `resource-type-association`.
pub fn content_protected(what: &str, name: &str) -> Problem {
    refused(403, format!("Metadata definition {what} {name} is protected and cannot be deleted."))
}

pub fn object_not_found(name: &str) -> Problem {
    refused(404, format!("Could not find metadata object {name}"))
}

pub fn object_exists(name: &str, namespace: &str) -> Problem {
    refused(409, format!("A metadata definition object with name={name} already exists in namespace={namespace}."))
}

pub fn object_name_taken(name: &str, namespace: &str) -> Problem {
    refused(
        409,
        format!(
            "Invalid update. It would result in a duplicate metadata definition object with the same name={name} in \
             namespace={namespace}."
        ),
    )
}

pub fn property_not_found(name: &str) -> Problem {
    refused(404, format!("Could not find property {name}"))
}

pub fn property_exists(name: &str, namespace: &str) -> Problem {
    refused(409, format!("A metadata definition property with name={name} already exists in namespace={namespace}."))
}

pub fn property_name_taken(name: &str, namespace: &str) -> Problem {
    refused(
        409,
        format!(
            "Invalid update. It would result in a duplicate metadata definition property with the same name={name} \
             in namespace={namespace}."
        ),
    )
}

pub fn property_without_prefix(name: &str, prefix: &str) -> Problem {
    refused(
        404,
        format!("Property {name} does not start with the expected resource type association prefix of '{prefix}'."),
    )
}

pub fn tag_not_found(name: &str) -> Problem {
    refused(404, format!("Could not find metadata tag {name}"))
}

pub fn tag_exists(name: &str, namespace: &str) -> Problem {
    refused(
        409,
        format!(
            "A metadata tag with name={name} already exists in namespace={namespace}. (Please note that metadata tag \
             names are case insensitive)."
        ),
    )
}

pub fn resource_type_not_associated(name: &str, namespace: &str) -> Problem {
    refused(
        404,
        format!(
            "The metadata definition resource-type association of resource-type={name} to namespace={namespace}, was \
             not found."
        ),
    )
}

pub fn resource_type_to_delete_not_found(name: &str) -> Problem {
    refused(404, format!("Failed to find resource type {name} to delete"))
}

pub fn resource_type_associated(name: &str, namespace: &str) -> Problem {
    refused(
        409,
        format!(
            "The metadata definition resource-type association of resource-type={name} to namespace={namespace} \
             already exists."
        ),
    )
}
