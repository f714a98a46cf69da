//! Everything that Glance refuses, in its own words, and in the form that webob gives them.

use crate::clouds::openstack::{violations, webob};
use crate::engine::{Call, Problem, Response};
use jsonschema::ValidationError;
use serde_json::Value;

fn refused(status: u16, message: impl Into<String>) -> Problem {
    Problem::new(status, webob::BY_WEBOB, message)
}

pub fn unauthorized(headers: Vec<(&'static str, String)>) -> Problem {
    let message = "This server could not verify that you are authorized to access the document you requested. Either \
                   you supplied the wrong credentials (e.g., bad password), or your browser does not understand how \
                   to supply the credentials required.";
    Problem { headers, ..refused(401, message) }
}

pub fn malformed_json() -> Problem {
    refused(400, "Malformed JSON in request body.")
}

/// A body that is no JSON object breaks another rule than the schema.
pub fn not_an_image(error: &ValidationError, declared: &Value) -> Problem {
    if error.instance_path().as_str().is_empty() && !error.instance().is_object() {
        return refused(400, "Unexpected body type. Expected list/dict.");
    }
    let message = violations::message(error, declared);
    refused(400, format!("Provided object does not match schema 'image': {message}"))
}

pub fn read_only(attribute: &str) -> Problem {
    refused(403, format!("Attribute '{attribute}' is read-only."))
}

pub fn negative(name: &str, value: i64) -> Problem {
    refused(400, format!("Invalid value '{value}' for parameter '{name}': Cannot be a negative value"))
}

pub fn forbidden(action: &str) -> Problem {
    refused(403, format!("You are not authorized to complete {action} action."))
}

pub fn image_not_found(id: &str) -> Problem {
    refused(404, format!("No image found with ID {id}"))
}

pub fn image_to_delete_not_found(id: &str) -> Problem {
    refused(404, format!("Failed to find image {id} to delete"))
}

pub fn image_exists(id: &str) -> Problem {
    refused(409, format!("Image ID {id} already exists!"))
}

pub fn image_protected(id: &str) -> Problem {
    refused(403, format!("Image {id} is protected and cannot be deleted."))
}

pub fn unsupported_upload(content_type: &str) -> Problem {
    refused(
        415,
        format!(
            "The request media type {content_type} is not supported by this server.\n<br /><br />\nInvalid content \
             type {content_type}"
        ),
    )
}

pub fn formats_missing(names: &str) -> Problem {
    refused(400, format!("Properties {names} must be set prior to saving data."))
}

pub fn cannot_save(status: &str) -> Problem {
    refused(409, format!("Image status transition from {status} to saving is not allowed"))
}

pub fn cannot_turn(from: &str, to: &str) -> Problem {
    refused(403, format!("Not allowed to change the status of an image from {from} to {to}."))
}

pub fn deactivated() -> Problem {
    refused(403, "The requested image has been deactivated. Image data download is forbidden.")
}

pub fn limit_not_an_integer() -> Problem {
    refused(400, "limit param must be an integer")
}

pub fn limit_negative() -> Problem {
    refused(400, "limit param must be positive")
}

pub fn invalid_marker(id: &str) -> Problem {
    refused(400, format!("No image found with ID {id}"))
}

pub fn invalid_visibility(text: &str) -> Problem {
    refused(400, format!("Invalid visibility value: {text}"))
}

pub fn no_such_path() -> Problem {
    refused(404, "The resource could not be found.")
}

pub fn no_such_method(allowed: &[&'static str]) -> Problem {
    refused(405, "The method is not allowed for this resource.").header("Allow", allowed.join(","))
}

pub fn too_large() -> Problem {
    refused(413, "The body of your request was too large for this server.")
}

pub fn unexpected() -> Problem {
    let message = "The server has either erred or is incapable of performing the requested operation.";
    refused(500, message)
}

pub fn refuse(call: &Call, problem: &Problem) -> Response {
    let mut response = webob::refuse(call, problem);
    response.headers.extend(problem.headers.iter().cloned());
    response
}
