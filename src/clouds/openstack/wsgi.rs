//! Request parsing and refusals that Cinder and Nova share: both derive from one `api/openstack/wsgi.py`.

use super::injected_errors;
use crate::engine::{Call, Problem, ProblemKind, Response};
use serde_json::Value;

pub const MALFORMED: &str =
    "The server could not comply with the request since it is either malformed or otherwise incorrect.";

/// `Fault`: `{"badRequest": {"code": 400, "message": …}}`. The key is the problem's kind.
pub fn fault(problem: &Problem) -> Response {
    let retry_after = problem.headers.iter().find(|(name, _)| *name == "Retry-After");
    let name = match problem.kind {
        ProblemKind::Service(name) => name,
        _ => injected_errors::fault_name(problem.status),
    };
    let response = Response::one(name, |o| {
        o.set("code", problem.status);
        o.set("message", &problem.message);
        if let Some((_, seconds)) = retry_after {
            o.set("retryAfter", seconds);
        }
    });
    response.status(problem.status)
}

/// Checks that the body of an action has one key, its name (`action_peek`). Python's `len` and `keys` determine how
/// anything else is refused.
pub fn one_action(body: Value) -> Result<Value, Problem> {
    let length = match &body {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        Value::String(text) => text.chars().count(),
        _ => return Err(not_here()),
    };
    match body {
        Value::Object(_) if length == 1 => Ok(body),
        _ if length == 1 => Err(not_here()),
        _ => Err(malformed_body()),
    }
}

/// The media type of the body, without its parameters: `application/json`.
pub fn content_type(call: &Call) -> &str {
    let kind = call.header("content-type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

/// True if a route accepts the text as a project id (`project_id_regex`).
pub fn can_be_project(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

pub fn bad_request(message: impl Into<String>) -> Problem {
    Problem::new(400, "badRequest", message)
}

pub fn conflict(message: impl Into<String>) -> Problem {
    Problem::new(409, "conflictingRequest", message)
}

pub fn not_found(message: impl Into<String>) -> Problem {
    Problem::new(404, "itemNotFound", message)
}

/// 404 for a method, an action or a version of it that does not exist.
pub fn not_here() -> Problem {
    not_found("The resource could not be found.")
}

pub fn malformed_body() -> Problem {
    bad_request("Malformed request body")
}

/// `HTTPBadRequest` without an explanation.
pub fn malformed() -> Problem {
    bad_request(MALFORMED)
}

pub fn unsupported_content_type() -> Problem {
    Problem::new(415, "badMediaType", "Unsupported Content-Type")
}

pub fn malformed_version(text: &str) -> Problem {
    bad_request(format!("API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum."))
}

/// `PolicyNotAuthorized`.
pub fn forbidden(rule: &str) -> Problem {
    Problem::new(403, "forbidden", format!("Policy doesn't allow {rule} to be performed."))
}
