//! The bodies that set allocations, which differ between microversions (placement/schemas/allocation.py).

use crate::engine::Id;
use schemars::{Schema, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The body of one consumer before 1.12.
#[derive(Deserialize)]
pub struct ListRequest {
    pub allocations: Vec<ProviderAllocation>,
    pub project_id: Option<Id>,
    pub user_id: Option<Id>,
}

/// The allocation at one provider.
#[derive(Deserialize)]
pub struct ProviderAllocation {
    pub resource_provider: ProviderRef,
    /// Amounts by resource class.
    pub resources: Map<String, Value>,
}

/// The UUID of a provider in a nested object.
#[derive(Deserialize)]
pub struct ProviderRef {
    pub uuid: String,
}

/// The body of one consumer since 1.12.
#[derive(Deserialize)]
pub struct ConsumerRequest {
    /// By the UUID of the provider; `ProviderResources` describes the values.
    pub allocations: Map<String, Value>,
    pub project_id: Id,
    pub user_id: Id,
    pub consumer_generation: Option<i64>,
    pub consumer_type: Option<Id>,
}

/// The allocation at a provider since 1.12.
#[derive(Deserialize)]
pub struct ProviderResources {
    /// Amounts by resource class.
    pub resources: Map<String, Value>,
}

const UUID: &str = "^[0-9a-fA-F-]{36}$";

fn name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 255})
}

fn resources() -> Value {
    json!({
        "type": "object",
        "minProperties": 1,
        "patternProperties": {"^[A-Z0-9_]+$": {"type": "integer", "minimum": 1}},
        "additionalProperties": false
    })
}

fn since(version: &str, mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("x-since".into(), version.into());
    }
    schema
}

/// The schema of one consumer before 1.12.
pub fn list_body() -> Schema {
    let provider = json!({
        "type": "object",
        "properties": {"uuid": {"type": "string", "format": "uuid"}},
        "additionalProperties": false,
        "required": ["uuid"]
    });
    json_schema!({
        "type": "object",
        "properties": {
            "allocations": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "properties": {"resource_provider": provider, "resources": resources()},
                    "required": ["resource_provider", "resources"],
                    "additionalProperties": false
                }
            },
            "project_id": since("1.8", name()),
            "user_id": since("1.8", name())
        },
        "required": ["allocations", "project_id", "user_id"],
        "additionalProperties": false
    })
}

/// The schema of one consumer since 1.12. Since 1.28 its allocations may be empty.
pub fn consumer_body() -> Schema {
    consumer(1).try_into().unwrap_or_default()
}

fn consumer(least: u64) -> Value {
    let mut pattern = Map::new();
    pattern.insert(
        UUID.into(),
        json!({
            "type": "object",
            "properties": {"generation": {"type": "integer"}, "resources": resources()},
            "required": ["resources"],
            "additionalProperties": false
        }),
    );
    let mappings = json!({
        "type": "object",
        "minProperties": 1,
        "patternProperties": {
            "[a-zA-Z0-9_-]{1,64}": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "uuid"}}
        }
    });
    let kind = json!({"type": "string", "pattern": "^[A-Z0-9_]+$", "minLength": 1, "maxLength": 255});
    json!({
        "type": "object",
        "properties": {
            "allocations": {
                "type": "object",
                "minProperties": least,
                "patternProperties": pattern,
                "additionalProperties": false,
                "x-from": {"1.28": {"minProperties": 0}}
            },
            "project_id": name(),
            "user_id": name(),
            "consumer_generation":
                since("1.28", json!({"type": ["integer", "null"], "additionalProperties": false})),
            "mappings": since("1.34", mappings),
            "consumer_type": since("1.38", kind)
        },
        "additionalProperties": false,
        "required": ["allocations", "project_id", "user_id", "consumer_generation", "consumer_type"],
        "x-unknown-first": true
    })
}

/// The schema of several consumers by UUID.
pub fn consumers_body() -> Schema {
    consumers(1).try_into().unwrap_or_default()
}

/// The same with the minimum number of consumers, for the reshaper.
pub fn consumers(least: u64) -> Value {
    let mut pattern = Map::new();
    pattern.insert(UUID.into(), consumer(0));
    json!({
        "type": "object",
        "minProperties": least,
        "additionalProperties": false,
        "patternProperties": pattern
    })
}
