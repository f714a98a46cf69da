//! The conventions of the API: HTTP Basic, plain text, and the status codes of section 5.

use super::text::{Pairs, records_to_json};
use super::{CloudSigma, errors};
use crate::clouds::gateway;
use crate::engine::{Call, Caller, Dialect, Id, Problem, ProblemKind, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonschema::ValidationError;
use serde_json::Value;

/// The content type of all answers. Without the charset, clients decode the body as Latin-1.
pub const PLAIN: &str = "text/plain; charset=utf-8";

/// The [`Dialect`](crate::engine::Dialect) of CloudSigma's API.
pub struct CloudSigmaDialect;

/// A 200 response with this text.
pub fn text(body: String) -> Response {
    Response::text(PLAIN, body)
}

/// The pairs in the body of the request.
pub fn pairs(call: &Call) -> Pairs {
    Pairs::parse(&call.bytes)
}

impl Dialect<CloudSigma> for CloudSigmaDialect {
    /// Section 3: the user's email and password in HTTP Basic.
    fn authenticate(&self, call: &Call, cloud: &CloudSigma) -> Result<Caller, Problem> {
        let (email, password) = call.header("authorization").and_then(basic).ok_or_else(errors::unauthorized)?;
        let mut accounts = cloud.accounts.all();
        let account = accounts.find(|account| account.email.eq_ignore_ascii_case(&email));
        let account = account.filter(|account| account.password == password).ok_or_else(errors::unauthorized)?;
        let id: Id = account.id.clone();
        Ok(Caller { user: Some(id.clone()), project: Some(id.clone()), token: Some(id), ..Caller::default() })
    }

    /// Only for matching faults: handlers read the pairs themselves.
    fn parse(&self, call: &Call) -> Result<Value, Problem> {
        Ok(pairs(call).to_json())
    }

    fn invalid(&self, _call: &Call, error: &ValidationError, _declared: &Value) -> Problem {
        errors::invalid("system", &error.to_string())
    }

    /// There are no policy rules. Handlers check the owner of each resource.
    fn authorize(&self, _call: &Call, _cloud: &CloudSigma) -> Result<(), Problem> {
        Ok(())
    }

    fn injected(&self, _call: &Call, status: u16, message: Option<&str>) -> Problem {
        errors::injected(status, message)
    }

    fn no_such_path(&self, _call: &Call) -> Problem {
        errors::no_such_command()
    }

    fn no_such_method(&self, call: &Call, _allowed: &[&'static str]) -> Problem {
        errors::method_not_allowed(call.method)
    }

    fn too_large(&self, _call: &Call) -> Problem {
        errors::too_large()
    }

    fn crashed(&self, _call: &Call) -> Problem {
        errors::failed()
    }

    fn to_journal_json(&self, body: &[u8]) -> Option<Value> {
        if body.is_empty() { None } else { Some(records_to_json(body)) }
    }

    fn finish(&self, _call: &Call, response: Response) -> Response {
        response
    }

    fn refuse(&self, _call: &Call, problem: Problem) -> Response {
        if problem.kind == ProblemKind::Gateway {
            return gateway::refuse(&problem);
        }
        let response = text(problem.message);
        Response { headers: problem.headers, ..response.status(problem.status) }
    }
}

/// Decodes email and password of `Basic …`.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let decoded = String::from_utf8_lossy(&decoded);
    let (email, password) = decoded.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    Some((email.to_owned(), password.to_owned()))
}
