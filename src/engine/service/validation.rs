//! Validates bodies and queries with the schemas of operations.

use super::Service;
use crate::engine::{Call, Cloud, Operation, Problem, declared, parse_version};
use jsonschema::ValidationError;
use serde_json::Value;

impl<C: Cloud> Service<C> {
    pub(super) fn validate(&self, operation: &'static Operation<C>, call: &Call) -> Result<(), Problem> {
        if self.dialect.validates_in_handlers() {
            return Ok(());
        }
        if let Some(schema) = operation.query_schema.filter(|_| operation.query_is_required || !call.query.is_empty()) {
            let mut query = serde_json::Map::new();
            for (name, value) in &call.query {
                query.entry(name.as_str()).or_insert_with(|| value.as_str().into());
            }
            self.validate_query(operation, call, schema, &Value::Object(query.clone()))?;
            if self.dialect.validates_repeated_parameters() && query.len() < call.query.len() {
                self.validate_repeated(operation, call, schema, query)?;
            }
        }
        let Some(schema) = operation.schema else { return Ok(()) };
        let word = |error: &ValidationError, schema: &Value| self.dialect.invalid(call, error, declared(schema, error));
        self.schemas.check(operation.name, schema, call.version, &call.json, word)
    }

    pub(super) fn validate_query(
        &self,
        operation: &'static Operation<C>,
        call: &Call,
        schema: fn() -> schemars::Schema,
        query: &Value,
    ) -> Result<(), Problem> {
        let word =
            |error: &ValidationError, schema: &Value| self.dialect.invalid_query(call, error, declared(schema, error));
        self.query_schemas.check(operation.name, schema, call.version, query, word)
    }

    /// Validates the further values of repeated query parameters. `query` has the first value of each parameter.
    pub(super) fn validate_repeated(
        &self,
        operation: &'static Operation<C>,
        call: &Call,
        schema: fn() -> schemars::Schema,
        query: serde_json::Map<String, Value>,
    ) -> Result<(), Problem> {
        let names: Vec<&String> = query.keys().collect();
        for name in names {
            let values = call.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
            let values: Vec<&str> = values.collect();
            for value in values.iter().skip(1) {
                let mut other = query.clone();
                other.insert(name.clone(), (*value).into());
                self.validate_query(operation, call, schema, &Value::Object(other))?;
            }
            let field = schema().get("properties").and_then(|fields| fields.get(name)).cloned().unwrap_or_default();
            let single_since = field["x-single"].as_str().and_then(parse_version);
            if values.len() > 1 && single_since.is_some_and(|since| call.version >= since) {
                return Err(self.dialect.repeated_parameter(call, name, &values));
            }
        }
        Ok(())
    }
}
