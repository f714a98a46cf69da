//! Snapshots of volumes (cinder/api/v3/snapshots.py).

pub mod actions;
mod list;
pub mod metadata;
mod status;
mod transitions;
pub mod view;

pub use status::Status;
pub use transitions::{CREATE, TRANSITIONS, create_failed, created};

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::parameter_types::{Boolean, MetadataOrNull, OptionalUuid, Text255};
use super::policy::{self, POLICY};
use super::volumes::{self, Volume};
use super::{errors, quotas, types};
use crate::engine::{
    Answer, Blob, Call, Context, Id, Index, Operation, Problem, Response, Row, delete, get, post, put,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const ONE: &str = "/snapshots/{snapshot_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/snapshots", "cinder.snapshot.list", list::summary)
        .summary("Lists snapshots.")
        .policy("volume:get_all_snapshots"),
    get("/snapshots/detail", "cinder.snapshot.list_detail", list::detail)
        .summary("Lists snapshots with details.")
        .policy("volume:get_all_snapshots"),
    post("/snapshots", "cinder.snapshot.create", create)
        .summary("Creates a snapshot.")
        .body::<CreateRequest>()
        .answers(202)
        .policy_on_target("volume:create_snapshot"),
    get(ONE, "cinder.snapshot.show", show).summary("Shows a snapshot.").policy_on_target("volume:get_snapshot"),
    put(ONE, "cinder.snapshot.update", update)
        .summary("Updates a snapshot.")
        .body::<UpdateRequest>()
        .policy_on_target("volume:update_snapshot"),
    delete(ONE, "cinder.snapshot.delete", remove)
        .summary("Deletes a snapshot.")
        .answers(202)
        .policy_on_target("volume:delete_snapshot"),
];

/// A row of the table `snapshots`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Status,
    /// `0%` to `100%`.
    pub progress: Option<String>,
    /// The source volume. It belongs to another project if it was transferred without its snapshots.
    pub volume: Id,
    /// The id of the volume's type.
    pub volume_type: Option<Id>,
    pub size_gib: u32,
    pub group_snapshot: Option<Id>,
    pub encryption_key_id: Option<Id>,
    /// False for temporary snapshots that Cinder creates internally.
    pub consumes_quota: bool,
    pub metadata: Map<String, Value>,
    /// The image metadata of the volume.
    pub image_metadata: Map<String, Value>,
    /// The data of the volume.
    pub content: Option<Blob>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

const BY_VOLUME: Index<Snapshot> = Index::new("volume", |snapshot, key| key(&snapshot.volume));
/// The snapshots of a group snapshot.
pub const BY_GROUP_SNAPSHOT: Index<Snapshot> =
    Index::new("group_snapshot", |snapshot, key| snapshot.group_snapshot.as_deref().into_iter().for_each(key));

impl Row for Snapshot {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_VOLUME, BY_GROUP_SNAPSHOT]
    }
    fn contents(&self, visit: &mut dyn FnMut(&Blob)) {
        self.content.iter().for_each(visit);
    }
}

impl Snapshot {
    /// A new snapshot of a volume, owned by the caller.
    pub fn of(volume: &Volume, call: &Call, ctx: &mut Context) -> Snapshot {
        Snapshot {
            id: ctx.uuid(),
            project: call.project(),
            user: call.user(),
            name: None,
            description: None,
            status: Status::Creating,
            progress: Some("0%".into()),
            volume: volume.id.clone(),
            volume_type: volume.volume_type.clone(),
            size_gib: volume.size_gib,
            group_snapshot: None,
            encryption_key_id: volume.encryption_key_id.clone(),
            consumes_quota: true,
            metadata: Map::new(),
            image_metadata: Map::new(),
            content: None,
            created: ctx.now(),
            updated: None,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    snapshot: CreateSnapshot,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateSnapshot {
    name: Optional<Text255>,
    display_name: Optional<Text255>,
    description: Optional<Text255>,
    volume_id: OptionalUuid,
    force: Optional<Boolean>,
    metadata: Optional<MetadataOrNull>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateRequest {
    snapshot: UpdateSnapshot,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    {"required": ["name"]},
    {"required": ["description"]},
    {"required": ["display_name"]},
    {"required": ["display_description"]},
]))]
struct UpdateSnapshot {
    name: Optional<Text255>,
    description: Optional<Text255>,
    display_name: Optional<Text255>,
    display_description: Optional<Text255>,
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<CreateRequest>()?.snapshot;
    let volume = volumes::find(call, os, request.volume_id.0.as_deref().unwrap_or("None"))?;
    let force = request.force.map(|force| force.0);
    if force == Some(false) && call.since(3, 66) {
        return Err(errors::snapshot_force_is_obsolete());
    }
    POLICY.enforce(call, &[("project_id", &volume.project)])?;
    may_be_snapshotted(volume, force == Some(true) || call.since(3, 66))?;
    let mut snapshot = Snapshot::of(volume, call, ctx);
    snapshot.name = request.name.0.or(request.display_name.0).and_then(Text255::trimmed);
    snapshot.description = request.description.0.and_then(Text255::trimmed);
    snapshot.metadata = request.metadata.0.and_then(|metadata| metadata.0).unwrap_or_default();
    let volume_type = types::name_of(os, volume.volume_type.as_deref());
    let amounts = [("snapshots", 1), ("gigabytes", i64::from(volume.size_gib))];
    quotas::charge(os, &call.project(), volume_type.as_deref(), &amounts)?;
    ctx.later(&transitions::CREATE, &snapshot.id);
    let snapshot = os.cinder.snapshots.insert(snapshot);
    Ok(Response::one("snapshot", |o| view::detail(o, snapshot, call)))
}

/// Checks that a snapshot can be taken. `in_use` allows volumes in use (`_create_snapshot_in_db_validate` and
/// `create_snapshot_in_db` in cinder/volume/api.py).
pub fn may_be_snapshotted(volume: &Volume, in_use: bool) -> Result<(), Problem> {
    use volumes::Status::{Available, Error, InUse, Maintenance};
    if volume.host.is_none() {
        return Err(errors::snapshot_of_an_unscheduled_volume());
    }
    if volume.status == Maintenance {
        return Err(errors::snapshot_in_maintenance());
    }
    if volume.migration_status.as_deref().is_some_and(|status| !matches!(status, "deleting" | "error" | "success")) {
        return Err(errors::snapshot_of_a_migrating_volume());
    }
    if volume.status == Error {
        return Err(errors::snapshot_of_a_volume_in_error());
    }
    if volume.status == Available || (in_use && volume.status == InUse) {
        return Ok(());
    }
    let allowed = if in_use { "available, in-use" } else { "available" };
    Err(errors::snapshot_needs_volume_status(&volume.id, allowed, volume.status))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let snapshot = find(call, os, call.param("snapshot_id"))?;
    Ok(Response::one("snapshot", |o| view::extended(o, snapshot, call)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<UpdateRequest>()?.snapshot;
    let snapshot = find(call, os, call.param("snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &snapshot.project)])?;
    let id = snapshot.id.clone();
    let found = os.cinder.snapshots.get_mut(&id).ok_or_else(|| errors::snapshot_not_found(&id))?;
    if let Some(name) = request.name.0.or(request.display_name.0) {
        found.name = name.trimmed();
    }
    if let Some(description) = request.description.0.or(request.display_description.0) {
        found.description = description.trimmed();
    }
    found.updated = Some(ctx.now());
    Ok(Response::one("snapshot", |o| view::detail(o, found, call)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let snapshot = find(call, os, call.param("snapshot_id"))?;
    POLICY.enforce(call, &[("project_id", &snapshot.project)])?;
    if !matches!(snapshot.status, Status::Available | Status::Error) || snapshot.group_snapshot.is_some() {
        return Err(errors::snapshot_status_to_delete());
    }
    let id = snapshot.id.clone();
    begin_deleting(os, ctx, &id);
    Ok(Response::empty())
}

/// Starts the deletion of a snapshot. The caller has checked that it is allowed.
pub fn begin_deleting(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if let Some(snapshot) = os.cinder.snapshots.get_mut(id) {
        (snapshot.status, snapshot.updated) = (Status::Deleting, Some(ctx.now()));
        ctx.later(&transitions::DELETE, id);
    }
}

/// Removes a snapshot and releases its quota, which is that of the volume's current type.
pub fn forget(os: &mut OpenStack, id: &str) {
    let Some(snapshot) = os.cinder.snapshots.remove(id) else { return };
    if snapshot.consumes_quota {
        let volume_type = os.cinder.volumes.get(&snapshot.volume).and_then(|volume| volume.volume_type.clone());
        let volume_type = types::name_of(os, volume_type.as_deref());
        let amounts = [("snapshots", 1), ("gigabytes", i64::from(snapshot.size_gib))];
        quotas::release(os, &snapshot.project, volume_type.as_deref(), &amounts);
    }
}

/// The snapshots of a volume, newest first.
pub fn of_volume<'o>(os: &'o OpenStack, volume: &str) -> impl Iterator<Item = &'o Snapshot> + use<'o> {
    os.cinder.snapshots.by(&BY_VOLUME, volume)
}

/// Finds a snapshot that the caller can see: one of the caller's project, or any for an administrator.
///
/// Fails with 404 otherwise, and with 403 if the policy `volume:get_snapshot` denies it.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Snapshot, Problem> {
    let snapshot = find_visible(call, os, id)?;
    POLICY.enforce_rule(call, "volume:get_snapshot", &[("project_id", &snapshot.project)])?;
    Ok(snapshot)
}

/// As [`find`], without the policy check. Administrative actions use this.
fn find_visible<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Snapshot, Problem> {
    let visible = |snapshot: &&Snapshot| policy::is_own_or_admin(call, &snapshot.project);
    os.cinder.snapshots.get(id).filter(visible).ok_or_else(|| errors::snapshot_not_found(id))
}
