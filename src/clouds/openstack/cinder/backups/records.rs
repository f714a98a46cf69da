//! Backup records: what another cloud needs to use a backup, exported and imported as text
//! (`encode_record` and `decode_record` in cinder/objects/backup.py).

use super::super::super::OpenStack;
use super::super::super::times::SecondsZ;
use super::super::policy::POLICY;
use super::super::{errors, quotas};
use super::transitions;
use super::transitions::DRIVER;
use super::{Backup, Saved, Status, find, view};
use crate::clouds::openstack::python::b64decode;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, get, object, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/backups/{backup_id}/export_record", "cinder.backup.export_record", export)
        .summary("Exports the record of a backup.")
        .policy_on_target("backup:export-import"),
    post("/backups/import_record", "cinder.backup.import_record", import)
        .summary("Imports the record of a backup.")
        .body::<ImportRequest>()
        .answers(201)
        .policy("backup:backup-import"),
];

/// The fields that the driver requires.
const REQUIRED: [&str; 7] =
    ["display_name", "display_description", "container", "size", "service_metadata", "object_count", "id"];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImportRequest {
    #[serde(rename = "backup-record")]
    record: Record,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Record {
    #[schemars(length(max = 255))]
    backup_service: String,
    backup_url: Base64,
}

/// The encoded record: `backup_url`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Base64(String);

impl JsonSchema for Base64 {
    fn schema_name() -> Cow<'static, str> {
        "backup_url".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "format": "base64"})
    }
}

fn export(call: &Call, os: &OpenStack) -> Answer {
    let backup = find(call, os, call.param("backup_id"))?;
    POLICY.enforce(call, &[("project_id", &backup.project)])?;
    if backup.status != Status::Available {
        return Err(errors::backup_status_to_export(backup.status));
    }
    Ok(Response::one("backup-record", |o| {
        o.set("backup_service", &backup.service);
        o.set("backup_url", STANDARD.encode(record_of(backup)));
    }))
}

fn record_of(backup: &Backup) -> Vec<u8> {
    object(|o| {
        o.object("driver_info", |_| {});
        o.set("id", &backup.id);
        o.set("user_id", &backup.user);
        o.set("project_id", &backup.project);
        o.set("volume_id", &backup.volume);
        o.set("host", "nephos");
        o.set("availability_zone", &backup.availability_zone);
        o.set("container", &backup.container);
        o.set("parent_id", &backup.parent);
        o.set("status", backup.status);
        o.set("fail_reason", &backup.fail_reason);
        o.set("size", backup.size_gib);
        o.set("display_name", &backup.name);
        o.set("display_description", &backup.description);
        o.set("service_metadata", &backup.service_metadata);
        o.set("service", &backup.service);
        o.set("object_count", backup.object_count);
        o.set("temp_volume_id", Value::Null);
        o.set("temp_snapshot_id", Value::Null);
        o.set("num_dependent_backups", backup.dependents);
        o.set("snapshot_id", &backup.snapshot);
        o.set("data_timestamp", SecondsZ(backup.data_timestamp));
        o.set("restore_volume_id", &backup.restore_volume);
        o.set("metadata", &backup.metadata);
        o.set("encryption_key_id", &backup.encryption_key_id);
        o.set("created_at", SecondsZ(backup.created));
        o.set("updated_at", backup.updated.map(SecondsZ));
        o.set("deleted_at", Value::Null);
        o.set("deleted", false);
    })
}

fn import(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<ImportRequest>()?.record;
    let bytes = b64decode(&request.backup_url.0).ok_or_else(errors::backup_record_cannot_be_decoded)?;
    let record: Value = serde_json::from_slice(&bytes).map_err(|_| errors::backup_record_cannot_be_parsed())?;
    let record = record.as_object().ok_or_else(errors::backup_record_without_id)?;
    let mut backup = backup_of(record, call, ctx)?;
    if os.cinder.backups.contains(&backup.id) {
        return Err(errors::backup_exists_already());
    }
    backup.fail_reason = unusable(&request.backup_service, record);
    let amounts = [("backups", 1), ("backup_gigabytes", i64::from(backup.size_gib))];
    quotas::charge(os, &call.project(), None, &amounts)?;
    // The objects exist if a backup of this cloud has the same prefix.
    let original = os.cinder.backups.all().find(|other| other.service_metadata == backup.service_metadata);
    if let Some(original) = original.filter(|original| original.service_metadata.is_some()) {
        (backup.saved, backup.content) = (original.saved.clone(), original.content.clone());
    }
    ctx.later(&transitions::IMPORT, &backup.id);
    let backup = os.cinder.backups.insert(backup);
    // Upstream decodes the record after it has answered, so that the response has no name.
    let nameless = Backup { name: None, ..backup.clone() };
    Ok(Response::one("backup", |o| view::summary(o, &nameless, call)))
}

/// The reason why the driver cannot use a record, if there is one.
fn unusable(service: &str, record: &Map<String, Value>) -> Option<String> {
    if !DRIVER.starts_with(service) {
        let failed = "Import record failed, cannot find backup service to perform the import.";
        return Some(format!("{failed} Request service {service}."));
    }
    let missing: Vec<_> = REQUIRED.into_iter().filter(|name| !record.contains_key(*name)).collect();
    let decoded = "Driver successfully decoded imported backup data, but there are missing fields";
    (!missing.is_empty()).then(|| format!("{decoded} ({}).", missing.join(", ")))
}

/// The backup of a record. It belongs to the caller, whatever the record says.
fn backup_of(record: &Map<String, Value>, call: &Call, ctx: &mut Context) -> Result<Backup, Problem> {
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = |name: &str| record.get(name).and_then(Value::as_str).map(Id::from);
    let number = |name: &str| record.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    let time = |name: &str| {
        let time = record.get(name).and_then(Value::as_str).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        time.map(|time| time.with_timezone(&Utc))
    };
    let fits = |id: &Id| !id.is_empty() && id.len() <= 36;
    Ok(Backup {
        id: id("id").filter(fits).ok_or_else(errors::backup_record_without_id)?,
        project: call.project(),
        user: call.user(),
        name: text("display_name"),
        description: text("display_description"),
        status: Status::Creating,
        fail_reason: None,
        volume: id("volume_id").unwrap_or_else(|| "00000000-0000-0000-0000-000000000000".into()),
        snapshot: id("snapshot_id"),
        parent: id("parent_id"),
        dependents: number("num_dependent_backups").unwrap_or(0),
        size_gib: number("size").ok_or_else(errors::backup_record_without_size)?,
        container: text("container"),
        object_count: number("object_count").unwrap_or(0),
        availability_zone: Some("nova".into()),
        service: Some(DRIVER.into()),
        service_metadata: text("service_metadata"),
        restore_volume: id("restore_volume_id"),
        encryption_key_id: id("encryption_key_id"),
        metadata: record.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default(),
        saved: Saved::default(),
        content: None,
        data_timestamp: time("data_timestamp").unwrap_or_else(|| ctx.now()),
        created: time("created_at").unwrap_or_else(|| ctx.now()),
        updated: Some(ctx.now()),
    })
}
