//! What a volume is doing, and how it hangs together with servers, as clients see both.

use serde::{Deserialize, Serialize, Serializer};

/// cinder/objects/fields.py, `VolumeStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
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
    InUse,
    Detaching,
    Maintenance,
    RestoringBackup,
    ErrorRestoring,
    ErrorExtending,
    Downloading,
    Uploading,
    Retyping,
    Extending,
    Reverting,
    BackingUp,
    ErrorBackingUp,
    AwaitingTransfer,
}

impl Status {
    const ALL: [Status; 25] = [
        Status::Creating,
        Status::Available,
        Status::Deleting,
        Status::Error,
        Status::ErrorDeleting,
        Status::ErrorManaging,
        Status::ErrorManagingDeleting,
        Status::Managing,
        Status::Unmanaging,
        Status::Attaching,
        Status::Reserved,
        Status::InUse,
        Status::Detaching,
        Status::Maintenance,
        Status::RestoringBackup,
        Status::ErrorRestoring,
        Status::ErrorExtending,
        Status::Downloading,
        Status::Uploading,
        Status::Retyping,
        Status::Extending,
        Status::Reverting,
        Status::BackingUp,
        Status::ErrorBackingUp,
        Status::AwaitingTransfer,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Creating => "creating",
            Status::Available => "available",
            Status::Deleting => "deleting",
            Status::Error => "error",
            Status::ErrorDeleting => "error_deleting",
            Status::ErrorManaging => "error_managing",
            Status::ErrorManagingDeleting => "error_managing_deleting",
            Status::Managing => "managing",
            Status::Unmanaging => "unmanaging",
            Status::Attaching => "attaching",
            Status::Reserved => "reserved",
            Status::InUse => "in-use",
            Status::Detaching => "detaching",
            Status::Maintenance => "maintenance",
            Status::RestoringBackup => "restoring-backup",
            Status::ErrorRestoring => "error_restoring",
            Status::ErrorExtending => "error_extending",
            Status::Downloading => "downloading",
            Status::Uploading => "uploading",
            Status::Retyping => "retyping",
            Status::Extending => "extending",
            Status::Reverting => "reverting",
            Status::BackingUp => "backing-up",
            Status::ErrorBackingUp => "error_backing-up",
            Status::AwaitingTransfer => "awaiting-transfer",
        }
    }

    /// The status of that name; nothing if there is none.
    pub fn named(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// cinder/objects/fields.py, `VolumeAttachStatus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
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

impl AttachStatus {
    const ALL: [AttachStatus; 7] = [
        AttachStatus::Attached,
        AttachStatus::Attaching,
        AttachStatus::Detached,
        AttachStatus::Reserved,
        AttachStatus::ErrorAttaching,
        AttachStatus::ErrorDetaching,
        AttachStatus::Deleted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            AttachStatus::Attached => "attached",
            AttachStatus::Attaching => "attaching",
            AttachStatus::Detached => "detached",
            AttachStatus::Reserved => "reserved",
            AttachStatus::ErrorAttaching => "error_attaching",
            AttachStatus::ErrorDetaching => "error_detaching",
            AttachStatus::Deleted => "deleted",
        }
    }

    /// The status of that name; nothing if there is none.
    pub fn named(name: &str) -> Option<AttachStatus> {
        AttachStatus::ALL.into_iter().find(|status| status.as_str() == name)
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
        Status::named(&name).ok_or_else(|| format!("there is no volume status {name}"))
    }
}

impl Serialize for AttachStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl TryFrom<String> for AttachStatus {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        AttachStatus::named(&name).ok_or_else(|| format!("there is no attach status {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_status_is_read_as_it_is_written() {
        for status in Status::ALL {
            assert_eq!(serde_json::from_value::<Status>(json!(status)).unwrap(), status);
        }
        for status in AttachStatus::ALL {
            assert_eq!(serde_json::from_value::<AttachStatus>(json!(status)).unwrap(), status);
        }
    }
}
