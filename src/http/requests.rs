//! Turns an actix request into a [`Call`].

use super::Mount;
use crate::engine::{BlobWriter, BodyKind, Call};
use actix_web::http::header::{FORWARDED, HOST, HeaderValue, X_FORWARDED_HOST, X_FORWARDED_PROTO};
use actix_web::{HttpRequest, web};
use bytes::BytesMut;
use futures_util::StreamExt;

/// The number of bytes beyond the limit that are read and dropped, so that the client finishes sending and reads the
/// refusal.
const MAX_DROPPED: usize = 16 << 20;

/// Why the body of a request could not be read.
pub enum Unread {
    /// The connection broke, or the client sent an invalid HTTP body.
    Broken(String),
    /// There is no room for a large body.
    NoRoom,
}

/// Reads the request and its body.
pub async fn call(request: &HttpRequest, payload: web::Payload, mount: &Mount) -> Result<Call, Unread> {
    let path = &request.path()[mount.prefix.len()..];
    let method = method(request.method().as_str());
    let mut call = Call::new(method, if path.is_empty() { "/" } else { path });
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    for (name, value) in request.headers() {
        match call.headers.iter_mut().find(|(known, _)| known == name.as_str()) {
            // Headers that come twice are one list, as uWSGI hands them on.
            Some((_, list)) => *list = format!("{list}, {}", text(value)),
            None => call.headers.push((name.as_str().into(), text(value))),
        }
    }
    call.query = query(request.query_string());
    call.origin = origin(request);
    call.prefix.clone_from(&mount.prefix);
    call.own_prefix.clone_from(&mount.own_prefix);
    call.endpoints = mount.endpoints.clone();
    call.cloud = mount.cloud.clone();
    match mount.service.body_kind(method, &call.path) {
        BodyKind::Blob => read_blob(&mut call, payload).await?,
        _ => read_bytes(&mut call, payload, mount.service.body_limit()).await?,
    }
    Ok(call)
}

/// The address that the client used: `http://host:port`.
fn origin(request: &HttpRequest) -> String {
    let headers = request.headers();
    let forwarded = [FORWARDED, X_FORWARDED_HOST, X_FORWARDED_PROTO].iter().any(|name| headers.contains_key(name));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let plain = !forwarded && request.uri().scheme().is_none() && !request.app_config().secure();
    if let Some(host) = host.filter(|_| plain) {
        // The same as below, without the cost of parsing all forwarding headers.
        return format!("http://{host}");
    }
    let connection = request.connection_info();
    format!("{}://{}", connection.scheme(), connection.host())
}

async fn read_bytes(call: &mut Call, mut payload: web::Payload, limit: usize) -> Result<(), Unread> {
    let mut body = BytesMut::new();
    let mut dropped = 0;
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| Unread::Broken(error.to_string()))?;
        if call.oversized || body.len() + piece.len() > limit {
            call.oversized = true;
            dropped += piece.len();
            if dropped > MAX_DROPPED {
                break;
            }
        } else {
            body.extend_from_slice(&piece);
        }
    }
    call.bytes = if call.oversized { Default::default() } else { body.freeze() };
    Ok(())
}

async fn read_blob(call: &mut Call, mut payload: web::Payload) -> Result<(), Unread> {
    let mut writer = BlobWriter::default();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| Unread::Broken(error.to_string()))?;
        writer.write(&piece).map_err(|error| {
            tracing::error!(%error, "a body could not be stored");
            Unread::NoRoom
        })?;
    }
    call.blob = Some(writer.finish());
    Ok(())
}

fn query(text: &str) -> Vec<(String, String)> {
    if text.is_empty() {
        return vec![];
    }
    web::Query::<Vec<(String, String)>>::from_query(text).map_or_else(|_| vec![], web::Query::into_inner)
}

/// The name of a method as a static string; `OTHER` for methods that no operation has.
pub fn method(name: &str) -> &'static str {
    const METHODS: [&str; 10] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "COPY", "LINK", "TRACE"];
    METHODS.into_iter().find(|method| *method == name).unwrap_or("OTHER")
}
