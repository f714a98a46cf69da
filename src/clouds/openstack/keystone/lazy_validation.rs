//! Validation inside handlers (`lazy_validate` in keystone/common/validation/validators.py). Its errors quote the
//! whole schema and the value.

use super::super::{jsonschema_messages, jsonschema_order};
use super::errors;
use crate::engine::{Problem, Schemas, declared};
use jsonschema::ValidationError;
use schemars::Schema;
use serde_json::Value;
use std::sync::LazyLock;

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&[], jsonschema_order::by_declaration));

/// Validates `body` against `schema`, whose compiled form is cached under `name`. Fails with 400.
pub fn lazy_validate(name: &'static str, schema: fn() -> Schema, body: &Value) -> Result<(), Problem> {
    let problem =
        |error: &ValidationError, schema: &Value| errors::invalid(message(error, declared(schema, error), body));
    SCHEMAS.check(name, schema, (0, 0), body, problem)
}

/// jsonschema's long message, after the name of the field unless the value as a whole is wrong.
fn message(error: &ValidationError, declared: &Value, body: &Value) -> String {
    let long = jsonschema_messages::long_form(error, error.schema_path().as_str(), declared, body);
    let instance = jsonschema_messages::steps(error.instance_path().as_str());
    if instance.is_empty() { long } else { format!("Invalid input for field '{}': {long}", instance.join("/")) }
}
