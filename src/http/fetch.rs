//! What clients ask the services to fetch from somewhere: images imported from the web. Nothing but this
//! machine is reached, and nothing is waited for long.

use crate::engine::{Blob, BlobWriter};
use futures_util::StreamExt;
use reqwest::{Client, Url, redirect};
use std::time::Duration;

/// How long one fetch takes at most.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many bytes are taken at most.
const LARGEST: u64 = 1 << 30;

/// The content at `address`, or why there is none.
pub async fn fetch(address: &str) -> Result<Blob, String> {
    let address = Url::parse(address).map_err(|error| error.to_string())?;
    if !is_here(&address) {
        return Err(format!("{address} is not on this machine"));
    }
    let follow = redirect::Policy::custom(|attempt| {
        if is_here(attempt.url()) && attempt.previous().len() < 5 { attempt.follow() } else { attempt.stop() }
    });
    let client = Client::builder().redirect(follow).timeout(PATIENCE).no_proxy().build();
    let client = client.map_err(|error| error.to_string())?;
    let answer = client.get(address).send().await.map_err(|error| error.to_string())?;
    let answer = answer.error_for_status().map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!("{} is no content", answer.status()));
    }
    let (mut pieces, mut writer, mut length) = (answer.bytes_stream(), BlobWriter::default(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| error.to_string())?;
        length += piece.len() as u64;
        if length > LARGEST {
            return Err("it is too large".into());
        }
        writer.write(&piece).map_err(|error| error.to_string())?;
    }
    Ok(writer.finish())
}

fn is_here(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    matches!(address.scheme(), "http") && (loopback || host == "localhost")
}
