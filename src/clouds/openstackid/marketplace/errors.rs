//! Every refusal of the resource server. The message of each is the whole body.

use super::listing::Complaints;
use crate::engine::{Call, Problem};
use serde_json::{Map, Value, json};

/// The kind of those whose body is a page, not JSON.
pub const PAGE: &str = "page";
/// The kind of an answer to a browser that asks before it asks.
pub const PREFLIGHT: &str = "preflight";

pub fn entity_not_found() -> Problem {
    message(404, "Entity Not Found")
}

pub fn server_error() -> Problem {
    message(500, "server error")
}

/// More requests than the rate limit lets pass.
pub fn abuse(text: &str) -> Problem {
    message(403, text)
}

pub fn too_many_attempts() -> Problem {
    Problem::new(429, PAGE, "Too Many Attempts.")
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

pub fn validation_failed(complaints: &Complaints) -> Problem {
    let fields: Map<String, Value> = complaints.iter().map(|(field, texts)| ((*field).into(), json!(texts))).collect();
    Problem::new(412, "validation", json!({"message": "Validation Failed", "errors": fields}).to_string())
}

/// A filter or an order that the list of 2017 does not know.
pub fn not_filterable(text: &str) -> Problem {
    let body = json!({"message": "Validation Failed", "errors": [text]});
    Problem::new(412, "validation", body.to_string())
}

pub fn no_such_page() -> Problem {
    page(404, "Not Found")
}

pub fn no_such_method(allowed: &[&'static str]) -> Problem {
    page(405, "Method Not Allowed").header("Allow", allowed.join(", "))
}

pub fn preflight() -> Problem {
    Problem::new(204, PREFLIGHT, "")
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

/// The body, and the same in `WWW-Authenticate` (RFC 6750). The realm is the host without its port.
fn bearer(call: &Call, status: u16, error: &'static str, description: &str, scope: Option<&str>) -> Problem {
    let mut body = json!({"error": error, "error_description": description});
    let mut challenge = format!(
        "Bearer realm=\"{}\", error=\"{error}\", error_description=\"{description}\"",
        host(&call.origin).unwrap_or_default()
    );
    if let Some(scope) = scope {
        body["scope"] = scope.into();
        challenge.push_str(&format!(", scope=\"{scope}\""));
    }
    Problem::new(status, error, body.to_string()).header("WWW-Authenticate", challenge)
}

/// The host of an address, without its port; nothing if it has none.
pub fn host(address: &str) -> Option<&str> {
    let rest = address.split_once("://")?.1;
    let rest = rest.split('/').next()?;
    let end = rest.rfind(']').map_or_else(|| rest.find(':'), |bracket| Some(bracket + 1));
    let host = &rest[..end.unwrap_or(rest.len())];
    (!host.is_empty()).then_some(host)
}

fn message(status: u16, text: &str) -> Problem {
    Problem::new(status, "message", json!({"message": text}).to_string())
}

fn page(status: u16, title: &str) -> Problem {
    let page = format!(
        "<!DOCTYPE html>\n<html>\n    <head>\n        <meta charset=\"UTF-8\" />\n        <title>{title}</title>\n    \
         </head>\n    <body>\n        <h1>{title}</h1>\n    </body>\n</html>\n"
    );
    Problem::new(status, PAGE, page)
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
