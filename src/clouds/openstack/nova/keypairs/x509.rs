//! X.509 certificates for logins to Windows over WinRM (`generate_winrm_x509_cert` in nova/crypto.py).

use super::ssh::{hex_pairs, new_key, rng};
use crate::clouds::openstack::nova::errors;
use crate::engine::Problem;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rsa::rand_core::RngCore;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer};
use sha1::{Digest, Sha1};

/// A new self-signed certificate for the user in PEM, and the certificate with its private key as an unencrypted PKCS
/// #12 archive in Base64. Upstream's archive has an empty password. Errors: 400.
pub fn generate(seed: [u8; 32], now: DateTime<Utc>, user: &str) -> Result<(String, String), Problem> {
    let mut rng = rng(seed);
    let key = new_key(&mut rng)?;
    let mut serial = [0; 20];
    rng.fill_bytes(&mut serial);
    let failed = |error: &dyn std::fmt::Display| errors::key_generation_failed(error);
    let public = key.to_public_key().to_public_key_der().map_err(|error| failed(&error))?;
    let private = key.to_pkcs8_der().map_err(|error| failed(&error))?;
    let tbs = tbs_certificate(serial, now, user, public.as_bytes());
    let signature = SigningKey::<Sha256>::new(key).try_sign(&tbs).map_err(|error| failed(&error))?;
    let signature = [&[0][..], &signature.to_vec()].concat();
    let certificate = sequence(&[&tbs, &signature_algorithm(), &field(0x03, &[&signature])]);
    let archive = BASE64_STANDARD.encode(archive(&certificate, private.as_bytes()));
    Ok((pem(&certificate), archive))
}

/// The SHA-1 fingerprint of a certificate; `None` if the text is not a PEM certificate.
pub fn fingerprint(pem: &str) -> Option<String> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (encoded, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let encoded: String = encoded.split_whitespace().collect();
    let der = BASE64_STANDARD.decode(encoded).ok()?;
    let is_certificate =
        matches!(der[..], [0x30, 0x82, high, low, ..] if usize::from(high) * 256 + usize::from(low) + 4 == der.len());
    is_certificate.then(|| hex_pairs(&Sha1::digest(&der)))
}

fn pem(der: &[u8]) -> String {
    let encoded = BASE64_STANDARD.encode(der);
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, others) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = others;
    }
    text + "-----END CERTIFICATE-----\n"
}

/// The `TBSCertificate` of RFC 5280: self-signed, valid for ten years, for logins as `user@localhost`.
fn tbs_certificate(mut serial: [u8; 20], now: DateTime<Utc>, user: &str, public_key: &[u8]) -> Vec<u8> {
    serial[0] = serial[0] & 0x7f | 0x40;
    let name = sequence(&[&field(0x31, &[&sequence(&[COMMON_NAME, &field(0x0c, &[user.as_bytes()])])])]);
    let validity = sequence(&[&time(now), &time(ten_years_after(now))]);
    let login = format!("{user}@localhost");
    let login = field(0xa0, &[&field(0x0c, &[login.as_bytes()])]);
    let alternative = sequence(&[&field(0xa0, &[PRINCIPAL_NAME, &login])]);
    let extensions = sequence(&[
        &sequence(&[EXTENDED_KEY_USAGE, &field(0x04, &[&sequence(&[CLIENT_AUTH])])]),
        &sequence(&[SUBJECT_ALTERNATIVE_NAME, &field(0x04, &[&alternative])]),
    ]);
    sequence(&[
        &field(0xa0, &[&field(0x02, &[&[2]])]),
        &field(0x02, &[&serial]),
        &signature_algorithm(),
        &name,
        &validity,
        &name,
        public_key,
        &field(0xa3, &[&extensions]),
    ])
}

/// The end of the validity; the end of the calendar if that comes first.
fn ten_years_after(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(TimeDelta::days(3650)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A PKCS #12 archive (RFC 7292) with the certificate and the key, each in a separate bag.
fn archive(certificate: &[u8], private_key: &[u8]) -> Vec<u8> {
    let certificate = sequence(&[X509_CERTIFICATE, &field(0xa0, &[&field(0x04, &[certificate])])]);
    let bags = sequence(&[
        &sequence(&[CERTIFICATE_BAG, &field(0xa0, &[&certificate])]),
        &sequence(&[KEY_BAG, &field(0xa0, &[private_key])]),
    ]);
    let safe = sequence(&[&content(&bags)]);
    sequence(&[&field(0x02, &[&[3]]), &content(&safe)])
}

fn content(data: &[u8]) -> Vec<u8> {
    sequence(&[DATA, &field(0xa0, &[&field(0x04, &[data])])])
}

fn signature_algorithm() -> Vec<u8> {
    sequence(&[SHA256_WITH_RSA, &field(0x05, &[])])
}

fn time(at: DateTime<Utc>) -> Vec<u8> {
    if at.year() < 2050 {
        field(0x17, &[at.format("%y%m%d%H%M%SZ").to_string().as_bytes()])
    } else {
        field(0x18, &[at.format("%Y%m%d%H%M%SZ").to_string().as_bytes()])
    }
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    field(0x30, parts)
}

/// A DER value: tag, length and contents.
fn field(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut bytes = vec![tag];
    match u16::try_from(body.len()).unwrap_or(u16::MAX) {
        length @ ..0x80 => bytes.push(length as u8),
        length @ 0x80..0x100 => bytes.extend([0x81, length as u8]),
        length => {
            bytes.push(0x82);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(body);
    bytes
}

// Object identifiers in DER.
const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
const EXTENDED_KEY_USAGE: &[u8] = b"\x06\x03\x55\x1d\x25";
const SUBJECT_ALTERNATIVE_NAME: &[u8] = b"\x06\x03\x55\x1d\x11";
const CLIENT_AUTH: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02";
const PRINCIPAL_NAME: &[u8] = b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03";
const SHA256_WITH_RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const X509_CERTIFICATE: &[u8] = b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
const KEY_BAG: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";
const CERTIFICATE_BAG: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";
