//! Turns an actix request into a [`Call`].

use super::Mount;
use super::bodies::{self, Unread};
use crate::engine::{BodyKind, Call, Pace, Reception};
use actix_web::http::header::{CONTENT_LENGTH, EXPECT, HOST, HeaderValue, TRANSFER_ENCODING};
use actix_web::{HttpRequest, web};

/// The length from which on a body is large: who asks is known before it is taken in.
const LARGE: u64 = 64 << 10;

/// A request, and how to go on.
pub struct Received {
    pub call: Call,
    pub pace: Pace,
    /// True if the body was not read to its end, so that the connection is of no use after the answer.
    pub closes: bool,
}

/// Reads the request and, unless its head is refused, its body.
pub async fn call(request: &HttpRequest, payload: web::Payload, mount: &Mount) -> Result<Received, Unread> {
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
    let is_large = is_large(request);
    let Reception { body, refused, pace } = mount.service.receive(&mount.live, &mut call, is_large);
    match body {
        // The rest of a small body is read, so that the connection can go on.
        _ if refused && !is_large => bodies::drop_bytes(payload).await?,
        _ if refused => {}
        BodyKind::Blob => bodies::read_blob(&mut call, payload).await?,
        _ => bodies::read_bytes(&mut call, payload, mount.service.body_limit()).await?,
    }
    let closes = (refused && is_large) || call.oversized || call.unstored.is_some();
    Ok(Received { call, pace, closes })
}

/// True if the body is large, or may be.
fn is_large(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    headers.contains_key(TRANSFER_ENCODING)
        || headers.contains_key(EXPECT)
        || length.is_some_and(|length| length > LARGE)
}

/// The address that the client used: `http://host:port`. `Forwarded` and `X-Forwarded-*` do not count: the emulated services
/// read them only where they are configured to be behind a proxy.
fn origin(request: &HttpRequest) -> String {
    let (uri, config) = (request.uri(), request.app_config());
    let scheme = uri.scheme_str().unwrap_or(if config.secure() { "https" } else { "http" });
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.or(uri.authority().map(|authority| authority.as_str())).unwrap_or(config.host());
    format!("{scheme}://{host}")
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
