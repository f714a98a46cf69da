//! Fetches what clients ask services to download, such as the images of Glance's web-download. Only addresses of this
//! machine are fetched: an emulated cloud must not be a way into other networks.

use crate::engine::{Blob, BlobWriter};
use futures_util::StreamExt;
use reqwest::{Client, Url, redirect};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest content in bytes.
const MAX_LENGTH: u64 = 1 << 30;

/// The content at an address. Redirects are followed at most five times, and only on this machine.
pub async fn fetch(address: &str) -> Result<Blob, String> {
    let address = Url::parse(address).map_err(|error| error.to_string())?;
    if !is_local(&address) {
        return Err(format!("{address} is not on this machine"));
    }
    let follow = redirect::Policy::custom(|attempt| {
        if is_local(attempt.url()) && attempt.previous().len() < 5 { attempt.follow() } else { attempt.stop() }
    });
    let client = Client::builder().redirect(follow).timeout(TIMEOUT).no_proxy().build();
    let client = client.map_err(|error| error.to_string())?;
    let answer = client.get(address).send().await.map_err(|error| error.to_string())?;
    let answer = answer.error_for_status().map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("unexpected status {}", answer.status()));
    }
    let (mut pieces, mut writer, mut length) = (answer.bytes_stream(), BlobWriter::default(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| error.to_string())?;
        length += piece.len() as u64;
        if length > MAX_LENGTH {
            return Err("the content is too large".into());
        }
        writer.write(&piece).map_err(|error| error.to_string())?;
    }
    Ok(writer.finish())
}

fn is_local(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    matches!(address.scheme(), "http") && (loopback || host == "localhost")
}
