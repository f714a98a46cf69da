//! The field types of Cinder's requests, each with the schema that upstream gives it
//! (cinder/api/validation/parameter_types.py), and the formats those schemas name.

use super::volumes::actions::reset_status;
use super::{errors, groups, snapshots};
use crate::clouds::openstack::parameter_types::Flag;
pub use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::clouds::openstack::python::b64decode;
use crate::engine::{Formats, Id};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Formats of the schemas: a name and what fits it.
pub const FORMATS: Formats = &[
    ("uuid", is_uuid_like),
    // A text column of MySQL holds 65535 bytes.
    ("mysql_text", |text| text.len() <= 65_535),
    ("name_non_mandatory_remove_white_spaces", |text| text.trim().chars().count() <= 255),
    ("description_non_mandatory_remove_white_spaces", |text| text.trim().chars().count() <= 255),
    ("base64", |text| b64decode(text).is_some()),
    ("name_skip_leading_trailing_spaces", |text| (1..=255).contains(&text.trim().chars().count())),
    ("volume_status", reset_status::is_status),
    ("volume_attach_status", reset_status::is_attach_status),
    ("volume_migration_status", reset_status::is_migration_status),
    ("snapshot_status", |text| snapshots::Status::named(&text.to_lowercase()).is_some()),
    ("backup_status", |text| matches!(&*text.to_lowercase(), "available" | "error")),
    ("name", |text| !text.trim().is_empty()),
    ("name_skip_leading_trailing_spaces", |text| (1..=255).contains(&text.trim().chars().count())),
    ("key_size", |text| text.trim().parse::<i64>().is_ok()),
    ("group_type", |text| (1..=255).contains(&text.trim().chars().count())),
    ("availability_zone", |text| (1..=255).contains(&text.trim().chars().count())),
    ("group_status", is_group_status),
    ("group_snapshot_status", is_group_status),
];

/// Upstream holds the status of a group, too, against the statuses that its snapshots have.
fn is_group_status(text: &str) -> bool {
    groups::Status::named(text).is_some_and(|status| status != groups::Status::InUse)
}

/// Formats that upstream checks with a function of its own, which words its own complaint
/// (cinder/api/validation/validators.py).
pub fn format_error(error: &ValidationError) -> Option<String> {
    let ValidationErrorKind::Format { format } = error.kind() else { return None };
    let text = error.instance().as_str().unwrap_or_default();
    let name = match format.as_str() {
        format if format.starts_with("volume_") => return reset_status::format_error(format, text),
        "snapshot_status" => return Some(errors::snapshot_status_unknown(text).message),
        "backup_status" => return Some(errors::backup_status_unknown(text).message),
        "key_size" => return Some("Invalid input received: key_size must be an integer.".into()),
        "name" | "name_skip_leading_trailing_spaces" => {
            let wrong = match text.trim() {
                _ if text.is_empty() => "can not be None",
                "" => "can not be empty",
                _ => "can not be greater than 255 characters",
            };
            return Some(format!("An invalid 'name' value was provided. The 'name' {wrong}."));
        }
        "availability_zone" if text.is_empty() => return Some("The 'availability_zone' can not be None.".into()),
        "availability_zone" => return Some(wrong_length("availability_zone", text)),
        "group_type" if !text.is_empty() => return Some(wrong_length("group_type", text)),
        "group_status" => return Some(wrong_group_status(text)),
        "group_snapshot_status" => return Some(wrong_group_snapshot_status(text)),
        "name_non_mandatory_remove_white_spaces" => "name",
        "description_non_mandatory_remove_white_spaces" => "description",
        _ => return None,
    };
    Some(wrong_length(name, text.trim()))
}

/// `utils.check_string_length` of text of 1 to 255 characters.
fn wrong_length(name: &str, text: &str) -> String {
    let length = text.trim().chars().count();
    let bound = if length == 0 { "less than 1" } else { "more than 255" };
    format!("Invalid input received: {name} has {length} characters, {bound}.")
}

const GROUP_STATUSES: &str = "'error', 'available', 'creating', 'deleting', 'deleted', 'updating'";

fn wrong_group_status(text: &str) -> String {
    if text.trim().is_empty() {
        return "Invalid Group Status: The 'status' can not be empty.".into();
    }
    format!(
        "Invalid Group Status: Group status: {text} is invalid, valid status are: ({GROUP_STATUSES}, 'in-use', \
         'error_deleting')."
    )
}

fn wrong_group_snapshot_status(text: &str) -> String {
    if text.trim().is_empty() {
        return "Invalid GroupSnapshot Status: The 'status' can not be empty.".into();
    }
    format!(
        "Invalid GroupSnapshot Status: Group snapshot status: {text} is invalid, valid statuses are: \
         ({GROUP_STATUSES}, 'error_deleting')."
    )
}

/// A size in GiB as clients send it: a number, or digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeGib(pub u32);

impl<'de> Deserialize<'de> for SizeGib {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        // The schema lets digits of any length pass, and a number that happens to be whole.
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

/// `boolean`: true or false, or one of the words for them.
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

/// `uuid`: the id of something, with or without its dashes.
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

/// `name_allow_zero_min_length`, and `description`, which is the same but for control characters: text
/// of up to 255 characters, or null.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Text255(pub Option<String>);

impl Text255 {
    /// Without blanks at its ends, as all names and descriptions are stored (`clean_name_and_description`).
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

/// `metadata_allows_null`: names and values of up to 255 characters.
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

/// A description that is trimmed; it may be null.
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

/// `optional_boolean`, as it was sent: true, false, one of the words for them, or null.
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

/// `extra_specs`: names and values of up to 255 characters.
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

/// `extra_specs` with exactly one name in it.
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

/// `image_metadata`: values may be as long as the database's texts.
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
