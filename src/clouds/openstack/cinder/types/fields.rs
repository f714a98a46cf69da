//! The fields of volume types and group types, with upstream's schemas
//! (cinder/api/validation/parameter_types.py).

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// `name`: text that is not blank.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct FullName(pub String);

impl JsonSchema for FullName {
    fn schema_name() -> Cow<'static, str> {
        "full_name".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": 255, "format": "name"})
    }
}

/// `update_name`: a new name, or null.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct NewName(pub Option<String>);

impl JsonSchema for NewName {
    fn schema_name() -> Cow<'static, str> {
        "update_name".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "null"], "minLength": 1, "maxLength": 255})
    }
}

/// `description`: printable text, or null. As in upstream's pattern, characters beyond U+FFFF are invalid.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Description(pub Option<String>);

impl JsonSchema for Description {
    fn schema_name() -> Cow<'static, str> {
        "description".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "null"],
            "minLength": 0,
            "maxLength": 255,
            "pattern": r"^[^\p{C}\p{Zl}\p{Zp}\x{FFFF}-\x{10FFFF}]*$",
        })
    }
}

/// `extra_specs_with_null`: the specs of a new type. Keys can contain spaces and slashes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct NewSpecs(pub Map<String, Value>);

impl JsonSchema for NewSpecs {
    fn schema_name() -> Cow<'static, str> {
        "extra_specs_with_null".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {"^[a-zA-Z0-9-_:. /]{1,255}$": {"type": ["string", "null"], "maxLength": 255}},
            "additionalProperties": false,
        })
    }
}

/// `extra_specs_with_no_spaces_key`: specs that are added to a type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Specs(pub Map<String, Value>);

impl JsonSchema for Specs {
    fn schema_name() -> Cow<'static, str> {
        "extra_specs_with_no_spaces_key".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "patternProperties": {"^[a-zA-Z0-9-_:.]{1,255}$": {"type": ["string", "null"], "maxLength": 255}},
            "additionalProperties": false,
        })
    }
}

/// A body with exactly one spec: `{"multiattach": "<is> True"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OneSpec(pub Map<String, Value>);

impl JsonSchema for OneSpec {
    fn schema_name() -> Cow<'static, str> {
        "one_spec".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Specs::json_schema(generator);
        schema.insert("minProperties".into(), 1.into());
        schema.insert("maxProperties".into(), 1.into());
        schema
    }
}
