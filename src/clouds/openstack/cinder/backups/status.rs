//! What a backup is doing, as clients see it.

use serde::{Deserialize, Serialize, Serializer};

/// cinder/objects/fields.py, `BackupStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Status {
    Error,
    ErrorDeleting,
    Creating,
    Available,
    Deleting,
    Deleted,
    Restoring,
}

impl Status {
    const ALL: [Status; 7] = [
        Status::Error,
        Status::ErrorDeleting,
        Status::Creating,
        Status::Available,
        Status::Deleting,
        Status::Deleted,
        Status::Restoring,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Error => "error",
            Status::ErrorDeleting => "error_deleting",
            Status::Creating => "creating",
            Status::Available => "available",
            Status::Deleting => "deleting",
            Status::Deleted => "deleted",
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
        Status::named(&name).ok_or_else(|| format!("there is no backup status {name}"))
    }
}
