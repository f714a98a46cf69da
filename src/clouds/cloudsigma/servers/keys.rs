//! The keys of a server's settings (8.2). Clients may add their own under `user:`.

/// The type of a key's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Key {
    Name,
    /// A whole number from 1 on: cpu (core MHz), mem (MB).
    Number,
    /// A number of processors, or `auto`.
    Processors,
    /// A drive: `ide:0:0`, `block:3`, `scsi:0:1`.
    Device,
    /// `cdrom` or `disk`: `ide:0:0:media`.
    Media,
    /// A list of devices.
    Boot,
    Model,
    /// `auto` or a static IP address: `nic:0:dhcp`, `vnc:ip`.
    Address,
    Vlan,
    Mac,
    /// `on`: `vnc:tls`.
    On,
    /// `true` or `false`: `persistent`.
    Flag,
    Text,
}

/// The models of network interfaces (8.2).
pub const MODELS: [&str; 3] = ["e1000", "rtl8139", "virtio"];

impl Key {
    /// The type of a key. None if servers have no such key.
    pub fn of(key: &str) -> Option<Key> {
        match key {
            "name" => Some(Key::Name),
            "cpu" | "mem" => Some(Key::Number),
            "smp" => Some(Key::Processors),
            "boot" => Some(Key::Boot),
            "vnc:ip" => Some(Key::Address),
            "vnc:tls" => Some(Key::On),
            "persistent" => Some(Key::Flag),
            "parent" | "tags" | "use" | "description" | "vnc:password" => Some(Key::Text),
            key if key.starts_with("user:") => Some(Key::Text),
            key if is_device(key) => Some(Key::Device),
            key if key.strip_suffix(":media").is_some_and(is_device) => Some(Key::Media),
            key => match interface(key)? {
                "model" => Some(Key::Model),
                "dhcp" => Some(Key::Address),
                "vlan" => Some(Key::Vlan),
                "mac" => Some(Key::Mac),
                "block" => Some(Key::Text),
                _ => None,
            },
        }
    }

    /// True if the key describes the hardware, which can be changed only while the server is stopped.
    pub fn is_hardware(self, key: &str) -> bool {
        self != Key::Name && (self != Key::Text || key == "vnc:password" || key.starts_with("nic:"))
    }
}

/// True for `ide:BUS[0-1]:UNIT[0-1]`, `block:INDEX[0-7]` (some clients write `block:0:INDEX`) and
/// `scsi:0:INDEX[0-7]`.
pub fn is_device(key: &str) -> bool {
    let parts: Vec<_> = key.split(':').collect();
    match parts[..] {
        ["ide", bus, unit] => is_index(bus, 1) && is_index(unit, 1),
        ["block", index] | ["block" | "scsi", "0", index] => is_index(index, 7),
        _ => false,
    }
}

pub fn is_mac(key: &str) -> bool {
    interface(key) == Some("mac")
}

pub fn is_address(key: &str) -> bool {
    Key::of(key) == Some(Key::Address)
}

/// The part of a network interface's key after the index: `vlan` of `nic:1:vlan`.
fn interface(key: &str) -> Option<&str> {
    let (index, what) = key.strip_prefix("nic:")?.split_once(':')?;
    is_index(index, 7).then_some(what)
}

fn is_index(text: &str, largest: u8) -> bool {
    matches!(text.as_bytes(), [digit] if (b'0'..=b'0' + largest).contains(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_those_of_the_manual() {
        for key in ["ide:0:0", "ide:1:1", "block:0", "block:7", "block:0:7", "scsi:0:3"] {
            assert!(is_device(key), "{key}");
        }
        for key in ["ide:2:0", "ide:0", "block:8", "block:1:0", "scsi:1:0", "scsi:0", "ide:0:0:media", "block:é"] {
            assert!(!is_device(key), "{key}");
        }
    }

    #[test]
    fn keys_that_mean_nothing_are_none() {
        assert_eq!(Key::of("ide:0:0:media"), Some(Key::Media));
        assert_eq!((Key::of("nic:1:vlan"), Key::of("nic:8:vlan"), Key::of("nic:0:x")), (Some(Key::Vlan), None, None));
        assert_eq!((Key::of("driveType"), Key::of("status"), Key::of("server")), (None, None, None));
    }
}
