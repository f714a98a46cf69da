//! What is on the backends without being Cinder's, and how it transition_if Cinder's: for administrators, under
//! two spellings of the path each (cinder/api/contrib/volume_manage.py, snapshot_manage.py).

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
    /// The volume or snapshot that is about to be made of it.
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
}

/// What somebody left behind on each backend of a fresh cloud.
pub fn seed(os: &mut OpenStack) {
    for name in backends::NAMES {
        let host = backends::volume_host(name);
        let disk: Id = format!("volume-legacy-{name}-db").into();
        let mut leave = |name: String, snapshot_of: Option<Id>, size_gib: u32| {
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
        leave(disk.to_string(), None, 10);
        leave(format!("volume-legacy-{name}-www"), None, 2);
        leave(format!("_snapshot-legacy-{name}-db"), Some(disk), 10);
    }
}

/// The name of a volume on its backend (`volume_name_template`).
pub fn name_of(volume: &Volume) -> Id {
    format!("volume-{}", volume.name_id.as_ref().unwrap_or(&volume.id)).into()
}

/// A volume that Cinder lets go stays on its backend.
pub fn leave_volume(os: &mut OpenStack, volume: &Volume) {
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

/// The same of a snapshot, whose name there is `_snapshot-…` (LVM keeps `snapshot` for itself).
pub fn leave_snapshot(os: &mut OpenStack, snapshot: &Snapshot) {
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

/// The name in a reference to what is on a backend: `{"source-name": "volume-…"}`, with or without the
/// path before it.
fn source_name(reference: &Value) -> Option<&str> {
    reference.get("source-name")?.as_str()?.rsplit('/').next()
}

/// Sets aside what `reference` names on the backend of `host`, for the volume or snapshot `id`. Where
/// there is no such thing, managing it will fail.
fn claim(os: &mut OpenStack, reference: &Value, host: &str, snapshot: bool, id: &Id) {
    let Some(found) = source_name(reference).and_then(|name| os.cinder.unmanaged.get_mut(name)) else { return };
    let fits = backends::without_pool(&found.host) == backends::without_pool(host);
    if fits && found.snapshot_of.is_some() == snapshot && found.claimed_by.is_none() {
        found.claimed_by = Some(id.clone());
    }
}

/// What was set aside for `id`.
fn claimed(os: &OpenStack, id: &Id) -> Option<Unmanaged> {
    os.cinder.unmanaged.by(&BY_CLAIMANT, id).next().cloned()
}

/// What was set aside for `id` is free again.
fn unclaim(os: &mut OpenStack, id: &Id) {
    if let Some(found) = claimed(os, id).and_then(|found| os.cinder.unmanaged.get_mut(&found.name)) {
        found.claimed_by = None;
    }
}
