//! Custom ISOs and images. Both are downloaded into a region from a URL.
//!
//! A URL is really fetched only if the settings allow it and the URL is on this machine. Other downloads succeed
//! without being fetched, except from hosts under `.invalid`, which cannot exist (RFC 2606).

pub mod images;
pub mod iso;

use super::catalogue::regions;
use super::paging::Paging;
use super::{Cloudzy, accounts, errors};
use crate::engine::{Call, Context, Id, Problem, Row, Table};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An ISO or an image. Both have the same columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    pub id: Id,
    pub user: Id,
    pub name: String,
    pub url: String,
    pub region: Id,
    pub status: Status,
    /// The size in bytes. None if it was not really fetched.
    pub size: Option<u64>,
    /// Why the download will fail, if that is known from the beginning.
    pub doom: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Only of an ISO.
    pub use_virtio: bool,
    /// Only of an image.
    pub format: Option<String>,
    pub decompress: Option<String>,
}

/// `IsoStatusEnum`, `ImageStatusEnum`. Deleted downloads are listed only if the query asks for that status.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    Downloading,
    Ready,
    Failed,
    Deleted,
}

impl Row for Download {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ListDownloads {
    status: Option<Status>,
    #[serde(flatten)]
    paging: Paging,
}

/// The caller's downloads with the status of the query, newest first.
fn listed<'t>(table: &'t Table<Download>, call: &Call, cloud: &Cloudzy, request: &ListDownloads) -> Vec<&'t Download> {
    let matches = |one: &&Download| match request.status {
        Some(status) => one.status == status,
        None => one.status != Status::Deleted,
    };
    table.all().filter(|one| accounts::reaches(cloud, call, &one.user)).filter(matches).collect()
}

/// The caller's download with this id unless it is deleted.
fn found<'t>(table: &'t Table<Download>, call: &Call, cloud: &Cloudzy, id: &str) -> Option<&'t Download> {
    let found = table.get(id).filter(|one| one.status != Status::Deleted);
    found.filter(|one| accounts::reaches(cloud, call, &one.user))
}

/// The parameters that ISOs and images have in common.
struct DownloadRequest {
    name: String,
    url: String,
    region: String,
}

impl DownloadRequest {
    /// The row of a download that has just begun. Refuses unknown regions and invalid URLs.
    fn begin(self, call: &Call, cloud: &Cloudzy, ctx: &mut Context) -> Result<Download, Problem> {
        let region = regions::find(cloud, &self.region)?.id.clone();
        let host = host(&self.url).ok_or_else(|| bad_url(&self.url))?;
        let (size, doom) = match call.fetched(&self.url) {
            Some(Ok(content)) => (Some(content.len()), None),
            Some(Err(reason)) => (None, Some(reason.clone())),
            None if host == "invalid" || host.ends_with(".invalid") => (None, Some(format!("{host} is nowhere"))),
            None => (None, None),
        };
        Ok(Download {
            id: ctx.uuid(),
            user: call.user(),
            name: self.name,
            url: self.url,
            region,
            status: Status::Downloading,
            size,
            doom,
            created_at: ctx.now(),
            use_virtio: true,
            format: None,
            decompress: None,
        })
    }
}

/// Completes a download that is still in progress.
fn end(download: Option<&mut Download>, fails: bool) {
    let Some(download) = download.filter(|one| one.status == Status::Downloading) else { return };
    download.status = if fails || download.doom.is_some() { Status::Failed } else { Status::Ready };
}

/// The URLs to be fetched before a request is handled: at most one, on this machine, if the settings allow it.
fn addresses(call: &Call, cloud: &Cloudzy) -> Vec<String> {
    if !cloud.settings.fetch_loopback {
        return vec![];
    }
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let url = body["url"].as_str().unwrap_or_default();
    let here = host(url).is_some_and(|host| {
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    });
    if here { vec![url.to_owned()] } else { vec![] }
}

/// The host of a URL in lower case. None if it is not a web address.
fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ftp") {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let host = match place.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => place.split(':').next().unwrap_or_default(),
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// The errors of pydantic's `HttpUrl`.
fn bad_url(url: &str) -> Problem {
    let (says, kind) = match url.split_once("://") {
        None => ("invalid or missing URL scheme", "value_error.url.scheme"),
        Some(("http" | "https" | "ftp", _)) => ("URL host invalid", "value_error.url.host"),
        Some(_) => ("URL scheme not permitted", "value_error.url.scheme"),
    };
    errors::invalid(&[json!({"loc": ["body", "url"], "msg": says, "type": kind})])
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn hosts_stand_alone() {
        assert_eq!(host("https://Example.com:8443/a.iso?x#y").as_deref(), Some("example.com"));
        assert_eq!(host("http://u:p@[::1]:80/").as_deref(), Some("::1"));
        assert_eq!((host("file:///etc/passwd"), host("http://"), host("a.iso")), (None, None, None));
    }
}
