//! Images, API v2, as small as the other services need it: list, show, create, upload, download, delete.

pub mod errors;
pub mod images;
pub mod policy;
pub mod versions;

use super::{OpenStack, auth, ordered};
use crate::engine::{AnyTable, Call, Caller, Dialect, Problem, Response, Service, Table};
use jsonschema::ValidationError;
use serde_json::Value;

#[derive(Clone, Default)]
pub struct Glance {
    pub images: Table<images::Image>,
}

impl Glance {
    /// Taken apart without `..`, so that a table that is forgotten here does not compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Glance { images } = self;
        vec![("images", images)]
    }
}

pub fn service() -> Service<OpenStack> {
    Service::new("glance", &Speaks, &["/v2"], &[versions::OPERATIONS, images::OPERATIONS])
}

struct Speaks;

impl Dialect<OpenStack> for Speaks {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        auth::authenticate(call, os, &["image"]).map_err(|problem| errors::unauthorized(problem.headers))
    }

    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_json())
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        errors::not_an_image(error, declared)
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        policy::enforce(call, &[("project_id", &call.project())])
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        errors::no_such_path()
    }

    fn no_such_method(&self, _call: &Call, allowed: &[&'static str]) -> Problem {
        errors::no_such_method(allowed)
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem {
        ordered::refusal(call, status, message)
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        response.header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, call: &Call, problem: Problem) -> Response {
        errors::refuse(call, &problem)
    }
}
