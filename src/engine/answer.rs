//! What a handler returns: a response, or a problem that the service's dialect turns into an error response.

use super::json::{self, Object};
use super::{Blob, Follow};
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use std::borrow::Cow;

/// The result of a handler.
pub type Answer = Result<Response, Problem>;

/// An answer to a request, independent of any HTTP library.
#[derive(Debug)]
pub struct Response {
    /// 0 means the success status of the operation.
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

#[derive(Debug, Clone)]
pub enum Body {
    Empty,
    Json(Bytes),
    /// Content type and text.
    Text(&'static str, String),
    /// A blob, the offset of the first byte, and the number of bytes, as `application/octet-stream`.
    Blob(Blob, u64, u64),
    /// Journal entries as server-sent events.
    Events(Follow),
}

impl Response {
    pub fn empty() -> Self {
        Response { status: 0, headers: vec![], body: Body::Empty }
    }

    /// A JSON object.
    pub fn object(fill: impl FnOnce(&mut Object)) -> Self {
        Response { status: 0, headers: vec![], body: Body::Json(json::object(fill).into()) }
    }

    /// Any value as JSON.
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

    /// A whole blob.
    pub fn blob(blob: Blob) -> Self {
        let length = blob.len();
        Response { status: 0, headers: vec![], body: Body::Blob(blob, 0, length) }
    }

    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Adds a header. What a header cannot hold is percent-encoded in its value.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, header_value(value.into())));
        self
    }
}

/// The value as a header can hold it: names of clients may have line breaks and other control characters, which would
/// end the header, and characters beyond ASCII. A handler has changed its cloud when it makes the answer, so nothing may
/// fail here.
fn header_value(value: String) -> String {
    const OTHERS: &AsciiSet = &CONTROLS.remove(b'\t');
    match utf8_percent_encode(&value, OTHERS).into() {
        Cow::Borrowed(_) => value,
        Cow::Owned(encoded) => encoded,
    }
}

/// Why a request is refused. The named constructors in each service's `errors.rs` make it; the service's dialect turns it
/// into a response.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    pub kind: ProblemKind,
    pub message: String,
    /// Further fields of the answer. Boxed, because most problems have none.
    pub detail: Option<Box<Value>>,
    pub headers: Vec<(&'static str, String)>,
}

/// The part of a server that refuses a request. It decides the form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The service, under its own name for the error: `itemNotFound`, `NetworkInUse`, `NoSuchBucket`.
    Service(&'static str),
    /// The service's code around its operations, such as routing and policy checks, if its answers have another form than
    /// those of the operations.
    Dispatch,
    /// The middleware in front of the service that checks tokens.
    Authentication,
    /// The web framework below the service.
    Framework,
    /// The web framework, with a message that is the whole text of the answer, including markup.
    Page,
    /// A gateway in front of the cloud, which limits the rate of requests.
    Gateway,
    /// nephos itself: a body that is valid by the operation's schema does not fit its request type.
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

    /// Adds a header. What a header cannot hold is percent-encoded in its value.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, header_value(value.into())));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_hold_what_clients_send_in_a_form_that_is_allowed() {
        for (value, expected) in [
            ("http://127.0.0.1/v3/x%20y, z\t\"q\"", "http://127.0.0.1/v3/x%20y, z\t\"q\""),
            ("/tags/a\r\nSet-Cookie: b", "/tags/a%0D%0ASet-Cookie: b"),
            ("a\0b\u{7f}", "a%00b%7F"),
            ("/größe", "/gr%C3%B6%C3%9Fe"),
        ] {
            let response = Response::empty().header("Location", value);
            let problem = Problem::new(400, "x", "").header("Location", value);
            assert_eq!((response.headers[0].1.as_str(), problem.headers[0].1.as_str()), (expected, expected));
        }
    }
}
