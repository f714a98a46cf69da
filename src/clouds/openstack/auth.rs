//! Who holds a token: what keystonemiddleware does in front of every service but Keystone.

use super::OpenStack;
use crate::engine::{Call, Caller, Problem, Response};

/// The caller behind `X-Auth-Token`, or the 401 that the middleware answers.
pub fn authenticate(call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
    let token = call.header("x-auth-token").and_then(|id| os.keystone.tokens.get(id));
    match token.filter(|token| token.expires > call.now) {
        Some(token) => Ok(token.caller()),
        None => Err(unauthorized(call)),
    }
}

/// `401 {"error": …}` with the address of Keystone.
pub fn unauthorized(call: &Call) -> Problem {
    let keystone = call.base_of("keystone").unwrap_or_default();
    Problem::new(401, UNAUTHORIZED, "The request you have made requires authentication.")
        .header("WWW-Authenticate", format!("Keystone uri=\"{keystone}/v3\""))
}

pub const UNAUTHORIZED: &str = "Unauthorized";

/// The middleware's body, which is Keystone's form whatever the service behind it speaks.
pub fn refuse(problem: &Problem) -> Response {
    Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("title", problem.kind);
        o.set("message", &problem.message);
    })
    .status(problem.status)
}
