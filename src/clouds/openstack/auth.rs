//! The refusals of keystonemiddleware, which runs in front of every service except Keystone.

use crate::engine::{Call, Problem, ProblemKind, Response};

/// 401 with Keystone's URL in `WWW-Authenticate`.
pub fn unauthorized(call: &Call) -> Problem {
    let keystone = call.base_of("keystone").unwrap_or_default();
    Problem::new(401, ProblemKind::Authentication, "The request you have made requires authentication.")
        .header("WWW-Authenticate", format!("Keystone uri=\"{keystone}/v3\""))
}

/// The body of the middleware, which has Keystone's error format whatever the service behind it uses.
pub fn refuse(problem: &Problem) -> Response {
    Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("title", "Unauthorized");
        o.set("message", &problem.message);
    })
    .status(problem.status)
}
