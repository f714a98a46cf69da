//! SSH keys: generation and validation (nova/crypto.py).

use super::super::errors;
use crate::engine::{Context, Problem};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rsa::pkcs1::{EncodeRsaPrivateKey, LineEnding};
use rsa::rand_core::{CryptoRng, Error, RngCore};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey};

/// The length of generated RSA keys.
const BITS: usize = 2048;

/// A new RSA key: the public key in the format of `authorized_keys` and the private key in PEM. Errors: 400.
pub fn generate(ctx: &mut Context) -> Result<(String, Option<String>), Problem> {
    let key = new_key(ctx)?;
    let mut blob = vec![];
    write_bytes(&mut blob, b"ssh-rsa");
    write_number(&mut blob, key.e());
    write_number(&mut blob, key.n());
    let private = key.to_pkcs1_pem(LineEnding::LF).map_err(|error| errors::key_generation_failed(&error))?;
    let public = format!("ssh-rsa {} Generated-by-Nova", BASE64_STANDARD.encode(blob));
    Ok((public, Some(private.to_string())))
}

/// A new RSA key. Errors: 400.
pub fn new_key(ctx: &mut Context) -> Result<RsaPrivateKey, Problem> {
    let mut rng = WorldRng(ChaCha20Rng::from_seed(ctx.secret("keypair")));
    RsaPrivateKey::new(&mut rng, BITS).map_err(|error| errors::key_generation_failed(&error))
}

/// The MD5 fingerprint of a public key; `None` if the text is not a valid key.
pub fn fingerprint(public_key: &str) -> Option<String> {
    let mut words = public_key.split(' ');
    let (kind, encoded) = (words.next()?, words.next()?);
    let blob = BASE64_STANDARD.decode(encoded.trim_end()).ok()?;
    if !is_key(kind, &blob) {
        return None;
    }
    Some(hex_pairs(&Md5::digest(&blob)))
}

/// Hexadecimal bytes separated by colons: `3c:e3:e6:…`.
pub fn hex_pairs(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// True if the blob repeats its kind and has the fields of that kind in valid sizes.
fn is_key(kind: &str, blob: &[u8]) -> bool {
    let Some(fields) = fields(blob) else { return false };
    let [name, fields @ ..] = &fields[..] else { return false };
    let point = |curve: &str, length: usize| match fields {
        [of, point] => *of == curve.as_bytes() && point.len() == length && point.first() == Some(&4),
        _ => false,
    };
    *name == kind.as_bytes()
        && match kind {
            "ssh-rsa" => matches!(fields, [e, n] if !e.is_empty() && n.len() >= 64),
            "ssh-ed25519" => matches!(fields, [key] if key.len() == 32),
            "ecdsa-sha2-nistp256" => point("nistp256", 65),
            "ecdsa-sha2-nistp384" => point("nistp384", 97),
            "ecdsa-sha2-nistp521" => point("nistp521", 133),
            "ssh-dss" => fields.len() == 4,
            "sk-ssh-ed25519@openssh.com" => fields.len() == 2,
            "sk-ecdsa-sha2-nistp256@openssh.com" => fields.len() == 3,
            _ => false,
        }
}

/// The length-prefixed fields of a key blob (RFC 4251, `string`).
fn fields(mut blob: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = vec![];
    while !blob.is_empty() {
        let (length, rest) = blob.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        fields.push(rest.get(..length)?);
        blob = rest.get(length..)?;
    }
    Some(fields)
}

fn write_bytes(blob: &mut Vec<u8>, bytes: &[u8]) {
    blob.extend((bytes.len() as u32).to_be_bytes());
    blob.extend(bytes);
}

/// Writes an `mpint` (RFC 4251): a leading zero byte keeps the number positive.
fn write_number(blob: &mut Vec<u8>, number: &BigUint) {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    write_bytes(blob, &bytes);
}

/// The world's RNG behind the traits of the `rsa` crate, which depends on an older version of `rand_core`. The same
/// seed produces the same keys.
struct WorldRng(ChaCha20Rng);

impl RngCore for WorldRng {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }
    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for WorldRng {}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn only_valid_keys_have_a_fingerprint() {
        let ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgfWVyaODmGbLrZTuCm4RNLkxzo4hYJm9wE0bGFoLZi me@here";
        assert_eq!(fingerprint(ed25519).map(|text| text.len()), Some(47));
        for text in ["", "probe", "ssh-rsa", "ssh-rsa AAAA", "ssh-rsa AAAAC3NzaC1lZDI1NTE5"] {
            assert_eq!(fingerprint(text), None, "{text}");
        }
    }
}
