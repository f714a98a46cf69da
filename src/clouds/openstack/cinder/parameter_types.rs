//! The field types of Cinder's requests, with upstream's schemas
//! (cinder/api/validation/parameter_types.py).

use crate::clouds::openstack::parameter_types::Flag;
pub use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::engine::Id;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A size in GiB, sent as a number or as digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeGib(pub u32);

impl<'de> Deserialize<'de> for SizeGib {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        // The schema allows digits of any length, and floats that are whole numbers.
        let digits =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap_or(f64::MAX));
        let size = value.as_f64().or_else(|| digits(value.as_str()?));
        size.map(|size| SizeGib(size as u32)).ok_or_else(|| serde::de::Error::custom("a size is a number"))
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

/// A trimmed name, or null.
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

/// `boolean`: true, false, or one of their spellings.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(from = "Flag")]
pub struct Boolean(pub bool);

impl From<Flag> for Boolean {
    fn from(flag: Flag) -> Self {
        Boolean(flag.0)
    }
}

impl JsonSchema for Boolean {
    fn schema_name() -> Cow<'static, str> {
        "boolean".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["boolean", "string"],
            "enum": [
                true, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t",
                false, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f",
            ],
        })
    }
}

/// `uuid`: a UUID with or without dashes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Uuid(pub Id);

impl JsonSchema for Uuid {
    fn schema_name() -> Cow<'static, str> {
        "uuid".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "uuid"})
    }
}

/// `uuid_allow_null`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct OptionalUuid(pub Option<Id>);

impl JsonSchema for OptionalUuid {
    fn schema_name() -> Cow<'static, str> {
        "uuid_allow_null".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"oneOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]})
    }
}

/// `name_allow_zero_min_length`, and `description`, which differs only in control characters: text of up to
/// 255 characters, or null.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Text255(pub Option<String>);

impl Text255 {
    /// The trimmed text, as names and descriptions are stored (`clean_name_and_description`).
    pub fn trimmed(self) -> Option<String> {
        self.0.map(|text| text.trim().to_owned())
    }
}

impl JsonSchema for Text255 {
    fn schema_name() -> Cow<'static, str> {
        "name_allow_zero_min_length".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"], "minLength": 0, "maxLength": 255})
    }
}

/// `metadata_allows_null`: keys and values of up to 255 characters, or null.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct MetadataOrNull(pub Option<Map<String, Value>>);

impl JsonSchema for MetadataOrNull {
    fn schema_name() -> Cow<'static, str> {
        "metadata_allows_null".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["object", "null"],
            "patternProperties": {"^[a-zA-Z0-9-_:. /]{1,255}$": {"type": "string", "maxLength": 255}},
            "additionalProperties": false,
        })
    }
}

/// A trimmed description, or null.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description(pub Option<String>);

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Description(Option::<String>::deserialize(deserializer)?.map(|text| text.trim().to_owned())))
    }
}

impl JsonSchema for Description {
    fn schema_name() -> Cow<'static, str> {
        "description".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"], "format": "description_non_mandatory_remove_white_spaces"})
    }
}

/// `availability_zone`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct ZoneName(pub Option<String>);

impl JsonSchema for ZoneName {
    fn schema_name() -> Cow<'static, str> {
        "availability_zone".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"], "minLength": 1, "maxLength": 255})
    }
}

/// `optional_boolean`: the raw value of a boolean or null.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct OptionalBoolean(pub Value);

impl JsonSchema for OptionalBoolean {
    fn schema_name() -> Cow<'static, str> {
        "optional_boolean".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"oneOf": [Boolean::json_schema(generator), {"type": "null"}]})
    }
}

/// `extra_specs`: keys and values of up to 255 characters.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Metadata(pub Map<String, Value>);

impl JsonSchema for Metadata {
    fn schema_name() -> Cow<'static, str> {
        "extra_specs".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {"^[a-zA-Z0-9-_:. /]{1,255}$": {"type": "string", "maxLength": 255}},
            "additionalProperties": false,
        })
    }
}

/// `metadata_restricted_properties`: `extra_specs` with exactly one key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct OneMetadata(pub Map<String, Value>);

impl JsonSchema for OneMetadata {
    fn schema_name() -> Cow<'static, str> {
        "metadata_restricted_properties".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Metadata::json_schema(generator);
        schema.insert("minProperties".into(), 1.into());
        schema.insert("maxProperties".into(), 1.into());
        schema
    }
}

/// `image_metadata`: values can be as long as a text column of the database.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct ImageMetadata(pub Map<String, Value>);

impl JsonSchema for ImageMetadata {
    fn schema_name() -> Cow<'static, str> {
        "image_metadata".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {"^[a-zA-Z0-9-_:. /]{1,255}$": {"type": "string", "format": "mysql_text"}},
            "additionalProperties": false,
        })
    }
}

/// `OS-SCH-HNT:scheduler_hints`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct SchedulerHints(pub Option<Map<String, Value>>);

impl JsonSchema for SchedulerHints {
    fn schema_name() -> Cow<'static, str> {
        "scheduler_hints".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let uuid = json_schema!({"type": "string", "format": "uuid"});
        let uuids = json_schema!({"oneOf": [uuid, {"type": "array", "items": uuid, "uniqueItems": true}]});
        json_schema!({
            "type": ["object", "null"],
            "properties": {
                "local_to_instance": OptionalUuid::json_schema(generator),
                "different_host": uuids,
                "same_host": uuids,
                "query": {"type": ["string", "object"]},
            },
        })
    }
}
