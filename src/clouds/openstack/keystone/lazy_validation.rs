//! Bodies that Keystone checks by hand (`lazy_validate`, keystone/common/validation/validators.py):
//! the refusal quotes the whole schema and what was sent.

use super::super::pprint::pformat;
use super::super::python::quoted;
use super::super::violations;
use super::errors;
use crate::engine::{Problem, Schemas};
use jsonschema::ValidationError;
use schemars::Schema;
use serde_json::Value;
use std::sync::LazyLock;

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::new(&[]));

/// Holds `body` against `schema`, which is known by `name` once it is compiled.
pub fn lazy_validate(name: &'static str, schema: fn() -> Schema, body: &Value) -> Result<(), Problem> {
    SCHEMAS.check(name, schema, (0, 0), body, |error, declared| errors::invalid(refusal(error, declared, body)))
}

/// `str()` of a jsonschema error, with the field in front where there is one.
fn refusal(error: &ValidationError, declared: &Value, body: &Value) -> String {
    let mut schema_path = steps(error.schema_path().as_str());
    let keyword = schema_path.pop().unwrap_or_default();
    let schema_path: String = schema_path.iter().map(|step| format!("[{}]", quoted(step))).collect();
    let instance = steps(error.instance_path().as_str());
    let instance_path = index(&instance, body);
    let long = format!(
        "{}\n\nFailed validating {} in schema{schema_path}:\n    {}\n\nOn instance{instance_path}:\n    {}",
        violations::message(error, declared),
        quoted(&keyword),
        indented(declared),
        indented(error.instance()),
    );
    if instance.is_empty() { long } else { format!("Invalid input for field '{}': {long}", instance.join("/")) }
}

fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// `['methods'][0]`
fn index(path: &[String], body: &Value) -> String {
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
