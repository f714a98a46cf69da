//! Error messages of Python's jsonschema, which the real services use.

use super::pprint::pformat;
use super::python::{quoted, repr, str};
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

/// The message of an error: `'abc' is not of type 'integer'`, `'name' is a required property`. `declared` is the
/// value of the violated keyword in the schema.
pub fn message(error: &ValidationError, declared: &Value) -> String {
    let value = repr(error.instance());
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("{value} is not of type {}", types(kind, &declared["type"])),
        ValidationErrorKind::Required { property } => match depends(error, declared, property) {
            Some(other) => format!("{} is a dependency of {}", repr(property), quoted(&other)),
            None => format!("{} is a required property", repr(property)),
        },
        ValidationErrorKind::AdditionalProperties { unexpected } => additional(unexpected, declared),
        ValidationErrorKind::Enum { options } => format!("{value} is not one of {}", repr(options)),
        ValidationErrorKind::Constant { expected_value } => format!("{} was expected", repr(expected_value)),
        ValidationErrorKind::Pattern { pattern } => format!("{value} does not match {}", quoted(pattern)),
        ValidationErrorKind::Format { format } => format!("{value} is not a {}", quoted(format)),
        ValidationErrorKind::MinLength { limit: 1 } => format!("{value} should be non-empty"),
        ValidationErrorKind::MinLength { .. } => format!("{value} is too short"),
        ValidationErrorKind::MinItems { limit: 1 } => format!("{value} should be non-empty"),
        ValidationErrorKind::MinItems { .. } => format!("{value} is too short"),
        ValidationErrorKind::MaxLength { .. } => format!("{value} is too long"),
        ValidationErrorKind::MaxItems { limit: 0 } => format!("{value} is expected to be empty"),
        ValidationErrorKind::MaxItems { .. } => format!("{value} is too long"),
        ValidationErrorKind::MinProperties { limit: 1 } => format!("{value} should be non-empty"),
        ValidationErrorKind::MinProperties { .. } => format!("{value} does not have enough properties"),
        ValidationErrorKind::MaxProperties { .. } => format!("{value} has too many properties"),
        ValidationErrorKind::Minimum { limit } => format!("{value} is less than the minimum of {}", repr(limit)),
        ValidationErrorKind::Maximum { limit } => format!("{value} is greater than the maximum of {}", repr(limit)),
        ValidationErrorKind::UniqueItems => format!("{value} has non-unique elements"),
        ValidationErrorKind::Not { schema } => format!("{value} should not be valid under {}", repr(schema)),
        ValidationErrorKind::AnyOf { .. } | ValidationErrorKind::OneOfNotValid { .. } => {
            format!("{value} is not valid under any of the given schemas")
        }
        ValidationErrorKind::OneOfMultipleValid { .. } => {
            format!("{value} is valid under each of {}", repr(&declared["oneOf"]))
        }
        _ => error.to_string(),
    }
}

/// `Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1`: the sentence that Keystone,
/// Nova and Cinder share (api/validation/validators.py). Errors about the whole body are only the message.
pub fn sentence(error: &ValidationError, declared: &Value) -> String {
    let message = message(error, declared);
    let path = error.instance_path().as_str();
    match path.rsplit_once('/') {
        Some((_, field)) => {
            let field = field.replace("~1", "/").replace("~0", "~");
            format!("Invalid input for field/attribute {field}. Value: {}. {message}", str(error.instance()))
        }
        None => message,
    }
}

/// The same for a query, whose values upstream holds in lists; the field is the name of the parameter.
pub fn query_sentence(error: &ValidationError, declared: &Value) -> String {
    let message = message(error, declared);
    match error.instance_path().as_str().split('/').nth(1) {
        Some(field) => {
            let field = field.replace("~1", "/").replace("~0", "~");
            format!("Invalid input for query parameters {field}. Value: {}. {message}", str(error.instance()))
        }
        None => message,
    }
}

/// `str()` of a jsonschema error: the message, the violated part of the schema, and the value. `schema_path` is the
/// path to that part.
pub fn long_form(error: &ValidationError, schema_path: &str, declared: &Value, body: &Value) -> String {
    let instance_path = position(&steps(error.instance_path().as_str()), body);
    long_form_at(error, schema_path, declared, &instance_path)
}

/// The same for an alternative of `anyOf` that the value itself violates. Both paths begin at the alternative.
pub fn long_form_of_alternative(error: &ValidationError, schema_path: &str, declared: &Value) -> String {
    long_form_at(error, schema_path, declared, "")
}

fn long_form_at(error: &ValidationError, schema_path: &str, declared: &Value, instance_path: &str) -> String {
    let mut schema_path = steps(schema_path);
    let keyword = schema_path.pop().unwrap_or_default();
    let index = |step: &String| match step.parse::<usize>() {
        Ok(number) => format!("[{number}]"),
        Err(_) => format!("[{}]", quoted(step)),
    };
    let schema_path: String = schema_path.iter().map(index).collect();
    format!(
        "{}\n\nFailed validating {} in schema{schema_path}:\n    {}\n\nOn instance{instance_path}:\n    {}",
        message(error, declared),
        quoted(&keyword),
        indented(&without_extensions(declared)),
        indented(error.instance()),
    )
}

/// The property that requires `missing`, if `dependentRequired` is violated.
fn depends(error: &ValidationError, declared: &Value, missing: &Value) -> Option<String> {
    if !error.schema_path().as_str().contains("/dependentRequired") {
        return None;
    }
    let mut dependencies = declared["dependentRequired"].as_object()?.iter();
    let has = |name: &str| error.instance().get(name).is_some();
    let requires = |names: &Value| names.as_array().is_some_and(|names| names.contains(missing));
    dependencies.find(|(name, names)| has(name) && requires(names)).map(|(name, _)| name.clone())
}

/// The steps of a JSON pointer.
pub fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// `['methods'][0]`
fn position(path: &[String], body: &Value) -> String {
    let mut text = String::new();
    let mut at = body;
    for step in path {
        let next = match at {
            Value::Array(items) => {
                text.push_str(&format!("[{step}]"));
                step.parse::<usize>().ok().and_then(|index| items.get(index))
            }
            other => {
                text.push_str(&format!("[{}]", quoted(step)));
                other.get(step)
            }
        };
        at = next.unwrap_or(&Value::Null);
    }
    text
}

fn indented(value: &Value) -> String {
    pformat(value).replace('\n', "\n    ")
}

/// The schema without nephos's own keywords, which begin with `x-`.
fn without_extensions(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let upstreams = fields.iter().filter(|(key, _)| !key.starts_with("x-"));
            Value::Object(upstreams.map(|(key, field)| (key.clone(), without_extensions(field))).collect())
        }
        Value::Array(items) => items.iter().map(without_extensions).collect(),
        other => other.clone(),
    }
}

/// `'integer', 'string'` in the order of the schema.
fn types(kind: &TypeKind, declared: &Value) -> String {
    let names: Vec<_> = match declared {
        Value::Array(types) => types.iter().map(repr).collect(),
        Value::String(name) => vec![quoted(name)],
        _ => match kind {
            TypeKind::Single(one) => vec![quoted(&one.to_string())],
            TypeKind::Multiple(several) => several.iter().map(|one| quoted(&one.to_string())).collect(),
        },
    };
    names.join(", ")
}

/// In alphabetical order. If the schema has patterns for names, Python lists the patterns.
fn additional(unexpected: &[String], declared: &Value) -> String {
    let mut names = unexpected.to_vec();
    names.sort();
    let several = names.len() > 1;
    if let Some(patterns) = declared["patternProperties"].as_object() {
        let verb = if several { "do" } else { "does" };
        let mut patterns: Vec<_> = patterns.keys().map(|pattern| quoted(pattern)).collect();
        patterns.sort();
        return format!("{} {verb} not match any of the regexes: {}", list(&names), patterns.join(", "));
    }
    let verb = if several { "were" } else { "was" };
    format!("Additional properties are not allowed ({} {verb} unexpected)", list(&names))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}
