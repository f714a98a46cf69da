//! Attachments: how volumes hang together with servers, as reserved, connected and complete.

use super::super::OpenStack;
use super::volumes::AttachStatus;
use crate::engine::{Id, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attachment {
    pub id: Id,
    pub volume: Id,
    /// The volume's project.
    pub project: Id,
    /// The server, where it is one.
    pub instance: Option<Id>,
    /// The host, where it is one.
    pub host: Option<String>,
    /// The device within the server: `/dev/vdb`.
    pub mountpoint: Option<String>,
    pub status: AttachStatus,
    /// `rw`, `ro`, or the word `null`, which upstream keeps where nobody said which.
    pub mode: Option<String>,
    /// What the host that connects says of itself.
    pub connector: Option<Map<String, Value>>,
    /// What the host needs to connect; empty until it has said who it is.
    pub connection_info: Map<String, Value>,
    pub attached: Option<DateTime<Utc>>,
    pub created: DateTime<Utc>,
    pub updated: Option<DateTime<Utc>>,
}

impl Row for Attachment {
    fn id(&self) -> &Id {
        &self.id
    }
    /// Volumes show their attachments more often than anybody lists them.
    fn owner(&self) -> &Id {
        &self.volume
    }
}

/// The attachments of a volume, oldest first.
pub fn of_volume<'o>(os: &'o OpenStack, volume: &str) -> impl Iterator<Item = &'o Attachment> + use<'o> {
    os.cinder.attachments.of(volume).rev()
}
