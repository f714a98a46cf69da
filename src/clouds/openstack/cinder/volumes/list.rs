//! `GET /volumes`, `/volumes/detail` and `/volumes/summary` (`_get_volumes` in cinder/api/v3/volumes.py).

use super::super::listing::{Column, Key, Listing, Page, Query};
use super::super::{errors, policy, strict_bool};
use super::{Status, Volume, view};
use crate::clouds::openstack::cinder::status::StatusText;
use crate::clouds::openstack::{OpenStack, python};
use crate::engine::{Answer, Call, Problem, Response};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The list of volumes.
pub const VOLUMES: Listing<Volume> = Listing { columns: COLUMNS, no_marker: Some(errors::volume_not_found) };

/// The columns of `volumes` in cinder/db/models.py. Columns that nephos does not use are empty.
const COLUMNS: &[Column<Volume>] = &[
    ("id", |volume| Key::Text(volume.id.to_string())),
    ("display_name", |volume| Key::of(&volume.name)),
    ("display_description", |volume| Key::of(&volume.description)),
    ("size", |volume| Key::Number(i64::from(volume.size_gib))),
    ("status", |volume| Key::Text(volume.status.text())),
    ("attach_status", |volume| Key::Text(volume.attach_status.text())),
    ("availability_zone", |volume| Key::Text(volume.availability_zone.to_string())),
    ("bootable", |volume| Key::Flag(volume.bootable)),
    ("multiattach", |volume| Key::Flag(volume.multiattach)),
    ("use_quota", |volume| Key::Flag(volume.consumes_quota)),
    ("shared_targets", |_| Key::Flag(false)),
    ("deleted", |_| Key::Flag(false)),
    ("project_id", |volume| Key::Text(volume.project.to_string())),
    ("user_id", |volume| Key::Text(volume.user.to_string())),
    ("host", |volume| Key::of(&volume.host)),
    ("volume_type_id", |volume| Key::of(&volume.volume_type)),
    ("snapshot_id", |volume| Key::of(&volume.snapshot_id)),
    ("source_volid", |volume| Key::of(&volume.source_volume_id)),
    ("group_id", |volume| Key::of(&volume.group_id)),
    ("encryption_key_id", |volume| Key::of(&volume.encryption_key_id)),
    ("migration_status", |volume| Key::of(&volume.migration_status)),
    ("previous_status", |volume| Key::of(&volume.previous_status.map(Status::text))),
    ("replication_status", |volume| Key::of(&volume.replication_status)),
    ("created_at", |volume| Key::time(Some(volume.created))),
    ("updated_at", |volume| Key::time(volume.updated)),
    ("scheduled_at", |volume| Key::time(volume.host.as_ref().map(|_| volume.created))),
    ("launched_at", |volume| Key::time(volume.host.as_ref().map(|_| volume.created))),
    ("terminated_at", |_| Key::Nothing),
    ("deleted_at", |_| Key::Nothing),
    ("consistencygroup_id", |_| Key::Nothing),
    ("cluster_name", |_| Key::Nothing),
    ("ec2_id", |_| Key::Nothing),
    ("provider_id", |_| Key::Nothing),
    ("provider_location", |_| Key::Nothing),
    ("provider_auth", |_| Key::Nothing),
    ("provider_geometry", |_| Key::Nothing),
    ("replication_extended_status", |_| Key::Nothing),
    ("replication_driver_data", |_| Key::Nothing),
];

/// The boolean columns. Their filters accept all spellings of booleans.
const BOOLEANS: [&str; 5] = ["bootable", "multiattach", "use_quota", "shared_targets", "deleted"];

pub fn list(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("volumes", page.rows.iter().copied(), |o, volume| view::summary(o, volume, call));
        page.finish(o, call, "volumes", "volumes");
    }))
}

pub fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("volumes", page.rows.iter().copied(), |o, volume| view::detail(o, volume, os, call));
        page.finish(o, call, "volumes", "volumes/detail");
    }))
}

fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, Volume>, Problem> {
    let mut query = Query::of(call, "volume")?;
    query.rename("name", "display_name");
    query.rename_sort("name", "display_name");
    if let Some(text) = query.take("use_quota") {
        let flag = strict_bool("use_quota", &text)?;
        query.put("use_quota", if flag { "True" } else { "False" });
    }
    let created = TimeFilter::of(query.take("created_at"))?;
    let updated = TimeFilter::of(query.take("updated_at"))?;
    for name in BOOLEANS {
        if let Some(text) = query.take(name) {
            let flag = boolean(call, name, &text)?;
            query.put(name, if flag { "True" } else { "False" });
        }
    }
    if policy::is_admin(call)
        && let Some(text) = call.query("all_tenants")
    {
        strict_bool("all_tenants", text)?;
    }
    let metadata = MetadataFilter::of(query.take("metadata"));
    let image_metadata = MetadataFilter::of(query.take("glance_metadata"));
    let host = query.take("host");
    // Only administrators see the target volume of a migration.
    let hidden = |volume: &Volume| {
        !policy::is_admin(call) && volume.migration_status.as_ref().is_some_and(|status| status.starts_with("target:"))
    };
    VOLUMES.page(call, &query, &os.cinder.volumes, |volume| {
        !hidden(volume)
            && created.matches(Some(volume.created))
            && updated.matches(volume.updated)
            && metadata.matches(&[&volume.metadata, &volume.admin_metadata])
            && image_metadata.matches(&[&volume.image_metadata])
            && host.as_ref().is_none_or(|host| is_on(volume, host))
    })
}

/// A boolean filter. Before 3.2 everything except `false` is true (`_check_boolean_filter_value`).
fn boolean(call: &Call, name: &str, text: &str) -> Result<bool, Problem> {
    if call.since(3, 2) {
        let flag = python::bool_from_string(text);
        return flag.ok_or_else(|| errors::invalid_input(format!("'{name} = {text}'")));
    }
    Ok(!matches!(text, "False" | "false" | "FALSE"))
}

/// True if the volume is on the host. The host can be given without its pool.
fn is_on(volume: &Volume, host: &str) -> bool {
    let on = volume.host.as_deref().unwrap_or_default();
    on.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}

/// A filter by time, such as `created_at=gt:2030-01-01,lt:2029-01-01`. One of the comparisons must match.
struct TimeFilter(Option<Vec<(String, DateTime<Utc>)>>);

impl TimeFilter {
    fn of(text: Option<String>) -> Result<TimeFilter, Problem> {
        let Some(text) = text else { return Ok(TimeFilter(None)) };
        let mut times = vec![];
        for comparison in text.split(',') {
            let (operator, time) = comparison.split_once(':').unwrap_or((comparison, comparison));
            if !["gt", "gte", "eq", "neq", "lt", "lte"].contains(&operator) {
                return Err(errors::invalid_time_operator(operator));
            }
            times.push((operator.to_owned(), isotime(time).ok_or_else(|| errors::invalid_time(time))?));
        }
        Ok(TimeFilter(Some(times)))
    }

    fn matches(&self, at: Option<DateTime<Utc>>) -> bool {
        let Some(times) = &self.0 else { return true };
        let Some(at) = at else { return false };
        times.iter().any(|(operator, time)| {
            let order = at.timestamp().cmp(&time.timestamp());
            match operator.as_str() {
                "gt" => order == Ordering::Greater,
                "gte" => order != Ordering::Less,
                "eq" => order == Ordering::Equal,
                "neq" => order != Ordering::Equal,
                "lt" => order == Ordering::Less,
                _ => order != Ordering::Greater,
            }
        })
    }
}

/// `timeutils.parse_isotime`: a date, with or without a time, with or without a zone.
fn isotime(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().replacen(' ', "T", 1);
    if let Ok(time) = DateTime::parse_from_rfc3339(&text) {
        return Some(time.to_utc());
    }
    let text = text.trim_end_matches('Z');
    let time = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M%S"];
    let time = time.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let date = || ["%Y-%m-%d", "%Y%m%d"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    time.or_else(|| date()?.and_hms_opt(0, 0, 0)).map(|time| time.and_utc())
}

/// A filter by metadata, such as `metadata={'colour': 'red'}`.
enum MetadataFilter {
    Any,
    All(Map<String, Value>),
    /// The value is not a dictionary, so that nothing matches.
    None,
}

impl MetadataFilter {
    fn of(text: Option<String>) -> MetadataFilter {
        let Some(text) = text else { return MetadataFilter::Any };
        match python::literal(&text) {
            Some(Value::Object(pairs)) => MetadataFilter::All(pairs),
            _ => MetadataFilter::None,
        }
    }

    fn matches(&self, places: &[&Map<String, Value>]) -> bool {
        let is_in = |key: &str, value: &Value| {
            places.iter().any(|place| place.get(key).is_some_and(|known| python::str(known) == python::str(value)))
        };
        match self {
            MetadataFilter::Any => true,
            MetadataFilter::All(pairs) => pairs.iter().all(|(key, value)| is_in(key, value)),
            MetadataFilter::None => false,
        }
    }
}

/// The count, total size and metadata of the volumes. Filters are ignored.
pub fn summary(call: &Call, os: &OpenStack) -> Answer {
    let all = call.query("all_tenants").map(|text| strict_bool("all_tenants", text)).transpose()?.unwrap_or(false);
    let volumes: Vec<&Volume> = match all && policy::is_admin(call) {
        true => os.cinder.volumes.all().collect(),
        false => os.cinder.volumes.of(&call.project()).collect(),
    };
    let mut metadata: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (key, value) in volumes.iter().flat_map(|volume| &volume.metadata) {
        let values = metadata.entry(key).or_default();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(Response::one("volume-summary", |o| {
        o.set("total_count", volumes.len());
        o.set("total_size", volumes.iter().map(|volume| u64::from(volume.size_gib)).sum::<u64>());
        if call.since(3, 36) {
            o.set("metadata", &metadata);
        }
    }))
}
