//! The statuses of a backup (cinder/objects/fields.py).

use crate::clouds::openstack::cinder::status::StatusText;
use serde::{Deserialize, Serialize};

/// The status of a backup: `BackupStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Error,
    ErrorDeleting,
    Creating,
    Available,
    Deleting,
    Deleted,
    Restoring,
}

impl StatusText for Status {}
