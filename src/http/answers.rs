//! A [`Response`] as actix sends it.

use crate::engine::{Blob, Body, Follow, Response, wait};
use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::stream;
use std::io;
use std::pin::pin;
use std::time::Duration;

/// How often a stream of events without events says that it is alive.
const TICK: Duration = Duration::from_secs(15);
/// How much of a blob is read at a time.
const PIECE: usize = 64 << 10;

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
    let named = response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some(content_type) = content_type.filter(|_| !named) {
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
        Body::Blob(blob, from, length) => answer.body(SizedStream::new(length, pieces(blob, from, length))),
    }
}

/// Server-sent events, one an entry; a comment now and then tells whether the client is still there.
fn events(follow: Follow) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    stream::unfold(follow, |mut follow| async move {
        let next = async {
            let entries = follow.next().await;
            entries.iter().map(|entry| format!("id: {}\ndata: {}\n\n", entry.number, entry.show())).collect()
        };
        let quiet = async {
            wait(TICK).await;
            ":\n\n".to_owned()
        };
        let text: String = match select(pin!(next), pin!(quiet)).await {
            Either::Left((text, _)) | Either::Right((text, _)) => text,
        };
        Some((Ok(text.into()), follow))
    })
}

fn slice(bytes: &Bytes, from: u64, length: u64) -> Bytes {
    let end = (from.saturating_add(length)).min(bytes.len() as u64) as usize;
    bytes.slice((from as usize).min(end)..end)
}

fn pieces(blob: Blob, from: u64, length: u64) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    let end = from.saturating_add(length).min(blob.len());
    stream::unfold((blob, from), move |(blob, at)| async move {
        if at >= end {
            return None;
        }
        let piece = blob.read(at, PIECE.min((end - at) as usize));
        let next = piece.as_ref().map_or(end, |piece| at + piece.len() as u64);
        Some((piece, (blob, next)))
    })
}
