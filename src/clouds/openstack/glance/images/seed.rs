//! The images of a new cloud. They are small and have artificial data.

use super::{Image, Visibility, take_in};
use crate::clouds::openstack::{OpenStack, ids};
use crate::engine::{Blob, Id};
use chrono::{DateTime, Utc};

/// Name, distribution, version, minimum disk in GiB, size in KiB.
const IMAGES: [(&str, &str, &str, u32, usize); 4] = [
    ("cirros", "cirros", "0.6.2", 0, 64),
    ("Ubuntu 24.04", "ubuntu", "24.04", 1, 96),
    ("Debian 12", "debian", "12", 1, 80),
    ("Rocky 9", "rocky", "9", 1, 72),
];

/// Adds the images.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    let owner: Id = ids::id("project", "admin");
    for (name, distribution, version, min_disk, kib) in IMAGES {
        let hex = ids::id("image", name);
        let id = uuid::Uuid::parse_str(&hex).map_or(hex, |id| id.hyphenated().to_string().into());
        let mut image = Image::queued(id, owner.clone(), Some(name.to_owned()), now);
        image.visibility = Visibility::Public;
        image.container_format = Some("bare".into());
        image.disk_format = Some("raw".into());
        image.min_disk = min_disk;
        image.properties.insert("os_distro".into(), distribution.into());
        image.properties.insert("os_version".into(), version.into());
        let line = format!("{name:<63}\n");
        take_in(&mut image, Blob::from(bytes::Bytes::from(line.repeat(kib * 16))), now);
        os.glance.images.insert(image);
    }
}
