//! Large binary contents: images, drives, objects. Small ones are in memory, large ones in a temporary file. Clones share
//! the content; the file is deleted with the last clone.

use bytes::{Bytes, BytesMut};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// The largest blob, in bytes, that is in memory.
const IN_MEMORY: usize = 1 << 20;

/// A content that never changes. Cloning it is cheap.
#[derive(Clone, Debug)]
pub enum Blob {
    Memory(Bytes),
    File { file: Arc<NamedTempFile>, length: u64 },
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

    /// At most `length` bytes from `offset` on; fewer at the end of the blob.
    pub fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let left = self.len().saturating_sub(offset).min(length as u64) as usize;
        match self {
            Blob::Memory(bytes) if left == 0 => Ok(bytes.slice(0..0)),
            Blob::Memory(bytes) => Ok(bytes.slice(offset as usize..offset as usize + left)),
            Blob::File { file, .. } => {
                let mut file = File::open(file.path())?;
                file.seek(SeekFrom::Start(offset))?;
                let mut bytes = BytesMut::zeroed(left);
                file.read_exact(&mut bytes)?;
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

/// Saved compressed (zlib), as base64 text.
impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use base64::Engine;
        let bytes = self.read(0, self.len() as usize).map_err(serde::ser::Error::custom)?;
        let mut packed = ZlibEncoder::new(vec![], Compression::fast());
        let packed = packed.write_all(&bytes).and_then(|()| packed.finish()).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&base64::engine::general_purpose::STANDARD.encode(packed))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use base64::Engine;
        let text = String::deserialize(deserializer)?;
        let packed = base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)?;
        let mut bytes = ZlibDecoder::new(&packed[..]);
        let mut writer = BlobWriter::default();
        let mut piece = vec![0; 64 << 10];
        loop {
            let length = bytes.read(&mut piece).map_err(serde::de::Error::custom)?;
            if length == 0 {
                return Ok(writer.finish());
            }
            writer.write(&piece[..length]).map_err(serde::de::Error::custom)?;
        }
    }
}

/// Makes a blob from pieces as they arrive.
#[derive(Debug, Default)]
pub struct BlobWriter {
    memory: BytesMut,
    file: Option<(NamedTempFile, u64)>,
    /// True if no temporary file can be made.
    has_no_folder: bool,
}

impl BlobWriter {
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        let fits = self.has_no_folder || self.memory.len() + piece.len() <= IN_MEMORY;
        if self.file.is_none() && !fits {
            match NamedTempFile::with_prefix("nephos-") {
                Ok(mut file) => {
                    let held = std::mem::take(&mut self.memory);
                    file.write_all(&held)?;
                    self.file = Some((file, held.len() as u64));
                }
                // Without a folder for temporary files, as in a container with a read-only root, the body stays in memory.
                Err(error) => {
                    tracing::warn!(%error, "no temporary file: a large body stays in memory");
                    self.has_no_folder = true;
                }
            }
        }
        if self.file.is_none() {
            self.memory.extend_from_slice(piece);
            return Ok(());
        }
        if let Some((file, length)) = &mut self.file {
            file.write_all(piece)?;
            *length += piece.len() as u64;
        }
        Ok(())
    }

    pub fn finish(self) -> Blob {
        match self.file {
            Some((file, length)) => Blob::File { file: Arc::new(file), length },
            None => Blob::Memory(self.memory.freeze()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_blob_is_a_file_that_is_deleted_with_its_last_clone() {
        let mut writer = BlobWriter::default();
        for _ in 0..3 {
            writer.write(&[7; IN_MEMORY]).unwrap();
        }
        let blob = writer.finish();
        let Blob::File { file, .. } = &blob else { panic!("it should be a file") };
        let path = file.path().to_owned();
        assert_eq!(blob.len(), 3 * IN_MEMORY as u64);
        assert_eq!(blob.read(blob.len() - 2, 10).unwrap(), &[7, 7][..]);
        let copy = blob.clone();
        drop(blob);
        assert!(path.exists());
        drop(copy);
        assert!(!path.exists());
    }

    #[test]
    fn reading_past_the_end_gives_nothing() {
        let blob = Blob::from(Bytes::from_static(b"abc"));
        assert_eq!(blob.read(1, 9).unwrap(), "bc");
        assert_eq!(blob.read(9, 9).unwrap(), "");
    }
}
