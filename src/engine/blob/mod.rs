//! Large binary contents: images, drives, objects. Small ones are in memory, large ones in a temporary file. Clones share
//! the content; it is freed with the last clone.
//!
//! The files have no names: the kernel removes them with the last handle, however the process ends, and nothing else can
//! delete or change them. What all contents of the process take up is bounded ([`BlobRoom`]).

mod room;
mod saved;
mod writer;

pub use room::{BlobRoom, Unstored};
pub use writer::BlobWriter;

use bytes::{Bytes, BytesMut};
use room::Charge;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// A content that never changes. Cloning it is cheap.
#[derive(Clone, Debug)]
pub enum Blob {
    Memory(Bytes),
    File { file: Arc<BlobFile>, length: u64 },
}

/// A temporary file without a name.
#[derive(Debug)]
pub struct BlobFile {
    file: File,
    _charge: Charge,
}

impl Blob {
    /// The length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Blob::Memory(bytes) => bytes.len() as u64,
            Blob::File { length, .. } => *length,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if both share one content, as clones do.
    pub fn is_same(&self, other: &Blob) -> bool {
        match (self, other) {
            (Blob::Memory(one), Blob::Memory(other)) => one.as_ptr() == other.as_ptr() && one.len() == other.len(),
            (Blob::File { file: one, .. }, Blob::File { file: other, .. }) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// At most `length` bytes from `offset` on; fewer at the end of the blob.
    pub fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let left = self.len().saturating_sub(offset).min(length as u64) as usize;
        match self {
            Blob::Memory(bytes) if left == 0 => Ok(bytes.slice(0..0)),
            Blob::Memory(bytes) => Ok(bytes.slice(offset as usize..offset as usize + left)),
            Blob::File { file, .. } => {
                let mut bytes = BytesMut::zeroed(left);
                file.file.read_exact_at(&mut bytes, offset)?;
                Ok(bytes.freeze())
            }
        }
    }
}

/// Reads a blob from its beginning, as [`Read`].
pub struct BlobReader {
    blob: Blob,
    at: u64,
}

impl Blob {
    pub fn reader(self) -> BlobReader {
        BlobReader { blob: self, at: 0 }
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.blob.read(self.at, buffer.len())?;
        if let Some(room) = buffer.get_mut(..bytes.len()) {
            room.copy_from_slice(&bytes);
        }
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        Blob::Memory(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_past_the_end_gives_nothing() {
        let blob = Blob::from(Bytes::from_static(b"abc"));
        assert_eq!(blob.read(1, 9).unwrap(), "bc");
        assert_eq!(blob.read(9, 9).unwrap(), "");
    }
}
