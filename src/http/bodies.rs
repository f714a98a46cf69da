//! Takes in the bodies of requests.

use crate::engine::{BlobRoom, BlobWriter, Call, Unstored, wait};
use actix_web::web;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use std::io;
use std::pin::pin;
use std::time::Duration;

/// How long the next piece of a body may take.
const STALLED: Duration = Duration::from_secs(30);
/// How long a whole body may take that is kept in memory.
const SLOW: Duration = Duration::from_secs(120);
/// The number of bytes of a streamed body that are written at a time.
const PIECE: usize = 512 << 10;

/// Why a body was not taken in.
pub enum Unread {
    /// The connection broke, or the client sent an invalid HTTP body.
    Broken(String),
    /// The client stopped sending.
    Stalled,
}

/// The next piece of a body; `None` at its end.
async fn next(payload: &mut web::Payload) -> Result<Option<Bytes>, Unread> {
    match select(payload.next(), pin!(wait(STALLED))).await {
        Either::Left((None, _)) => Ok(None),
        Either::Left((Some(piece), _)) => piece.map(Some).map_err(|error| Unread::Broken(error.to_string())),
        Either::Right(_) => Err(Unread::Stalled),
    }
}

/// Takes in a body of at most `limit` bytes. A larger one is not read to its end.
pub async fn read_bytes(call: &mut Call, payload: web::Payload, limit: usize) -> Result<(), Unread> {
    if length(call).is_some_and(|length| length > limit as u64) {
        call.oversized = true;
        return Ok(());
    }
    match select(pin!(collect(call, payload, limit)), pin!(wait(SLOW))).await {
        Either::Left((read, _)) => read,
        Either::Right(_) => Err(Unread::Stalled),
    }
}

async fn collect(call: &mut Call, mut payload: web::Payload, limit: usize) -> Result<(), Unread> {
    let mut body = BytesMut::new();
    while let Some(piece) = next(&mut payload).await? {
        if body.len() + piece.len() > limit {
            call.oversized = true;
            return Ok(());
        }
        body.extend_from_slice(&piece);
    }
    call.bytes = body.freeze();
    Ok(())
}

/// Reads a body that nobody needs.
pub async fn drop_bytes(mut payload: web::Payload) -> Result<(), Unread> {
    while next(&mut payload).await?.is_some() {}
    Ok(())
}

/// Takes in a body of any size. If it cannot be stored, it is not read to its end.
pub async fn read_blob(call: &mut Call, payload: web::Payload) -> Result<(), Unread> {
    let room = length(call).map_or(Ok(()), |length| BlobRoom::of_process().check(length));
    match room {
        Ok(()) => store(call, payload).await,
        Err(reason) => {
            call.unstored = Some(reason);
            Ok(())
        }
    }
}

async fn store(call: &mut Call, mut payload: web::Payload) -> Result<(), Unread> {
    let (mut writer, mut held) = (BlobWriter::default(), BytesMut::new());
    loop {
        let piece = next(&mut payload).await?;
        let is_last = piece.is_none();
        held.extend_from_slice(&piece.unwrap_or_default());
        if held.len() >= PIECE || (is_last && !held.is_empty()) {
            match write(writer, held.split().freeze()).await {
                Ok(written) => writer = written,
                Err(error) => {
                    call.unstored = Some(Unstored::from(error));
                    return Ok(());
                }
            }
        }
        if is_last {
            call.blob = Some(writer.finish());
            return Ok(());
        }
    }
}

/// Writes a piece; a large one on a thread that answers no requests, since the disk may be slow.
async fn write(mut writer: BlobWriter, piece: Bytes) -> io::Result<BlobWriter> {
    if piece.len() < PIECE {
        return writer.write(&piece).map(|()| writer);
    }
    web::block(move || writer.write(&piece).map(|()| writer)).await.map_err(io::Error::other)?
}

/// The length that the client announces.
fn length(call: &Call) -> Option<u64> {
    call.header("content-length").and_then(|length| length.parse().ok())
}
