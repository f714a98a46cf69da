//! The error format of rate limits with the form `gateway`: a gateway in front of the cloud refuses the request.

use crate::engine::{Problem, Response};

/// The response to a request beyond the rate limit, in the error format that Gozunga documents.
pub fn refuse(problem: &Problem) -> Response {
    let mut response = Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("message", "Too Many Requests");
        o.set("details", &problem.message);
    });
    response.headers.extend(problem.headers.iter().cloned());
    response.status(problem.status)
}
