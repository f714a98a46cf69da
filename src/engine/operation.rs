//! Rows of the table of operations: how an operation is recognised, who may call it, and which handler runs it.
//!
//! ```ignore
//! pub const OPERATIONS: &[Operation<OpenStack>] = &[
//!     get("/volumes/{volume_id}", "cinder.volume.show", show).summary("Shows a volume.").policy_on_target("volume:get"),
//!     post("/volumes", "cinder.volume.create", create)
//!         .summary("Creates a volume.").policy("volume:create").body::<CreateVolume>().answers(202),
//! ];
//! ```

use super::{Answer, Call, Context, Problem, Version};
use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use std::any::Any;

/// One operation of a service, as a row of its table. `C` is the state of the cloud. Rows are constants, made by [`get`],
/// [`post`], … and completed by the methods of this type.
pub struct Operation<C> {
    /// Service, resource and verb: `cinder.volume.create`. Faults, the journal and metrics use it.
    pub name: &'static str,
    /// One sentence for `GET /operations` and openapi/: `Creates a volume.`
    pub summary: &'static str,
    pub method: &'static str,
    /// A second method for the same operation.
    pub also: Option<&'static str>,
    /// True if its path is answered in this way whatever the method is.
    pub any_method: bool,
    /// The path pattern without the prefixes of the service: `/volumes/{volume_id}`.
    pub path: &'static str,
    /// True if the prefixes of the service do not apply.
    pub absolute_path: bool,
    /// The key of the body that distinguishes actions on one path: `os-extend`.
    pub action: Option<&'static str>,
    /// The policy rule that decides who may call it.
    pub policy: &'static str,
    /// When the policy rule is evaluated.
    pub check: Check,
    /// True if no token is needed.
    pub public: bool,
    /// True if a rewind does not count its writes: a login.
    pub excluded_from_history: bool,
    /// The HTTP status of success.
    pub success: u16,
    /// The first microversion that has it.
    pub since: Version,
    /// The last microversion that has it.
    pub until: Version,
    pub body_kind: BodyKind,
    /// The JSON Schema of the request body.
    pub schema: Option<fn() -> Schema>,
    /// The JSON Schema of the query, as an object of strings: the first value of each parameter.
    pub query_schema: Option<fn() -> Schema>,
    /// True if the query has required parameters: an empty query is then validated, too.
    pub query_is_required: bool,
    /// The JSON Schema of a body that the handler validates itself; only for openapi/.
    pub documented: Option<fn() -> Schema>,
    /// The addresses that are fetched into [`Call::fetched`] before the handler runs.
    pub fetches: Option<Fetches<C>>,
    /// Checks a request before its body is taken in.
    pub admits: Option<Admits<C>>,
    /// Makes [`Call::prepared`] before the handler runs.
    pub prepares: Option<Prepares<C>>,
    /// The JSON Schema of a successful answer, if there is one.
    pub answer_schema: Option<fn() -> Schema>,
    pub(super) handler: Handler<C>,
}

/// The addresses to fetch for a request, whose caller is known and has the operation's policy rule if that is checked
/// before the handler. A function for an operation with [`Check::OnTarget`] looks at the target itself. Handlers cannot
/// use the network themselves.
type Fetches<C> = fn(&Call, &C) -> Vec<String>;

/// The checks of a handler that need no body.
type Admits<C> = fn(&Call, &C) -> Result<(), Problem>;

/// The slow part of a handler that writes. The bytes are random: the seed of what is made.
type Prepares<C> = fn(&Call, &C, [u8; 32]) -> Result<Prepared, Problem>;

/// What was made for a handler; it says which type it expects ([`Call::prepared`]).
pub type Prepared = Option<Box<dyn Any + Send + Sync>>;

/// When the policy rule of an operation is evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// Before the handler, with nothing but the caller.
    Before,
    /// By the handler, with the resource that it found. Upstream looks the resource up first, so a caller from another
    /// project gets 404, not 403.
    OnTarget,
}

/// How the body of a request is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BodyKind {
    /// Not at all.
    Nothing,
    /// As JSON, up to [`AnyService::body_limit`](super::AnyService::body_limit).
    Json,
    /// Of any size, into [`Call::blob`] before the handler runs.
    Blob,
}

pub(super) enum Handler<C> {
    Read(Read<C>),
    Write(Write<C>),
}

type Read<C> = fn(&Call, &C) -> Answer;
pub(super) type Write<C> = fn(&Call, &mut C, &mut Context) -> Answer;

/// An operation that reads. The method may also be HEAD, if [`Dialect::method`](super::Dialect::method).
pub const fn get<C>(path: &'static str, name: &'static str, handler: Read<C>) -> Operation<C> {
    row("GET", path, name, 200, BodyKind::Nothing, Handler::Read(handler))
}

/// A GET whose handler writes, as some of upstream do.
pub const fn get_changing<C>(path: &'static str, name: &'static str, handler: Write<C>) -> Operation<C> {
    row("GET", path, name, 200, BodyKind::Nothing, Handler::Write(handler))
}

pub const fn head<C>(path: &'static str, name: &'static str, handler: Read<C>) -> Operation<C> {
    row("HEAD", path, name, 200, BodyKind::Nothing, Handler::Read(handler))
}

pub const fn post<C>(path: &'static str, name: &'static str, handler: Write<C>) -> Operation<C> {
    row("POST", path, name, 200, BodyKind::Json, Handler::Write(handler))
}

pub const fn put<C>(path: &'static str, name: &'static str, handler: Write<C>) -> Operation<C> {
    row("PUT", path, name, 200, BodyKind::Json, Handler::Write(handler))
}

pub const fn patch<C>(path: &'static str, name: &'static str, handler: Write<C>) -> Operation<C> {
    row("PATCH", path, name, 200, BodyKind::Json, Handler::Write(handler))
}

pub const fn delete<C>(path: &'static str, name: &'static str, handler: Write<C>) -> Operation<C> {
    row("DELETE", path, name, 204, BodyKind::Nothing, Handler::Write(handler))
}

const fn row<C>(
    method: &'static str,
    path: &'static str,
    name: &'static str,
    success: u16,
    body_kind: BodyKind,
    handler: Handler<C>,
) -> Operation<C> {
    Operation {
        name,
        summary: "",
        method,
        also: None,
        any_method: false,
        path,
        absolute_path: false,
        action: None,
        policy: "",
        check: Check::Before,
        public: false,
        excluded_from_history: false,
        success,
        since: (0, 0),
        until: (u16::MAX, u16::MAX),
        body_kind,
        schema: None,
        query_schema: None,
        query_is_required: false,
        documented: None,
        fetches: None,
        admits: None,
        prepares: None,
        answer_schema: None,
        handler,
    }
}

impl<C> Operation<C> {
    /// What the operation does, in one sentence: `Creates a volume.`
    pub const fn summary(mut self, sentence: &'static str) -> Self {
        self.summary = sentence;
        self
    }

    /// The operation has this method, too.
    pub const fn also_at(mut self, method: &'static str) -> Self {
        self.also = Some(method);
        self
    }

    /// Upstream does not look at the method.
    pub const fn any_method(mut self) -> Self {
        self.any_method = true;
        self
    }

    /// The operation is the action on its path whose body has this key: `os-extend`.
    pub const fn action(mut self, key: &'static str) -> Self {
        self.action = Some(key);
        self
    }

    /// The policy rule that decides who may call it, before the handler runs.
    pub const fn policy(mut self, rule: &'static str) -> Self {
        self.policy = rule;
        self
    }

    /// The policy rule that the handler evaluates for the resource that it found.
    pub const fn policy_on_target(mut self, rule: &'static str) -> Self {
        self.policy = rule;
        self.check = Check::OnTarget;
        self
    }

    /// The HTTP status of success.
    pub const fn answers(mut self, status: u16) -> Self {
        self.success = status;
        self
    }

    /// The first microversion that has it.
    pub const fn since(mut self, major: u16, minor: u16) -> Self {
        self.since = (major, minor);
        self
    }

    /// The last microversion that has it.
    pub const fn until(mut self, major: u16, minor: u16) -> Self {
        self.until = (major, minor);
        self
    }

    /// The body is a JSON value of this type. It is validated against the type's schema before the handler runs.
    pub const fn body<T: JsonSchema>(mut self) -> Self {
        self.schema = Some(schema_of::<T>);
        self.body_kind = BodyKind::Json;
        self
    }

    /// As [`Operation::body`], with a schema that is not derived from a type.
    pub const fn body_schema(mut self, schema: fn() -> Schema) -> Self {
        self.schema = Some(schema);
        self.body_kind = BodyKind::Json;
        self
    }

    /// The schema of the query, which is validated before the body.
    pub const fn query(mut self, schema: fn() -> Schema) -> Self {
        self.query_schema = Some(schema);
        self
    }

    /// As [`Operation::query`], for a schema with required parameters.
    pub const fn requires_query(mut self, schema: fn() -> Schema) -> Self {
        self.query_is_required = true;
        self.query(schema)
    }

    /// The schema of a successful answer, for openapi/ and tests.
    pub const fn response(mut self, schema: fn() -> Schema) -> Self {
        self.answer_schema = Some(schema);
        self
    }

    /// The body is stored in [`Call::blob`].
    pub const fn blob_body(mut self) -> Self {
        self.body_kind = BodyKind::Blob;
        self
    }

    /// The body is not read.
    pub const fn no_body(mut self) -> Self {
        self.body_kind = BodyKind::Nothing;
        self
    }

    /// The schema of a body that the handler validates itself; only for openapi/.
    pub const fn documents(mut self, schema: fn() -> Schema) -> Self {
        self.documented = Some(schema);
        self
    }

    /// Fetches the content of these addresses into [`Call::fetched`] before the handler runs.
    pub const fn fetches(mut self, addresses: Fetches<C>) -> Self {
        self.fetches = Some(addresses);
        self
    }

    /// Checks the request before a large body is taken in, so that a refusal does not wait for it. The handler makes the
    /// same checks again, since the world may have changed meanwhile.
    pub const fn admits(mut self, check: Admits<C>) -> Self {
        self.admits = Some(check);
        self
    }

    /// Work that takes more than a millisecond, such as making a key or hashing an image. It is done on a thread that
    /// answers no other requests, before the handler has its turn to write. The handler finds the result in
    /// [`Call::prepared`].
    pub const fn prepares(mut self, work: Prepares<C>) -> Self {
        self.prepares = Some(work);
        self
    }

    /// No token is needed.
    pub const fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// A rewind does not count its writes. For logins, which clients repeat often and users do not regard as changes.
    pub const fn excluded_from_history(mut self) -> Self {
        self.excluded_from_history = true;
        self
    }

    /// The prefixes of the service do not apply to the path.
    pub const fn absolute_path(mut self) -> Self {
        self.absolute_path = true;
        self
    }
}

/// The JSON Schema of a type without `$ref`, so that the part that a value violates can be found by its path.
pub fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}
