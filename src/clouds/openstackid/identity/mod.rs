//! The identity provider: the OAuth2 operations that machines use (client credentials, introspection, revocation).

pub mod errors;
pub mod tokens;

use super::{OpenStackId, php};
use crate::engine::{Body, Call, Caller, Dialect, Problem, ProblemKind, Response, Service};
use jsonschema::ValidationError;
use serde_json::Value;

/// The service `identity` with its operations under `/oauth2`.
pub fn service() -> Service<OpenStackId> {
    Service::new("identity", &IdentityDialect, &["/oauth2"], &[tokens::OPERATIONS])
}

struct IdentityDialect;

impl Dialect<OpenStackId> for IdentityDialect {
    /// Every operation is public: the request itself carries the client credentials.
    fn authenticate(&self, _call: &Call, _cloud: &OpenStackId) -> Result<Caller, Problem> {
        Ok(Caller::default())
    }

    /// The identity provider is a separate server without rate limits.
    fn is_limited(&self) -> bool {
        false
    }

    fn hides_unknown_paths(&self, _call: &Call) -> bool {
        false
    }

    /// The fields of the body and of the query as one JSON object.
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        Ok(php::input(call).into())
    }

    fn invalid(&self, _call: &Call, _error: &ValidationError, _declared: &Value) -> Problem {
        errors::invalid_request()
    }

    fn authorize(&self, _call: &Call, _cloud: &OpenStackId) -> Result<(), Problem> {
        Ok(())
    }

    fn injected(&self, _call: &Call, status: u16, message: Option<&str>) -> Problem {
        super::marketplace::errors::injected(status, message)
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        super::marketplace::errors::no_such_page()
    }

    fn no_such_method(&self, _call: &Call, allowed: &[&'static str]) -> Problem {
        super::marketplace::errors::no_such_method(allowed)
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::invalid_request()
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::server_error()
    }

    fn finish(&self, _call: &Call, response: Response) -> Response {
        match response.body {
            Body::Json(_) => response
                .header("Content-Type", "application/json;charset=UTF-8")
                .header("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
                .header("Pragma", "no-cache"),
            _ => response,
        }
    }

    fn refuse(&self, _call: &Call, problem: Problem) -> Response {
        let response = match problem.kind {
            ProblemKind::Service(error) => Response::object(|o| o.set("error", error)),
            _ => Response::text("text/html; charset=UTF-8", problem.message),
        };
        Response { headers: problem.headers, ..response.status(problem.status) }
    }
}
