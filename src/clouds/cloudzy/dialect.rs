//! The conventions of the API: a token in a header, JSON bodies, and an envelope around every response.

use super::{Cloudzy, accounts, envelope, errors, pydantic};
use crate::engine::{Call, Caller, Dialect, Problem, Response};
use jsonschema::ValidationError;
use serde_json::Value;

/// The [`Dialect`](crate::engine::Dialect) of Cloudzy's API.
pub struct CloudzyDialect;

impl Dialect<Cloudzy> for CloudzyDialect {
    fn authenticate(&self, call: &Call, cloud: &Cloudzy) -> Result<Caller, Problem> {
        let token = call.header("api-token").unwrap_or_default();
        let account = accounts::of_token(cloud, token).ok_or_else(errors::not_authorized)?;
        let id = Some(account.id.clone());
        Ok(Caller { user: id.clone(), project: id, token: Some(token.into()), ..Caller::default() })
    }

    fn hides_unknown_paths(&self, _call: &Call) -> bool {
        false
    }

    /// Pydantic reports all errors at once and converts `"5"` to 5: see [`pydantic`].
    fn validates_in_handlers(&self) -> bool {
        true
    }

    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        pydantic::parse(call)
    }

    fn invalid(&self, _call: &Call, _error: &ValidationError, _declared: &Value) -> Problem {
        errors::server_error()
    }

    fn authorize(&self, _call: &Call, _cloud: &Cloudzy) -> Result<(), Problem> {
        Ok(())
    }

    fn injected(&self, _call: &Call, status: u16, message: Option<&str>) -> Problem {
        errors::injected(status, message)
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        errors::no_such_path()
    }

    fn no_such_method(&self, _call: &Call, allowed: &[&'static str]) -> Problem {
        errors::no_such_method().header("Allow", allowed.join(", "))
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::server_error()
    }

    fn finish(&self, _call: &Call, response: Response) -> Response {
        response
    }

    fn refuse(&self, _call: &Call, problem: Problem) -> Response {
        envelope::refusal(problem)
    }
}
