//! The OpenAPI document of the API, which a FastAPI application publishes at `/openapi.json`.

use super::Cloudzy;
use crate::engine::{Answer, Body, Call, Operation, Response, get};

pub const OPERATIONS: &[Operation<Cloudzy>] = &[get("/openapi.json", "cloudzy.document.show", show)
    .summary("Shows the OpenAPI document of the API.")
    .absolute_path()
    .public()];

/// The document that `nephos openapi` makes.
const DOCUMENT: &str = include_str!("../../../openapi/cloudzy.json");

fn show(_call: &Call, _cloud: &Cloudzy) -> Answer {
    Ok(Response { body: Body::Json(DOCUMENT.into()), ..Response::empty() })
}
