//! The block devices of a server (`BlockDeviceMapping` in nova/objects/block_device.py).

use crate::engine::Id;
use serde::{Deserialize, Serialize};

/// A block device mapping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BlockDevice {
    /// The UUID of the mapping, which the API shows from microversion 2.89 on.
    pub id: Id,
    pub source: Source,
    pub destination: Destination,
    /// The image or the snapshot that the device is created from.
    pub from: Option<Id>,
    /// The volume. Not set until it exists.
    pub volume: Option<Id>,
    /// The id of Cinder's attachment of the volume to the server.
    pub attachment: Option<Id>,
    /// The device name, for example `/dev/vda`. Not set while the server is offloaded.
    pub device: Option<Id>,
    /// 0 for the boot device; `None` if the server never boots from the device.
    pub boot_index: Option<i32>,
    pub delete_on_termination: bool,
    /// The size of the device to create.
    pub size_gib: Option<u32>,
    pub volume_type: Option<Id>,
    /// `swap`, or the file system of an ephemeral disk.
    pub guest_format: Option<Id>,
    pub disk_bus: Option<Id>,
    pub device_type: Option<Id>,
    pub tag: Option<Id>,
    /// What a client of the older mapping says about the connection, normally nothing. Upstream reads it as JSON.
    #[serde(default)]
    pub connection_info: Option<Id>,
}

impl BlockDevice {
    /// A blank local disk without any optional field.
    pub fn blank() -> BlockDevice {
        BlockDevice {
            id: "".into(),
            source: Source::Blank,
            destination: Destination::Local,
            from: None,
            volume: None,
            attachment: None,
            device: None,
            boot_index: None,
            delete_on_termination: false,
            size_gib: None,
            volume_type: None,
            guest_format: None,
            disk_bus: None,
            device_type: None,
            tag: None,
            connection_info: None,
        }
    }
}

/// `source_type`: what the device is created from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Volume,
    Image,
    Snapshot,
    Blank,
}

/// `destination_type`: a disk of the host or a volume.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Destination {
    Local,
    Volume,
}

/// Gives every device without a name one: `/dev/vda` to the boot device, the next free names to the others.
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

/// The first free name from `/dev/vdb` on. `vda` is reserved for the boot device.
pub fn next_name(devices: &[BlockDevice]) -> Id {
    let taken = |name: &str| devices.iter().any(|device| device.device.as_deref() == Some(name));
    let letters = || (b'a'..=b'z').map(char::from);
    let short = letters().skip(1).map(|letter| format!("/dev/vd{letter}"));
    let long = letters().flat_map(|first| letters().map(move |second| format!("/dev/vd{first}{second}")));
    let free = short.chain(long).find(|name| !taken(name));
    free.unwrap_or_else(|| "/dev/vdzz".to_owned()).into()
}
