//! Answers that break, as a fault ordered: actix drops the connection when a body ends in an error.

use super::answers;
use crate::engine::{Body, Break, Response, wait};
use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::io;
use std::time::Duration;

/// What was written gets this long to reach the client before the connection closes.
const FLUSH: Duration = Duration::from_millis(30);
/// A stalled answer ends with its connection, at the latest now.
const NEVER: Duration = Duration::from_secs(3600);

pub fn answer(response: Response, broken: Break) -> HttpResponse {
    match broken {
        // The error comes before actix has sent the head: the client gets nothing at all.
        Break::ResetBefore | Break::ResetAfter => HttpResponse::Ok().streaming(stream::once(async { Err(reset()) })),
        Break::ResetDuring => in_halves(response, FLUSH, false),
        Break::Stall(None) => in_halves(response, NEVER, false),
        Break::Stall(Some(ms)) => in_halves(response, Duration::from_millis(ms), true),
        // The body itself is broken already.
        Break::Truncate | Break::Garbage => answers::answer(response),
    }
}

/// The head and half of the body, a pause, and then the rest or the end of the connection.
fn in_halves(response: Response, pause: Duration, whole: bool) -> HttpResponse {
    let body = bytes(&response.body);
    let (first, second) = (body.slice(..body.len() / 2), body.slice(body.len() / 2..));
    let rest = stream::once(async move {
        wait(pause).await;
        if whole { Ok(second) } else { Err(reset()) }
    });
    let pieces = stream::once(async { Ok(first) }).chain(rest);
    // A body needs a byte to break off at.
    let length = (body.len() as u64).max(1);
    answers::answer(response)
        .map_body(|_, _| actix_web::body::BoxBody::new(SizedStream::new(length, pieces.boxed_local())))
}

/// The body, of a large one the beginning.
fn bytes(body: &Body) -> Bytes {
    match body {
        Body::Empty | Body::Events(_) => Bytes::new(),
        Body::Json(bytes) => bytes.clone(),
        Body::Text(_, text) => Bytes::copy_from_slice(text.as_bytes()),
        Body::Blob(blob, from, length) => blob.read(*from, (*length).min(1 << 20) as usize).unwrap_or_default(),
    }
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "a fault was ordered")
}
