//! Validation of bodies and queries (`extract_json` and `validate_query_params` in placement/util.py). Error messages
//! quote the violated part of the schema, so the schemas are literally those of placement/schemas.

use super::errors;
use crate::clouds::openstack::jsonschema_messages;
use crate::clouds::openstack::jsonschema_order::{best_match, by_relevance};
use crate::clouds::openstack::parameter_types::is_uuid_like;
use crate::engine::{Call, Problem, Schemas, from_json};
use jsonschema::ValidationError;
use schemars::Schema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static BODIES: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&[("uuid", is_uuid_like)], by_relevance));
static QUERIES: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&[("uuid", has_dashes)], by_relevance));

/// The format `uuid` of Python's jsonschema itself, which needs the dashes. Bodies have upstream's own checker.
fn has_dashes(text: &str) -> bool {
    is_uuid_like(text) && [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'))
}

/// Parses the body, validates it and converts it to the type of the request (`extract_json`). Errors: 400.
pub fn extract<T: DeserializeOwned>(call: &Call, schema: fn() -> Schema) -> Result<T, Problem> {
    let body = serde_json::from_slice(&call.bytes).map_err(|error| errors::malformed_json(&call.bytes, &error))?;
    check(call, schema, &body)?;
    read(&body)
}

/// Converts a valid value to a type. What the schema allows beyond the type, such as a list under a key that is no resource
/// class, is refused in the same way.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Problem> {
    from_json(value).map_err(|error| errors::invalid_body(error.to_string()))
}

/// Validates a value with the schema of the operation, as if it were the body.
pub fn check(call: &Call, schema: fn() -> Schema, body: &Value) -> Result<(), Problem> {
    let to_problem = |error: &ValidationError, schema: &Value| {
        let (error, path, declared) = best_match(error, schema);
        errors::invalid_body(match error.schema_path().as_str() == path {
            true => jsonschema_messages::long_form(error, path, declared, body),
            false => jsonschema_messages::long_form_of_alternative(error, path, declared),
        })
    };
    BODIES.check(call.operation, schema, call.version, body, to_problem)
}

/// Validates the query as a dictionary, which has the last value of a repeated parameter (`validate_query_params`).
pub fn check_query(call: &Call, schema: fn() -> Schema) -> Result<(), Problem> {
    let mut query = Map::new();
    for (name, value) in &call.query {
        query.insert(name.clone(), value.as_str().into());
    }
    let query = Value::Object(query);
    let to_problem = |error: &ValidationError, schema: &Value| {
        let (error, path, declared) = best_match(error, schema);
        errors::invalid_query(&jsonschema_messages::long_form(error, path, declared, &query))
    };
    QUERIES.check(call.operation, schema, call.version, &query, to_problem)
}

/// The last value of a query parameter, which is the one that upstream uses for most parameters.
pub fn last<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    call.last_query(name)
}
