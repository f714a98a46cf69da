//! Backups: copies of volumes that are kept elsewhere, each alone or as what changed since another.

mod status;

pub use status::Status;

use super::super::OpenStack;
use super::{errors, policy};
use crate::engine::{Blob, Call, Id, Problem, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
    /// The snapshot that was backed up in place of the volume.
    pub snapshot: Option<Id>,
    /// The backup that this one adds to, if it is incremental.
    pub parent: Option<Id>,
    pub size_gib: u32,
    pub container: Option<String>,
    /// How many objects the container holds for it.
    pub object_count: u32,
    pub availability_zone: Option<String>,
    /// The driver that made it.
    pub service: Option<String>,
    pub service_metadata: Option<String>,
    /// Where it is being restored to.
    pub restore_volume: Option<Id>,
    pub encryption_key_id: Option<Id>,
    pub metadata: Map<String, Value>,
    /// What the volume or the snapshot held.
    pub content: Option<Blob>,
    /// When its data was as it is here: the snapshot's creation, or the backup's own.
    pub data_timestamp: DateTime<Utc>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for Backup {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// A backup that the caller may see: of the own project, or any for an administrator. To everybody
/// else it does not exist.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Backup, Problem> {
    let visible = |backup: &&Backup| policy::is_admin(call) || backup.project == call.project();
    os.cinder.backups.get(id).filter(visible).ok_or_else(|| errors::backup_not_found(id))
}
