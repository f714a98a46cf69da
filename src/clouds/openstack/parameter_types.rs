//! Field types that requests of several services share, with upstream's schemas.

use super::python::bool_from_string;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// A field that may be missing but not null. Its schema is that of `T`, whereas `Option` also accepts null.
#[derive(Clone, Debug, PartialEq)]
pub struct Optional<T>(pub Option<T>);

impl<T> Default for Optional<T> {
    fn default() -> Self {
        Optional(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Optional<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Optional)
    }
}

impl<T: JsonSchema> JsonSchema for Optional<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
    /// Tells schemars that the field is not required.
    fn _schemars_private_is_option() -> bool {
        true
    }
}

impl<T> std::ops::Deref for Optional<T> {
    type Target = Option<T>;
    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

/// `uuidutils.is_uuid_like`, which ignores dashes and braces.
pub fn is_uuid_like(text: &str) -> bool {
    let text = text.replace("urn:", "").replace("uuid:", "");
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A boolean as `strutils.bool_from_string(strict=True)` of oslo accepts it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flag(pub bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Spelled {
            Bool(bool),
            Text(String),
            Number(i64),
        }
        Ok(Flag(match Spelled::deserialize(deserializer)? {
            Spelled::Bool(flag) => flag,
            Spelled::Text(text) => bool_from_string(&text).unwrap_or(false),
            Spelled::Number(number) => number != 0,
        }))
    }
}
