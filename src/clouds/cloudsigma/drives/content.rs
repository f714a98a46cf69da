//! The bytes of a drive, stored sparsely: only ranges that were written take room, everything else reads as zeros.

use crate::engine::{Blob, BlobWriter, Id, Row, Unstored};
use bytes::{Bytes, BytesMut};
use imbl::OrdMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::io::{self, Read};

/// Written data is examined in pieces of this many bytes. Pieces of zeros are not stored.
const PIECE: usize = 64 << 10;

/// The stored bytes of one drive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Content {
    /// The drive.
    pub id: Id,
    pub extents: Extents,
}

impl Row for Content {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.id
    }
    fn contents(&self, visit: &mut dyn FnMut(&Blob)) {
        self.extents.0.values().for_each(|extent| visit(&extent.blob));
    }
}

/// Ranges of bytes, by their offset. They do not overlap. Copies share the blobs.
#[derive(Clone, Debug, Default)]
pub struct Extents(OrdMap<u64, Extent>);

/// A range of bytes: a part of a blob.
#[derive(Clone, Debug)]
struct Extent {
    blob: Blob,
    from: u64,
    length: u64,
}

/// Why a write is refused.
#[derive(Debug, PartialEq)]
pub enum Refused {
    /// The source is longer than the room.
    TooLong,
    /// The source cannot be read.
    Unreadable,
    /// The bytes cannot be stored.
    Unstored(Unstored),
}

impl Extents {
    /// Writes all bytes of `source` at `offset` and returns their number. More than `room` bytes are refused.
    pub fn write(&mut self, offset: u64, source: &mut dyn Read, room: u64) -> Result<u64, Refused> {
        let mut run = Run::at(offset);
        let mut written = 0;
        loop {
            let piece = next_piece(source).map_err(|_| Refused::Unreadable)?;
            if piece.is_empty() {
                break;
            }
            if written + piece.len() as u64 > room {
                return Err(Refused::TooLong);
            }
            let at = offset + written;
            written += piece.len() as u64;
            if piece.iter().all(|byte| *byte == 0) {
                self.put(run);
                self.clear(at, offset + written);
                run = Run::at(offset + written);
            } else {
                run.bytes.write(&piece).map_err(|error| Refused::Unstored(error.into()))?;
            }
        }
        self.put(run);
        Ok(written)
    }

    /// Reads `length` bytes at `offset`.
    pub fn read(&self, offset: u64, length: u64) -> io::Result<Bytes> {
        let mut bytes = BytesMut::zeroed(length as usize);
        let end = offset.saturating_add(length);
        let before = self.0.get_prev(&offset).map(|(at, _)| *at).unwrap_or(offset);
        for (at, extent) in self.0.range(before..end) {
            let (from, to) = ((*at).max(offset), (at + extent.length).min(end));
            if from < to {
                let part = extent.blob.read(extent.from + (from - at), (to - from) as usize)?;
                let place = (from - offset) as usize;
                if let Some(room) = bytes.get_mut(place..place + part.len()) {
                    room.copy_from_slice(&part);
                }
            }
        }
        Ok(bytes.freeze())
    }

    /// The number of stored bytes.
    pub fn stored_bytes(&self) -> u64 {
        self.0.values().map(|extent| extent.length).sum()
    }

    fn put(&mut self, run: Run) {
        let blob = run.bytes.finish();
        if !blob.is_empty() {
            self.clear(run.at, run.at + blob.len());
            let length = blob.len();
            self.0.insert(run.at, Extent { blob, from: 0, length });
        }
    }

    /// Removes what is stored between two offsets.
    fn clear(&mut self, start: u64, end: u64) {
        let before = self.0.get_prev(&start).map(|(at, _)| *at).unwrap_or(start);
        let touched: Vec<_> = self.0.range(before..end).map(|(at, extent)| (*at, extent.clone())).collect();
        for (at, extent) in touched.into_iter().filter(|(at, extent)| at + extent.length > start) {
            self.0.remove(&at);
            if at < start {
                self.0.insert(at, Extent { length: start - at, ..extent.clone() });
            }
            if at + extent.length > end {
                let cut = end - at;
                self.0.insert(end, Extent { from: extent.from + cut, length: extent.length - cut, ..extent });
            }
        }
    }
}

/// A run of consecutive pieces, none of which is all zeros, while it is being written.
struct Run {
    at: u64,
    bytes: BlobWriter,
}

impl Run {
    fn at(at: u64) -> Self {
        Run { at, bytes: BlobWriter::default() }
    }
}

/// Reads a full piece, or what is left of the source.
fn next_piece(source: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE);
    source.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

/// Serialized as pairs of an offset and the bytes at it.
impl Serialize for Extents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = |(at, extent): (&u64, &Extent)| {
            let bytes = extent.blob.read(extent.from, extent.length as usize);
            bytes.map(|bytes| (*at, Blob::from(bytes))).map_err(serde::ser::Error::custom)
        };
        serializer.collect_seq(self.0.iter().map(part).collect::<Result<Vec<_>, _>>()?)
    }
}

impl<'de> Deserialize<'de> for Extents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut extents = Extents::default();
        for (at, blob) in Vec::<(u64, Blob)>::deserialize(deserializer)? {
            let length = blob.len();
            extents.0.insert(at, Extent { blob, from: 0, length });
        }
        Ok(extents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROOM: u64 = 4 << 20;

    #[test]
    fn zeros_take_no_room() {
        let mut extents = Extents::default();
        let mut zeros = io::repeat(0).take(1 << 30);
        assert_eq!(extents.write(5, &mut zeros, 2 << 30), Ok(1 << 30));
        assert_eq!(extents.stored_bytes(), 0);
        extents.write(1 << 40, &mut &b"abc"[..], ROOM).unwrap();
        assert_eq!(extents.stored_bytes(), 3);
        assert_eq!(&extents.read((1 << 40) - 1, 6).unwrap()[..], b"\0abc\0\0");
    }

    #[test]
    fn what_is_too_long_is_refused() {
        assert_eq!(Extents::default().write(0, &mut &b"abcd"[..], 3), Err(Refused::TooLong));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Reads agree with a plain array, also after saving and loading.
        #[test]
        fn bytes_are_where_they_were_written(
            writes in proptest::collection::vec((0usize..300_000, 0usize..150_000, 0u8..3), 1..8),
            from in 0usize..400_000, length in 0usize..200_000
        ) {
            let (mut extents, mut plain) = (Extents::default(), vec![0; 1_000_000]);
            for (offset, length, byte) in writes {
                let bytes = vec![byte; length];
                extents.write(offset as u64, &mut &bytes[..], ROOM).unwrap();
                plain[offset..offset + length].copy_from_slice(&bytes);
            }
            let expected = &plain[from..from + length];
            prop_assert!(&extents.read(from as u64, length as u64).unwrap()[..] == expected);
            let loaded: Extents = serde_json::from_value(serde_json::to_value(&extents).unwrap()).unwrap();
            prop_assert!(&loaded.read(from as u64, length as u64).unwrap()[..] == expected);
        }
    }
}
