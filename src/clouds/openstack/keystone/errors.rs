//! Everything that Keystone refuses, in its own words (keystone/exception.py).

use crate::engine::Problem;

const MALFORMED: &str = "The server could not comply with the request since it is either malformed or otherwise \
                         incorrect. The client is assumed to be in error.";

pub fn unauthorized() -> Problem {
    Problem::new(401, "Unauthorized", "The request you have made requires authentication.")
}

pub fn forbidden(rule: &str) -> Problem {
    Problem::new(403, "Forbidden", format!("You are not authorized to perform the requested action: {rule}."))
}

/// `Expecting to find auth in request body. …`
pub fn expecting(what: &str, place: &str) -> Problem {
    Problem::new(400, "Bad Request", format!("Expecting to find {what} in {place}. {MALFORMED}"))
}

pub fn malformed_json() -> Problem {
    expecting("valid JSON", "request body")
}

pub fn not_json_content() -> Problem {
    expecting("application/json", "Content-Type header")
}

/// A body that breaks a schema.
pub fn invalid(message: String) -> Problem {
    Problem::new(400, "Bad Request", message)
}

pub fn no_such_path() -> Problem {
    Problem::new(404, "Not Found", "The resource could not be found.")
}

/// `Could not find project: ID.`
pub fn not_found(kind: &str, id: &str) -> Problem {
    Problem::new(404, "Not Found", format!("Could not find {kind}: {id}."))
}

pub fn too_large() -> Problem {
    Problem::new(413, "Request Entity Too Large", "Request is too large.")
}

pub fn unexpected() -> Problem {
    Problem::new(500, "Internal Server Error", "An unexpected error prevented the server from fulfilling your request.")
}
