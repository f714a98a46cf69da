//! Field types of Nova's request bodies, each with its upstream schema (nova/api/validation/parameter_types.py), and
//! the string formats that these schemas name (nova/api/validation/validators.py).

pub use crate::clouds::openstack::parameter_types::{Optional, is_uuid_like};
use crate::clouds::openstack::python;
use crate::engine::{Formats, Id};
use chrono::{DateTime, NaiveDateTime, Utc};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The string formats, each with its check.
pub const FORMATS: Formats = &[
    ("uuid", is_uuid_like),
    ("name", is_name),
    ("name_with_leading_trailing_spaces", has_printable),
    ("az_name", |text| is_name(text) && !text.contains(':')),
    ("az_name_with_leading_trailing_spaces", |text| has_printable(text) && !text.contains(':')),
    ("description", |text| text.chars().all(is_printable)),
    ("base64", is_base64),
    ("cidr", is_cidr),
    ("date-time", |text| parse_time(text).is_some()),
    ("regex", |text| !text.is_empty() && regex::Regex::new(text).is_ok()),
    ("at_least_1", |text| text.parse::<f64>().is_ok_and(|number| number >= 1.0)),
    ("at_most_max_int", |text| text.parse::<f64>().is_ok_and(|number| number <= f64::from(i32::MAX))),
    ("1_to_max_int", |text| text.parse::<f64>().is_ok_and(|number| (1.0..=f64::from(i32::MAX)).contains(&number))),
];

/// Upstream builds its name patterns from the printable characters of Unicode's basic multilingual plane.
fn is_printable(letter: char) -> bool {
    let formatting = matches!(
        letter,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    );
    let private = ('\u{e000}'..='\u{f8ff}').contains(&letter);
    letter < '\u{ffff}' && !letter.is_control() && !formatting && !private
}

fn is_name(text: &str) -> bool {
    text.chars().all(is_printable) && text.trim() == text
}

fn has_printable(text: &str) -> bool {
    text.chars().all(is_printable) && !text.trim().is_empty()
}

/// Python's `b64decode` ignores characters outside the alphabet.
fn is_base64(text: &str) -> bool {
    python::b64decode(text).is_some()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else { return false };
    let longest = match address.parse() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    prefix.parse::<u8>().is_ok_and(|prefix| prefix <= longest)
}

/// `timeutils.parse_isotime`: ISO 8601, with or without the time of day and the zone.
pub fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.with_timezone(&Utc));
    }
    let bare = text.strip_suffix('Z').unwrap_or(text);
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(bare, form) {
            return Some(at.and_utc());
        }
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
        if let Ok(at) = DateTime::parse_from_str(text, form) {
            return Some(at.with_timezone(&Utc));
        }
    }
    let date = chrono::NaiveDate::parse_from_str(bare, "%Y-%m-%d").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc())
}

/// The message for a format that has its own wording upstream (nova/api/validation/validators.py).
pub fn format_error(error: &ValidationError) -> Option<String> {
    let ValidationErrorKind::Format { format } = error.kind() else { return None };
    let reason = match format.as_str() {
        "name" => "printable characters. Can not start or end with whitespace.",
        "name_with_leading_trailing_spaces" => "printable characters with at least one non space character",
        "az_name" => "printable characters except :.Can not start or end with whitespace.",
        "az_name_with_leading_trailing_spaces" => {
            "printable characters except :, with at least one non space character"
        }
        "at_least_1" | "1_to_max_int" | "at_most_max_int" => return Some(out_of_range(error)),
        _ => return None,
    };
    Some(format!("An invalid 'name' value was provided. The name must be: {reason}"))
}

/// Upstream compares numbers in strings as numbers and words the error accordingly.
fn out_of_range(error: &ValidationError) -> String {
    let path = error.instance_path().as_str();
    let field = path.rsplit('/').next().unwrap_or_default();
    let digits = error.instance().as_str().unwrap_or_default();
    let number = digits.trim_start_matches('0');
    let wrong = match number {
        "" => "0 is less than the minimum of 1".to_owned(),
        number => format!("{number} is greater than the maximum of {}", i32::MAX),
    };
    format!("Invalid input for field/attribute {field}. Value: {digits}. {wrong}")
}

/// The schema of a query parameter of which upstream checks only the type.
pub fn any_text() -> Value {
    serde_json::json!({"type": "string"})
}

/// The schemas of `limit` and `marker` (`pagination_parameters`).
pub fn pagination() -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert("limit".into(), serde_json::json!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1}));
    properties.insert("marker".into(), any_text());
    properties
}

/// The strings that [`Boolean`] reads as true.
fn is_true(value: &Value) -> bool {
    let text = match value {
        Value::Bool(flag) => return *flag,
        Value::String(text) => text.to_lowercase(),
        _ => return false,
    };
    matches!(&*text, "true" | "1" | "on" | "yes" | "y" | "t")
}

/// `name`: a printable name of 1 to 255 characters. The API without microversions accepts spaces around it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "format" = "name_with_leading_trailing_spaces", "minLength" = 1, "maxLength" = 255,
    "x-from" = {"2.1": {"format": "name"}},
))]
pub struct Name(pub String);

/// `name` where the API without microversions is as strict.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "name", "minLength" = 1, "maxLength" = 255))]
pub struct StrictName(pub String);

/// `name_with_leading_trailing_spaces`: the name that the API without microversions accepts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "name_with_leading_trailing_spaces", "minLength" = 1, "maxLength" = 255))]
pub struct SpacedName(pub String);

/// `description`: up to 255 printable characters, or null.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "description", "minLength" = 0, "maxLength" = 255))]
pub struct Description(pub Option<String>);

/// `az_name`: the name of an availability zone.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "format" = "az_name_with_leading_trailing_spaces", "minLength" = 1, "maxLength" = 255,
    "x-from" = {"2.1": {"format": "az_name"}},
))]
pub struct ZoneName(pub String);

/// `uuid`: a UUID with or without dashes.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "uuid"))]
pub struct Uuid(pub Id);

/// `fqdn`: the name of a host.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("pattern" = "^[a-zA-Z0-9-._]*$", "minLength" = 1, "maxLength" = 255))]
pub struct HostName(pub String);

/// `metadata`: keys and values of up to 255 characters.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "patternProperties" = {"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
    "additionalProperties" = false,
))]
pub struct Metadata(pub Map<String, Value>);

/// `tag`: a server tag of 1 to 60 characters.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("pattern" = "^[^,/]*$", "minLength" = 1, "maxLength" = 60))]
pub struct Tag(pub String);

/// `admin_password`: any string.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Password(pub String);

/// `disk_config`: `AUTO` or `MANUAL`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("enum" = ["AUTO", "MANUAL"]))]
pub struct DiskConfig(pub String);

/// `boolean`: a JSON boolean or one of the strings that mean one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boolean(pub bool);

impl<'de> Deserialize<'de> for Boolean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Boolean(is_true(&Value::deserialize(deserializer)?)))
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
                true, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
                false, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no",
            ],
        })
    }
}

/// Reads a number or a string of digits. `positive_integer`, `non_negative_integer`, `volume_size` and `flavor_param_*`
/// allow both.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = match &value {
        Value::String(text) if text.is_empty() => Some(0.0),
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    number.map(|number| number as i64).ok_or_else(|| serde::de::Error::custom("expected a number"))
}

/// `positive_integer`: at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "type" = ["integer", "string"], "pattern" = "^[0-9]*$", "minLength" = 1, "minimum" = 1, "format" = "at_least_1",
))]
pub struct Positive(
    #[serde(deserialize_with = "number")]
    #[schemars(with = "Value")]
    pub i64,
);

/// `non_negative_integer`: at least 0.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("type" = ["integer", "string"], "pattern" = "^[0-9]*$", "minLength" = 1, "minimum" = 0))]
pub struct NonNegative(
    #[serde(deserialize_with = "number")]
    #[schemars(with = "Value")]
    pub i64,
);

/// `volume_size` and `flavor_param_positive`: from 1 to 2^31 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "type" = ["integer", "string"], "pattern" = "^[0-9]+$", "minimum" = 1, "maximum" = 0x7FFF_FFFF,
    "format" = "1_to_max_int",
))]
pub struct Size(
    #[serde(deserialize_with = "number")]
    #[schemars(with = "Value")]
    pub i64,
);

/// `flavor_param_non_negative`: from 0 to 2^31 - 1.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "type" = ["integer", "string"], "pattern" = "^[0-9]+$", "minimum" = 0, "maximum" = 0x7FFF_FFFF,
    "format" = "at_most_max_int",
))]
pub struct SizeOrNone(
    #[serde(deserialize_with = "number")]
    #[schemars(with = "Value")]
    pub i64,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_parse_as_in_oslo_utils() {
        let noon = parse_time("2030-01-01T12:00:00Z");
        assert!(noon.is_some());
        for text in ["2030-01-01T12:00:00", "2030-01-01 12:00:00", "2030-01-01T14:00:00+02:00", "2030-01-01T12:00"] {
            assert_eq!(parse_time(text), noon, "{text}");
        }
        assert!(parse_time("2030-01-01").is_some() && parse_time("2011/01/01").is_none() && parse_time("x").is_none());
    }

    #[test]
    fn names_are_printable_and_trimmed() {
        assert!(is_name("web 1") && is_name("Ünïcödé") && !is_name(" web") && !is_name("web\n"));
        assert!(has_printable(" web ") && !has_printable("  "));
    }
}
