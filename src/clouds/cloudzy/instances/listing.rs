//! The list of instances, with all filters of the API document and paging by bookmark.

use super::{Instance, view};
use crate::clouds::cloudzy::catalogue::regions;
use crate::clouds::cloudzy::floating_ips::BY_INSTANCE;
use crate::clouds::cloudzy::{Cloudzy, accounts, envelope, errors, pydantic};
use crate::engine::{Answer, Call, Problem};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ListInstances {
    created_from: Option<String>,
    created_to: Option<String>,
    /// The physical server.
    host: Option<String>,
    host_name: Option<String>,
    status: Option<String>,
    region: Option<String>,
    iso_id: Option<String>,
    os_family: Option<String>,
    user_id: Option<String>,
    ipv4: Option<String>,
    ipv6: Option<String>,
    bookmark: Option<String>,
    #[schemars(range(min = 5, max = 100))]
    limit: Option<i64>,
    include_deleted: Option<bool>,
}

/// The filters of a request, with the names in them resolved.
struct Filter<'a> {
    request: &'a ListInstances,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    region: Option<&'a str>,
}

const PER_PAGE: i64 = 10;

/// Newest first. A bookmark names the last instance of the previous page, so new instances do not shift the pages.
pub fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListInstances = pydantic::query(call)?;
    let filter = Filter::read(cloud, &request)?;
    let rows: Box<dyn Iterator<Item = &Instance>> = match &request.bookmark {
        Some(bookmark) => Box::new(cloud.instances.all_before(&last_seen(cloud, call, bookmark)?)),
        None => Box::new(cloud.instances.all()),
    };
    let own = rows.filter(|instance| accounts::reaches(cloud, call, &instance.user));
    let size = request.limit.unwrap_or(PER_PAGE).unsigned_abs() as usize;
    let mut found: Vec<&Instance> = own.filter(|instance| filter.admits(instance, cloud)).take(size + 1).collect();
    let more = found.len() > size;
    found.truncate(size);
    let bookmark = found.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(last.id.as_bytes()));
    Ok(envelope::one("List of instances", |o| {
        o.each("instances", found, |o, instance| view::fields(o, instance, cloud));
        o.set("bookmark", bookmark);
    }))
}

/// Decodes a bookmark to the id of an instance.
fn last_seen(cloud: &Cloudzy, call: &Call, bookmark: &str) -> Result<String, Problem> {
    let id = URL_SAFE_NO_PAD.decode(bookmark).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let known = |id: &String| {
        let instance = cloud.instances.get(id);
        instance.is_some_and(|instance| accounts::reaches(cloud, call, &instance.user))
    };
    id.filter(known).ok_or_else(errors::bookmark_is_unknown)
}

impl<'a> Filter<'a> {
    fn read(cloud: &'a Cloudzy, request: &'a ListInstances) -> Result<Self, Problem> {
        let moment =
            |name: &str, text: &Option<String>| text.as_deref().map(|text| pydantic::moment(name, text)).transpose();
        let from = moment("createdFrom", &request.created_from)?;
        let to = moment("createdTo", &request.created_to)?;
        // A region that does not exist has no instances.
        let region = request.region.as_deref().map(|name| regions::find(cloud, name).map_or(name, |region| &region.id));
        Ok(Filter { request, from, to, region })
    }

    fn admits(&self, instance: &Instance, cloud: &Cloudzy) -> bool {
        let request = self.request;
        let is = |filter: &Option<String>, value: Option<&str>| {
            filter.as_deref().is_none_or(|filter| value.is_some_and(|value| value.eq_ignore_ascii_case(filter)))
        };
        let os = instance.source.os.as_ref().and_then(|os| cloud.operating_systems.get(os));
        let status = json!(instance.status);
        (request.include_deleted == Some(true) || !instance.is_deleted())
            && self.from.is_none_or(|from| from <= instance.inserted_at)
            && self.to.is_none_or(|to| instance.inserted_at <= to)
            && is(&request.host, Some(&instance.host))
            && is(&request.host_name, Some(&instance.hostname))
            && is(&request.status, status.as_str())
            && self.region.is_none_or(|region| *instance.region == *region)
            && is(&request.iso_id, instance.source.iso.as_deref())
            && is(&request.os_family, os.map(|os| os.family.as_str()))
            && is(&request.user_id, Some(&instance.user))
            && request.ipv4.as_deref().is_none_or(|address| has_ipv4(instance, cloud, address))
            && is(&request.ipv6, instance.ipv6.as_deref())
    }
}

/// Checks the instance's own address and its floating IPs.
fn has_ipv4(instance: &Instance, cloud: &Cloudzy, address: &str) -> bool {
    let mut floating = cloud.floating_ips.by(&BY_INSTANCE, &instance.id).filter(|one| one.user == instance.user);
    instance.ipv4.as_deref() == Some(address) || floating.any(|one| one.address == address)
}
