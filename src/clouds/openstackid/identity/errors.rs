//! Every refusal of the identity provider: always 400, whatever is wrong.

use crate::engine::Problem;

pub fn invalid_request() -> Problem {
    refusal("invalid_request")
}

/// A grant that nobody gives, or a token that nobody gave.
pub fn invalid_grant() -> Problem {
    refusal("invalid_grant")
}

/// A token that is over.
pub fn invalid_token() -> Problem {
    refusal("invalid_token")
}

pub fn unauthorized_client() -> Problem {
    refusal("unauthorized_client")
}

pub fn invalid_scope() -> Problem {
    refusal("invalid_scope")
}

pub fn server_error() -> Problem {
    Problem::new(500, "server_error", "")
}

fn refusal(error: &'static str) -> Problem {
    Problem::new(400, error, "")
}
