//! Masks secrets in the bodies that the journal shows.
//!
//! A field is secret by what it is: passwords, keys and tokens in any service, and what each service names besides
//! ([`Dialect::secrets`](super::Dialect::secrets)). Refusals quote what was sent, so the secrets of a refused request are also
//! masked by their value.

use serde_json::{Value, json};

pub(super) const MASK: &str = "***";

/// Ends of the names of fields that are secret in every service.
const EVERYWHERE: &[&str] = &[
    "password",
    "adminpass",
    "passphrase",
    "passcode",
    "secret",
    "secret_key",
    "private_key",
    "auth_key",
    "access_token",
    "refresh_token",
    "api_token",
    "token",
    "signature",
    "blob",
];

/// Values that are shorter are not looked for in messages, as they are also parts of words.
const SHORTEST: usize = 5;

/// The bodies of a request and its answer as they may be shown.
pub(super) struct Masked {
    pub request: Value,
    pub response: Value,
}

impl Masked {
    /// `secrets` are the places that the service names.
    pub fn of(request: &[u8], response: &[u8], secrets: &[&str], status: u16) -> Self {
        let mut found = vec![];
        let mut read = |bytes: &[u8]| body(bytes, secrets, &mut found);
        let (request, mut response) = (read(request), read(response));
        if status >= 400 {
            hide(&mut response, &found);
        }
        Masked { request, response }
    }
}

/// A body as JSON with its secrets masked, which are added to `found`. Of a body that is not JSON, or was cut, only the
/// length is shown, since secrets could not be found in it.
fn body(bytes: &[u8], secrets: &[&str], found: &mut Vec<String>) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            mask(&mut value, &mut vec![], secrets, found);
            value
        }
        Err(_) => json!(format!("{} bytes", bytes.len())),
    }
}

/// `path` has the names of the fields on the way to `value`; lists do not count.
fn mask(value: &mut Value, path: &mut Vec<String>, secrets: &[&str], found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                path.push(name.to_ascii_lowercase());
                mask(field, path, secrets, found);
                path.pop();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, path, secrets, found)),
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) | Value::String(_) if is_secret(path, secrets) => {
            found.push(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            *value = MASK.into();
        }
        _ => {}
    }
}

/// True if a text names a field that is secret in every service.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    EVERYWHERE.iter().any(|end| name.ends_with(end))
}

/// True if the last fields of the path are those of a secret: `identity.token.id`.
fn is_secret(path: &[String], secrets: &[&str]) -> bool {
    let Some(name) = path.last() else { return false };
    is_secret_name(name)
        || secrets.iter().any(|secret| {
            let mut rest = path.iter().rev();
            secret.rsplit('.').all(|step| rest.next().is_some_and(|name| *name == step))
        })
}

/// Masks the secrets in all texts of `value`.
fn hide(value: &mut Value, found: &[String]) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| hide(field, found)),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, found)),
        Value::String(text) => {
            for secret in found.iter().filter(|secret| secret.len() >= SHORTEST) {
                *text = text.replace(secret.as_str(), MASK);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(body: &str, secrets: &[&str]) -> Value {
        Masked::of(body.as_bytes(), b"", secrets, 200).request
    }

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let body = r#"{"auth": [{"user": {"password": "x", "original_password": 7, "name": "z"}}]}"#;
        assert_eq!(
            shown(body, &[]),
            json!({"auth": [{"user": {"password": "***", "original_password": "***", "name": "z"}}]})
        );
    }

    #[test]
    fn a_service_names_the_places_of_its_own_secrets() {
        let body = r#"{"identity": {"token": {"id": "t"}, "user": {"id": "u"}}, "files": [{"contents": "c"}]}"#;
        assert_eq!(
            shown(body, &["token.id", "files.contents"]),
            json!({"identity": {"token": {"id": "***"}, "user": {"id": "u"}}, "files": [{"contents": "***"}]})
        );
    }

    #[test]
    fn a_refusal_that_quotes_a_secret_does_not_show_it() {
        let refusal = br#"{"error": "{'password': 'hunter22'} is not valid"}"#;
        let masked = Masked::of(br#"{"password": "hunter22"}"#, refusal, &[], 400);
        assert_eq!(masked.response, json!({"error": "{'password': '***'} is not valid"}));
    }

    #[test]
    fn a_body_that_cannot_be_searched_for_secrets_is_not_shown() {
        assert_eq!(shown(r#"{"password": "x"#, &[]), json!("15 bytes"));
    }
}
