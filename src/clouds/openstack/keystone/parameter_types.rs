//! Field types of request bodies, each with upstream's schema
//! (keystone/api/validation/parameter_types.py).

use super::super::python::bool_from_string;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A name that is not blank.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255, "pattern" = r"[\S]+"))]
pub struct Name(pub String);

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 64, "pattern" = r"^[a-zA-Z0-9-]+$"))]
pub struct IdString(pub String);

/// The name of a project or a domain.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 64, "pattern" = r"[\S]+"))]
pub struct ProjectName(pub String);

/// A description of at most 255 characters.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("maxLength" = 255))]
pub struct Description(pub String);

#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("minLength" = 1, "maxLength" = 255, "pattern" = "^[^,/]*$"))]
pub struct Tag(pub String);

/// The tags of a project.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(inline, extend("required" = [], "maxItems" = 80, "uniqueItems" = true))]
pub struct Tags(pub Vec<Tag>);

impl Tags {
    /// The tags as plain strings.
    pub fn texts(self) -> Vec<String> {
        self.0.into_iter().map(|tag| tag.0).collect()
    }
}

/// A field that may be missing (`None`), null (`Some(None)`) or set.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<T>(pub Option<Option<T>>);

impl<T> Default for Change<T> {
    fn default() -> Self {
        Change(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| Change(Some(value)))
    }
}

impl<T: JsonSchema> JsonSchema for Change<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
    /// Tells schemars that the field is not required.
    fn _schemars_private_is_option() -> bool {
        true
    }
}

impl<T> Change<T> {
    /// The value, if the field is neither missing nor null.
    pub fn value(self) -> Option<T> {
        self.0.flatten()
    }
}

/// A boolean, or one of the words that upstream accepts for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boolean(pub bool);

impl<'de> Deserialize<'de> for Boolean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Boolean(match Value::deserialize(deserializer)? {
            Value::Bool(value) => value,
            Value::String(word) => bool_from_string(&word).unwrap_or(false),
            _ => false,
        }))
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
            "type": ["boolean", "string", "null"],
            "enum": [
                true, "True", "TRUE", "true", false, "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N",
                "on", "ON", "off", "OFF", "yes", "no",
            ],
        })
    }
}

/// The options of a project, domain or role: `immutable`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct ResourceOptions(pub Map<String, Value>);

impl JsonSchema for ResourceOptions {
    fn schema_name() -> Cow<'static, str> {
        "resource_options".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        options_schema(json!({"immutable": optional_boolean()}))
    }
}

/// The options of a user: exceptions from the rules for passwords and logins.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct UserOptions(pub Map<String, Value>);

impl JsonSchema for UserOptions {
    fn schema_name() -> Cow<'static, str> {
        "user_options".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let methods = json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": true});
        options_schema(json!({
            "ignore_change_password_upon_first_use": optional_boolean(),
            "ignore_password_expiry": optional_boolean(),
            "ignore_lockout_failure_attempts": optional_boolean(),
            "lock_password": optional_boolean(),
            "ignore_user_inactivity": optional_boolean(),
            "multi_factor_auth_rules": {"type": ["array", "null"], "items": methods, "uniqueItems": true},
            "multi_factor_auth_enabled": optional_boolean(),
        }))
    }
}

fn options_schema(properties: Value) -> Schema {
    json_schema!({"type": "object", "properties": properties, "additionalProperties": false})
}

fn optional_boolean() -> Value {
    json!({"type": ["boolean", "null"], "enum": [true, false, null]})
}

/// Applies `changes` to `options`. A null removes an option.
pub fn merge_options(options: &mut Map<String, Value>, changes: Map<String, Value>) {
    for (name, value) in changes {
        if value.is_null() {
            options.remove(&name);
        } else {
            options.insert(name, value);
        }
    }
}

/// Replaces `:` and `-` in the names of undefined attributes by `_`, as upstream stores them
/// (`_normalize_dict` in keystone/server/flask/common.py).
pub fn normalized(extra: Map<String, Value>) -> Map<String, Value> {
    extra.into_iter().map(|(name, value)| (name.replace([':', '-'], "_"), value)).collect()
}
