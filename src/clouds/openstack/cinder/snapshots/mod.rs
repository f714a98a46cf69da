//! Snapshots: what a volume held at a moment.

mod status;

pub use status::Status;

use super::super::OpenStack;
use super::{errors, policy};
use crate::engine::{Blob, Call, Id, Problem, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Status,
    /// How far it is: `0%` to `100%`; nothing where nobody told.
    pub progress: Option<String>,
    /// The volume it was taken of. It may belong to another project since it was transferred.
    pub volume: Id,
    /// The id of that volume's type.
    pub volume_type: Option<Id>,
    pub size_gib: u32,
    pub group_snapshot: Option<Id>,
    pub encryption_key_id: Option<Id>,
    /// False for what Cinder makes for itself.
    pub consumes_quota: bool,
    pub metadata: Map<String, Value>,
    /// What the volume held.
    pub content: Option<Blob>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for Snapshot {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// The snapshots of a volume, newest first.
pub fn of_volume<'o>(os: &'o OpenStack, volume: &str) -> impl Iterator<Item = &'o Snapshot> {
    os.cinder.snapshots.all().filter(move |snapshot| *snapshot.volume == *volume)
}

/// A snapshot that the caller may see: of the own project, or any for an administrator. To everybody
/// else it does not exist.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Snapshot, Problem> {
    let visible = |snapshot: &&Snapshot| policy::is_admin(call) || snapshot.project == call.project();
    os.cinder.snapshots.get(id).filter(visible).ok_or_else(|| errors::snapshot_not_found(id))
}
