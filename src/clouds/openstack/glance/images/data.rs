//! The bytes of images: upload and download.

use super::super::{errors, policy};
use super::{Image, Status, find};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Blob, Call, Response, Sim};
use chrono::{DateTime, Utc};
use md5::Md5;
use sha2::{Digest, Sha512};

/// How much of a blob is hashed at a time, in bytes.
const PIECE: u64 = 1 << 20;

/// Hashes of an image's bytes, in hex.
pub struct Sums {
    pub md5: String,
    pub sha512: String,
}

impl Sums {
    pub fn of(blob: &Blob) -> Sums {
        let (mut md5, mut sha512) = (Md5::new(), Sha512::new());
        let mut at = 0;
        while at < blob.len() {
            // A temporary file that went away reads as its end.
            let Ok(piece) = blob.read(at, PIECE as usize) else { break };
            md5.update(&piece);
            sha512.update(&piece);
            at += PIECE;
        }
        Sums { md5: hex(&md5.finalize()), sha512: hex(&sha512.finalize()) }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Gives an image its bytes, with which it is active.
pub fn take_in(image: &mut Image, content: Blob, now: DateTime<Utc>) {
    let sums = Sums::of(&content);
    image.size = Some(content.len());
    (image.checksum, image.hash) = (Some(sums.md5), Some(sums.sha512));
    image.content = Some(content);
    (image.status, image.updated) = (Status::Active, now);
}

pub fn upload(call: &Call, os: &mut OpenStack, sim: &mut Sim) -> Answer {
    let content_type = call.header("content-type").unwrap_or("None");
    if content_type != "application/octet-stream" {
        return Err(errors::unsupported_upload(content_type));
    }
    let image = find(call, os, call.param("image_id"))?;
    policy::enforce(call, &[("project_id", &image.owner)])?;
    if image.status != Status::Queued {
        return Err(errors::cannot_save(image.status.as_str()));
    }
    let formats = [("disk_format", &image.disk_format), ("container_format", &image.container_format)];
    let missing: Vec<_> = formats.iter().filter(|(_, format)| format.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        return Err(errors::formats_missing(&missing.join(", ")));
    }
    let (id, now) = (image.id.clone(), sim.now());
    let content = call.blob.clone().unwrap_or_else(|| Blob::from(bytes::Bytes::new()));
    if let Some(image) = os.glance.images.get_mut(&id) {
        take_in(image, content, now);
    }
    Ok(Response::empty())
}

/// The bytes, or nothing while there are none.
pub fn download(call: &Call, os: &OpenStack) -> Answer {
    let image = find(call, os, call.param("image_id"))?;
    if image.status == Status::Deactivated && !policy::is_admin(call) {
        return Err(errors::deactivated());
    }
    Ok(match &image.content {
        Some(content) => {
            Response::blob(content.clone()).header("Content-MD5", image.checksum.clone().unwrap_or_default())
        }
        None => Response::empty().status(204),
    })
}
