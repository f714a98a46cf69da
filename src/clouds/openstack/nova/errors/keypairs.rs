//! Errors about keypairs.

use super::{bad_request, conflict, not_allowed, not_found};
use crate::engine::{Problem, ProblemKind};
use std::fmt::Display;

/// `KeypairNotFound`.
pub fn keypair_not_found(name: &str, user: &str) -> Problem {
    not_found(format!("Keypair {name} not found for user {user}"))
}

/// `KeyPairExists`.
pub fn keypair_exists(name: &str) -> Problem {
    conflict(format!("Key pair '{name}' already exists."))
}

/// `InvalidKeypair`: the text is not an SSH public key.
pub fn invalid_ssh_key() -> Problem {
    bad_request("Keypair data is invalid: failed to generate fingerprint")
}

/// `InvalidKeypair`: the text is not a PEM certificate. The message contains that of the cryptography library.
pub fn invalid_certificate() -> Problem {
    bad_request(
        "Keypair data is invalid: failed to generate X509 fingerprint. Error message: Unable to load PEM file. See \
         https://cryptography.io/en/latest/faq/#why-can-t-i-import-my-pem-file for more details. \
         MalformedFraming",
    )
}

/// `InvalidKeypair`: a key could not be generated.
pub fn key_generation_failed(reason: &dyn Display) -> Problem {
    bad_request(format!("Keypair data is invalid: {reason}"))
}

/// The key was not generated before the handler ran: a defect.
pub fn no_key_prepared() -> Problem {
    Problem::new(500, ProblemKind::Defect, "the key was not generated")
}

/// `KeypairLimitExceeded`.
pub fn too_many_keypairs() -> Problem {
    not_allowed("Quota exceeded, too many key pairs.")
}
