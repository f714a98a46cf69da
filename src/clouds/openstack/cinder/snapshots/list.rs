//! `GET /snapshots` and `/snapshots/detail` (`_items` in cinder/api/v3/snapshots.py, `_process_snaps_filters` in
//! cinder/db/api.py).

use super::super::super::{OpenStack, python};
use super::super::errors;
use super::super::listing::{Column, Key, Listing, Page, Query};
use super::{Snapshot, view};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Problem, Response};
use serde_json::{Map, Value};

const SNAPSHOTS: Listing<Snapshot> = Listing { columns: COLUMNS, no_marker: Some(errors::snapshot_not_found) };

/// The columns of `snapshots` in cinder/db/models.py.
const COLUMNS: &[Column<Snapshot>] = &[
    ("id", |snapshot| Key::Text(snapshot.id.to_string())),
    ("display_name", |snapshot| Key::of(&snapshot.name)),
    ("display_description", |snapshot| Key::of(&snapshot.description)),
    ("status", |snapshot| Key::Text(snapshot.status.text())),
    ("progress", |snapshot| Key::of(&snapshot.progress)),
    ("volume_id", |snapshot| Key::Text(snapshot.volume.to_string())),
    ("volume_size", |snapshot| Key::Number(i64::from(snapshot.size_gib))),
    ("volume_type_id", |snapshot| Key::of(&snapshot.volume_type)),
    ("project_id", |snapshot| Key::Text(snapshot.project.to_string())),
    ("user_id", |snapshot| Key::Text(snapshot.user.to_string())),
    ("group_snapshot_id", |snapshot| Key::of(&snapshot.group_snapshot)),
    ("encryption_key_id", |snapshot| Key::of(&snapshot.encryption_key_id)),
    ("use_quota", |snapshot| Key::Flag(snapshot.consumes_quota)),
    ("created_at", |snapshot| Key::time(Some(snapshot.created))),
    ("updated_at", |snapshot| Key::time(snapshot.updated)),
    ("cgsnapshot_id", |_| Key::Nothing),
    ("scheduled_at", |_| Key::Nothing),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
    ("provider_id", |_| Key::Nothing),
    ("provider_location", |_| Key::Nothing),
    ("provider_auth", |_| Key::Nothing),
];

pub fn summary(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("snapshots", page.rows.iter().copied(), view::summary);
        page.finish(o, call, "snapshots", "snapshots");
    }))
}

pub fn detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("snapshots", page.rows.iter().copied(), |o, snapshot| view::extended(o, snapshot, call));
        page.finish(o, call, "snapshots", "snapshots/detail");
    }))
}

fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, Snapshot>, Problem> {
    let mut query = Query::of(call, "snapshot")?;
    let metadata = query.take("metadata").map(|text| python::literal(&text));
    if let Some(text) = query.take("use_quota") {
        let flag = super::super::strict_bool("use_quota", &text)?;
        query.put("use_quota", if flag { "1" } else { "0" });
    }
    query.rename("name", "display_name");
    if call.since(3, 30) {
        query.rename_sort("name", "display_name");
    }
    // These two are columns of the volume.
    let (host, zone) = (query.take("host"), query.take("availability_zone"));
    SNAPSHOTS.page(call, &query, &os.cinder.snapshots, |snapshot| {
        let volume = || os.cinder.volumes.get(&snapshot.volume);
        let on_host = |host: &String| volume().and_then(|one| one.host.as_ref()).is_some_and(|is| is_on(is, host));
        let in_zone = |zone: &String| volume().is_some_and(|one| *one.availability_zone == **zone);
        metadata.as_ref().is_none_or(|pairs| has_metadata(snapshot, pairs.as_ref()))
            && host.as_ref().is_none_or(on_host)
            && zone.as_ref().is_none_or(in_zone)
    })
}

/// True if `place` (`host@backend#pool`) is `host` or a part of it.
fn is_on(place: &str, host: &str) -> bool {
    place.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '#']))
}

/// True if the snapshot has all pairs. False if the filter was not a dictionary.
fn has_metadata(snapshot: &Snapshot, pairs: Option<&Value>) -> bool {
    let has = |pairs: &Map<String, Value>| pairs.iter().all(|(key, value)| snapshot.metadata.get(key) == Some(value));
    pairs.and_then(Value::as_object).is_some_and(has)
}
