//! What a handler gives back: a response, or a problem that the service's dialect puts into words.

use super::json::{self, Object};
use super::{Blob, Follow};
use bytes::Bytes;
use serde_json::Value;

pub type Answer = Result<Response, Problem>;

#[derive(Debug)]
pub struct Response {
    /// 0 stands for the operation's own success status.
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

#[derive(Debug, Clone)]
pub enum Body {
    Empty,
    Json(Bytes),
    /// Text of the given content type.
    Text(&'static str, String),
    /// Bytes of a blob from `.1` on, `.2` of them, as `application/octet-stream`.
    Blob(Blob, u64, u64),
    /// Entries of the journal as they come, as server-sent events.
    Events(Follow),
}

impl Response {
    pub fn empty() -> Self {
        Response { status: 0, headers: vec![], body: Body::Empty }
    }

    pub fn object(fill: impl FnOnce(&mut Object)) -> Self {
        Response { status: 0, headers: vec![], body: Body::Json(json::object(fill).into()) }
    }

    pub fn json(value: &impl serde::Serialize) -> Self {
        let bytes = serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec());
        Response { status: 0, headers: vec![], body: Body::Json(bytes.into()) }
    }

    /// `{"volume": {…}}`
    pub fn one(key: &str, show: impl FnOnce(&mut Object)) -> Self {
        Response::object(|o| o.object(key, show))
    }

    /// `{"volumes": [{…}, …]}`
    pub fn many<T>(key: &str, items: impl IntoIterator<Item = T>, show: impl Fn(&mut Object, T)) -> Self {
        Response::object(|o| o.each(key, items, show))
    }

    pub fn text(content_type: &'static str, text: impl Into<String>) -> Self {
        Response { status: 0, headers: vec![], body: Body::Text(content_type, text.into()) }
    }

    pub fn blob(blob: Blob) -> Self {
        let length = blob.len();
        Response { status: 0, headers: vec![], body: Body::Blob(blob, 0, length) }
    }

    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Why a request is refused. Made by the named constructors in each service's `errors.rs`, and put into
/// words by the service's dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub status: u16,
    pub kind: ProblemKind,
    pub message: String,
    /// What the answer says beyond the message. In a box, because most problems have none.
    pub detail: Option<Box<Value>>,
    pub headers: Vec<(&'static str, String)>,
}

/// Which part of a server refuses a request. It decides the form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The service, under its own name for the error: `itemNotFound`, `NetworkInUse`, `NoSuchBucket`.
    Service(&'static str),
    /// The service's code around its operations, such as routing and policy checks, where its answers have
    /// another form than those of the operations.
    Dispatch,
    /// The middleware in front of the service that checks tokens.
    Authentication,
    /// The web framework below the service.
    Framework,
    /// The web framework as well, but the message is the whole text of the answer, markup included.
    Page,
    /// A gateway in front of the cloud, which limits the rate of requests.
    Gateway,
    /// The emulator itself: a body that fits the operation's schema does not fit its request type.
    Defect,
}

impl From<&'static str> for ProblemKind {
    fn from(name: &'static str) -> Self {
        ProblemKind::Service(name)
    }
}

impl Problem {
    /// `kind` is a [`ProblemKind`], or the service's own name for the error.
    pub fn new(status: u16, kind: impl Into<ProblemKind>, message: impl Into<String>) -> Self {
        Problem { status, kind: kind.into(), message: message.into(), detail: None, headers: vec![] }
    }

    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = Some(Box::new(detail));
        self
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
