//! The statuses of groups and of group snapshots (cinder/objects/fields.py).

use crate::clouds::openstack::cinder::status::StatusText;
use serde::{Deserialize, Serialize};

/// The status of a group or group snapshot: `GroupStatus`. `GroupSnapshotStatus` is the same without `in-use`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Error,
    Available,
    Creating,
    Deleting,
    Deleted,
    Updating,
    #[serde(rename = "in-use")]
    InUse,
    ErrorDeleting,
}

impl StatusText for Status {}
