//! The disks of a server: what upstream calls its block device mappings.

use crate::engine::Id;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockDevice {
    /// Of the mapping itself; shown from 2.89 on.
    pub id: Id,
    pub source: Source,
    pub destination: Destination,
    /// The image or the snapshot that it is made from.
    pub from: Option<Id>,
    /// The volume, once there is one.
    pub volume: Option<Id>,
    /// Cinder's attachment of that volume to the server.
    pub attachment: Option<Id>,
    /// `/dev/vda`, once it is known.
    pub device: Option<Id>,
    /// 0 is what the server boots from.
    pub boot_index: Option<i32>,
    pub delete_on_termination: bool,
    /// Of what is to be made.
    pub size_gib: Option<u32>,
    pub volume_type: Option<Id>,
    /// `swap`, or the file system of an ephemeral disk.
    pub guest_format: Option<Id>,
    pub disk_bus: Option<Id>,
    pub device_type: Option<Id>,
    pub tag: Option<Id>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Volume,
    Image,
    Snapshot,
    Blank,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Destination {
    Local,
    Volume,
}

/// Gives every disk a name that has none: what boots is `/dev/vda`, the others follow in order.
pub fn name_all(devices: &mut [BlockDevice]) {
    if let Some(root) = devices.iter_mut().find(|device| device.boot_index == Some(0) && device.device.is_none()) {
        root.device = Some("/dev/vda".into());
    }
    for at in 0..devices.len() {
        if devices.get(at).is_some_and(|device| device.device.is_none()) {
            let name = next_name(devices);
            if let Some(device) = devices.get_mut(at) {
                device.device = Some(name);
            }
        }
    }
}

/// The first free name: `/dev/vdb`, … `/dev/vdaa`. `vda` is kept for what boots.
pub fn next_name(devices: &[BlockDevice]) -> Id {
    let taken = |name: &str| devices.iter().any(|device| device.device.as_deref() == Some(name));
    let letters = || (b'a'..=b'z').map(char::from);
    let short = letters().skip(1).map(|letter| format!("/dev/vd{letter}"));
    let long = letters().flat_map(|first| letters().map(move |second| format!("/dev/vd{first}{second}")));
    let free = short.chain(long).find(|name| !taken(name));
    free.unwrap_or_else(|| "/dev/vdzz".to_owned()).into()
}
