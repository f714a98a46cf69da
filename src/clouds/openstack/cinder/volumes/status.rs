//! The statuses of a volume (cinder/objects/fields.py).

use crate::clouds::openstack::cinder::status::StatusText;
use serde::{Deserialize, Serialize};

/// The status of a volume: `VolumeStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Creating,
    Available,
    Deleting,
    Error,
    ErrorDeleting,
    ErrorManaging,
    ErrorManagingDeleting,
    Managing,
    Unmanaging,
    Attaching,
    Reserved,
    #[serde(rename = "in-use")]
    InUse,
    Detaching,
    Maintenance,
    #[serde(rename = "restoring-backup")]
    RestoringBackup,
    ErrorRestoring,
    ErrorExtending,
    Downloading,
    Uploading,
    Retyping,
    Extending,
    Reverting,
    #[serde(rename = "backing-up")]
    BackingUp,
    #[serde(rename = "error_backing-up")]
    ErrorBackingUp,
    #[serde(rename = "awaiting-transfer")]
    AwaitingTransfer,
}

/// How a volume is attached to servers: `VolumeAttachStatus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachStatus {
    Attached,
    Attaching,
    #[default]
    Detached,
    Reserved,
    ErrorAttaching,
    ErrorDetaching,
    Deleted,
}

impl StatusText for Status {}

impl StatusText for AttachStatus {}
