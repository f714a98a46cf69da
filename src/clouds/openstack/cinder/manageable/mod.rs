//! What is on the backends without being Cinder's, and how it becomes Cinder's.

use super::super::OpenStack;
use super::backends;
use crate::engine::{Blob, Id, Row};
use serde::{Deserialize, Serialize};

/// A disk, or a snapshot of one, that a backend has and Cinder does not know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unmanaged {
    /// Its name on the backend: `volume-…`.
    pub name: Id,
    /// `host@backend#pool`.
    pub host: Id,
    /// For a snapshot, the name of the disk that it was taken of.
    pub snapshot_of: Option<Id>,
    pub size_gib: u32,
    pub content: Option<Blob>,
}

impl Row for Unmanaged {
    fn id(&self) -> &Id {
        &self.name
    }
    fn owner(&self) -> &Id {
        &self.host
    }
}

/// What somebody left behind on each backend of a fresh cloud.
pub fn seed(os: &mut OpenStack) {
    for name in backends::NAMES {
        let host = backends::volume_host(name);
        let disk: Id = format!("volume-legacy-{name}-db").into();
        let mut leave = |name: String, snapshot_of: Option<Id>, size_gib: u32| {
            let (name, host) = (name.into(), host.clone());
            os.cinder.unmanaged.insert(Unmanaged { name, host, snapshot_of, size_gib, content: None });
        };
        leave(disk.to_string(), None, 10);
        leave(format!("volume-legacy-{name}-www"), None, 2);
        leave(format!("_snapshot-legacy-{name}-db"), Some(disk), 10);
    }
}
