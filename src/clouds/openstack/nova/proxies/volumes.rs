//! `/os-volumes` and `/os-snapshots`: volumes and their snapshots, forwarded to Cinder
//! (nova/api/openstack/compute/volumes.py, snapshots.py).

use super::{call_cinder, delete, get, items, with_body};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::nova::parameter_types::{Boolean, Optional};
use crate::clouds::openstack::nova::{errors, paging};
use crate::engine::{self, Answer, Call, Context, Object, Operation, Problem, Response, get_changing, post};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get_changing("/os-volumes", "nova.volume.list", list_volumes)
        .summary("Lists volumes through Cinder.")
        .query(list_query)
        .until(2, 35)
        .policy("os_compute_api:os-volumes:list"),
    get_changing("/os-volumes/detail", "nova.volume.list_detail", list_volumes)
        .summary("Lists volumes with details through Cinder.")
        .query(list_query)
        .until(2, 35)
        .policy("os_compute_api:os-volumes:detail"),
    post("/os-volumes", "nova.volume.create", create_volume)
        .summary("Creates a volume through Cinder.")
        .body::<VolumeRequest>()
        .until(2, 35)
        .policy("os_compute_api:os-volumes:create"),
    get_changing("/os-volumes/{id}", "nova.volume.show", show_volume)
        .summary("Shows a volume through Cinder.")
        .until(2, 35)
        .policy("os_compute_api:os-volumes:show"),
    engine::delete("/os-volumes/{id}", "nova.volume.delete", remove_volume)
        .summary("Deletes a volume through Cinder.")
        .answers(202)
        .until(2, 35)
        .policy("os_compute_api:os-volumes:delete"),
    get_changing("/os-snapshots", "nova.snapshot.list", list_snapshots)
        .summary("Lists volume snapshots through Cinder.")
        .query(list_query)
        .until(2, 35)
        .policy("os_compute_api:os-volumes:snapshots:list"),
    get_changing("/os-snapshots/detail", "nova.snapshot.list_detail", list_snapshots)
        .summary("Lists volume snapshots with details through Cinder.")
        .query(list_query)
        .until(2, 35)
        .policy("os_compute_api:os-volumes:snapshots:detail"),
    post("/os-snapshots", "nova.snapshot.create", create_snapshot)
        .summary("Creates a volume snapshot through Cinder.")
        .body::<SnapshotRequest>()
        .until(2, 35)
        .policy("os_compute_api:os-volumes:snapshots:create"),
    get_changing("/os-snapshots/{id}", "nova.snapshot.show", show_snapshot)
        .summary("Shows a volume snapshot through Cinder.")
        .until(2, 35)
        .policy("os_compute_api:os-volumes:snapshots:show"),
    engine::delete("/os-snapshots/{id}", "nova.snapshot.delete", remove_snapshot)
        .summary("Deletes a volume snapshot through Cinder.")
        .answers(202)
        .until(2, 35)
        .policy("os_compute_api:os-volumes:snapshots:delete"),
];

fn list_query() -> Schema {
    let number = json!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1});
    json_schema!({
        "type": "object", "properties": {"limit": number, "offset": number}, "additionalProperties": true
    })
}

fn view_volume(o: &mut Object, volume: &Value) {
    o.set("id", &volume["id"]);
    o.set("status", &volume["status"]);
    o.set("size", &volume["size"]);
    o.set("availabilityZone", &volume["availability_zone"]);
    o.set("createdAt", &volume["created_at"]);
    o.list("attachments", |list| match items(volume, "attachments") {
        [] => list.object(|_| {}),
        several => several.iter().for_each(|attachment| {
            list.object(|o| {
                o.set("id", &volume["id"]);
                o.set("volumeId", &volume["id"]);
                o.set("serverId", &attachment["server_id"]);
                o.set("device", &attachment["device"]);
            });
        }),
    });
    o.set("displayName", &volume["name"]);
    o.set("displayDescription", &volume["description"]);
    o.set("volumeType", &volume["volume_type"]);
    o.set("snapshotId", &volume["snapshot_id"]);
    o.set("metadata", &volume["metadata"]);
}

fn view_snapshot(o: &mut Object, snapshot: &Value) {
    o.set("id", &snapshot["id"]);
    o.set("volumeId", &snapshot["volume_id"]);
    o.set("status", &snapshot["status"]);
    o.set("size", &snapshot["size"]);
    o.set("createdAt", &snapshot["created_at"]);
    o.set("displayName", &snapshot["name"]);
    o.set("displayDescription", &snapshot["description"]);
}

fn list_volumes(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let answer = call_cinder(call, os, ctx, get("/v3/volumes/detail"))?;
    let (offset, limit) = paging::slice(call);
    let page = items(&answer, "volumes").iter().skip(offset).take(limit);
    Ok(Response::many("volumes", page, view_volume))
}

fn show_volume(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let volume = find(call, os, ctx, "volume")?;
    Ok(Response::one("volume", |o| view_volume(o, &volume)))
}

/// The volume or snapshot of the path. Cinder's 404 has the same message as Nova's.
fn find(call: &Call, os: &mut OpenStack, ctx: &mut Context, kind: &str) -> Result<Value, Problem> {
    let path = format!("/v3/{kind}s/{}", call.param("id"));
    Ok(call_cinder(call, os, ctx, get(&path))?[kind].clone())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VolumeRequest {
    volume: Volume,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Volume {
    #[serde(default)]
    volume_type: Optional<String>,
    #[serde(default)]
    metadata: Optional<Map<String, Value>>,
    #[serde(default)]
    snapshot_id: Optional<String>,
    #[schemars(extend("type" = ["integer", "string"], "pattern" = "^[0-9]+$", "minimum" = 1, "format" = "at_least_1"))]
    size: Value,
    #[serde(default)]
    availability_zone: Optional<String>,
    #[serde(default)]
    display_name: Optional<String>,
    #[serde(default)]
    display_description: Optional<String>,
}

fn create_volume(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<VolumeRequest>()?.volume;
    if let Some(id) = &request.snapshot_id.0 {
        let snapshot = call_cinder(call, os, ctx, get(&format!("/v3/snapshots/{id}")));
        snapshot
            .map_err(|problem| if problem.status == 404 { errors::proxied_snapshot_not_found(id) } else { problem })?;
    }
    let mut volume = Map::from_iter([("size".to_owned(), request.size)]);
    let texts = [
        ("volume_type", request.volume_type),
        ("snapshot_id", request.snapshot_id),
        ("availability_zone", request.availability_zone),
        ("name", request.display_name),
        ("description", request.display_description),
    ];
    for (name, text) in texts {
        if let Some(text) = text.0 {
            volume.insert(name.into(), text.into());
        }
    }
    volume.insert("metadata".into(), request.metadata.0.unwrap_or_default().into());
    let made = call_cinder(call, os, ctx, with_body("POST", "/v3/volumes", json!({"volume": volume})));
    let made = made.map_err(|problem| match problem.status {
        400 => errors::refused_by_cinder(&problem.message, &call.request_id),
        413 => errors::not_allowed(problem.message),
        _ => problem,
    })?;
    let volume = &made["volume"];
    let location = format!("{}{}/{}", call.base(), call.path, volume["id"].as_str().unwrap_or_default());
    Ok(Response::one("volume", |o| view_volume(o, volume)).header("Location", location))
}

fn remove_volume(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let gone = call_cinder(call, os, ctx, delete(&format!("/v3/volumes/{}", call.param("id"))));
    gone.map(|_| Response::empty())
}

fn list_snapshots(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let answer = call_cinder(call, os, ctx, get("/v3/snapshots/detail"))?;
    let (offset, limit) = paging::slice(call);
    let page = items(&answer, "snapshots").iter().skip(offset).take(limit);
    Ok(Response::many("snapshots", page, view_snapshot))
}

fn show_snapshot(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let snapshot = find(call, os, ctx, "snapshot")?;
    Ok(Response::one("snapshot", |o| view_snapshot(o, &snapshot)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SnapshotRequest {
    snapshot: Snapshot,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    volume_id: String,
    #[serde(default)]
    force: Optional<Boolean>,
    #[serde(default)]
    display_name: Optional<String>,
    #[serde(default)]
    display_description: Optional<String>,
}

/// Upstream answers 500 for an unknown volume. Nephos answers 400.
fn create_snapshot(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<SnapshotRequest>()?.snapshot;
    let snapshot = json!({
        "volume_id": request.volume_id, "force": request.force.0.is_some_and(|force| force.0),
        "name": request.display_name.0, "description": request.display_description.0,
    });
    let made = call_cinder(call, os, ctx, with_body("POST", "/v3/snapshots", json!({"snapshot": snapshot})));
    let made = made.map_err(|problem| if problem.status == 404 { errors::as_bad_request(problem) } else { problem })?;
    Ok(Response::one("snapshot", |o| view_snapshot(o, &made["snapshot"])))
}

fn remove_snapshot(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let gone = call_cinder(call, os, ctx, delete(&format!("/v3/snapshots/{}", call.param("id"))));
    gone.map(|_| Response::empty())
}
