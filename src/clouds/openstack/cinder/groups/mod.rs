//! Groups of volumes, which are replicated and snapshotted together.

use super::super::OpenStack;
use super::{errors, policy};
use crate::engine::{Call, Id, Problem, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub id: Id,
    pub project: Id,
    pub user: Id,
    pub name: Option<String>,
    pub description: Option<String>,
    pub status: Status,
    pub group_type: Id,
    pub volume_types: Vec<Id>,
    pub availability_zone: Option<String>,
    /// `host@backend#pool`, once the scheduler has placed the group.
    pub host: Option<String>,
    pub group_snapshot: Option<Id>,
    pub source_group: Option<Id>,
    pub replication_status: String,
    /// The volumes that are about to join and to leave.
    pub joining: Vec<Id>,
    pub leaving: Vec<Id>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

/// What a group or a snapshot of one is doing (cinder/objects/fields.py, `GroupStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    Error,
    Available,
    Creating,
    Deleting,
    Deleted,
    Updating,
    InUse,
    #[serde(rename = "error_deleting")]
    ErrorDeleting,
}

impl Row for Group {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.project
    }
}

/// A group that the caller may see: of the own project, or any for an administrator.
pub fn find<'o>(call: &Call, os: &'o OpenStack, id: &str) -> Result<&'o Group, Problem> {
    let group = os.cinder.groups.get(id);
    let group = group.filter(|group| policy::is_admin(call) || group.project == call.project());
    group.ok_or_else(|| errors::group_not_found(id))
}
