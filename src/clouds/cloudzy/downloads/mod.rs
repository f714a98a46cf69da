//! What customers bring along from the web, ISOs and images: both are downloaded into a region by the provider.
//!
//! Nothing is fetched unless the settings allow this machine's own addresses and the address is one of them;
//! else a download succeeds, but for hosts under `.invalid`, which nobody can reach (RFC 2606).

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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Download {
    pub id: Id,
    pub user: Id,
    pub name: String,
    pub url: String,
    pub region: Id,
    pub status: Status,
    /// Bytes, where they were really fetched.
    pub size: Option<u64>,
    /// Why it will fail, if that is known from the beginning.
    pub doom: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Of an ISO.
    pub use_virtio: bool,
    /// Of an image.
    pub format: Option<String>,
    pub decompress: Option<String>,
}

/// `IsoStatusEnum`, `ImageStatusEnum`. What is deleted is listed only to those who ask for it.
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

/// Those of the caller with the status that the query asks for, newest first.
fn listed<'t>(table: &'t Table<Download>, call: &Call, cloud: &Cloudzy, asked: &ListDownloads) -> Vec<&'t Download> {
    let wanted = |one: &&Download| match asked.status {
        Some(status) => one.status == status,
        None => one.status != Status::Deleted,
    };
    table.all().filter(|one| accounts::reaches(cloud, call, &one.user)).filter(wanted).collect()
}

/// One of the caller's that is not deleted.
fn found<'t>(table: &'t Table<Download>, call: &Call, cloud: &Cloudzy, id: &str) -> Option<&'t Download> {
    let found = table.get(id).filter(|one| one.status != Status::Deleted);
    found.filter(|one| accounts::reaches(cloud, call, &one.user))
}

/// What a request asks to be downloaded.
struct Wanted {
    name: String,
    url: String,
    region: String,
}

impl Wanted {
    /// The download as it begins.
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

/// How a download ends that nothing has ended before.
fn end(download: Option<&mut Download>, fails: bool) {
    let Some(download) = download.filter(|one| one.status == Status::Downloading) else { return };
    download.status = if fails || download.doom.is_some() { Status::Failed } else { Status::Ready };
}

/// The address that is to be fetched for a request: on this machine, if the settings allow that, and only for
/// somebody with a token.
fn addresses(call: &Call, cloud: &Cloudzy) -> Vec<String> {
    let known = accounts::of_token(cloud, call.header("api-token").unwrap_or_default()).is_some();
    if !cloud.settings.fetch_loopback || !known {
        return vec![];
    }
    let body: Value = serde_json::from_slice(&call.bytes).unwrap_or_default();
    let url = body["url"].as_str().unwrap_or_default();
    let here = host(url).is_some_and(|host| {
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    });
    if here { vec![url.to_owned()] } else { vec![] }
}

/// The host of an address of the web, in small letters; nothing for anything else.
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

/// As pydantic's `HttpUrl` complains.
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
