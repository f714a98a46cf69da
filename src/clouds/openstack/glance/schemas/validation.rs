//! Validation of bodies with Glance's schemas (glance/schema.py). The error message is that of Python's jsonschema for
//! the best match among the errors.

use super::super::errors;
use crate::clouds::openstack::jsonschema_messages;
use crate::engine::{Problem, with_bounded_integers};
use jsonschema::{ValidationError, Validator};
use schemars::Schema;
use serde_json::Value;
use std::cmp::{Ordering, Reverse};

/// A schema with its validator.
pub struct Document {
    /// The schema as it is published.
    pub schema: Value,
    validator: Validator,
}

impl Document {
    /// Parses the text of a JSON file in this folder.
    pub fn new(text: &str) -> Document {
        let schema = serde_json::from_str(text);
        debug_assert!(schema.is_ok(), "a schema of Glance is not valid JSON: {schema:?}");
        Document::of(schema.unwrap_or(Value::Bool(true)))
    }

    /// Compiles a schema.
    pub fn of(schema: Value) -> Document {
        let validator =
            jsonschema::options().should_validate_formats(false).build(&with_bounded_integers(schema.clone()));
        debug_assert!(validator.is_ok(), "a schema of Glance cannot be compiled: {validator:?}");
        let validator = validator.or_else(|_| jsonschema::validator_for(&Value::Bool(true)));
        Document { schema, validator: validator.unwrap_or_else(|_| unreachable!("`true` is a schema")) }
    }

    /// The schema for openapi/.
    pub fn documentation(&self) -> Schema {
        self.schema.clone().try_into().unwrap_or_default()
    }

    /// Validates a body. The error is 400 with the message of jsonschema.
    pub fn check(&self, body: &Value) -> Result<(), Problem> {
        if self.validator.is_valid(body) {
            return Ok(());
        }
        let best = self.validator.iter_errors(body).map(|error| Violation::of(&self.schema, error)).min_by(relevance);
        match best {
            Some(violation) => {
                let name = self.schema["name"].as_str().unwrap_or_default();
                Err(errors::does_not_match(name, &violation.message(body)))
            }
            None => Ok(()),
        }
    }
}

/// A validation error with its position in the schema.
struct Violation<'s, 'e> {
    error: ValidationError<'e>,
    subschema: &'s Value,
    /// The path of the violated keyword, in which references are skipped, as in jsonschema's messages.
    path: String,
    /// The index of each step among its siblings, which is the order in which jsonschema finds the errors.
    order: Vec<usize>,
}

impl<'s, 'e> Violation<'s, 'e> {
    fn of(schema: &'s Value, error: ValidationError<'e>) -> Self {
        let mut steps = jsonschema_messages::steps(error.evaluation_path().as_str());
        let dependent = steps.iter().position(|step| step == "dependentRequired");
        steps.truncate(dependent.map_or(steps.len(), |at| at + 1));
        let keyword = steps.pop().unwrap_or_default();
        let (mut subschema, mut path, mut order) = (schema, String::new(), vec![]);
        for step in &steps {
            if step == "$ref" {
                subschema = resolve(schema, subschema);
                continue;
            }
            path.push_str(&format!("/{step}"));
            order.push(index(subschema, step));
            subschema = match subschema {
                Value::Array(items) => step.parse().ok().and_then(|at: usize| items.get(at)).unwrap_or(&Value::Null),
                other => &other[step.as_str()],
            };
        }
        path.push_str(&format!("/{keyword}"));
        order.push(index(subschema, &keyword));
        Violation { error, subschema, path, order }
    }

    fn message(&self, body: &Value) -> String {
        jsonschema_messages::long_form(&self.error, &self.path, self.subschema, body)
    }
}

fn resolve<'s>(schema: &'s Value, reference: &Value) -> &'s Value {
    let pointer = reference["$ref"].as_str().and_then(|text| text.strip_prefix('#')).unwrap_or_default();
    schema.pointer(pointer).unwrap_or(&Value::Null)
}

fn index(fields: &Value, name: &str) -> usize {
    let at = fields.as_object().map_or_else(|| name.parse().ok(), |fields| fields.keys().position(|key| key == name));
    at.unwrap_or(usize::MAX)
}

/// The order of jsonschema's `best_match`: errors with a short path first, then the last field by name, then the error
/// that is found first.
fn relevance(one: &Violation, other: &Violation) -> Ordering {
    let key = |violation: &Violation| {
        let path = jsonschema_messages::steps(violation.error.instance_path().as_str());
        (path.len(), Reverse(path))
    };
    key(one).cmp(&key(other)).then_with(|| one.order.cmp(&other.order))
}
