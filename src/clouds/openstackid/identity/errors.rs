//! The errors of the identity provider. All client errors have the status 400.

use crate::engine::Problem;

/// A missing or malformed parameter.
pub fn invalid_request() -> Problem {
    refusal("invalid_request")
}

/// An unsupported grant type, or an unknown token.
pub fn invalid_grant() -> Problem {
    refusal("invalid_grant")
}

/// An expired or revoked token.
pub fn invalid_token() -> Problem {
    refusal("invalid_token")
}

/// Unknown client credentials.
pub fn unauthorized_client() -> Problem {
    refusal("unauthorized_client")
}

/// A scope that does not exist or that the client does not have.
pub fn invalid_scope() -> Problem {
    refusal("invalid_scope")
}

/// A handler panicked.
pub fn server_error() -> Problem {
    Problem::new(500, "server_error", "")
}

fn refusal(error: &'static str) -> Problem {
    Problem::new(400, error, "")
}
