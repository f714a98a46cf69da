//! Where tokens, keys and generated passwords come from.
//!
//! They do not come from the generator of ids: whoever knows the seed of a world knows all ids, and must not know the
//! token of the administrator for it. So each secret is a keyed hash. The key begins with the seed, and everything that
//! only those who may log in know is mixed into it: the passwords of the configuration, and every password that is set
//! later. Where nephos listens beyond this machine, random bytes of the operating system are mixed in, too. Without them the
//! same configuration, seed, clock and requests give the same secrets.

use rand::rngs::SysRng;
use rand::{Rng, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The source of the secrets of one world. A part of the world, so forks and files continue it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretSource {
    key: [u8; 32],
    /// The number of secrets so far.
    drawn: u64,
}

impl SecretSource {
    pub fn new(seed: u64) -> Self {
        SecretSource { key: digest(&[b"nephos", &seed.to_le_bytes()]), drawn: 0 }
    }

    /// Makes all further secrets depend on `known`: a password, its hash, random bytes.
    pub fn mix(&mut self, known: &[u8]) {
        self.key = digest(&[&self.key, known]);
    }

    /// As [`SecretSource::mix`], with bytes from the operating system. Fails if it has none.
    pub fn mix_system_randomness(&mut self) -> Result<(), String> {
        let mut bytes = [0; 32];
        SysRng.try_fill_bytes(&mut bytes).map_err(|error| format!("no random bytes: {error}"))?;
        self.mix(&bytes);
        Ok(())
    }

    /// Bytes for a secret of `owner`, such as the id of a user. Two owners never get the same ones, also after a rewind.
    pub fn bytes<const N: usize>(&mut self, owner: &str) -> [u8; N] {
        self.drawn += 1;
        let mut bytes = [0; N];
        let seed = digest(&[&self.key, &self.drawn.to_le_bytes(), owner.as_bytes()]);
        ChaCha8Rng::from_seed(seed).fill_bytes(&mut bytes);
        bytes
    }
}

/// The parts are hashed with their lengths, so that no two lists of parts have the same digest.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_depend_on_the_seed_on_what_was_mixed_in_and_on_the_owner() {
        let first = |mut source: SecretSource, owner: &str| source.bytes::<16>(owner);
        let mut other = SecretSource::new(7);
        other.mix(b"password");
        let all = [
            first(SecretSource::new(7), "admin"),
            first(SecretSource::new(8), "admin"),
            first(SecretSource::new(7), "demo"),
            first(other, "admin"),
        ];
        assert_eq!(first(SecretSource::new(7), "admin"), all[0]);
        assert!((0..4).all(|one| (0..one).all(|before| all[one] != all[before])));
    }

    #[test]
    fn random_bytes_of_the_system_make_all_secrets_differ() {
        let mut one = SecretSource::new(7);
        let mut other = SecretSource::new(7);
        one.mix_system_randomness().unwrap();
        other.mix_system_randomness().unwrap();
        assert_ne!(one.bytes::<32>("admin"), other.bytes::<32>("admin"));
    }
}
