//! Snapshots of instances, taken by customers or by backup profiles.

use super::billing::{self, Price};
use super::catalogue::operating_systems;
use super::instances::size::Size;
use super::instances::{self, Instance, Source, Status as InstanceStatus, Task};
use super::paging::Paging;
use super::{Cloudzy, accounts, backups, envelope, errors, pydantic, schemas};
use crate::engine::{
    Answer, Call, Context, Id, Object, Operation, Problem, Row, Transition, delete, get, post, schema_of, transition,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const OPERATIONS: &[Operation<Cloudzy>] = &[
    get("/snapshots", "cloudzy.snapshot.list", list)
        .summary("Lists snapshots.")
        .query(schema_of::<ListSnapshots>)
        .response(schemas::snapshots),
    post("/snapshots", "cloudzy.snapshot.create", create)
        .summary("Creates a snapshot.")
        .body::<TakeSnapshot>()
        .response(schemas::snapshot),
    get("/snapshots/{id}", "cloudzy.snapshot.show", show).summary("Shows a snapshot.").response(schemas::snapshot),
    delete("/snapshots/{id}", "cloudzy.snapshot.delete", remove)
        .summary("Deletes a snapshot.")
        .answers(200)
        .response(schemas::done),
    post("/snapshots/{id}/restore", "cloudzy.snapshot.restore", restore)
        .summary("Restores an instance from a snapshot.")
        .no_body()
        .response(schemas::done),
];

pub const TAKE: Transition<Cloudzy> = transition("cloudzy.snapshot.take", taken, not_taken);
pub const RESTORE: Transition<Cloudzy> = transition("cloudzy.snapshot.restore", restored, not_restored);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&TAKE, &RESTORE];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    pub id: Id,
    pub user: Id,
    pub instance: Id,
    pub region: Id,
    pub name: String,
    pub size_gb: i64,
    pub status: Status,
    /// True for a file of a backup profile, whose fee includes it.
    pub automated: bool,
    pub created_at: DateTime<Utc>,
    pub last_restored_at: Option<DateTime<Utc>>,
    pub metadata: Metadata,
    /// The password at the time of the snapshot, which is on its disk.
    pub password: String,
}

/// `SnapshotStatusEnum`
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Active,
    InProgress,
    Failed,
    Restoring,
}

/// The state of the instance at the time of the snapshot: `SnapshotMetadataSchema`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    pub hostname: String,
    pub region: Id,
    pub size: Size,
    pub source: Source,
}

impl Row for Snapshot {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.instance
    }
}

impl Metadata {
    pub fn of(instance: &Instance) -> Self {
        Metadata {
            hostname: instance.hostname.clone(),
            region: instance.region.clone(),
            size: instance.size.clone(),
            source: instance.source.clone(),
        }
    }

    pub fn view(&self, o: &mut Object, cloud: &Cloudzy) {
        o.set("hostname", &self.hostname);
        o.set("region", &self.region);
        o.set("productId", &self.size.product);
        o.set("class", self.size.class);
        o.set("vcpuCount", self.size.vcpus);
        o.set("ram", self.size.ram_mb);
        o.set("disk", self.size.disk_gb);
        o.set("osId", &self.source.os);
        match self.source.os.as_ref().and_then(|os| cloud.operating_systems.get(os)) {
            Some(os) => o.object("os", |o| operating_systems::view(o, os)),
            None => o.set("os", Value::Null),
        }
    }
}

/// `TakeSnapshotRequestSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TakeSnapshot {
    instance_id: String,
}

/// The API document has `instance_id`; clients send `instanceId`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ListSnapshots {
    instance_id: Option<String>,
    #[serde(rename = "instanceId")]
    the_same: Option<String>,
    is_automated_backup: Option<bool>,
    status: Option<Status>,
    #[serde(flatten)]
    paging: Paging,
}

/// Begins to take a snapshot and returns its id.
pub fn take(cloud: &mut Cloudzy, ctx: &mut Context, instance: &Instance, automated: bool) -> Id {
    let kind = if automated { "backup" } else { "snapshot" };
    let snapshot = Snapshot {
        id: ctx.uuid(),
        user: instance.user.clone(),
        instance: instance.id.clone(),
        region: instance.region.clone(),
        name: format!("{}-{kind}-{}", instance.hostname, ctx.now().format("%Y%m%d%H%M%S")),
        size_gb: instance.size.disk_gb,
        status: Status::InProgress,
        automated,
        created_at: ctx.now(),
        last_restored_at: None,
        metadata: Metadata::of(instance),
        password: instance.password.clone(),
    };
    let id = snapshot.id.clone();
    ctx.later(&TAKE, &id);
    cloud.snapshots.insert(snapshot);
    id
}

/// The price of a snapshot per hour.
fn price(cloud: &Cloudzy, region: &str, size_gb: i64) -> Price {
    let percent = cloud.regions.get(region).map_or(100, |region| region.price_percent);
    Price { unit: cloud.rates.snapshot_gb.percent(percent) * size_gb, hours: 1 }
}

/// The snapshot with this id if an instance in this region can be created from it; else the refusal.
pub fn ready<'c>(cloud: &'c Cloudzy, call: &Call, id: &str, region: &str) -> Result<&'c Snapshot, Problem> {
    let snapshot = find(cloud, call, id)?;
    let ready = snapshot.status == Status::Active && *snapshot.region == *region;
    if ready { Ok(snapshot) } else { Err(errors::not_ready("snapshot")) }
}

fn find<'c>(cloud: &'c Cloudzy, call: &Call, id: &str) -> Result<&'c Snapshot, Problem> {
    let found = cloud.snapshots.get(id).filter(|one| accounts::reaches(cloud, call, &one.user));
    found.ok_or_else(errors::snapshot_not_found)
}

/// Newest first. Files of backup profiles are listed only if the query asks for them.
fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListSnapshots = pydantic::query(call)?;
    let instance = request.instance_id.as_deref().or(request.the_same.as_deref());
    let matches = |one: &&Snapshot| {
        accounts::reaches(cloud, call, &one.user)
            && one.automated == request.is_automated_backup.unwrap_or(false)
            && instance.is_none_or(|instance| *one.instance == *instance)
            && request.status.is_none_or(|status| one.status == status)
    };
    let found: Vec<_> = cloud.snapshots.all().filter(matches).collect();
    Ok(envelope::one("List of snapshots", |o| {
        o.each("snapshots", request.paging.cut(&found), |o, one| view(o, one, cloud));
        o.set("total", found.len());
    }))
}

fn create(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: TakeSnapshot = pydantic::body(call)?;
    let instance = instances::find(cloud, call, &request.instance_id)?.clone();
    instance.check_idle()?;
    let price = price(cloud, &instance.region, instance.size.disk_gb);
    billing::afford(cloud, &instance.user, &[price], None, ctx.now())?;
    let id = take(cloud, ctx, &instance, false);
    billing::begin(cloud, &id, &instance.user, price, ctx.now());
    let snapshot = cloud.snapshots.get(&id).ok_or_else(errors::snapshot_not_found)?;
    Ok(envelope::one("Snapshot creation has started", |o| view(o, snapshot, cloud)))
}

fn show(call: &Call, cloud: &Cloudzy) -> Answer {
    let snapshot = find(cloud, call, call.param("id"))?;
    Ok(envelope::one("Snapshot detail", |o| view(o, snapshot, cloud)))
}

fn remove(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let snapshot = find(cloud, call, call.param("id"))?;
    if matches!(snapshot.status, Status::InProgress | Status::Restoring) {
        return Err(errors::snapshot_is_busy());
    }
    let id = snapshot.id.clone();
    drop_one(cloud, ctx, &id);
    Ok(envelope::done("Snapshot deleted successfully"))
}

/// Removes a snapshot and ends its charge.
pub fn drop_one(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    cloud.snapshots.remove(id);
    billing::end(cloud, id, ctx.now());
}

/// Restores the disk. Size, addresses and price of the instance stay.
fn restore(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let snapshot = find(cloud, call, call.param("id"))?;
    match snapshot.status {
        Status::Active => {}
        Status::Failed => return Err(errors::not_ready("snapshot")),
        Status::InProgress | Status::Restoring => return Err(errors::snapshot_is_busy()),
    }
    let instance = instances::find(cloud, call, &snapshot.instance);
    let instance = instance.map_err(|_| errors::instance_of_snapshot_is_deleted())?;
    instance.check_idle()?;
    let (id, of) = (snapshot.id.clone(), instance.id.clone());
    if let Some(instance) = cloud.instances.get_mut(&of) {
        instance.status = InstanceStatus::PreparingDisk;
        instance.task = Some(Task::Restore);
    }
    if let Some(snapshot) = cloud.snapshots.get_mut(&id) {
        snapshot.status = Status::Restoring;
    }
    ctx.later(&RESTORE, &id);
    Ok(envelope::done("Snapshot restore has started"))
}

fn taken(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let taking = cloud.snapshots.get_mut(id).filter(|one| one.status == Status::InProgress);
    let Some(snapshot) = taking else { return };
    snapshot.status = Status::Active;
    if snapshot.automated {
        let instance = snapshot.instance.clone();
        backups::file_made(cloud, ctx, &instance);
    }
}

/// The failed snapshot costs nothing more.
fn not_taken(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id, _reason: &str) {
    let taking = cloud.snapshots.get_mut(id).filter(|one| one.status == Status::InProgress);
    let Some(snapshot) = taking else { return };
    snapshot.status = Status::Failed;
    billing::end(cloud, id, ctx.now());
}

fn restored(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let restoring = cloud.snapshots.get_mut(id).filter(|one| one.status == Status::Restoring);
    let Some(snapshot) = restoring else { return };
    snapshot.status = Status::Active;
    snapshot.last_restored_at = Some(ctx.now());
    let snapshot = snapshot.clone();
    let waiting = cloud.instances.get_mut(&snapshot.instance).filter(|instance| instance.is_at(Task::Restore));
    let Some(instance) = waiting else { return };
    let other_price = instance.source.app != snapshot.metadata.source.app;
    instance.source = snapshot.metadata.source;
    instance.password = snapshot.password;
    instance.status = InstanceStatus::Active;
    instance.task = None;
    if other_price {
        instances::reprice(cloud, ctx, &snapshot.instance);
    }
}

/// The instance is unchanged; the snapshot is marked as failed.
fn not_restored(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id, reason: &str) {
    let restoring = cloud.snapshots.get_mut(id).filter(|one| one.status == Status::Restoring);
    let Some(snapshot) = restoring else { return };
    snapshot.status = Status::Failed;
    let of = snapshot.instance.clone();
    billing::end(cloud, id, ctx.now());
    let Some(instance) = cloud.instances.get_mut(&of).filter(|instance| instance.is_at(Task::Restore)) else { return };
    instance.status = InstanceStatus::Active;
    instance.task = None;
    instance.admin_note = reason.to_owned();
}

pub fn view(o: &mut Object, snapshot: &Snapshot, cloud: &Cloudzy) {
    let instance = cloud.instances.get(&snapshot.instance);
    o.set("id", &snapshot.id);
    o.set("name", &snapshot.name);
    o.set("size", snapshot.size_gb);
    o.set("status", snapshot.status);
    o.set("lastRestoredAt", snapshot.last_restored_at.map(|at| at.timestamp()));
    o.set("createdAt", snapshot.created_at.timestamp());
    o.set("isInstanceDeleted", instance.is_none_or(Instance::is_deleted));
    o.set("productId", &snapshot.metadata.size.product);
    o.set("instanceId", &snapshot.instance);
    o.set("userId", &snapshot.user);
    o.set("regionId", &snapshot.region);
    o.object("metadata", |o| snapshot.metadata.view(o, cloud));
}

/// The backup files of an instance, newest first.
pub fn files<'c>(cloud: &'c Cloudzy, instance: &str) -> impl Iterator<Item = &'c Snapshot> + use<'c> {
    cloud.snapshots.of(instance).filter(|one| one.automated)
}
