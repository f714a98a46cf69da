//! A request of actix as a [`Call`].

use super::Mount;
use crate::engine::{BlobWriter, BodyKind, Call};
use actix_web::http::header::{FORWARDED, HOST, HeaderValue, X_FORWARDED_HOST, X_FORWARDED_PROTO};
use actix_web::{HttpRequest, web};
use bytes::BytesMut;
use futures_util::StreamExt;

/// Bodies above the limit are read and dropped up to this many bytes, so that the client hears the refusal.
const DRAINED: usize = 16 << 20;

pub async fn call(request: &HttpRequest, payload: web::Payload, mount: &Mount) -> Result<Call, String> {
    let path = &request.path()[mount.prefix.len()..];
    let method = method(request.method().as_str());
    let mut call = Call::new(method, if path.is_empty() { "/" } else { path });
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    call.headers = request.headers().iter().map(|(name, value)| (name.as_str().into(), text(value))).collect();
    call.query = query(request.query_string());
    call.origin = origin(request);
    call.prefix.clone_from(&mount.prefix);
    call.endpoints = mount.endpoints.clone();
    call.cloud = mount.cloud.clone();
    match mount.service.body_kind(method, &call.path) {
        BodyKind::Blob => take_blob(&mut call, payload).await?,
        _ => take_bytes(&mut call, payload, mount.service.body_limit()).await?,
    }
    Ok(call)
}

/// The address that the client used.
fn origin(request: &HttpRequest) -> String {
    let headers = request.headers();
    let forwarded = [FORWARDED, X_FORWARDED_HOST, X_FORWARDED_PROTO].iter().any(|name| headers.contains_key(name));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let plain = !forwarded && request.uri().scheme().is_none() && !request.app_config().secure();
    if let Some(host) = host.filter(|_| plain) {
        // What actix finds out too, by looking for more.
        return format!("http://{host}");
    }
    let connection = request.connection_info();
    format!("{}://{}", connection.scheme(), connection.host())
}

async fn take_bytes(call: &mut Call, mut payload: web::Payload, limit: usize) -> Result<(), String> {
    let mut body = BytesMut::new();
    let mut dropped = 0;
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| error.to_string())?;
        if call.oversized || body.len() + piece.len() > limit {
            call.oversized = true;
            dropped += piece.len();
            if dropped > DRAINED {
                break;
            }
        } else {
            body.extend_from_slice(&piece);
        }
    }
    call.bytes = if call.oversized { Default::default() } else { body.freeze() };
    Ok(())
}

async fn take_blob(call: &mut Call, mut payload: web::Payload) -> Result<(), String> {
    let mut writer = BlobWriter::default();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| error.to_string())?;
        writer.write(&piece).map_err(|error| error.to_string())?;
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

fn method(name: &str) -> &'static str {
    const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "COPY", "LINK"];
    METHODS.into_iter().find(|method| *method == name).unwrap_or("OTHER")
}
