//! Ids that are the same in every cloud.

use crate::engine::Id;
use sha2::{Digest, Sha256};

/// The domain that there is before anybody makes one.
pub const DEFAULT_DOMAIN: &str = "default";

/// The id of what a fresh cloud holds: a hash of its name.
pub fn id(kind: &str, name: &str) -> Id {
    let digest = Sha256::digest(format!("{kind} {name}"));
    hex::encode(&digest[..16]).into()
}
