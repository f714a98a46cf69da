//! The texts of the statuses of volumes, snapshots, backups, groups and group snapshots.

use serde::Serialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

/// A status whose text is the one that serde writes and reads: its `rename` attributes are the only list.
pub trait StatusText: Copy + Serialize + DeserializeOwned {
    /// The status as the API shows it, such as `in-use`.
    fn text(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(text)) => text,
            _ => unreachable!("a status is written as a string"),
        }
    }

    /// The status that has this text, in the case of the API (lower case).
    fn from_text(text: &str) -> Option<Self> {
        let text: StrDeserializer<Error> = text.into_deserializer();
        Self::deserialize(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::StatusText;
    use crate::clouds::openstack::cinder::{backups, groups, snapshots, volumes};

    fn round_trip<S: StatusText>(texts: &[&str]) {
        for text in texts {
            assert_eq!(S::from_text(text).map(S::text).as_deref(), Some(*text));
        }
        assert!(S::from_text("no such status").is_none());
    }

    /// The lists of cinder/objects/fields.py.
    #[test]
    fn every_status_of_upstream_is_read_and_written() {
        #[rustfmt::skip]
        round_trip::<volumes::Status>(&[
            "creating", "available", "deleting", "error", "error_deleting", "error_managing",
            "error_managing_deleting", "managing", "unmanaging", "attaching", "reserved", "in-use", "detaching",
            "maintenance", "restoring-backup", "error_restoring", "error_extending", "downloading", "uploading",
            "retyping", "extending", "reverting", "backing-up", "error_backing-up", "awaiting-transfer",
        ]);
        #[rustfmt::skip]
        round_trip::<volumes::AttachStatus>(&[
            "attached", "attaching", "detached", "reserved", "error_attaching", "error_detaching", "deleted",
        ]);
        #[rustfmt::skip]
        round_trip::<snapshots::Status>(&[
            "error", "available", "creating", "deleting", "deleted", "updating", "error_deleting", "unmanaging",
            "backing-up", "restoring",
        ]);
        #[rustfmt::skip]
        round_trip::<backups::Status>(&[
            "error", "error_deleting", "creating", "available", "deleting", "deleted", "restoring",
        ]);
        #[rustfmt::skip]
        round_trip::<groups::Status>(&[
            "error", "available", "creating", "deleting", "deleted", "updating", "in-use", "error_deleting",
        ]);
    }
}
