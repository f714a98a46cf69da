//! What is known of an image once its bytes are there: hashes, and how large the disk is.

use crate::engine::Blob;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// How much of a blob is hashed at a time, in bytes.
const PIECE: u64 = 1 << 20;

/// Hashes of an image's bytes, in hex.
pub struct Sums {
    pub md5: String,
    /// By the algorithm that was asked for.
    pub hash: String,
}

impl Sums {
    /// `algo` is one of `sha512`, `sha256`, `sha1`, `md5`.
    pub fn of(blob: &Blob, algo: &str) -> Sums {
        let md5 = hashed::<Md5>(blob);
        let hash = match algo {
            "sha256" => hashed::<Sha256>(blob),
            "sha1" => hashed::<Sha1>(blob),
            "md5" => md5.clone(),
            _ => hashed::<Sha512>(blob),
        };
        Sums { md5, hash }
    }
}

fn hashed<D: Digest>(blob: &Blob) -> String {
    let mut digest = D::new();
    let mut at = 0;
    while at < blob.len() {
        // A temporary file that went away reads as its end.
        let Ok(piece) = blob.read(at, PIECE as usize) else { break };
        digest.update(&piece);
        at += PIECE;
    }
    hex::encode(digest.finalize())
}

/// How many bytes a hash by this algorithm has.
pub fn digest_size(algo: &str) -> usize {
    match algo {
        "md5" => 16,
        "sha1" => 20,
        "sha256" => 32,
        _ => 64,
    }
}

/// The size of the disk in an image. Raw ones are as they are; of the others upstream knows those whose format it
/// recognises (oslo.utils' format inspector), here qcow2.
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
