//! The envelope `{"detail", "code", "data"}` of successful responses, including those to DELETE.

use crate::clouds::gateway;
use crate::engine::{Object, Problem, ProblemKind, Response};
use serde_json::Value;

/// A response without data.
pub fn done(detail: &str) -> Response {
    wrapped(detail, |o| o.set("data", Value::Null))
}

/// One object, with its fields directly under `data`.
pub fn one(detail: &str, show: impl FnOnce(&mut Object)) -> Response {
    wrapped(detail, |o| o.object("data", show))
}

/// A list directly under `data`, as for regions and products.
pub fn bare<T>(detail: &str, items: impl IntoIterator<Item = T>, show: impl Fn(&mut Object, T)) -> Response {
    wrapped(detail, |o| o.each("data", items, show))
}

/// A list under a key of `data`.
pub fn many<T>(detail: &str, key: &str, items: impl IntoIterator<Item = T>, show: impl Fn(&mut Object, T)) -> Response {
    one(detail, |o| o.each(key, items, show))
}

fn wrapped(detail: &str, data: impl FnOnce(&mut Object)) -> Response {
    Response::object(|o| {
        o.set("detail", detail);
        o.set("code", "OKAY");
        data(o);
    })
}

/// A refusal. Validation errors have no envelope, because FastAPI answers them itself.
pub fn refusal(problem: Problem) -> Response {
    let mut response = match problem.kind {
        ProblemKind::Gateway => return gateway::refuse(&problem),
        ProblemKind::Service(code) => Response::object(|o| {
            o.set("detail", &problem.message);
            o.set("code", code);
            match &problem.detail {
                Some(data) => o.set("data", data),
                None => o.object("data", |o| {
                    o.set("statusCode", problem.status);
                    o.set("detail", &problem.message);
                }),
            }
        }),
        _ => Response::object(|o| o.set("detail", &problem.detail)),
    };
    response.headers = problem.headers;
    response.status(problem.status)
}
