//! The errors of the resource server. The detail of an error is its body, except for HTML pages.

use super::listing::ValidationErrors;
use crate::engine::{Call, Problem, ProblemKind};
use serde_json::{Map, Value, json};

pub fn entity_not_found() -> Problem {
    message(404, "Entity Not Found")
}

pub fn server_error() -> Problem {
    message(500, "server error")
}

/// More requests than the rate limit allows.
pub fn abuse(text: &str) -> Problem {
    message(403, text)
}

pub fn too_many_attempts() -> Problem {
    Problem::new(429, ProblemKind::Page, "Too Many Attempts.")
}

pub fn too_large() -> Problem {
    message(413, "Request Entity Too Large")
}

pub fn not_a_callback() -> Problem {
    message(400, "The callback is not the name of a function.")
}

pub fn invalid_origin_host() -> Problem {
    message(403, "invalid origin")
}

pub fn validation_failed(errors_found: &ValidationErrors) -> Problem {
    let fields: Map<String, Value> =
        errors_found.iter().map(|(field, texts)| ((*field).into(), json!(texts))).collect();
    body(412, "validation", json!({"message": "Validation Failed", "errors": fields}))
}

/// A filter or sort key that the public lists do not support.
pub fn not_filterable(text: &str) -> Problem {
    body(412, "validation", json!({"message": "Validation Failed", "errors": [text]}))
}

pub fn no_such_page() -> Problem {
    page(404, "Not Found")
}

pub fn no_such_method(allowed: &[&'static str]) -> Problem {
    page(405, "Method Not Allowed").header("Allow", allowed.join(", "))
}

/// The answer to a browser's preflight request: no body, but the headers of every answer to it.
pub fn preflight() -> Problem {
    Problem::new(204, ProblemKind::Page, "")
}

pub fn missing_token(call: &Call) -> Problem {
    bearer(call, 400, "invalid_request", "missing access token", None)
}

pub fn empty_token(call: &Call) -> Problem {
    bearer(call, 400, "invalid_request", "invalid request", None)
}

pub fn invalid_token(call: &Call) -> Problem {
    let text = "the access token provided is expired, revoked, malformed, or invalid for other reasons.";
    bearer(call, 401, "invalid_token", text, None)
}

pub fn invalid_origin(call: &Call) -> Problem {
    bearer(call, 403, "unauthorized_client", "invalid origin", None)
}

pub fn insufficient_scope(call: &Call, scope: &str) -> Problem {
    let text = "the request requires higher privileges than provided by the access token";
    bearer(call, 403, "insufficient_scope", text, Some(scope))
}

/// An error in the body and in `WWW-Authenticate` (RFC 6750). The realm is the host without its port.
fn bearer(call: &Call, status: u16, error: &'static str, description: &str, scope: Option<&str>) -> Problem {
    let mut told = json!({"error": error, "error_description": description});
    let mut challenge = format!(
        "Bearer realm=\"{}\", error=\"{error}\", error_description=\"{description}\"",
        host(&call.origin).unwrap_or_default()
    );
    if let Some(scope) = scope {
        told["scope"] = scope.into();
        challenge.push_str(&format!(", scope=\"{scope}\""));
    }
    body(status, error, told).header("WWW-Authenticate", challenge)
}

/// The host of an address without its port, if it has a host.
pub fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://")?.1;
    let rest = rest.split('/').next()?;
    let end = rest.rfind(']').map_or_else(|| rest.find(':'), |bracket| Some(bracket + 1));
    let host = &rest[..end.unwrap_or(rest.len())];
    (!host.is_empty()).then_some(host)
}

fn message(status: u16, text: &str) -> Problem {
    body(status, "message", json!({"message": text}))
}

/// A refusal of an operation. Where nothing but a text is known, the text alone is the body.
pub fn injected(status: u16, text: Option<&str>) -> Problem {
    Problem::new(status, "injected", text.unwrap_or_default())
}

fn body(status: u16, error: &'static str, json: Value) -> Problem {
    Problem::new(status, error, "").detail(json)
}

fn page(status: u16, title: &str) -> Problem {
    let page = format!(
        "<!DOCTYPE html>\n<html>\n    <head>\n        <meta charset=\"UTF-8\" />\n        <title>{title}</title>\n    \
         </head>\n    <body>\n        <h1>{title}</h1>\n    </body>\n</html>\n"
    );
    Problem::new(status, ProblemKind::Page, page)
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn hosts_stand_without_their_ports() {
        assert_eq!(host("http://127.0.0.1:4994"), Some("127.0.0.1"));
        assert_eq!(host("https://[::1]:80/x"), Some("[::1]"));
        assert_eq!((host("null"), host("http://")), (None, None));
    }
}
