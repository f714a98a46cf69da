//! Managing volumes and snapshots that exist on a backend but not in Cinder. Each operation has two paths
//! (cinder/api/contrib/volume_manage.py, snapshot_manage.py).

mod listing;
pub mod snapshots;
pub mod volumes;

use super::super::OpenStack;
use super::backends;
use super::snapshots::Snapshot;
use super::volumes::Volume;
use crate::engine::{Blob, Id, Index, Row, Transition, transition};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const VOLUME_MANAGE: Transition<OpenStack> =
    transition("cinder.volume.manage", volumes::managed, volumes::manage_failed);
pub const SNAPSHOT_MANAGE: Transition<OpenStack> =
    transition("cinder.snapshot.manage", snapshots::managed, snapshots::manage_failed);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&VOLUME_MANAGE, &SNAPSHOT_MANAGE];

/// A row of the table `unmanaged`: a disk or snapshot on a backend that Cinder does not manage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unmanaged {
    /// The name on the backend: `volume-…`.
    pub name: Id,
    /// `host@backend#pool`.
    pub host: Id,
    /// For a snapshot, the name of its disk.
    pub snapshot_of: Option<Id>,
    pub size_gib: u32,
    pub content: Option<Blob>,
    /// The id of the volume or snapshot that will manage it.
    pub claimed_by: Option<Id>,
}

const BY_CLAIMANT: Index<Unmanaged> =
    Index::new("claimed_by", |disk, key| disk.claimed_by.as_deref().into_iter().for_each(key));

impl Row for Unmanaged {
    fn id(&self) -> &Id {
        &self.name
    }
    fn owner(&self) -> &Id {
        &self.host
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_CLAIMANT]
    }
    fn contents(&self, visit: &mut dyn FnMut(&Blob)) {
        self.content.iter().for_each(visit);
    }
}

/// Inserts unmanaged disks and snapshots on each backend of a new cloud.
pub fn seed(os: &mut OpenStack) {
    for name in backends::NAMES {
        let host = backends::volume_host(name);
        let disk: Id = format!("volume-legacy-{name}-db").into();
        let mut insert = |name: String, snapshot_of: Option<Id>, size_gib: u32| {
            let (name, host) = (name.into(), host.clone());
            os.cinder.unmanaged.insert(Unmanaged {
                name,
                host,
                snapshot_of,
                size_gib,
                content: None,
                claimed_by: None,
            });
        };
        insert(disk.to_string(), None, 10);
        insert(format!("volume-legacy-{name}-www"), None, 2);
        insert(format!("_snapshot-legacy-{name}-db"), Some(disk), 10);
    }
}

/// The name of a volume on its backend (`volume_name_template`).
pub fn name_of(volume: &Volume) -> Id {
    format!("volume-{}", volume.name_id.as_ref().unwrap_or(&volume.id)).into()
}

/// Adds the disk of a volume that is no longer managed.
pub fn unmanage_volume(os: &mut OpenStack, volume: &Volume) {
    let Some(host) = volume.host.clone() else { return };
    os.cinder.unmanaged.insert(Unmanaged {
        name: name_of(volume),
        host,
        snapshot_of: None,
        size_gib: volume.size_gib,
        content: volume.content.clone(),
        claimed_by: None,
    });
}

/// Adds a snapshot that is no longer managed. Its name is `_snapshot-…`, since LVM reserves `snapshot`.
pub fn unmanage_snapshot(os: &mut OpenStack, snapshot: &Snapshot) {
    let Some(volume) = os.cinder.volumes.get(&snapshot.volume) else { return };
    let Some(host) = volume.host.clone() else { return };
    let disk = name_of(volume);
    os.cinder.unmanaged.insert(Unmanaged {
        name: format!("_snapshot-{}", snapshot.id).into(),
        host,
        snapshot_of: Some(disk),
        size_gib: snapshot.size_gib,
        content: snapshot.content.clone(),
        claimed_by: None,
    });
}

/// The name in a reference such as `{"source-name": "volume-…"}`, without its path.
fn source_name(reference: &Value) -> Option<&str> {
    reference.get("source-name")?.as_str()?.rsplit('/').next()
}

/// Claims the disk or snapshot of `reference` on the backend of `host` for the volume or snapshot `id`. If it does
/// not exist, nothing is claimed and the transition fails.
fn claim(os: &mut OpenStack, reference: &Value, host: &str, snapshot: bool, id: &Id) {
    let Some(found) = source_name(reference).and_then(|name| os.cinder.unmanaged.get_mut(name)) else { return };
    let fits = backends::without_pool(&found.host) == backends::without_pool(host);
    if fits && found.snapshot_of.is_some() == snapshot && found.claimed_by.is_none() {
        found.claimed_by = Some(id.clone());
    }
}

/// The row that is claimed for `id`.
fn claimed(os: &OpenStack, id: &Id) -> Option<Unmanaged> {
    os.cinder.unmanaged.by(&BY_CLAIMANT, id).next().cloned()
}

/// Releases the claim for `id`.
fn unclaim(os: &mut OpenStack, id: &Id) {
    if let Some(found) = claimed(os, id).and_then(|found| os.cinder.unmanaged.get_mut(&found.name)) {
        found.claimed_by = None;
    }
}
