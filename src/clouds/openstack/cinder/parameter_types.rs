//! The field types of Cinder's requests, each with the schema that upstream gives it
//! (cinder/api/validation/parameter_types.py), and the formats those schemas name.

use crate::engine::Formats;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::borrow::Cow;

/// Formats of the schemas: a name and what fits it.
pub const FORMATS: Formats = &[
    ("uuid", is_uuid_like),
    ("name_non_mandatory_remove_white_spaces", |text| text.trim().chars().count() <= 255),
    ("description_non_mandatory_remove_white_spaces", |text| text.trim().chars().count() <= 255),
];

/// `uuidutils.is_uuid_like`: dashes and braces don't matter.
pub fn is_uuid_like(text: &str) -> bool {
    uuid::Uuid::parse_str(text.trim().trim_matches(['{', '}'])).is_ok()
}

/// Formats that upstream checks with a function of its own, which words its own complaint
/// (cinder/api/validation/validators.py).
pub fn format_error(error: &ValidationError) -> Option<String> {
    let ValidationErrorKind::Format { format } = error.kind() else { return None };
    let name = match format.as_str() {
        "name_non_mandatory_remove_white_spaces" => "name",
        "description_non_mandatory_remove_white_spaces" => "description",
        _ => return None,
    };
    let text = error.instance().as_str().unwrap_or_default();
    Some(format!("{name} has {} characters, more than 255.", text.trim().chars().count()))
}

/// A size in GiB as clients send it: a number, or digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeGib(pub u32);

impl<'de> Deserialize<'de> for SizeGib {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let size = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let size = size.and_then(|size| u32::try_from(size).ok());
        size.map(SizeGib).ok_or_else(|| serde::de::Error::custom("a size is a number"))
    }
}

impl JsonSchema for SizeGib {
    fn schema_name() -> Cow<'static, str> {
        "volume_size".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": 0x7FFF_FFFF})
    }
}

/// A name that is trimmed; it may be null.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Name(pub Option<String>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Name(Option::<String>::deserialize(deserializer)?.map(|text| text.trim().to_owned())))
    }
}

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "name".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"], "format": "name_non_mandatory_remove_white_spaces"})
    }
}
