//! Bodies held against Glance's schemas (glance/schema.py, which asks Python's jsonschema for the best match
//! among the errors and quotes it in full).

use super::super::errors;
use crate::clouds::openstack::jsonschema_messages;
use crate::engine::Problem;
use jsonschema::{ValidationError, Validator};
use schemars::Schema;
use serde_json::Value;
use std::cmp::{Ordering, Reverse};

/// A schema with its compiled form.
pub struct Document {
    pub schema: Value,
    validator: Validator,
}

impl Document {
    /// One of the schemas that stand beside this file.
    pub fn new(text: &str) -> Document {
        let schema = serde_json::from_str(text);
        debug_assert!(schema.is_ok(), "a schema of Glance is no JSON: {schema:?}");
        Document::of(schema.unwrap_or(Value::Bool(true)))
    }

    pub fn of(schema: Value) -> Document {
        let validator = jsonschema::options().should_validate_formats(false).build(&schema);
        debug_assert!(validator.is_ok(), "a schema of Glance cannot be compiled: {validator:?}");
        let validator = validator.or_else(|_| jsonschema::validator_for(&Value::Bool(true)));
        Document { schema, validator: validator.unwrap_or_else(|_| unreachable!("`true` is a schema")) }
    }

    /// The same for openapi/.
    pub fn documentation(&self) -> Schema {
        self.schema.clone().try_into().unwrap_or_default()
    }

    /// Refuses a body that does not fit.
    pub fn check(&self, body: &Value) -> Result<(), Problem> {
        if self.validator.is_valid(body) {
            return Ok(());
        }
        let best = self.validator.iter_errors(body).map(|error| Broken::of(&self.schema, error)).min_by(relevance);
        match best {
            Some(broken) => {
                let name = self.schema["name"].as_str().unwrap_or_default();
                Err(errors::does_not_match(name, &broken.in_full(body)))
            }
            None => Ok(()),
        }
    }
}

/// An error with the place in the schema that it is about.
struct Broken<'s, 'e> {
    error: ValidationError<'e>,
    declared: &'s Value,
    /// Where it stands, as references are told: not at all.
    path: String,
    /// The place of each step among its siblings: the order in which Python would have met the error.
    order: Vec<usize>,
}

impl<'s, 'e> Broken<'s, 'e> {
    fn of(schema: &'s Value, error: ValidationError<'e>) -> Self {
        let mut steps = jsonschema_messages::steps(error.evaluation_path().as_str());
        let dependent = steps.iter().position(|step| step == "dependentRequired");
        steps.truncate(dependent.map_or(steps.len(), |at| at + 1));
        let keyword = steps.pop().unwrap_or_default();
        let (mut declared, mut path, mut order) = (schema, String::new(), vec![]);
        for step in &steps {
            if step == "$ref" {
                declared = referred(schema, declared);
                continue;
            }
            path.push_str(&format!("/{step}"));
            order.push(place(declared, step));
            declared = match declared {
                Value::Array(items) => step.parse().ok().and_then(|at: usize| items.get(at)).unwrap_or(&Value::Null),
                other => &other[step.as_str()],
            };
        }
        path.push_str(&format!("/{keyword}"));
        order.push(place(declared, &keyword));
        Broken { error, declared, path, order }
    }

    fn in_full(&self, body: &Value) -> String {
        jsonschema_messages::long_form(&self.error, &self.path, self.declared, body)
    }
}

fn referred<'s>(schema: &'s Value, reference: &Value) -> &'s Value {
    let pointer = reference["$ref"].as_str().and_then(|text| text.strip_prefix('#')).unwrap_or_default();
    schema.pointer(pointer).unwrap_or(&Value::Null)
}

fn place(fields: &Value, name: &str) -> usize {
    let at = fields.as_object().map_or_else(|| name.parse().ok(), |fields| fields.keys().position(|key| key == name));
    at.unwrap_or(usize::MAX)
}

/// `best_match`: errors of the body as a whole before those within it, the last field by its name before
/// others; what is met first breaks ties.
fn relevance(one: &Broken, other: &Broken) -> Ordering {
    let key = |broken: &Broken| {
        let path = jsonschema_messages::steps(broken.error.instance_path().as_str());
        (path.len(), Reverse(path))
    };
    key(one).cmp(&key(other)).then_with(|| one.order.cmp(&other.order))
}
