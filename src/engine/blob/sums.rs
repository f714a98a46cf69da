//! Hashes of contents. Those of a file are computed once.

use super::Blob;
use md5::{Digest, Md5};
use sha2::Sha512;

/// The number of bytes that are hashed at a time.
const CHUNK: usize = 1 << 20;

/// Hashes of a content, in hex.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    pub md5: String,
    pub sha512: String,
}

impl Blob {
    /// The hashes of the content. A large content takes seconds the first time, so operations let
    /// [`Operation::prepares`](crate::engine::Operation::prepares) do it before their turn to write.
    pub fn sums(&self) -> Sums {
        match self {
            Blob::Memory(_) => self.hashed(),
            Blob::File { file, .. } => file.sums.get_or_init(|| self.hashed()).clone(),
        }
    }

    fn hashed(&self) -> Sums {
        let (mut md5, mut sha512) = (Md5::new(), Sha512::new());
        let mut at = 0;
        while at < self.len() {
            // A read error of the file ends the data.
            let Ok(chunk) = self.read(at, CHUNK) else { break };
            md5.update(&chunk);
            sha512.update(&chunk);
            at += chunk.len() as u64;
        }
        Sums { md5: hex::encode(md5.finalize()), sha512: hex::encode(sha512.finalize()) }
    }
}
