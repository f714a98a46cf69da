//! What a handler gives back: a response, or a problem that the service's dialect puts into words.

use super::json::{self, Object};
use super::{Blob, Follow};
use bytes::Bytes;

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

/// Why a request is refused. Made by the named constructors in each service's `errors.rs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub status: u16,
    /// The service's own name for it: `itemNotFound`, `NetworkInUse`, `NoSuchBucket`.
    pub kind: &'static str,
    pub message: String,
    pub headers: Vec<(&'static str, String)>,
}

impl Problem {
    pub fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Problem { status, kind, message: message.into(), headers: vec![] }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
