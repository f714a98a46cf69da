//! What a snapshot is doing, as clients see it.

use serde::{Deserialize, Serialize, Serializer};

/// cinder/objects/fields.py, `SnapshotStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Status {
    Error,
    Available,
    Creating,
    Deleting,
    Deleted,
    Updating,
    ErrorDeleting,
    Unmanaging,
    BackingUp,
    Restoring,
}

impl Status {
    const ALL: [Status; 10] = [
        Status::Error,
        Status::Available,
        Status::Creating,
        Status::Deleting,
        Status::Deleted,
        Status::Updating,
        Status::ErrorDeleting,
        Status::Unmanaging,
        Status::BackingUp,
        Status::Restoring,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Error => "error",
            Status::Available => "available",
            Status::Creating => "creating",
            Status::Deleting => "deleting",
            Status::Deleted => "deleted",
            Status::Updating => "updating",
            Status::ErrorDeleting => "error_deleting",
            Status::Unmanaging => "unmanaging",
            Status::BackingUp => "backing-up",
            Status::Restoring => "restoring",
        }
    }

    /// The status of that name; nothing if there is none.
    pub fn named(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl TryFrom<String> for Status {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Status::named(&name).ok_or_else(|| format!("there is no snapshot status {name}"))
    }
}
