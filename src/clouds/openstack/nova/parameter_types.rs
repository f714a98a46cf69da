//! The field types of Nova's requests, each with the schema that upstream gives it
//! (nova/api/validation/parameter_types.py), and the formats those schemas name.

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

/// Formats of the schemas: a name and what fits it.
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

/// Upstream builds its patterns of the characters of the first plane of Unicode that are printable.
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

/// What Python's `b64decode` takes: letters outside of the alphabet are passed over.
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

/// Formats whose complaints upstream words in ways of their own (nova/api/validation/validators.py).
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

/// Numbers are compared as numbers, be they spelled as text.
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

/// The schema of a query parameter that is text of any kind: upstream checks no more of most of them.
pub fn any_text() -> Value {
    serde_json::json!({"type": "string"})
}

/// `limit` and `marker`, which every list that has pages takes (`pagination_parameters`).
pub fn pagination() -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert("limit".into(), serde_json::json!({"type": "string", "pattern": "^[0-9]*$", "minLength": 1}));
    properties.insert("marker".into(), any_text());
    properties
}

/// The words that are taken for true, among those that [`Boolean`] takes.
fn is_true(value: &Value) -> bool {
    let text = match value {
        Value::Bool(flag) => return *flag,
        Value::String(text) => text.to_lowercase(),
        _ => return false,
    };
    matches!(&*text, "true" | "1" | "on" | "yes" | "y" | "t")
}

/// `name`: of servers, flavors, aggregates and so on.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "name", "minLength" = 1, "maxLength" = 255))]
pub struct Name(pub String);

/// `name_with_leading_trailing_spaces`: the same as the API before microversions takes it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "name_with_leading_trailing_spaces", "minLength" = 1, "maxLength" = 255))]
pub struct SpacedName(pub String);

/// `description`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "description", "minLength" = 0, "maxLength" = 255))]
pub struct Description(pub Option<String>);

/// `az_name`: of an availability zone.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "az_name", "minLength" = 1, "maxLength" = 255))]
pub struct ZoneName(pub String);

/// `uuid`: the id of something, with or without its dashes.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("format" = "uuid"))]
pub struct Uuid(pub Id);

/// `fqdn`: the name of a host.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("pattern" = "^[a-zA-Z0-9-._]*$", "minLength" = 1, "maxLength" = 255))]
pub struct HostName(pub String);

/// `metadata`: names and values of up to 255 characters.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend(
    "patternProperties" = {"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": "string", "maxLength": 255}},
    "additionalProperties" = false,
))]
pub struct Metadata(pub Map<String, Value>);

/// `tag`, of a server.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("pattern" = "^[^,/]*$", "minLength" = 1, "maxLength" = 60))]
pub struct Tag(pub String);

/// `admin_password`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Password(pub String);

/// `disk_config`: `AUTO` or `MANUAL`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("enum" = ["AUTO", "MANUAL"]))]
pub struct DiskConfig(pub String);

/// `boolean`: true or false, or one of the words for them.
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

/// A number as Nova's clients send it, digits or not: read from what `positive_integer`,
/// `non_negative_integer`, `volume_size` and `flavor_param_*` take.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = match &value {
        Value::String(text) if text.is_empty() => Some(0.0),
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    number.map(|number| number as i64).ok_or_else(|| serde::de::Error::custom("a number is wanted"))
}

/// `positive_integer`.
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

/// `non_negative_integer`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, extend("type" = ["integer", "string"], "pattern" = "^[0-9]*$", "minLength" = 1, "minimum" = 0))]
pub struct NonNegative(
    #[serde(deserialize_with = "number")]
    #[schemars(with = "Value")]
    pub i64,
);

/// `volume_size` and `flavor_param_positive`.
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

/// `flavor_param_non_negative`.
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
    fn times_are_read_as_python_does() {
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
