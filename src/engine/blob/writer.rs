//! Makes blobs from pieces as they arrive.

use super::room::Charge;
use super::{Blob, BlobFile, BlobRoom, Unstored};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

/// The largest blob, in bytes, that is in memory.
const IN_MEMORY: usize = 1 << 20;

/// Makes a blob from pieces as they arrive. If it is dropped, what was written is freed.
#[derive(Debug)]
pub struct BlobWriter {
    memory: Vec<u8>,
    file: Option<(File, u64)>,
    charge: Charge,
}

/// A content in memory, with its bytes in the room of the process.
struct Held {
    bytes: Vec<u8>,
    _charge: Charge,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Default for BlobWriter {
    fn default() -> Self {
        BlobWriter::within(BlobRoom::of_process())
    }
}

impl BlobWriter {
    /// A writer whose content takes up room there.
    pub fn within(room: &'static BlobRoom) -> Self {
        BlobWriter { memory: vec![], file: None, charge: Charge::on(room) }
    }

    /// Appends a piece. The error is made from an [`Unstored`], and [`Unstored::from`] gives it back. After an error the
    /// writer is of no use.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.charge.add(piece.len() as u64)?;
        if self.file.is_none() && self.memory.len() + piece.len() <= IN_MEMORY {
            self.memory.extend_from_slice(piece);
            return Ok(());
        }
        self.write_to_file(piece).map_err(|error| {
            // The reason may name a path of this machine, which is for the log only.
            tracing::warn!(%error, "a content could not be written");
            Unstored::from(error).into()
        })
    }

    fn write_to_file(&mut self, piece: &[u8]) -> io::Result<()> {
        let (mut file, length) = match self.file.take() {
            Some(open) => open,
            None => {
                let mut file = tempfile::tempfile()?;
                let held = std::mem::take(&mut self.memory);
                file.write_all(&held)?;
                (file, held.len() as u64)
            }
        };
        file.write_all(piece)?;
        self.file = Some((file, length + piece.len() as u64));
        Ok(())
    }

    pub fn finish(self) -> Blob {
        let BlobWriter { memory, file, charge } = self;
        match file {
            Some((file, length)) => Blob::File { file: Arc::new(BlobFile { file, _charge: charge }), length },
            None if memory.is_empty() => Blob::Memory(Bytes::new()),
            None => Blob::Memory(Bytes::from_owner(Held { bytes: memory, _charge: charge })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_blob_is_a_file_and_its_last_clone_gives_the_room_back() {
        static ROOM: BlobRoom = BlobRoom::new(8 << 20, 8 << 20);
        let mut writer = BlobWriter::within(&ROOM);
        for _ in 0..3 {
            writer.write(&[7; IN_MEMORY]).unwrap();
        }
        let blob = writer.finish();
        assert!(matches!(blob, Blob::File { .. }));
        assert_eq!(blob.len(), 3 * IN_MEMORY as u64);
        assert_eq!(blob.read(blob.len() - 2, 10).unwrap(), &[7, 7][..]);
        let copy = blob.clone();
        drop(blob);
        assert_eq!(ROOM.used(), 3 * IN_MEMORY as u64);
        drop(copy);
        assert_eq!(ROOM.used(), 0);
    }

    #[test]
    fn small_blobs_take_up_room_until_their_last_slice_is_freed() {
        static ROOM: BlobRoom = BlobRoom::new(10, 10);
        let mut writer = BlobWriter::within(&ROOM);
        writer.write(b"seven b").unwrap();
        let part = writer.finish().read(0, 3).unwrap();
        assert_eq!((&part[..], ROOM.used()), (&b"sev"[..], 7));
        drop(part);
        assert_eq!(ROOM.used(), 0);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_of_it_is_kept() {
        static ROOM: BlobRoom = BlobRoom::new(10, 8);
        let refusal = |writer: &mut BlobWriter, piece: &[u8]| Unstored::from(writer.write(piece).unwrap_err());
        let mut first = BlobWriter::within(&ROOM);
        first.write(b"12345").unwrap();
        assert_eq!(refusal(&mut first, b"6789"), Unstored::TooLarge(8));
        let mut second = BlobWriter::within(&ROOM);
        assert_eq!(refusal(&mut second, b"123456"), Unstored::NoRoom);
        drop((first, second));
        assert_eq!(ROOM.used(), 0);
    }
}
