//! The errors of Glance with upstream's messages, in webob's format. A file for each resource.

mod cache;
mod data;
mod images;
mod imports;
mod members;
mod metadefs;
mod tasks;

pub use cache::*;
pub use data::*;
pub use images::*;
pub use imports::*;
pub use members::*;
pub use metadefs::*;
pub use tasks::*;

use crate::clouds::gateway;
use crate::clouds::openstack::webob;
use crate::engine::{Call, Problem, ProblemKind, Response};

fn refused(status: u16, message: impl Into<String>) -> Problem {
    Problem::new(status, ProblemKind::Framework, message)
}

/// `HTTPForbidden(detail)`, which has webob's default explanation.
fn access_denied(detail: &str) -> Problem {
    webob::detailed(403, "Access was denied to this resource.", detail)
}

/// `HTTPConflict(detail)`, which has webob's default explanation.
fn in_conflict(detail: &str) -> Problem {
    webob::detailed(409, "There was a conflict when trying to complete your request.", detail)
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

pub fn unexpected_body_type() -> Problem {
    refused(400, "Unexpected body type. Expected list/dict.")
}

pub fn body_expected() -> Problem {
    refused(400, "Body expected in request.")
}

pub fn body_not_expected() -> Problem {
    refused(400, "A body is not expected with this request.")
}

/// A list instead of an object. Upstream fails with it.
pub fn object_expected() -> Problem {
    unexpected_body_type()
}

/// A body that violates a schema. `reason` is the message of jsonschema.
pub fn does_not_match(schema: &str, reason: &str) -> Problem {
    refused(400, format!("Provided object does not match schema '{schema}': {reason}"))
}

pub fn read_only(attribute: &str) -> Problem {
    refused(403, format!("Attribute '{attribute}' is read-only."))
}

pub fn forbidden(action: &str) -> Problem {
    refused(403, format!("You are not authorized to complete {action} action."))
}

pub fn limit_not_an_integer() -> Problem {
    refused(400, "limit param must be an integer")
}

pub fn limit_negative() -> Problem {
    refused(400, "limit param must be positive")
}

pub fn invalid_sort_direction(text: &str) -> Problem {
    refused(400, format!("Invalid sort direction: {text}"))
}

pub fn sort_key_not_valid() -> Problem {
    refused(400, "Sort key supplied was not valid.")
}

pub fn invalid_visibility(text: &str) -> Problem {
    refused(400, format!("Invalid visibility value: {text}"))
}

pub fn too_large() -> Problem {
    refused(413, "The body of your request was too large for this server.")
}

pub fn unexpected() -> Problem {
    refused(500, "The server has either erred or is incapable of performing the requested operation.")
}

/// The response for an error.
pub fn refuse(call: &Call, problem: &Problem) -> Response {
    if problem.kind == ProblemKind::Gateway {
        return gateway::refuse(problem);
    }
    let mut response = webob::refuse(call, problem);
    response.headers.extend(problem.headers.iter().cloned());
    response
}
