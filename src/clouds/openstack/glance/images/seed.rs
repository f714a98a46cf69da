//! The images of a new cloud. They are small and have artificial data.

use super::{Image, Visibility, take_in};
use crate::clouds::openstack::descriptor::Population;
use crate::clouds::openstack::{OpenStack, ids};
use crate::engine::{Blob, Context, Id};
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

/// Adds the images of a populated cloud.
pub fn populate(os: &mut OpenStack, ctx: &mut Context, population: Population) -> Result<(), String> {
    if population == Population::DevStack {
        devstack(os, ctx.now());
    }
    Ok(())
}

/// The name of DevStack's image (`DEFAULT_IMAGE_NAME` in stackrc).
const DEVSTACK: &str = "cirros-0.6.3-x86_64-disk";

/// Adds the image that DevStack uploads (`upload_image` in functions), a qcow2 image with a disk of 112 MiB.
fn devstack(os: &mut OpenStack, now: DateTime<Utc>) {
    let id = ids::id("image", DEVSTACK);
    let id = uuid::Uuid::parse_str(&id).map_or(id, |id| id.hyphenated().to_string().into());
    let mut image = Image::queued(id, ids::id("project", "admin"), Some(DEVSTACK.to_owned()), now);
    image.visibility = Visibility::Public;
    image.container_format = Some("bare".into());
    image.disk_format = Some("qcow2".into());
    image.properties.insert("hw_rng_model".into(), "virtio".into());
    take_in(&mut image, Blob::from(bytes::Bytes::from(qcow2(112 << 20, 64 << 10))), now);
    os.glance.images.insert(image);
}

/// The header of a qcow2 image (version 3, clusters of 64 KiB) without data, filled up to `length` bytes.
fn qcow2(virtual_size: u64, length: usize) -> Vec<u8> {
    const CLUSTER_BITS: u32 = 16;
    const HEADER_LENGTH: u32 = 104;
    let mut file = b"QFI\xfb".to_vec();
    file.extend(3_u32.to_be_bytes());
    // No backing file.
    file.extend([0; 12]);
    file.extend(CLUSTER_BITS.to_be_bytes());
    file.extend(virtual_size.to_be_bytes());
    file.resize(96, 0);
    // The refcount order, for entries of 16 bits.
    file.extend(4_u32.to_be_bytes());
    file.extend(HEADER_LENGTH.to_be_bytes());
    file.resize(length, 0);
    file
}
