//! Volume snapshots that Cinder asks Nova to create, for backends whose snapshot files the hypervisor writes
//! (nova/api/openstack/compute/assisted_volume_snapshots.py). No backend here is of that kind; only attached volumes
//! are known.

use super::super::OpenStack;
use super::super::cinder::attachments;
use super::errors;
use crate::engine::{self, Answer, Call, Context, Operation, Problem, Response, post};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post("/os-assisted-volume-snapshots", "nova.assisted_volume_snapshot.create", create)
        .summary("Creates a snapshot of an attached volume for Cinder.")
        .body::<CreateRequest>()
        .policy("os_compute_api:os-assisted-volume-snapshots:create"),
    engine::delete("/os-assisted-volume-snapshots/{id}", "nova.assisted_volume_snapshot.delete", remove)
        .summary("Deletes a snapshot of an attached volume for Cinder.")
        .query(delete_query)
        .policy("os_compute_api:os-assisted-volume-snapshots:delete"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    snapshot: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[schemars(extend("minLength" = 1))]
    volume_id: String,
    create_info: CreateInfo,
}

#[derive(Deserialize, JsonSchema)]
struct CreateInfo {
    #[schemars(extend("minLength" = 1))]
    snapshot_id: String,
    #[serde(rename = "type")]
    _kind: SnapshotType,
    #[serde(rename = "new_file")]
    _new_file: String,
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(inline, extend("type" = "string"))]
enum SnapshotType {
    #[serde(rename = "qcow2")]
    Qcow2,
}

fn delete_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"delete_info": {"type": "string"}},
        "additionalProperties": true,
        "x-from": {"2.75": {"additionalProperties": false}}
    })
}

fn create(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.snapshot;
    check_attached(os, &request.volume_id)?;
    let info = request.create_info;
    Ok(Response::one("snapshot", |o| {
        o.set("id", info.id.as_deref().unwrap_or(&info.snapshot_id));
        o.set("volumeId", &request.volume_id);
    }))
}

fn check_attached(os: &OpenStack, volume: &str) -> Result<(), Problem> {
    let attached = attachments::of_volume(os, volume).next().is_some();
    if attached { Ok(()) } else { Err(errors::no_volume_device(volume)) }
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let info = call.last_query("delete_info").ok_or_else(errors::delete_info_missing)?;
    let info: Value = serde_json::from_str(info).map_err(|_| errors::delete_info_missing())?;
    check_attached(os, info["volume_id"].as_str().unwrap_or_default())?;
    Ok(Response::empty())
}
