//! Fetches what clients ask services to download, such as the images of Glance's web-download. An emulated cloud must not
//! be a way into other networks, into what listens on this machine, or into nephos itself.

use crate::engine::{Blob, BlobWriter, FETCH_AGENT};
use futures_util::StreamExt;
use reqwest::header::LOCATION;
use reqwest::{Client, Response, Url, redirect};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest content in bytes.
const MAX_LENGTH: u64 = 1 << 30;
const MAX_REDIRECTS: usize = 5;

/// Where services may fetch. Addresses of other machines are never fetched.
#[derive(Clone, Debug, Default)]
pub struct FetchRules {
    /// True if `http://` on loopback addresses may be fetched.
    pub loopback: bool,
    /// The ports of this nephos, which are never fetched.
    pub own_ports: Vec<u16>,
}

impl FetchRules {
    /// The content at an address, or why it was not fetched. A redirect is checked as the first address is.
    pub async fn fetch(&self, address: &str) -> Result<Blob, String> {
        let fetched = self.follow(address).await;
        if let Err(error) = &fetched {
            tracing::warn!(address, error, "not fetched");
        }
        fetched
    }

    async fn follow(&self, address: &str) -> Result<Blob, String> {
        let mut address = Url::parse(address).map_err(text)?;
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.get(&address).await?;
            if !answer.status().is_redirection() {
                return content(answer).await;
            }
            let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            address = address.join(location.unwrap_or_default()).map_err(text)?;
        }
        Err(format!("more than {MAX_REDIRECTS} redirects"))
    }

    /// The answer of one server. The name is resolved once, and the connection goes to the addresses that were checked.
    async fn get(&self, address: &Url) -> Result<Response, String> {
        let resolved = self.allowed(address).await?;
        let host = address.host_str().unwrap_or_default();
        let client = Client::builder().redirect(redirect::Policy::none()).timeout(TIMEOUT).no_proxy();
        let client = client.user_agent(FETCH_AGENT).resolve_to_addrs(host, &resolved).build().map_err(text)?;
        client.get(address.clone()).send().await.map_err(text)
    }

    /// The addresses of the server, if all of them may be fetched from.
    async fn allowed(&self, address: &Url) -> Result<Vec<SocketAddr>, String> {
        let host = address.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = address.port_or_known_default().unwrap_or_default();
        if address.scheme() != "http" {
            return Err(format!("{address} is not a http address"));
        }
        if !self.loopback {
            return Err("nothing may be fetched; `nephos serve --allow-fetch loopback` allows this machine".into());
        }
        if self.own_ports.contains(&port) {
            return Err(format!("port {port} belongs to nephos"));
        }
        let resolved: Vec<_> = tokio::net::lookup_host((host, port)).await.map_err(text)?.collect();
        match resolved.iter().find(|resolved| !is_loopback(resolved.ip())) {
            Some(other) => Err(format!("{host} is {}, which is not a loopback address", other.ip())),
            None => Ok(resolved),
        }
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

async fn content(answer: Response) -> Result<Blob, String> {
    if !answer.status().is_success() {
        return Err(format!("status {}", answer.status()));
    }
    if answer.content_length().is_some_and(|length| length > MAX_LENGTH) {
        return Err(too_large());
    }
    let (mut pieces, mut writer, mut length) = (answer.bytes_stream(), BlobWriter::default(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(text)?;
        length += piece.len() as u64;
        if length > MAX_LENGTH {
            return Err(too_large());
        }
        // The text of the error may have the path of a temporary file.
        writer.write(&piece).map_err(|error| error.kind().to_string())?;
    }
    Ok(writer.finish())
}

fn too_large() -> String {
    format!("the content is larger than {MAX_LENGTH} bytes")
}

fn text(error: impl std::error::Error) -> String {
    error.to_string()
}
