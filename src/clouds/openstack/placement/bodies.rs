//! Bodies and queries held against their schemas, which are upstream's to the letter: a refusal quotes the
//! part that was broken (placement/schemas, placement/util.py).

use super::errors;
use crate::clouds::openstack::jsonschema_messages;
use crate::clouds::openstack::jsonschema_order::{best_match, by_relevance};
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::engine::{Call, Problem, Schemas};
use jsonschema::ValidationError;
use schemars::Schema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static BODIES: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&[("uuid", is_uuid_like)], by_relevance));
static QUERIES: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&[("uuid", has_dashes)], by_relevance));

/// What Python's jsonschema itself takes for a UUID.
fn has_dashes(text: &str) -> bool {
    is_uuid_like(text) && [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'))
}

/// The body as the request's type, once it fits the schema (`extract_json`).
pub fn extract<T: DeserializeOwned>(call: &Call, schema: fn() -> Schema) -> Result<T, Problem> {
    let body = serde_json::from_slice(&call.bytes).map_err(|error| errors::malformed_json(&call.bytes, &error))?;
    check(call, schema, &body)?;
    T::deserialize(body).map_err(|error| errors::unexpected(&error.to_string()))
}

/// Holds a value against the schema of the call's operation as if it were the body.
pub fn check(call: &Call, schema: fn() -> Schema, body: &Value) -> Result<(), Problem> {
    let word = |error: &ValidationError, schema: &Value| {
        let (error, path, declared) = best_match(error, schema);
        errors::invalid_body(match error.schema_path().as_str() == path {
            true => jsonschema_messages::long_form(error, path, declared, body),
            false => jsonschema_messages::long_form_of_alternative(error, path, declared),
        })
    };
    BODIES.check(call.operation, schema, call.version, body, word)
}

/// The query as a dictionary, in which the last of several values stands (`validate_query_params`).
pub fn check_query(call: &Call, schema: fn() -> Schema) -> Result<(), Problem> {
    let mut query = Map::new();
    for (name, value) in &call.query {
        query.insert(name.clone(), value.as_str().into());
    }
    let query = Value::Object(query);
    let word = |error: &ValidationError, schema: &Value| {
        let (error, path, declared) = best_match(error, schema);
        errors::invalid_query(&jsonschema_messages::long_form(error, path, declared, &query))
    };
    QUERIES.check(call.operation, schema, call.version, &query, word)
}

/// The last value of a query parameter, as upstream reads all but a few.
pub fn last<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
