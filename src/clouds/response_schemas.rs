//! Building blocks for JSON Schemas of responses, for clouds whose API documents list every field.

use serde_json::{Map, Value, json};

/// An object with exactly these fields.
pub fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = fields.iter().map(|(name, shape)| ((*name).into(), shape.clone())).collect();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}

pub fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

pub fn text() -> Value {
    json!({"type": "string"})
}
