//! The settings of a drive other than name and size, and their possible values. Other keys are ignored.

use super::super::errors::{self, ValidationErrors};
use super::super::text::Pairs;
use super::Drive;
use std::collections::BTreeMap;

/// Settings with any text as their value.
const TEXTS: &[&str] = &[
    "tags",
    "use",
    "drive_type",
    "os",
    "bits",
    "url",
    "description",
    "install_notes",
    "free",
    "favourite",
    "autoexpanding",
    "licenses",
];

/// The settings among the pairs. An empty value removes the setting. Errors are added to `errors_found`.
pub fn parse<'p>(pairs: &'p Pairs, errors_found: &mut ValidationErrors) -> Vec<(&'p str, &'p str)> {
    let mut settings = vec![];
    for (key, value) in pairs.iter() {
        let fits = match key {
            "claim:type" => matches!(value, "" | "exclusive" | "shared"),
            "encryption:cipher" => matches!(value, "" | "none" | "aes-xts-plain"),
            "readers" => match value.split_whitespace().find(|reader| !is_uuid(reader)) {
                None => true,
                Some(stranger) => {
                    errors_found.add(key, format!("{stranger} is not a UUID."));
                    continue;
                }
            },
            key if TEXTS.contains(&key) || key.starts_with("user:") => true,
            _ => continue,
        };
        if fits {
            settings.push((key, value));
        } else {
            errors_found.add(key, errors::no_choice(value));
        }
    }
    settings
}

/// The settings of a new drive: those that have a value.
pub fn set(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    apply(changes, &mut settings);
    settings
}

/// Applies changes to the settings of a drive. The cipher of an existing drive does not change.
pub fn apply(changes: &[(&str, &str)], settings: &mut BTreeMap<String, String>) {
    let cipher = settings.get("encryption:cipher").cloned();
    for (key, value) in changes {
        match *value {
            "" => settings.remove(*key),
            value => settings.insert((*key).to_owned(), value.to_owned()),
        };
    }
    if let Some(cipher) = cipher {
        settings.insert("encryption:cipher".into(), cipher);
    }
}

/// Sets the default cipher. Drives are encrypted unless the request says otherwise.
pub fn encrypt(drive: &mut Drive) {
    drive.settings.entry("encryption:cipher".into()).or_insert_with(|| "aes-xts-plain".into());
}

/// True for a UUID in its usual form.
pub fn is_uuid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').map(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit())).collect();
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|hex| *hex)
}
