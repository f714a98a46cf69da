//! Transfers of volumes to other projects: any project that has the key can accept one. The old path
//! `/os-volume-transfer` and the new one `/volume-transfers` have the same transfers (cinder/transfer/api.py).

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::listing::{self, Column, Key, Listing, Page, Query};
use super::parameter_types::{Boolean, Uuid};
use super::policy::{self, POLICY};
use super::volumes::{self, Status};
use super::{errors, quotas, snapshots, types};
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, post};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-volume-transfer", "cinder.transfer.list", list)
        .summary("Lists volume transfers at the old path.")
        .policy("volume:get_all_transfers"),
    get("/os-volume-transfer/detail", "cinder.transfer.list_detail", list_detail)
        .summary("Lists volume transfers with details at the old path.")
        .policy("volume:get_all_transfers"),
    post("/os-volume-transfer", "cinder.transfer.create", create)
        .summary("Creates a volume transfer at the old path.")
        .body::<CreateRequest>()
        .answers(202)
        .policy_on_target("volume:create_transfer"),
    get("/os-volume-transfer/{transfer_id}", "cinder.transfer.show", show)
        .summary("Shows a volume transfer at the old path.")
        .policy("volume:get_transfer"),
    delete("/os-volume-transfer/{transfer_id}", "cinder.transfer.delete", remove)
        .summary("Deletes a volume transfer at the old path.")
        .answers(202)
        .policy_on_target("volume:delete_transfer"),
    post("/os-volume-transfer/{transfer_id}/accept", "cinder.transfer.accept", accept)
        .summary("Accepts a volume transfer at the old path.")
        .body::<AcceptRequest>()
        .answers(202)
        .policy("volume:accept_transfer"),
    get("/volume-transfers", "cinder.volume_transfer.list", list)
        .summary("Lists volume transfers.")
        .policy("volume:get_all_transfers"),
    get("/volume-transfers/detail", "cinder.volume_transfer.list_detail", list_detail)
        .summary("Lists volume transfers with details.")
        .policy("volume:get_all_transfers"),
    post("/volume-transfers", "cinder.volume_transfer.create", create)
        .summary("Creates a volume transfer.")
        .body::<CreateWithSnapshotsRequest>()
        .answers(202)
        .policy_on_target("volume:create_transfer"),
    get("/volume-transfers/{transfer_id}", "cinder.volume_transfer.show", show)
        .summary("Shows a volume transfer.")
        .policy("volume:get_transfer"),
    delete("/volume-transfers/{transfer_id}", "cinder.volume_transfer.delete", remove)
        .summary("Deletes a volume transfer.")
        .answers(202)
        .policy_on_target("volume:delete_transfer"),
    post("/volume-transfers/{transfer_id}/accept", "cinder.volume_transfer.accept", accept)
        .summary("Accepts a volume transfer.")
        .body::<AcceptRequest>()
        .answers(202)
        .policy("volume:accept_transfer"),
];

/// A row of the table `transfers`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transfer {
    pub id: Id,
    /// The project that offers the volume.
    pub project: Id,
    pub volume: Id,
    pub name: Option<String>,
    /// 16 hexadecimal digits, shown once.
    pub auth_key: String,
    /// If true, the volume's snapshots are not transferred.
    pub no_snapshots: bool,
    pub created: DateTime<Utc>,
}

impl Row for Transfer {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

const LISTING: Listing<Transfer> = Listing { columns: COLUMNS, no_marker: Some(errors::transfer_not_found) };

/// The columns of `transfers` in cinder/db/models.py.
const COLUMNS: &[Column<Transfer>] = &[
    ("id", |transfer| Key::Text(transfer.id.to_string())),
    ("volume_id", |transfer| Key::Text(transfer.volume.to_string())),
    ("display_name", |transfer| Key::of(&transfer.name)),
    ("no_snapshots", |transfer| Key::Flag(transfer.no_snapshots)),
    ("source_project_id", |transfer| Key::Text(transfer.project.to_string())),
    ("destination_project_id", |_| Key::Nothing),
    ("accepted", |_| Key::Flag(false)),
    ("created_at", |transfer| Key::time(Some(transfer.created))),
    ("updated_at", |_| Key::Nothing),
    ("expires_at", |_| Key::Nothing),
    ("deleted", |_| Key::Flag(false)),
    ("deleted_at", |_| Key::Nothing),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    #[serde(rename = "transfer")]
    _transfer: Create,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    #[serde(rename = "volume_id")]
    _volume_id: Uuid,
    #[serde(default, rename = "name")]
    #[schemars(schema_with = "name")]
    _name: Option<String>,
}

/// The body at `/volume-transfers`. The body at the old path is a subset of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateWithSnapshotsRequest {
    transfer: CreateWithSnapshots,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateWithSnapshots {
    volume_id: Uuid,
    #[serde(default)]
    #[schemars(schema_with = "name")]
    name: Option<String>,
    #[serde(default)]
    #[schemars(extend("x-since" = "3.55"))]
    no_snapshots: Optional<Boolean>,
}

fn name(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "oneOf": [{"type": "string", "format": "name_skip_leading_trailing_spaces"}, {"type": "null"}],
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AcceptRequest {
    accept: Accept,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Accept {
    #[schemars(extend("type" = ["string", "integer"]))]
    auth_key: Value,
}

/// Paging and sorting exist since 3.59, at the new path only. Elsewhere their parameters are filters on columns that do
/// not exist. The project of the caller replaces a filter on the project (`transfer_get_all_by_project`).
fn page<'o>(call: &Call, os: &'o OpenStack) -> Result<Page<'o, Transfer>, Problem> {
    let pages = call.since(3, 59) && call.operation.starts_with("cinder.volume_transfer.");
    let mut query = if pages { Query::open(call, "transfer")? } else { Query::filters_only(call, "transfer")? };
    query.rename("name", "display_name");
    let project = query.take("project_id").filter(|project| query.all_projects && !project.is_empty());
    let of_project = |transfer: &Transfer| project.as_deref().is_none_or(|project| *transfer.project == *project);
    let mut page = LISTING.page(call, &query, &os.cinder.transfers, of_project)?;
    if pages {
        page.skip(listing::offset(call)?);
    }
    Ok(page)
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("transfers", page.rows.iter().copied(), |o, transfer| summary(o, transfer, call));
        page.finish(o, call, "transfers", "os-volume-transfer");
    }))
}

fn list_detail(call: &Call, os: &OpenStack) -> Answer {
    let page = page(call, os)?;
    Ok(Response::object(|o| {
        o.each("transfers", page.rows.iter().copied(), |o, transfer| detail(o, transfer, call));
        page.finish(o, call, "transfers", "os-volume-transfer");
    }))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let transfer = find(call, os, call.param("transfer_id"))?;
    Ok(Response::one("transfer", |o| detail(o, transfer, call)))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateWithSnapshotsRequest>()?.transfer;
    let no_snapshots = request.no_snapshots.is_some_and(|flag| flag.0);
    let volume = volumes::find(call, os, &request.volume_id.0)?;
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    if volume.status != Status::Available {
        return Err(errors::cannot_transfer());
    }
    if volume.encryption_key_id.is_some() {
        let new_path = call.operation.starts_with("cinder.volume_transfer.");
        match call.since(3, 70) && new_path {
            false => return Err(errors::cannot_transfer_encrypted()),
            true if no_snapshots => return Err(errors::cannot_transfer_encrypted_alone()),
            true => {}
        }
    }
    let mut busy = snapshots::of_volume(os, &volume.id).filter(|one| one.status != snapshots::Status::Available);
    if let Some(busy) = busy.next().filter(|_| !no_snapshots) {
        return Err(errors::cannot_transfer_snapshot(&busy.id));
    }
    drop(busy);
    let key: [u8; 8] = ctx.secret(&volume.project);
    let transfer = Transfer {
        id: ctx.uuid(),
        project: volume.project.clone(),
        volume: volume.id.clone(),
        name: request.name.map(|name| name.trim().to_owned()),
        auth_key: hex::encode(key),
        no_snapshots,
        created: ctx.now(),
    };
    if let Some(volume) = os.cinder.volumes.get_mut(&transfer.volume) {
        (volume.status, volume.updated) = (Status::AwaitingTransfer, Some(ctx.now()));
    }
    let transfer = os.cinder.transfers.insert(transfer);
    Ok(Response::one("transfer", |o| created(o, transfer, call)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let transfer = find(call, os, call.param("transfer_id"))?;
    let (id, volume) = (transfer.id.clone(), volumes::find(call, os, &transfer.volume)?);
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    let volume = volume.id.clone();
    os.cinder.transfers.remove(&id);
    if let Some(volume) = os.cinder.volumes.get_mut(&volume)
        && volume.status == Status::AwaitingTransfer
    {
        (volume.status, volume.updated) = (Status::Available, Some(ctx.now()));
    }
    Ok(Response::empty())
}

/// Moves the volume and its quota to the caller's project.
fn accept(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let key = call.body::<AcceptRequest>()?.accept.auth_key;
    let id = call.param("transfer_id");
    let transfer = os.cinder.transfers.get(id).cloned().ok_or_else(|| errors::transfer_not_found(id))?;
    if super::python::str(&key) != transfer.auth_key {
        return Err(errors::wrong_auth_key(id));
    }
    let volume = os.cinder.volumes.get(&transfer.volume);
    let volume = volume.ok_or_else(|| errors::volume_not_found(&transfer.volume))?.clone();
    let (from, to) = (volume.project.clone(), call.project());
    quotas::check_volume_size(os, &to, i64::from(volume.size_gib))?;
    let type_name = types::name_of(os, volume.volume_type.as_deref());
    let amounts = [("volumes", 1), ("gigabytes", i64::from(volume.size_gib))];
    quotas::charge(os, &to, type_name.as_deref(), &amounts)?;
    quotas::release(os, &from, type_name.as_deref(), &amounts);
    if !transfer.no_snapshots {
        move_snapshots(call, os, ctx, &transfer, type_name.as_deref())?;
    }
    match volume.status {
        Status::Maintenance => return Err(errors::accepting_in_maintenance()),
        Status::AwaitingTransfer => {}
        _ => return Err(errors::not_awaiting_transfer(id, &volume.id)),
    }
    let mut moved = volume;
    (moved.project, moved.user, moved.status) = (to, call.user(), Status::Available);
    moved.updated = Some(ctx.now());
    os.cinder.volumes.insert(moved);
    os.cinder.transfers.remove(id);
    Ok(Response::one("transfer", |o| summary(o, &transfer, call)))
}

/// Moves the snapshots of the volume and their quota to the caller's project.
fn move_snapshots(
    call: &Call,
    os: &mut OpenStack,
    ctx: &Context,
    transfer: &Transfer,
    type_name: Option<&str>,
) -> Result<(), Problem> {
    let snapshots: Vec<_> = snapshots::of_volume(os, &transfer.volume).cloned().collect();
    for mut snapshot in snapshots.into_iter().rev() {
        if snapshot.status != snapshots::Status::Available {
            return Err(errors::snapshot_not_available_to_transfer(&transfer.id, &snapshot.id));
        }
        let amounts = [("snapshots", 1), ("gigabytes", i64::from(snapshot.size_gib))];
        quotas::charge(os, &call.project(), type_name, &amounts)?;
        quotas::release(os, &snapshot.project, type_name, &amounts);
        (snapshot.project, snapshot.user, snapshot.updated) = (call.project(), call.user(), Some(ctx.now()));
        os.cinder.snapshots.insert(snapshot);
    }
    Ok(())
}

/// Finds a transfer of the caller's project, or any for an administrator. Fails with 404 otherwise.
fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Transfer, Problem> {
    let visible = |transfer: &&Transfer| policy::is_own_or_admin(call, &transfer.project);
    os.cinder.transfers.get(id).filter(visible).ok_or_else(|| errors::transfer_not_found(id))
}

// -- views: cinder/api/views/transfers.py -------------------------------------------------------

fn summary(o: &mut Object, transfer: &Transfer, call: &Call) {
    o.set("id", &transfer.id);
    o.set("volume_id", &transfer.volume);
    o.set("name", &transfer.name);
    listing::links(o, call, "os-volume-transfer", &transfer.id);
}

fn detail(o: &mut Object, transfer: &Transfer, call: &Call) {
    o.set("created_at", Micros(transfer.created));
    summary(o, transfer, call);
    since_3_55(o, transfer, call);
}

/// The response to `POST`, the only one with the key.
fn created(o: &mut Object, transfer: &Transfer, call: &Call) {
    o.set("created_at", Micros(transfer.created));
    o.set("auth_key", &transfer.auth_key);
    summary(o, transfer, call);
    since_3_55(o, transfer, call);
}

/// Accepted transfers are deleted, so that `accepted` is always false.
fn since_3_55(o: &mut Object, transfer: &Transfer, call: &Call) {
    if call.since(3, 55) {
        o.set("no_snapshots", transfer.no_snapshots);
    }
    if call.since(3, 57) {
        o.set("destination_project_id", None::<()>);
        o.set("source_project_id", &transfer.project);
        o.set("accepted", false);
    }
}
