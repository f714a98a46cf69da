//! Volumes: block devices that servers attach (cinder/api/v3/volumes.py, cinder/volume/api.py).
//!
//! A request sets a transitional status and schedules a transition; it is applied later (`transitions.rs`).

pub mod actions;
mod create;
pub mod delete;
pub mod encryption;
mod for_server;
pub mod image_metadata;
pub mod list;
pub mod metadata;
mod origin;
mod status;
mod transitions;
mod update;
pub mod view;

pub use for_server::{ServerVolumeRequest, create_for_server};
pub use status::{AttachStatus, Status};
pub use transitions::{CREATE, TRANSITIONS, create_failed, created, deleted, transition_if};

use super::super::OpenStack;
use super::policy::{self, POLICY};
use super::{attachments, errors, quotas, snapshots};
use crate::engine::{self, Answer, Blob, Call, Context, Id, Index, Operation, Problem, Response, Row, get, post, put};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The operations on volumes, without metadata and actions.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/volumes", "cinder.volume.list", list::list).summary("Lists volumes.").policy("volume:get_all"),
    get("/volumes/detail", "cinder.volume.list_detail", list::list_detail)
        .summary("Lists volumes with details.")
        .policy("volume:get_all"),
    get("/volumes/summary", "cinder.volume.summary", list::summary)
        .summary("Shows the count and total size of volumes.")
        .policy("volume:get_all")
        .since(3, 12),
    post("/volumes", "cinder.volume.create", create::create)
        .summary("Creates a volume.")
        .body::<create::CreateRequest>()
        .answers(202)
        .policy_on_target("volume:create"),
    get("/volumes/{volume_id}", "cinder.volume.show", show).summary("Shows a volume.").policy_on_target("volume:get"),
    put("/volumes/{volume_id}", "cinder.volume.update", update::update)
        .summary("Updates a volume.")
        .body::<update::UpdateRequest>()
        .policy_on_target("volume:update"),
    engine::delete("/volumes/{volume_id}", "cinder.volume.delete", delete::remove)
        .summary("Deletes a volume.")
        .answers(202)
        .policy_on_target("volume:delete"),
];

/// A row of the table `volumes`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Volume {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: Option<String>,
    pub description: Option<String>,
    pub size_gib: u32,
    pub status: Status,
    pub attach_status: AttachStatus,
    /// The work in progress; the row stores it as `doing`.
    #[serde(rename = "doing")]
    pub task: Option<Task>,
    /// The status before the work in progress. It is restored when the work ends.
    pub previous_status: Option<Status>,
    pub availability_zone: Id,
    /// The id of the volume's type.
    pub volume_type: Option<Id>,
    pub snapshot_id: Option<Id>,
    pub source_volume_id: Option<Id>,
    pub group_id: Option<Id>,
    pub group_snapshot_id: Option<Id>,
    /// `host@backend#pool`. Absent until the scheduler has placed the volume.
    pub host: Option<Id>,
    pub bootable: bool,
    pub multiattach: bool,
    /// Present if the volume type is encrypted.
    pub encryption_key_id: Option<Id>,
    /// `starting`, `migrating`, `completing`, `success`, `error`, or `target:` followed by the id of the source
    /// volume of the migration.
    pub migration_status: Option<String>,
    /// The id in the volume's name on the backend, if a migration changed it.
    pub name_id: Option<Id>,
    pub replication_status: Option<Id>,
    /// False for temporary volumes that Cinder creates internally.
    pub consumes_quota: bool,
    pub metadata: Map<String, Value>,
    /// Internal metadata: `readonly`, `attached_mode`.
    pub admin_metadata: Map<String, Value>,
    /// Metadata of the image that the volume was created from.
    pub image_metadata: Map<String, Value>,
    /// The data on the volume. Absent if nothing was ever written, which reads as zeros.
    pub content: Option<Blob>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// Work in progress on a volume, with the parameters that its transition needs. `Migrate::to_type` is set if
/// the migration is part of a retype.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Task {
    Create { from: Source },
    Extend { to_gib: u32 },
    Retype { to_type: Id, may_migrate: bool },
    Migrate { to_host: Id, to_type: Option<Id> },
    Revert { to_snapshot: Id },
    Upload { image: Id },
    Reimage { image: Id },
    Restore { backup: Id },
}

/// What a volume is created from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    Nothing,
    Image(Id),
    Snapshot(Id),
    Volume(Id),
    Backup(Id),
}

/// The volumes of a group.
pub const BY_GROUP: Index<Volume> =
    Index::new("group_id", |volume, key| volume.group_id.as_deref().into_iter().for_each(key));

impl Row for Volume {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_GROUP]
    }
    fn contents(&self, visit: &mut dyn FnMut(&Blob)) {
        self.content.iter().for_each(visit);
    }
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let volume = find(call, os, call.param("volume_id"))?;
    Ok(Response::one("volume", |o| view::detail(o, volume, os, call)))
}

/// Removes a volume with its attachments and snapshots, and releases its quota.
pub fn destroy(os: &mut OpenStack, id: &Id) {
    let Some(volume) = os.cinder.volumes.get(id) else { return };
    let type_name = volume.type_name(os);
    let attachments: Vec<Id> = attachments::of_volume(os, id).map(|one| one.id.clone()).collect();
    for attachment in &attachments {
        os.cinder.attachments.remove(attachment);
    }
    let snapshots: Vec<Id> = snapshots::of_volume(os, id).map(|one| one.id.clone()).collect();
    for snapshot in &snapshots {
        snapshots::forget(os, snapshot);
    }
    if let Some(volume) = os.cinder.volumes.remove(id)
        && volume.consumes_quota
        && !matches!(volume.status, Status::ErrorManaging | Status::ErrorManagingDeleting)
    {
        let amounts = [("volumes", 1), ("gigabytes", i64::from(volume.size_gib))];
        quotas::release(os, &volume.project, type_name.as_deref(), &amounts);
    }
}

impl Volume {
    /// A new volume of the caller: blank, detached and not scheduled.
    pub fn new(call: &Call, ctx: &mut Context, size_gib: u32) -> Volume {
        Volume::of(call.user(), call.project(), ctx, size_gib)
    }

    /// A new volume of the given user and project.
    pub fn of(user: Id, project: Id, ctx: &mut Context, size_gib: u32) -> Volume {
        Volume {
            id: ctx.uuid(),
            project,
            user,
            name: None,
            description: None,
            size_gib,
            status: Status::Creating,
            attach_status: AttachStatus::Detached,
            task: None,
            previous_status: None,
            availability_zone: "nova".into(),
            volume_type: None,
            snapshot_id: None,
            source_volume_id: None,
            group_id: None,
            group_snapshot_id: None,
            host: None,
            bootable: false,
            multiattach: false,
            encryption_key_id: None,
            migration_status: None,
            name_id: None,
            replication_status: None,
            consumes_quota: true,
            metadata: Map::new(),
            admin_metadata: Map::new(),
            image_metadata: Map::new(),
            content: None,
            created: ctx.now(),
            updated: None,
        }
    }

    /// The name of the volume type, which the per-type quotas use.
    pub fn type_name(&self, os: &OpenStack) -> Option<String> {
        let volume_type = self.volume_type.as_ref().and_then(|id| os.cinder.volume_types.get(id));
        volume_type.map(|volume_type| volume_type.name.clone())
    }
}

/// Finds a volume that the caller can see: one of the caller's project, or any for an administrator.
///
/// Fails with 404 otherwise, also if the policy `volume:get` denies it (`API.get` in cinder/volume/api.py).
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Volume, Problem> {
    let visible = |volume: &&Volume| policy::is_own_or_admin(call, &volume.project);
    let readable = |volume: &&Volume| POLICY.allows(call, "volume:get", &[("project_id", &volume.project)]);
    os.cinder.volumes.get(id).filter(visible).filter(readable).ok_or_else(|| errors::volume_not_found(id))
}
