//! The table of operations: a row says how an operation is recognised, who may call it and what runs it.

use super::{Answer, Call, Context, Version};
use schemars::{JsonSchema, Schema, generate::SchemaSettings};

pub struct Operation<C> {
    /// `cinder.volume.create`
    pub name: &'static str,
    /// One sentence for `GET /operations` and openapi/: `Creates a volume.`
    pub summary: &'static str,
    pub method: &'static str,
    /// Another method that asks for the same.
    pub also: Option<&'static str>,
    /// Without the prefixes of its service: `/volumes/{volume_id}`.
    pub path: &'static str,
    /// True where the path stands as it is, without the prefixes of its service.
    pub absolute_path: bool,
    /// The key of the body that tells actions on one path apart.
    pub action: Option<&'static str>,
    /// The rule that says who may do this, and when it is asked.
    pub policy: &'static str,
    pub check: Check,
    /// True if it answers without a token.
    pub public: bool,
    /// True if a rewind does not count what it writes: a login.
    pub excluded_from_history: bool,
    pub success: u16,
    pub since: Version,
    pub until: Version,
    pub body_kind: BodyKind,
    /// The JSON Schema of the request body.
    pub schema: Option<fn() -> Schema>,
    /// The JSON Schema of the query, as an object of texts: of each parameter the first value.
    pub query_schema: Option<fn() -> Schema>,
    /// True if the query has to have something: an empty one is held against the schema too.
    pub query_is_required: bool,
    /// The JSON Schema of a body that the handler checks by itself, for those who read about the operation.
    pub documented: Option<fn() -> Schema>,
    /// The addresses whose content the handler needs, as [`Call::fetched`].
    pub fetches: Option<Fetches<C>>,
    /// The JSON Schema of a good answer, where it is written down.
    pub answer_schema: Option<fn() -> Schema>,
    pub(super) handler: Handler<C>,
}

/// What is to be fetched for a request, before it is answered: handlers themselves reach no network.
type Fetches<C> = fn(&Call, &C) -> Vec<String>;

/// When the policy rule of an operation is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// Before the handler, about the caller alone.
    Before,
    /// By the handler, once it has found what the operation is about: upstream looks the resource
    /// up first, so a stranger is told 404 before 403.
    OnTarget,
}

/// What an operation makes of the request's body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BodyKind {
    Nothing,
    Json,
    /// Large bytes, streamed into a [`Blob`](super::Blob) before the handler runs.
    Blob,
}

pub(super) enum Handler<C> {
    Read(Read<C>),
    Write(Write<C>),
}

type Read<C> = fn(&Call, &C) -> Answer;
pub(super) type Write<C> = fn(&Call, &mut C, &mut Context) -> Answer;

pub const fn get<C>(path: &'static str, name: &'static str, handler: Read<C>) -> Operation<C> {
    row("GET", path, name, 200, BodyKind::Nothing, Handler::Read(handler))
}

/// A GET that changes something, as some of upstream's do.
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

    /// Answers to this method as well.
    pub const fn also_at(mut self, method: &'static str) -> Self {
        self.also = Some(method);
        self
    }

    /// Tells actions on one path apart by a key of the body: `os-extend`.
    pub const fn action(mut self, key: &'static str) -> Self {
        self.action = Some(key);
        self
    }

    /// Who may do this, asked before the handler runs.
    pub const fn policy(mut self, rule: &'static str) -> Self {
        self.policy = rule;
        self
    }

    /// Who may do this, asked by the handler about what it found.
    pub const fn policy_on_target(mut self, rule: &'static str) -> Self {
        self.policy = rule;
        self.check = Check::OnTarget;
        self
    }

    pub const fn answers(mut self, status: u16) -> Self {
        self.success = status;
        self
    }

    /// Exists from this microversion on.
    pub const fn since(mut self, major: u16, minor: u16) -> Self {
        self.since = (major, minor);
        self
    }

    /// Exists up to and with this microversion.
    pub const fn until(mut self, major: u16, minor: u16) -> Self {
        self.until = (major, minor);
        self
    }

    /// The type of the request's body; its schema is checked before the handler runs.
    pub const fn body<T: JsonSchema>(mut self) -> Self {
        self.schema = Some(schema_of::<T>);
        self.body_kind = BodyKind::Json;
        self
    }

    /// As [`Operation::body`], with a schema that is written out.
    pub const fn body_schema(mut self, schema: fn() -> Schema) -> Self {
        self.schema = Some(schema);
        self.body_kind = BodyKind::Json;
        self
    }

    /// The schema of the query, which is checked before the body.
    pub const fn query(mut self, schema: fn() -> Schema) -> Self {
        self.query_schema = Some(schema);
        self
    }

    /// As [`Operation::query`], with a schema that requires something.
    pub const fn requires_query(mut self, schema: fn() -> Schema) -> Self {
        self.query_is_required = true;
        self.query(schema)
    }

    /// The schema of a good answer.
    pub const fn response(mut self, schema: fn() -> Schema) -> Self {
        self.answer_schema = Some(schema);
        self
    }

    pub const fn blob_body(mut self) -> Self {
        self.body_kind = BodyKind::Blob;
        self
    }

    /// Whatever the client sends along is not read.
    pub const fn no_body(mut self) -> Self {
        self.body_kind = BodyKind::Nothing;
        self
    }

    /// What a body looks like that the handler itself holds against its schema.
    pub const fn documents(mut self, schema: fn() -> Schema) -> Self {
        self.documented = Some(schema);
        self
    }

    /// What these addresses hold is fetched before the request is answered.
    pub const fn fetches(mut self, addresses: Fetches<C>) -> Self {
        self.fetches = Some(addresses);
        self
    }

    /// Answers without a token.
    pub const fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Is not counted by a rewind: clients log in all the time, and nobody takes that for a change.
    pub const fn excluded_from_history(mut self) -> Self {
        self.excluded_from_history = true;
        self
    }

    /// Stands at this very path, without the prefixes of its service.
    pub const fn absolute_path(mut self) -> Self {
        self.absolute_path = true;
        self
    }
}

/// The schema of a type with everything in place: what was refused can be found in it by its path.
pub fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}
