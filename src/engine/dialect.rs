//! The points at which services differ on the way of a request.

use super::schema::{ErrorOrder, Formats};
use super::{Call, Caller, Problem, Response, Version};
use jsonschema::ValidationError;
use serde_json::Value;
use std::cmp::Ordering;

/// The path that the router of a service matches.
#[derive(Debug)]
pub enum RoutedPath {
    /// The path as it was sent. The router decodes the parameters that it finds in it.
    AsSent,
    /// This one, which is decoded.
    At(String),
    /// No operation is at this path, whatever the patterns say.
    Nowhere(String),
    /// The layers in front refuse the request, or answer it.
    Refused(Box<Problem>),
    /// They fail without an answer: the connection is closed.
    Dropped,
}

/// How one service authenticates, negotiates versions, validates and words its errors. [`Service`](super::Service) calls
/// these methods on the way of a request; the defaults are those of most OpenStack services.
pub trait Dialect<C>: Send + Sync {
    /// The caller of a request, by its token, password or key.
    fn authenticate(&self, call: &Call, cloud: &C) -> Result<Caller, Problem>;
    /// True if a request for an unknown path is authenticated first, so that it gets 401 without a token.
    fn hides_unknown_paths(&self, _call: &Call) -> bool {
        true
    }
    /// True if bodies are validated before the caller is authenticated.
    fn validates_first(&self) -> bool {
        false
    }
    /// True if handlers validate bodies and queries themselves, because other checks come first.
    fn validates_in_handlers(&self) -> bool {
        false
    }
    /// How the layers in front of the service decode and clean the path that the client sent, before the router sees it.
    fn path(&self, _call: &Call) -> RoutedPath {
        RoutedPath::AsSent
    }
    /// True if a trailing slash of a path is ignored. Only for [`RoutedPath::AsSent`].
    fn ignores_trailing_slashes(&self) -> bool {
        true
    }
    /// The method whose operation answers a request, if no operation has its own: GET for HEAD, without the body.
    fn method(&self, call: &Call) -> &'static str {
        if call.method == "HEAD" { "GET" } else { call.method }
    }
    /// True if the router goes on to the patterns with parameters when a literal path has no operation with the method:
    /// `DELETE /volumes/detail` is that of the volume `detail`.
    fn tries_all_patterns(&self) -> bool {
        false
    }
    /// The microversion of the request.
    fn negotiate(&self, _call: &Call) -> Result<Version, Problem> {
        Ok((0, 0))
    }
    /// Parses the body of an operation with JSON.
    fn parse(&self, call: &Call) -> Result<Value, Problem>;
    /// Checks the body of an operation that reads none.
    fn unread_body(&self, _call: &Call) -> Result<(), Problem> {
        Ok(())
    }
    /// Further checks before the body is validated.
    fn admit(&self, _call: &Call, _cloud: &C) -> Result<(), Problem> {
        Ok(())
    }
    /// Formats in the schemas of this service that JSON Schema does not define.
    fn formats(&self) -> Formats {
        &[]
    }
    /// Which of several validation errors is reported.
    fn error_order(&self) -> ErrorOrder {
        |_, _, _| Ordering::Equal
    }
    /// The error for a body that violates the schema; `declared` is the part of the schema that it violates.
    fn invalid(&self, call: &Call, error: &ValidationError, declared: &Value) -> Problem;
    /// The error for a query that violates the schema.
    fn invalid_query(&self, call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        self.invalid(call, error, declared)
    }
    /// True if properties of the body that the schema does not allow are dropped instead of refused.
    fn drops_unknown_properties(&self, _call: &Call) -> bool {
        false
    }
    /// True if every value of a repeated query parameter is validated; otherwise only the first one is.
    fn validates_repeated_parameters(&self) -> bool {
        false
    }
    /// The error for several values of a query parameter whose schema has `x-single`, the version from which
    /// one value is allowed.
    fn repeated_parameter(&self, call: &Call, name: &str, _values: &[&str]) -> Problem {
        Problem::new(400, super::ProblemKind::Page, format!("{name} is given more than once in {}", call.path))
    }
    /// Evaluates the policy rule of the operation (`call.policy`) for the caller.
    fn authorize(&self, call: &Call, cloud: &C) -> Result<(), Problem>;
    /// The error that a fault injects, with the service's usual message for the status unless one is given.
    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem;
    /// The error for a path without operations.
    fn no_such_path(&self, call: &Call) -> Problem;
    /// The error for a path that has operations, but none with this method.
    fn no_such_method(&self, call: &Call, _allowed: &[&'static str]) -> Problem {
        self.no_such_path(call)
    }
    /// The error for an action that exists only in other microversions (`known`), or not at all.
    fn no_such_action(&self, call: &Call, _known: bool) -> Problem {
        self.no_such_path(call)
    }
    /// False if the cloud's rate limit does not count requests to this service.
    fn is_limited(&self) -> bool {
        true
    }
    /// The error for a request beyond the rate limit, if the service itself limits rates.
    fn too_many(&self, call: &Call, message: &str) -> Problem {
        self.injected(call, 429, Some(message))
    }
    /// The error for a body larger than [`AnyService::body_limit`](super::AnyService::body_limit).
    fn too_large(&self, call: &Call) -> Problem;
    /// The error after a panic in a handler.
    fn crashed(&self, call: &Call) -> Problem;
    /// The fields of requests and answers that the journal masks beside passwords, keys and tokens, in lower case: `user_data`,
    /// `identity.token.id`.
    fn secrets(&self) -> &'static [&'static str] {
        &[]
    }
    /// Converts a body that is not JSON to JSON for the journal, which finds secrets by the names of fields. `None` for a
    /// body that is JSON, or has no field names.
    fn to_journal_json(&self, _body: &[u8]) -> Option<Value> {
        None
    }
    /// Adds the headers that all answers have, and completes their form.
    fn finish(&self, call: &Call, response: Response) -> Response;
    /// The answer to a refused request. A problem of the kind [`ProblemKind::Gateway`] gets the form of the
    /// cloud's gateway, and [`Dialect::finish`] does not see it.
    ///
    /// [`ProblemKind::Gateway`]: super::ProblemKind::Gateway
    fn refuse(&self, call: &Call, problem: Problem) -> Response;
}
