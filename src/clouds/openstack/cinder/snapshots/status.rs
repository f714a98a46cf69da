//! The statuses of a snapshot (cinder/objects/fields.py).

use crate::clouds::openstack::cinder::status::StatusText;
use serde::{Deserialize, Serialize};

/// The status of a snapshot: `SnapshotStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Error,
    Available,
    Creating,
    Deleting,
    Deleted,
    Updating,
    ErrorDeleting,
    Unmanaging,
    #[serde(rename = "backing-up")]
    BackingUp,
    Restoring,
}

impl StatusText for Status {}
