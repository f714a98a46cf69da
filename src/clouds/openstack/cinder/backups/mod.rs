//! Backups of volumes, full or incremental (cinder/api/contrib/backups.py, cinder/backup/api.py).

pub mod actions;
mod create;
mod list;
pub mod records;
pub mod restore;
mod status;
mod transitions;
mod view;

pub use status::Status;
pub use transitions::TRANSITIONS;

use super::super::OpenStack;
use super::super::parameter_types::Optional;
use super::parameter_types::{Metadata, Text255};
use super::policy::{self, POLICY};
use super::volumes::Volume;
use super::{errors, quotas};
use crate::engine::{
    Answer, Blob, Call, Context, Id, Index, Operation, Problem, Response, Row, delete, get, post, put,
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const ONE: &str = "/backups/{backup_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/backups", "cinder.backup.list", list::summary).summary("Lists backups.").policy("backup:get_all"),
    get("/backups/detail", "cinder.backup.list_detail", list::detail)
        .summary("Lists backups with details.")
        .policy("backup:get_all"),
    post("/backups", "cinder.backup.create", create::create)
        .summary("Creates a backup.")
        .body::<create::CreateRequest>()
        .answers(202)
        .policy_on_target("backup:create"),
    get(ONE, "cinder.backup.show", show).summary("Shows a backup.").policy_on_target("backup:get"),
    put(ONE, "cinder.backup.update", update)
        .summary("Updates a backup.")
        .body::<UpdateRequest>()
        .since(3, 9)
        .policy_on_target("backup:update"),
    delete(ONE, "cinder.backup.delete", remove)
        .summary("Deletes a backup.")
        .answers(202)
        .policy_on_target("backup:delete"),
];

/// A row of the table `backups`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Backup {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Status,
    pub fail_reason: Option<String>,
    pub volume: Id,
    /// The snapshot of the volume that was backed up, if it was not the volume itself.
    pub snapshot: Option<Id>,
    /// The parent backup, if this one is incremental.
    pub parent: Option<Id>,
    /// The number of finished incremental backups with this parent.
    pub dependents: u32,
    pub size_gib: u32,
    pub container: Option<String>,
    /// The number of its objects in the container.
    pub object_count: u32,
    pub availability_zone: Option<String>,
    /// The backup driver. Absent until the backup is created.
    pub service: Option<String>,
    /// The driver's metadata: the prefix of the object names.
    pub service_metadata: Option<String>,
    /// The volume of the last restore.
    pub restore_volume: Option<Id>,
    pub encryption_key_id: Option<Id>,
    pub metadata: Map<String, Value>,
    /// The saved metadata of the volume.
    pub saved: Saved,
    /// The data of the volume or snapshot.
    pub content: Option<Blob>,
    /// The time of the data: when the snapshot or the backup was created.
    pub data_timestamp: DateTime<Utc>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// The volume metadata in a backup (`BackupMetadataAPI` in cinder/backup/driver.py).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Saved {
    pub name: Option<String>,
    pub description: Option<String>,
    pub metadata: Map<String, Value>,
    pub image_metadata: Map<String, Value>,
}

const BY_VOLUME: Index<Backup> = Index::new("volume", |backup, key| key(&backup.volume));
const BY_PARENT: Index<Backup> = Index::new("parent", |backup, key| backup.parent.as_deref().into_iter().for_each(key));

impl Row for Backup {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_VOLUME, BY_PARENT]
    }
    fn contents(&self, visit: &mut dyn FnMut(&Blob)) {
        self.content.iter().for_each(visit);
    }
}

impl Saved {
    /// Copies the metadata of a volume.
    pub fn of(volume: &Volume) -> Saved {
        Saved {
            name: volume.name.clone(),
            description: volume.description.clone(),
            metadata: volume.metadata.clone(),
            image_metadata: volume.image_metadata.clone(),
        }
    }
}

impl Backup {
    /// Restores the data and metadata to a volume (`BackupMetadataAPI.put` in cinder/backup/driver.py).
    ///
    /// The name is restored only if the volume has none or a generated one. A volume with image metadata is
    /// bootable. Another volume than the original gets `src_backup_id` in its metadata.
    pub fn restore_to(&self, volume: &mut Volume) {
        let (saved, name) = (&self.saved, volume.name.as_deref().unwrap_or_default());
        volume.content = self.content.clone();
        if saved.name.is_some() && (name.is_empty() || name.starts_with("restore_backup_")) {
            (volume.name, volume.description) = (saved.name.clone(), saved.description.clone());
        }
        if !saved.metadata.is_empty() {
            volume.metadata = saved.metadata.clone();
        }
        if !saved.image_metadata.is_empty() {
            (volume.image_metadata, volume.bootable) = (saved.image_metadata.clone(), true);
        }
        let earlier = volume.metadata.get("src_backup_id").and_then(Value::as_str);
        if volume.id != self.volume || earlier.is_some_and(|earlier| *earlier != *self.id) {
            volume.metadata.insert("src_backup_id".into(), self.id.to_string().into());
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("required" = ["backup"]))]
struct UpdateRequest {
    backup: Option<UpdateBackup>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateBackup {
    name: Optional<Text255>,
    description: Optional<Text255>,
    #[schemars(extend("x-since" = "3.43"))]
    metadata: Optional<Metadata>,
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let backup = find(call, os, call.param("backup_id"))?;
    Ok(Response::one("backup", |o| view::detail(o, backup, call)))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    // Upstream answers null with a 500.
    let request = call.body::<UpdateRequest>()?.backup.ok_or_else(errors::malformed_body)?;
    let backup = find(call, os, call.param("backup_id"))?;
    POLICY.enforce(call, &[("project_id", &backup.project)])?;
    let id = backup.id.clone();
    let found = os.cinder.backups.get_mut(&id).ok_or_else(|| errors::backup_not_found(&id))?;
    if let Some(name) = request.name.0 {
        found.name = name.trimmed();
    }
    if let Some(description) = request.description.0 {
        found.description = description.trimmed();
    }
    if let Some(metadata) = request.metadata.0 {
        found.metadata = metadata.0;
    }
    found.updated = Some(ctx.now());
    Ok(Response::one("backup", |o| view::summary(o, found, call)))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let backup = find(call, os, call.param("backup_id"))?;
    POLICY.enforce(call, &[("project_id", &backup.project)])?;
    if !matches!(backup.status, Status::Available | Status::Error) {
        return Err(errors::backup_status_to_delete());
    }
    let id = backup.id.clone();
    begin_deleting(os, ctx, &id)
}

/// Starts the deletion of a backup. Fails with 400 if incremental backups depend on it.
fn begin_deleting(os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Answer {
    if os.cinder.backups.by(&BY_PARENT, id).next().is_some() {
        return Err(errors::backup_has_dependents());
    }
    if let Some(backup) = os.cinder.backups.get_mut(id) {
        (backup.status, backup.updated) = (Status::Deleting, Some(ctx.now()));
    }
    ctx.later(&transitions::DELETE, id);
    Ok(Response::empty())
}

/// Removes a backup and releases its quota.
fn forget(os: &mut OpenStack, id: &str) {
    let Some(backup) = os.cinder.backups.remove(id) else { return };
    let amounts = [("backups", 1), ("backup_gigabytes", i64::from(backup.size_gib))];
    quotas::release(os, &backup.project, None, &amounts);
    if let Some(parent) = backup.parent.as_ref().and_then(|parent| os.cinder.backups.get_mut(parent)) {
        parent.dependents = parent.dependents.saturating_sub(1);
    }
}

/// Finds a backup that the caller can see: one of the caller's project, or any for an administrator.
///
/// Fails with 404 otherwise, and with 403 if the policy `backup:get` denies it.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Backup, Problem> {
    let visible = |backup: &&Backup| policy::is_own_or_admin(call, &backup.project);
    let backup = os.cinder.backups.get(id).filter(visible).ok_or_else(|| errors::backup_not_found(id))?;
    POLICY.enforce_rule(call, "backup:get", &[("project_id", &backup.project)])?;
    Ok(backup)
}
