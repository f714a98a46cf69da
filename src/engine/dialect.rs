//! What makes one service differ from another in the way that every request takes.

use super::schema::{ErrorOrder, Formats};
use super::{Call, Caller, Problem, Response, Version};
use jsonschema::ValidationError;
use serde_json::Value;
use std::cmp::Ordering;

/// How one service speaks: whom it knows, which versions, and how it words a refusal.
pub trait Dialect<C>: Send + Sync {
    /// Who is asking.
    fn authenticate(&self, call: &Call, cloud: &C) -> Result<Caller, Problem>;
    /// True if a path that does not exist is only told to those with a token.
    fn hides_unknown_paths(&self, _call: &Call) -> bool {
        true
    }
    /// True if a body is held against its schema before anybody is asked who they are.
    fn validates_first(&self) -> bool {
        false
    }
    /// True if handlers hold bodies and queries against their schemas, since they look for other things first.
    fn validates_in_handlers(&self) -> bool {
        false
    }
    /// True if a slash at the end of a path does not matter.
    fn forgives_slashes(&self) -> bool {
        true
    }
    fn negotiate(&self, _call: &Call) -> Result<Version, Problem> {
        Ok((0, 0))
    }
    /// The body as JSON, for operations that take JSON.
    fn parse(&self, call: &Call) -> Result<Value, Problem>;
    /// A body where none is read.
    fn unread_body(&self, _call: &Call) -> Result<(), Problem> {
        Ok(())
    }
    /// A last look at the whole request before its body is held against the schema.
    fn admit(&self, _call: &Call, _cloud: &C) -> Result<(), Problem> {
        Ok(())
    }
    /// Formats that the schemas of this service use beyond those of JSON Schema.
    fn formats(&self) -> Formats {
        &[]
    }
    /// Which error of a body that has several is answered.
    fn error_order(&self) -> ErrorOrder {
        |_, _, _| Ordering::Equal
    }
    /// A body that breaks the operation's schema; `declared` is the part of the schema that it breaks.
    fn invalid(&self, call: &Call, error: &ValidationError, declared: &Value) -> Problem;
    /// A query that breaks the operation's schema for it.
    fn invalid_query(&self, call: &Call, error: &ValidationError, declared: &Value) -> Problem {
        self.invalid(call, error, declared)
    }
    /// Asks the operation's policy rule about the caller.
    fn authorize(&self, call: &Call, cloud: &C) -> Result<(), Problem>;
    /// A refusal that a fault injects, in the service's words unless a message is given.
    fn injected(&self, call: &Call, status: u16, message: Option<&str>) -> Problem;
    fn no_such_path(&self, call: &Call) -> Problem;
    fn no_such_method(&self, call: &Call, _allowed: &[&'static str]) -> Problem {
        self.no_such_path(call)
    }
    /// A path that knows the action only at other versions (`known`), or not at all.
    fn no_such_action(&self, call: &Call, _known: bool) -> Problem {
        self.no_such_path(call)
    }
    /// False for a service whose requests the cloud's rate limit does not count.
    fn is_limited(&self) -> bool {
        true
    }
    /// A request beyond the rate limit, where the service itself says so.
    fn too_many(&self, call: &Call, message: &str) -> Problem {
        self.injected(call, 429, Some(message))
    }
    /// The body is larger than [`AnyService::body_limit`](super::AnyService::body_limit).
    fn too_large(&self, call: &Call) -> Problem;
    /// A handler panicked.
    fn crashed(&self, call: &Call) -> Problem;
    /// A body, of a request or of an answer, as the journal shows it: JSON, in which secrets are found by the
    /// names of their fields. Nothing for a body that is JSON already, or has no names.
    fn to_journal_json(&self, _body: &[u8]) -> Option<Value> {
        None
    }
    /// Headers and form that every answer has.
    fn finish(&self, call: &Call, response: Response) -> Response;
    /// The answer to a refused request. A problem of the kind [`ProblemKind::Gateway`] gets the form of the
    /// cloud's gateway, and [`Dialect::finish`] does not see it.
    ///
    /// [`ProblemKind::Gateway`]: super::ProblemKind::Gateway
    fn refuse(&self, call: &Call, problem: Problem) -> Response;
}
