//! Answers that a fault breaks. actix closes the connection when the stream of a body fails.

use super::answers;
use crate::engine::{Body, Break, Response, wait};
use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::io;
use std::time::Duration;

/// The time that the first half of an answer gets to reach the client before the connection closes.
const FLUSH: Duration = Duration::from_millis(30);
/// The longest time that a stalled connection stays open.
const NEVER: Duration = Duration::from_secs(3600);

pub fn answer(response: Response, broken: Break) -> HttpResponse {
    match broken {
        // The stream fails before actix has sent the head, so the client gets no byte.
        Break::ResetBefore | Break::ResetAfter => HttpResponse::Ok().streaming(stream::once(async { Err(reset()) })),
        Break::ResetDuring => in_halves(response, FLUSH, false),
        Break::Stall(None) => in_halves(response, NEVER, false),
        Break::Stall(Some(ms)) => in_halves(response, Duration::from_millis(ms), true),
        // The engine has already replaced the body.
        Break::Truncate | Break::Garbage => answers::answer(response),
    }
}

/// The head and the first half of the body, a pause, and then the second half (`whole`) or the end of the connection.
fn in_halves(response: Response, pause: Duration, whole: bool) -> HttpResponse {
    let body = bytes(&response.body);
    let (first, second) = (body.slice(..body.len() / 2), body.slice(body.len() / 2..));
    let rest = stream::once(async move {
        wait(pause).await;
        if whole { Ok(second) } else { Err(reset()) }
    });
    let pieces = stream::once(async { Ok(first) }).chain(rest);
    // An empty body could not break off.
    let length = (body.len() as u64).max(1);
    answers::answer(response)
        .map_body(|_, _| actix_web::body::BoxBody::new(SizedStream::new(length, pieces.boxed_local())))
}

/// The body; of a blob at most 1 MiB.
fn bytes(body: &Body) -> Bytes {
    match body {
        Body::Empty | Body::Events(_) => Bytes::new(),
        Body::Json(bytes) => bytes.clone(),
        Body::Text(_, text) => Bytes::copy_from_slice(text.as_bytes()),
        Body::Blob(blob, from, length) => blob.read(*from, (*length).min(1 << 20) as usize).unwrap_or_default(),
    }
}

fn reset() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "injected by a fault")
}
