//! The refusals of keystonemiddleware, which stands in front of every service but Keystone.

use crate::engine::{Call, Problem, ProblemKind, Response};

/// `401 {"error": …}` with the address of Keystone.
pub fn unauthorized(call: &Call) -> Problem {
    let keystone = call.base_of("keystone").unwrap_or_default();
    Problem::new(401, ProblemKind::Authentication, "The request you have made requires authentication.")
        .header("WWW-Authenticate", format!("Keystone uri=\"{keystone}/v3\""))
}

/// The middleware's body, which is Keystone's form whatever the service behind it speaks.
pub fn refuse(problem: &Problem) -> Response {
    Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("title", "Unauthorized");
        o.set("message", &problem.message);
    })
    .status(problem.status)
}
