//! The metadata of a volume: `/volumes/{volume_id}/metadata`, with ETags since 3.15
//! (cinder/api/v3/volume_metadata.py).

use super::super::errors;
use super::super::parameter_types::{Metadata, OneMetadata};
use super::super::policy::POLICY;
use super::{Status, Volume, find};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::cinder::status::StatusText;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, delete, get, post, put};
use md5::{Digest, Md5};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

const ALL: &str = "/volumes/{volume_id}/metadata";
const ONE: &str = "/volumes/{volume_id}/metadata/{key}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "cinder.volume.list_metadata", list)
        .summary("Lists the metadata of a volume.")
        .policy_on_target("volume:get_volume_metadata"),
    post(ALL, "cinder.volume.create_metadata", create)
        .summary("Adds metadata to a volume.")
        .body::<MetadataRequest>()
        .policy_on_target("volume:create_volume_metadata"),
    put(ALL, "cinder.volume.replace_metadata", replace)
        .summary("Replaces the metadata of a volume.")
        .body::<MetadataRequest>()
        .policy_on_target("volume:update_volume_metadata"),
    get(ONE, "cinder.volume.show_metadata", show)
        .summary("Shows a metadata item of a volume.")
        .policy_on_target("volume:get_volume_metadata"),
    put(ONE, "cinder.volume.update_metadata", update)
        .summary("Sets a metadata item of a volume.")
        .body::<OneRequest>()
        .policy_on_target("volume:update_volume_metadata"),
    delete(ONE, "cinder.volume.delete_metadata", remove)
        .summary("Deletes a metadata item of a volume.")
        .answers(200)
        .policy_on_target("volume:delete_volume_metadata"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MetadataRequest {
    metadata: Metadata,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OneRequest {
    meta: OneMetadata,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    if !call.since(3, 15) {
        return Ok(answer(&volume.metadata));
    }
    let text = python_json(&volume.metadata);
    let etag = etag(&text);
    Ok(Response::text("text/html; charset=UTF-8", text).header("ETag", etag))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = call.body::<MetadataRequest>()?.metadata.0;
    let id = changeable(call, os, "Updating")?;
    change(os, ctx, &id, |known| known.extend(metadata));
    Ok(answer(&find(call, os, &id)?.metadata))
}

fn replace(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    if !is_current(call, os)? {
        return Ok(Response::empty().status(412));
    }
    let metadata = call.body::<MetadataRequest>()?.metadata.0;
    let id = changeable(call, os, "Updating")?;
    change(os, ctx, &id, |known| *known = metadata);
    Ok(answer(&find(call, os, &id)?.metadata))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let key = call.param("key");
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    let value = volume.metadata.get(key).ok_or_else(|| errors::volume_metadata_not_found(&volume.id, key))?;
    Ok(Response::one("meta", |o| o.set(key, value)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    if !is_current(call, os)? {
        return Ok(Response::empty().status(412));
    }
    let meta = call.body::<OneRequest>()?.meta.0;
    if !meta.contains_key(call.param("key")) {
        return Err(errors::body_and_uri_mismatch());
    }
    let id = changeable(call, os, "Updating")?;
    change(os, ctx, &id, |known| known.extend(meta.clone()));
    Ok(Response::object(|o| o.set("meta", &meta)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let key = call.param("key");
    let volume = find(call, os, call.param("volume_id"))?;
    if !volume.metadata.contains_key(key) {
        return Err(errors::volume_metadata_not_found(&volume.id, key));
    }
    let id = changeable(call, os, "Deleting")?;
    change(os, ctx, &id, |known| {
        known.shift_remove(key);
    });
    Ok(Response::empty())
}

/// The id of the volume, if the caller can change its metadata. `action` is for the error message.
fn changeable(call: &Call, os: &OpenStack, action: &str) -> Result<Id, Problem> {
    let volume = find(call, os, call.param("volume_id"))?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    check_metadata_change(volume, action)?;
    Ok(volume.id.clone())
}

/// Fails with 400 if the volume is in maintenance or uploading. `action` is `Updating` or `Deleting`.
pub fn check_metadata_change(volume: &Volume, action: &str) -> Result<(), Problem> {
    if matches!(volume.status, Status::Maintenance | Status::Uploading) {
        let status = volume.status.text();
        let reason = format!("{action} volume metadata is not allowed for volumes in {status} status.");
        return Err(errors::invalid_volume(reason));
    }
    Ok(())
}

fn change(os: &mut OpenStack, ctx: &mut Context, id: &Id, change: impl FnOnce(&mut Map<String, Value>)) {
    if let Some(volume) = os.cinder.volumes.get_mut(id) {
        change(&mut volume.metadata);
        volume.updated = Some(ctx.now());
    }
}

fn answer(metadata: &Map<String, Value>) -> Response {
    Response::object(|o: &mut Object| o.set("metadata", metadata))
}

/// False if the ETag in `If-Match` is not the current one.
fn is_current(call: &Call, os: &OpenStack) -> Result<bool, Problem> {
    let Some(expected) = call.header("if-match").filter(|text| call.since(3, 15) && text.trim() != "*") else {
        return Ok(true);
    };
    let etag = etag(&python_json(&find(call, os, call.param("volume_id"))?.metadata));
    Ok(expected.split(',').any(|one| one.trim().trim_start_matches("W/").trim_matches('"') == etag))
}

fn etag(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

/// `json.dumps({"metadata": …})`. The ETag is its MD5 digest.
fn python_json(metadata: &Map<String, Value>) -> String {
    let pairs: Vec<_> =
        metadata.iter().map(|(key, value)| format!("{}: {}", text(key), text(&text_of(value)))).collect();
    format!("{{\"metadata\": {{{}}}}}", pairs.join(", "))
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A JSON string with everything beyond ASCII escaped, as `json.dumps` writes it.
fn text(text: &str) -> String {
    let mut out = String::new();
    for c in Value::from(text).to_string().chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}
