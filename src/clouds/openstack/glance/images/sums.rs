//! Hashes of image data, and the virtual size.

use crate::engine::{self, Blob};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The number of bytes that are hashed at a time.
const CHUNK: u64 = 1 << 20;

/// Hashes of image data, in hex.
pub struct Sums {
    pub md5: String,
    /// The hash with the requested algorithm.
    pub hash: String,
}

impl Sums {
    /// Hashes the data. `algo` is one of `sha512`, `sha256`, `sha1`, `md5`.
    pub fn of(blob: &Blob, algo: &str) -> Sums {
        let engine::Sums { md5, sha512 } = blob.sums();
        let hash = match algo {
            "sha256" => hash_of::<Sha256>(blob),
            "sha1" => hash_of::<Sha1>(blob),
            "md5" => md5.clone(),
            _ => sha512,
        };
        Sums { md5, hash }
    }
}

fn hash_of<D: Digest>(blob: &Blob) -> String {
    let mut digest = D::new();
    let mut at = 0;
    while at < blob.len() {
        // A read error of a temporary file ends the data.
        let Ok(chunk) = blob.read(at, CHUNK as usize) else { break };
        digest.update(&chunk);
        at += CHUNK;
    }
    hex::encode(digest.finalize())
}

/// The size of a hash with this algorithm, in bytes.
pub fn digest_size(algo: &str) -> usize {
    match algo {
        "md5" => 16,
        "sha1" => 20,
        "sha256" => 32,
        _ => 64,
    }
}

/// The virtual size in bytes: that of the data if they are raw, that in the header of a qcow2 image, otherwise `None`.
/// Upstream uses the format inspector of oslo.utils, which knows more formats.
pub fn virtual_size(disk_format: Option<&str>, content: &Blob) -> Option<u64> {
    const QCOW2: &[u8] = b"QFI\xfb";
    match disk_format {
        Some("raw") => Some(content.len()).filter(|size| *size > 0),
        Some("qcow2") => {
            let header = content.read(0, 32).ok().filter(|header| header.starts_with(QCOW2))?;
            let size: [u8; 8] = header.get(24..32)?.try_into().ok()?;
            Some(u64::from_be_bytes(size))
        }
        _ => None,
    }
}
