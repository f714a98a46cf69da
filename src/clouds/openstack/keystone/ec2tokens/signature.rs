//! AWS request signatures: versions 0, 1, 2 and 4 for EC2 (keystoneclient/contrib/ec2/utils.py), versions 1
//! and 4 for S3 (keystone/api/s3tokens.py).

use crate::clouds::openstack::urls;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// True if the signature in `signed` (`verb`, `host`, `path`, `params`, `headers`, `body_hash`, `signature`)
/// was made with the secret. The signer may have left the port out of the host.
pub fn verify_ec2(secret: &str, signed: &Value) -> bool {
    let signature = signed["signature"].as_str().unwrap_or_default();
    let host = signed["host"].as_str().unwrap_or_default();
    let bare = host.split(':').next().unwrap_or_default();
    !signature.is_empty() && [host, bare].iter().any(|host| ec2(secret, signed, host).as_deref() == Some(signature))
}

fn ec2(secret: &str, signed: &Value, host: &str) -> Option<String> {
    if authorization(signed, "Credential").is_some() {
        return version_4(secret, signed);
    }
    let params = &signed["params"];
    let text = |name: &str| params[name].as_str().unwrap_or_default();
    match text("SignatureVersion") {
        "0" => Some(base64_sha1(secret, format!("{}{}", text("Action"), text("Timestamp")).as_bytes())),
        "1" => {
            let mut pairs = pairs(params);
            pairs.sort_by_key(|(name, _)| name.to_ascii_lowercase());
            let joined: String = pairs.iter().map(|(name, value)| format!("{name}{value}")).collect();
            Some(base64_sha1(secret, joined.as_bytes()))
        }
        "2" => {
            let verb = signed["verb"].as_str()?;
            let path = signed["path"].as_str()?;
            let string = format!("{verb}\n{host}\n{path}\n{}", query(params));
            match text("SignatureMethod") {
                "HmacSHA1" => Some(base64_sha1(secret, string.as_bytes())),
                _ => Some(STANDARD.encode(sha256(secret.as_bytes(), string.as_bytes()))),
            }
        }
        _ => None,
    }
}

fn version_4(secret: &str, signed: &Value) -> Option<String> {
    let (verb, params) = (signed["verb"].as_str()?.to_uppercase(), &signed["params"]);
    let query = if verb == "POST" { String::new() } else { query(params) };
    let names = authorization(signed, "SignedHeaders")?;
    let all: Vec<_> = pairs(&signed["headers"]).into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let mut headers = String::new();
    for name in names.split(';') {
        if let Some((_, value)) = all.iter().find(|(one, _)| one == name) {
            headers.push_str(&format!("{name}:{}\n", value.trim()));
        }
    }
    let (path, body) = (signed["path"].as_str()?, signed["body_hash"].as_str().unwrap_or_default());
    let request = format!("{verb}\n{path}\n{query}\n{headers}\n{names}\n{body}");
    let credential = authorization(signed, "Credential")?;
    let (_, scope) = credential.split_once('/')?;
    let date = signed["headers"]["X-Amz-Date"].as_str().or(params["X-Amz-Date"].as_str())?;
    if !date.starts_with(scope.split('/').next()?) {
        return None;
    }
    let string = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(request)));
    Some(hex::encode(sha256(&signing_key(secret, scope), string.as_bytes())))
}

/// A field of the `Authorization` header of a version 4 signature, or of the query that replaces the header.
fn authorization(signed: &Value, name: &str) -> Option<String> {
    let header = signed["headers"]["Authorization"].as_str().and_then(|header| header.strip_prefix(ALGORITHM));
    if let Some(header) = header {
        let mut parts = header.split(',').filter_map(|part| part.trim().split_once('='));
        return parts.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    }
    if signed["params"]["X-Amz-Algorithm"] != ALGORITHM {
        return None;
    }
    signed["params"][format!("X-Amz-{name}")].as_str().map(str::to_owned)
}

/// True if `signature` was made with the secret from the text in `token`.
pub fn verify_s3(secret: &str, signed: &Value) -> bool {
    let text = signed["token"].as_str().and_then(|token| URL_SAFE.decode(token).ok()).unwrap_or_default();
    let expected =
        if text.starts_with(b"AWS4") { s3_version_4(secret, &text) } else { Some(base64_sha1(secret, &text)) };
    expected.is_some() && expected.as_deref() == signed["signature"].as_str()
}

fn s3_version_4(secret: &str, text: &[u8]) -> Option<String> {
    let lines: Vec<_> = std::str::from_utf8(text).ok()?.split('\n').collect();
    let [ALGORITHM, _date, scope, _hash] = lines[..] else { return None };
    let [_, _, "s3" | "iam" | "sts", "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else { return None };
    Some(hex::encode(sha256(&signing_key(secret, scope), text)))
}

/// The signing key for a scope such as `20300101/fsd1/s3/aws4_request`.
fn signing_key(secret: &str, scope: &str) -> Vec<u8> {
    scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| sha256(&key, part.as_bytes()))
}

/// The canonical query string: sorted and URL-encoded.
fn query(params: &Value) -> String {
    let mut pairs = pairs(params);
    pairs.sort();
    urls::urlencode_quoted(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn pairs(object: &Value) -> Vec<(String, String)> {
    let fields = object.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

fn base64_sha1(secret: &str, text: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return vec![] };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The example in Amazon's documentation of signature version 4.
    #[test]
    fn the_signing_key_matches_amazons_example() {
        let key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830/us-east-1/iam/aws4_request");
        assert_eq!(hex::encode(key), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
    }

    #[test]
    fn a_wrong_secret_does_not_verify() {
        let token = URL_SAFE.encode("GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/johnsmith/photos/puppy.jpg");
        let signed = json!({"token": token, "signature": "bWq2s1WEIj+Ydj0vQ697zp+IXMU="});
        assert!(verify_s3("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", &signed));
        assert!(!verify_s3("other", &signed));
    }
}
