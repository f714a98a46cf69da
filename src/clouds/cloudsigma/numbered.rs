//! Numbered keys in a request: `server:0 UUID`, `server:1 UUID`, and so on (8.5, 8.13, 8.14, 10.7, 10.8).

use super::errors::{self, ValidationErrors};
use super::text::Pairs;
use crate::engine::{Id, Problem};

/// The servers that a request names, in its order. Refused if there are none, or if `known` is false for one of them.
pub fn servers(pairs: &Pairs, known: impl Fn(&str) -> bool) -> Result<Vec<Id>, Problem> {
    let mut errors_found = ValidationErrors::default();
    let mut servers: Vec<Id> = vec![];
    for (key, uuid) in pairs.iter().filter(|(key, _)| is_numbered(key)) {
        if !known(uuid) {
            errors_found.add(key, errors::not_found_text("Server UUID"));
        } else if !servers.iter().any(|server| **server == *uuid) {
            servers.push(uuid.into());
        }
    }
    if servers.is_empty() {
        errors_found.add("server:0", errors::REQUIRED);
    }
    errors_found.refuse(pairs)?;
    Ok(servers)
}

fn is_numbered(key: &str) -> bool {
    let number = key.strip_prefix("server:").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
