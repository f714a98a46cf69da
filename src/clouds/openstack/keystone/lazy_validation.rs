//! Bodies that Keystone checks by hand (`lazy_validate`, keystone/common/validation/validators.py):
//! the refusal quotes the whole schema and what was sent.

use super::super::{jsonschema_messages, jsonschema_order};
use super::errors;
use crate::engine::{Problem, Schemas, declared};
use jsonschema::ValidationError;
use schemars::Schema;
use serde_json::Value;
use std::sync::LazyLock;

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&[], jsonschema_order::by_declaration));

/// Holds `body` against `schema`, which is known by `name` once it is compiled.
pub fn lazy_validate(name: &'static str, schema: fn() -> Schema, body: &Value) -> Result<(), Problem> {
    let word = |error: &ValidationError, schema: &Value| errors::invalid(refusal(error, declared(schema, error), body));
    SCHEMAS.check(name, schema, (0, 0), body, word)
}

/// The long form, with the field in front where there is one.
fn refusal(error: &ValidationError, declared: &Value, body: &Value) -> String {
    let long = jsonschema_messages::long_form(error, error.schema_path().as_str(), declared, body);
    let instance = jsonschema_messages::steps(error.instance_path().as_str());
    if instance.is_empty() { long } else { format!("Invalid input for field '{}': {long}", instance.join("/")) }
}
