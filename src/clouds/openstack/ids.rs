//! Ids that are the same in every cloud.

use crate::engine::Id;
use sha2::{Digest, Sha256};

/// The id of the domain that exists in every new cloud.
pub const DEFAULT_DOMAIN: &str = "default";

/// The id of a seeded row: a hash of its kind and name.
pub fn id(kind: &str, name: &str) -> Id {
    let digest = Sha256::digest(format!("{kind} {name}"));
    hex::encode(&digest[..16]).into()
}
