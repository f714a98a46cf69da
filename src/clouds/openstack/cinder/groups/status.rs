//! What a group, or a snapshot of one, is doing.

use serde::{Deserialize, Serialize, Serializer};

/// cinder/objects/fields.py, `GroupStatus`; `GroupSnapshotStatus` is the same without `in-use`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub enum Status {
    Error,
    Available,
    Creating,
    Deleting,
    Deleted,
    Updating,
    InUse,
    ErrorDeleting,
}

impl Status {
    const ALL: [Status; 8] = [
        Status::Error,
        Status::Available,
        Status::Creating,
        Status::Deleting,
        Status::Deleted,
        Status::Updating,
        Status::InUse,
        Status::ErrorDeleting,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Error => "error",
            Status::Available => "available",
            Status::Creating => "creating",
            Status::Deleting => "deleting",
            Status::Deleted => "deleted",
            Status::Updating => "updating",
            Status::InUse => "in-use",
            Status::ErrorDeleting => "error_deleting",
        }
    }

    /// A status by its name in any case.
    pub fn named(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(name))
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
        Status::named(&name).ok_or_else(|| format!("no status of groups: {name}"))
    }
}
