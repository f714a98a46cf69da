//! The gateway in front of a cloud whose rate limit has the form `gateway`.

use crate::engine::{Problem, Response};

/// The answer to a request beyond the rate limit, in the form that Gozunga documents for its errors.
pub fn refuse(problem: &Problem) -> Response {
    let mut response = Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("message", "Too Many Requests");
        o.set("details", &problem.message);
    });
    response.headers.extend(problem.headers.iter().cloned());
    response.status(problem.status)
}
