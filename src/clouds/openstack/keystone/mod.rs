//! Identity, API v3.

pub mod errors;
pub mod policy;
pub mod tokens;
pub mod users;
pub mod versions;

use super::{OpenStack, violations};
use crate::engine::{AnyTable, Call, Caller, Dialect, Problem, Response, Service, Table};
use jsonschema::ValidationError;
use serde_json::Value;

#[derive(Clone, Default)]
pub struct Keystone {
    pub tokens: Table<tokens::Token>,
    pub users: Table<users::User>,
}

impl Keystone {
    /// Taken apart without `..`, so that a table that is forgotten here does not compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Keystone { tokens, users } = self;
        vec![("tokens", tokens), ("users", users)]
    }
}

pub fn service() -> Service<OpenStack> {
    Service::new("keystone", &Speaks, &["/v3"], &[versions::OPERATIONS, tokens::OPERATIONS]).limits_bodies_to(114_688)
}

struct Speaks;

impl Dialect<OpenStack> for Speaks {
    fn authenticate(&self, call: &Call, os: &OpenStack) -> Result<Caller, Problem> {
        let token = call.header("x-auth-token").and_then(|id| os.keystone.tokens.get(id));
        let token = token.filter(|token| token.expires > call.now).ok_or_else(errors::unauthorized)?;
        Ok(token.caller())
    }

    fn hides_unknown_paths(&self) -> bool {
        false
    }

    /// keystone/server/flask/request_processing/json_body.py
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        if call.bytes.is_empty() {
            return Ok(Value::Object(Default::default()));
        }
        let kind = call.header("content-type").unwrap_or_default();
        if !kind.is_empty() && kind.split(';').next().is_none_or(|kind| kind.trim() != "application/json") {
            return Err(errors::not_json_content());
        }
        let json = serde_json::from_slice(&call.bytes).map_err(|_| errors::malformed_json())?;
        if matches!(json, Value::Object(_)) { Ok(json) } else { Err(errors::malformed_json()) }
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        errors::invalid(violations::sentence(error, declared))
    }

    fn authorize(&self, call: &Call, _os: &OpenStack) -> Result<(), Problem> {
        let rule = call.policy.0;
        if rule.is_empty() || policy::POLICY.allows(rule, &call.caller, &[]) {
            return Ok(());
        }
        Err(errors::forbidden(rule))
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        errors::no_such_path()
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::unexpected()
    }

    fn finish(&self, call: &Call, response: Response) -> Response {
        response.header("Vary", "X-Auth-Token").header("x-openstack-request-id", call.request_id.clone())
    }

    fn refuse(&self, _call: &Call, problem: Problem) -> Response {
        let mut response = super::auth::refuse(&problem);
        response.headers = problem.headers;
        response
    }
}
