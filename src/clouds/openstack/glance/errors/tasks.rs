//! Errors of tasks (glance/api/v2/tasks.py).

use super::refused;
use crate::clouds::openstack::webob;
use crate::engine::Problem;

pub fn task_field_missing(name: &str) -> Problem {
    refused(400, format!("Task '{name}' is required"))
}

pub fn task_not_found(id: &str) -> Problem {
    refused(404, format!("Could not find task {id}"))
}

pub fn task_marker_not_found(id: &str) -> Problem {
    refused(400, format!("Task with the given id {id} was not found"))
}

pub fn invalid_marker_format() -> Problem {
    refused(400, "Invalid marker format")
}

pub fn invalid_task_status(text: &str) -> Problem {
    refused(400, format!("Invalid status value: {text}"))
}

pub fn invalid_task_type(text: &str) -> Problem {
    refused(400, format!("Invalid type value: {text}"))
}

pub fn task_deletion_not_permitted() -> Problem {
    let text = "This operation is currently not permitted on Glance Tasks. They are auto deleted after reaching the \
                time based on their expires_at property.";
    webob::whole(405, text).header("Allow", "GET")
}

/// A task type that only the image API creates. Upstream fails with such a request.
pub fn task_not_for_clients() -> Problem {
    refused(400, "Tasks of this type are made by the image import API")
}

pub fn no_import_address() -> Problem {
    refused(400, "Invalid location: None")
}

pub fn file_import() -> Problem {
    refused(400, "File based imports are not allowed. Please use a non-local source of image data.")
}

pub fn import_scheme() -> Problem {
    refused(
        400,
        "The given uri is not valid. Please specify a valid uri from the following list of supported uri ['http']",
    )
}

pub fn legacy_import_filtered(address: &str) -> Problem {
    refused(400, format!("URI for legacy import task does not pass filtering: {address}"))
}
