//! Turns a [`Response`] into an actix response.

use crate::engine::{Blob, Body, Follow, Followed, Response, wait};
use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::stream;
use std::io;
use std::pin::pin;
use std::time::Duration;

/// How often a stream sends a comment while there are no events, to detect clients that are gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The shortest time between two parts of a stream. What happens meanwhile comes together, so streams cost the requests that
/// they show next to nothing.
const STREAM_INTERVAL: Duration = Duration::from_millis(50);
/// The same for a stream that is behind, so that it gets ahead without taking the thread from others.
const CATCH_UP_INTERVAL: Duration = Duration::from_millis(10);
/// The number of bytes of a blob that are read at a time.
const CHUNK: usize = 64 << 10;

pub fn answer(response: Response) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    let content_type = match &response.body {
        Body::Empty => None,
        Body::Json(_) => Some("application/json"),
        Body::Text(content_type, _) => Some(*content_type),
        Body::Blob(..) => Some("application/octet-stream"),
        Body::Events(_) => Some("text/event-stream"),
    };
    let has_type = response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some(content_type) = content_type.filter(|_| !has_type) {
        answer.insert_header(("Content-Type", content_type));
    }
    for (name, value) in response.headers {
        answer.append_header((name, value));
    }
    match response.body {
        Body::Empty => answer.body(()),
        Body::Json(bytes) => answer.body(bytes),
        Body::Text(_, text) => answer.body(text),
        Body::Events(follow) => answer.streaming(events(follow)),
        Body::Blob(Blob::Memory(bytes), from, length) => answer.body(slice(&bytes, from, length)),
        Body::Blob(blob, from, length) => answer.body(SizedStream::new(length, chunks(blob, from, length))),
    }
}

/// Server-sent events, one for each entry, and `event: skipped` where entries were skipped.
fn events(follow: Follow) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    stream::unfold((follow, Duration::ZERO), |(mut follow, pause)| async move {
        if !pause.is_zero() {
            wait(pause).await;
        }
        let mut pause = STREAM_INTERVAL;
        let next = async {
            let Followed { skipped, entries, is_behind } = follow.next().await;
            if is_behind {
                pause = CATCH_UP_INTERVAL;
            }
            let note = (skipped > 0).then(|| format!("event: skipped\ndata: {{\"skipped\": {skipped}}}\n\n"));
            let entries = entries.iter().map(|entry| format!("id: {}\ndata: {}\n\n", entry.number, entry.text()));
            note.into_iter().chain(entries).collect()
        };
        let keep_alive = async {
            wait(KEEP_ALIVE).await;
            ":\n\n".to_owned()
        };
        let text: String = match select(pin!(next), pin!(keep_alive)).await {
            Either::Left((text, _)) | Either::Right((text, _)) => text,
        };
        Some((Ok(text.into()), (follow, pause)))
    })
}

fn slice(bytes: &Bytes, from: u64, length: u64) -> Bytes {
    let end = (from.saturating_add(length)).min(bytes.len() as u64) as usize;
    bytes.slice((from as usize).min(end)..end)
}

fn chunks(blob: Blob, from: u64, length: u64) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    let end = from.saturating_add(length).min(blob.len());
    stream::unfold((blob, from), move |(blob, at)| async move {
        if at >= end {
            return None;
        }
        let chunk = blob.read(at, CHUNK.min((end - at) as usize));
        let next = chunk.as_ref().map_or(end, |chunk| at + chunk.len() as u64);
        Some((chunk, (blob, next)))
    })
}
