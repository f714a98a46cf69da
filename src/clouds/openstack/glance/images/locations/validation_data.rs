//! Validation data: the hashes that a request gives for the data at a location (`_validate_validation_data` and
//! `_validate_hashing_data` in glance/api/v2/images.py).

use super::super::super::errors;
use super::super::data::HASH_ALGO;
use super::super::sums::digest_size;
use super::super::{Image, Status};
use crate::engine::Problem;
use serde::{Deserialize, Serialize};

/// The validation data of a location.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValidationData {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_hash_algo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_hash_value: Option<String>,
    /// The MD5 hash, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

impl ValidationData {
    fn fields(&self) -> [(&'static str, &Option<String>); 3] {
        [("checksum", &self.checksum), ("os_hash_algo", &self.os_hash_algo), ("os_hash_value", &self.os_hash_value)]
    }

    fn is_empty(&self) -> bool {
        self.fields().iter().all(|(_, value)| value.is_none())
    }

    /// Sets the hashes of the image.
    pub fn apply(self, image: &mut Image) {
        image.checksum = self.checksum.or(image.checksum.take());
        image.hash_algo = self.os_hash_algo.or(image.hash_algo.take());
        image.hash = self.os_hash_value.or(image.hash.take());
    }

    /// Checks the form of the hash. Only the newer API, which allows several algorithms, uses this.
    pub fn check(&self) -> Result<(), Problem> {
        let Some(hash) = &self.os_hash_value else { return Ok(()) };
        if !is_hex(hash) {
            return Err(errors::location_hash_not_hex(hash));
        }
        let algo = self.os_hash_algo.as_deref().unwrap_or(HASH_ALGO);
        let size = digest_size(algo);
        if hash.len() == size * 2 { Ok(()) } else { Err(errors::location_hash_of_wrong_size(hash, algo, size)) }
    }
}

/// Merges the validation data of several locations. The result has only values that the image does not have yet.
/// Errors: values that differ from each other or from the image, and invalid hashes.
pub fn merge(image: &Image, data: &[ValidationData]) -> Result<ValidationData, Problem> {
    let mut merged = ValidationData::default();
    for one in data {
        for ((name, value), (_, before)) in one.fields().into_iter().zip(merged.clone().fields()) {
            if before.is_some() && value.is_some() && before != value {
                return Err(errors::validation_data_conflicts(name));
            }
        }
        merged.checksum = merged.checksum.or_else(|| one.checksum.clone());
        merged.os_hash_algo = merged.os_hash_algo.or_else(|| one.os_hash_algo.clone());
        merged.os_hash_value = merged.os_hash_value.or_else(|| one.os_hash_value.clone());
    }
    let new = ValidationData {
        checksum: unless_known("checksum", merged.checksum, &image.checksum)?,
        os_hash_algo: unless_known("os_hash_algo", merged.os_hash_algo, &image.hash_algo)?,
        os_hash_value: unless_known("os_hash_value", merged.os_hash_value, &image.hash)?,
    };
    if !new.is_empty() {
        check(image, &new)?;
    }
    Ok(new)
}

fn unless_known(name: &str, value: Option<String>, known: &Option<String>) -> Result<Option<String>, Problem> {
    match known {
        _ if value.is_none() || value == *known => Ok(None),
        Some(_) => Err(errors::validation_data_differs(name)),
        None => Ok(value),
    }
}

fn check(image: &Image, new: &ValidationData) -> Result<(), Problem> {
    if image.status != Status::Queued {
        let names: Vec<_> = new.fields().iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name).collect();
        return Err(errors::validation_data_not_queued(&names.join(", ")));
    }
    let algo = new.os_hash_algo.as_deref().unwrap_or("None");
    let hex = |name: &str, value: &str, algo: &str| match digest_size(algo) {
        _ if !is_hex(value) => Err(errors::hash_not_hex(name, value)),
        bytes if value.len() != bytes * 2 => Err(errors::hash_of_wrong_size(name, value, algo, bytes)),
        _ => Ok(()),
    };
    if let Some(checksum) = &new.checksum {
        hex("checksum", checksum, "md5")?;
    }
    if algo != HASH_ALGO {
        return Err(errors::hash_algo_not_supported(algo));
    }
    new.os_hash_value.as_deref().map_or(Ok(()), |hash| hex("os_hash_value", hash, algo))
}

fn is_hex(text: &str) -> bool {
    text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
