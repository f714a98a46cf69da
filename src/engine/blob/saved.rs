//! Blobs in snapshot files: `{"length": 3, "zlib": "eJxLTEoGAAJNASc="}`, the content compressed and in base64.

use super::{Blob, BlobWriter};
use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use base64::write::EncoderStringWriter;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::de::Error as _;
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::io::{self, Read, Write};

/// How many bytes are compressed or inflated at a time.
const PIECE: usize = 64 << 10;

/// The largest content, in bytes, of a file of an earlier version. These do not say how long a content is, so that a few
/// bytes of a hand-made file could become gigabytes.
const LARGEST_WITHOUT_LENGTH: u64 = 64 << 20;

/// The two forms in files. Earlier versions wrote the text alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Saved {
    WithLength { length: u64, zlib: String },
    Alone(String),
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = packed(self).map_err(|error| S::Error::custom(format!("a content cannot be read: {error}")))?;
        let mut saved = serializer.serialize_struct("Blob", 2)?;
        saved.serialize_field("length", &self.len())?;
        saved.serialize_field("zlib", &text)?;
        saved.end()
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Saved::deserialize(deserializer)? {
            Saved::WithLength { length, zlib } => {
                let blob = unpacked(&zlib, length).map_err(D::Error::custom)?;
                match blob.len() == length {
                    true => Ok(blob),
                    false => Err(D::Error::custom(format!("a content has {} bytes, not {length}", blob.len()))),
                }
            }
            Saved::Alone(text) => unpacked(&text, LARGEST_WITHOUT_LENGTH).map_err(D::Error::custom),
        }
    }
}

fn packed(blob: &Blob) -> io::Result<String> {
    let mut packer = ZlibEncoder::new(EncoderStringWriter::new(&STANDARD), Compression::fast());
    let mut at = 0;
    while at < blob.len() {
        let piece = blob.read(at, PIECE)?;
        packer.write_all(&piece)?;
        at += piece.len() as u64;
    }
    Ok(packer.finish()?.into_inner())
}

/// Inflates at most `most` bytes; a content that goes on is refused.
fn unpacked(text: &str, most: u64) -> io::Result<Blob> {
    let mut bytes = ZlibDecoder::new(DecoderReader::new(text.as_bytes(), &STANDARD));
    let mut writer = BlobWriter::default();
    let (mut piece, mut length) = (vec![0; PIECE], 0);
    loop {
        match bytes.read(&mut piece)? {
            0 => return Ok(writer.finish()),
            read => {
                length += read as u64;
                if length > most {
                    return Err(io::Error::other(format!("a content is longer than {most} bytes")));
                }
                writer.write(&piece[..read])?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value, json};

    fn zeros(length: usize) -> Value {
        json!(Blob::Memory(vec![0; length].into()))
    }

    #[test]
    fn a_content_is_saved_with_its_length_and_loads_again() {
        let saved = json!(Blob::Memory("abc".into()));
        assert_eq!(saved["length"], 3);
        let loaded: Blob = from_value(saved).unwrap();
        assert_eq!(loaded.read(0, 9).unwrap(), "abc");
        let large: Blob = from_value(zeros(3 << 20)).unwrap();
        assert_eq!((large.len(), large.read((3 << 20) - 1, 9).unwrap().len()), (3 << 20, 1));
    }

    #[test]
    fn a_content_of_another_length_than_its_file_says_is_refused() {
        for wrong in [0, 4, 6, u64::MAX] {
            let mut saved = zeros(5);
            saved["length"] = wrong.into();
            assert!(from_value::<Blob>(saved).is_err(), "{wrong}");
        }
    }

    #[test]
    fn files_of_earlier_versions_load_up_to_a_length() {
        let old = |length| from_value::<Blob>(zeros(length)["zlib"].clone());
        assert_eq!(old(5).unwrap().len(), 5);
        assert!(old(LARGEST_WITHOUT_LENGTH as usize + 1).is_err());
    }

    #[test]
    fn text_that_is_not_base64_or_not_compressed_is_refused() {
        for text in ["?", "YWJj", "eJxLTEoG"] {
            assert!(from_value::<Blob>(json!({"length": 3, "zlib": text})).is_err(), "{text}");
        }
    }
}
