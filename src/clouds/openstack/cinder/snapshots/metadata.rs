//! The metadata of a snapshot (cinder/api/v3/snapshot_metadata.py).

use super::super::super::OpenStack;
use super::super::errors;
use super::super::policy::POLICY;
use super::find;
use crate::engine::{Answer, Call, Context, Operation, Response, delete, get, post, put};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

const ALL: &str = "/snapshots/{snapshot_id}/metadata";
const ONE: &str = "/snapshots/{snapshot_id}/metadata/{key}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "cinder.snapshot.metadata.list", list)
        .summary("Lists metadata of a snapshot.")
        .policy_on_target("volume:get_snapshot_metadata"),
    post(ALL, "cinder.snapshot.metadata.create", create)
        .summary("Adds metadata to a snapshot.")
        .body::<MetadataRequest>()
        .policy_on_target("volume:update_snapshot_metadata"),
    put(ALL, "cinder.snapshot.metadata.replace", replace)
        .summary("Replaces the metadata of a snapshot.")
        .body::<MetadataRequest>()
        .policy_on_target("volume:update_snapshot_metadata"),
    get(ONE, "cinder.snapshot.metadata.show", show)
        .summary("Shows a metadata item of a snapshot.")
        .policy_on_target("volume:get_snapshot_metadata"),
    put(ONE, "cinder.snapshot.metadata.update", update)
        .summary("Sets a metadata item of a snapshot.")
        .body::<MetaRequest>()
        .policy_on_target("volume:update_snapshot_metadata"),
    delete(ONE, "cinder.snapshot.metadata.delete", remove)
        .summary("Deletes a metadata item of a snapshot.")
        .answers(200)
        .policy_on_target("volume:delete_snapshot_metadata"),
];

/// Unknown fields are ignored.
#[derive(Deserialize, JsonSchema)]
struct MetadataRequest {
    metadata: Metadata,
}

#[derive(Deserialize, JsonSchema)]
struct MetaRequest {
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Metadata(Map<String, Value>);

/// One key and its value.
#[derive(Deserialize)]
#[serde(transparent)]
struct Meta(Map<String, Value>);

impl JsonSchema for Metadata {
    fn schema_name() -> Cow<'static, str> {
        "snapshot_metadata".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
            "additionalProperties": false,
        })
    }
}

impl JsonSchema for Meta {
    fn schema_name() -> Cow<'static, str> {
        "snapshot_meta".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Metadata::json_schema(generator);
        schema.insert("minProperties".into(), 1.into());
        schema.insert("maxProperties".into(), 1.into());
        schema
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let snapshot = find(call, os, call.param("snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &snapshot.project)])?;
    Ok(Response::object(|o| o.set("metadata", &snapshot.metadata)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = call.body::<MetadataRequest>()?.metadata.0;
    change(call, os, ctx, |known| known.extend(metadata))
}

fn replace(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let metadata = call.body::<MetadataRequest>()?.metadata.0;
    change(call, os, ctx, |known| *known = metadata)
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (snapshot, key) = (find(call, os, call.param("snapshot_id"))?, call.param("key"));
    POLICY.enforce(call, &[("project_id", &snapshot.project)])?;
    let value = snapshot.metadata.get(key);
    let value = value.ok_or_else(|| errors::snapshot_metadata_not_found(&snapshot.id, key))?;
    Ok(Response::one("meta", |o| o.set(key, value)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let meta = call.body::<MetaRequest>()?.meta.0;
    if !meta.contains_key(call.param("key")) {
        return Err(errors::body_and_uri_mismatch());
    }
    let answer = Response::object(|o| o.set("meta", &meta));
    change(call, os, ctx, |known| known.extend(meta))?;
    Ok(answer)
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let (snapshot, key) = (find(call, os, call.param("snapshot_id"))?, call.param("key"));
    let target = [("project_id", &*snapshot.project)];
    POLICY.enforce_rule(call, "volume:get_snapshot_metadata", &target)?;
    if !snapshot.metadata.contains_key(key) {
        return Err(errors::snapshot_metadata_not_found(&snapshot.id, key));
    }
    change(call, os, ctx, |known| {
        known.remove(key);
    })?;
    Ok(Response::empty())
}

/// Changes the metadata and answers with the result.
fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, change: impl FnOnce(&mut Map<String, Value>)) -> Answer {
    let snapshot = find(call, os, call.param("snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &snapshot.project)])?;
    let id = snapshot.id.clone();
    let found = os.cinder.snapshots.get_mut(&id).ok_or_else(|| errors::snapshot_not_found(&id))?;
    change(&mut found.metadata);
    found.updated = Some(ctx.now());
    Ok(Response::object(|o| o.set("metadata", &found.metadata)))
}
