//! Validation of requests as FastAPI with pydantic 1 does it: all errors at once, each with its location and type,
//! and with pydantic's conversions (`"5"` to 5, `5` to `"5"`).

use super::errors;
use crate::clouds::python::JsonError;
use crate::engine::{Call, Problem, schema_of};
use dashmap::DashMap;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value, json};
use std::any::TypeId;
use std::sync::{Arc, LazyLock};

/// The schemas of request types, generated when they are first needed.
static SCHEMAS: LazyLock<DashMap<TypeId, Arc<Value>>> = LazyLock::new(DashMap::new);

/// The body as JSON. A body with another content type is refused like JSON that is not an object.
pub fn parse(call: &Call) -> Result<Value, Problem> {
    let content_type = call.header("content-type").unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = kind.is_empty() || kind == "application/json" || kind.ends_with("+json");
    if call.bytes.is_empty() {
        return Ok(Value::Null);
    }
    if !is_json {
        return Err(errors::invalid(&[error_json(&["body".into()], &NOT_A_DICT)]));
    }
    serde_json::from_slice(&call.bytes).map_err(|error| {
        let error = JsonError::of(&call.bytes, &error);
        errors::invalid(&[json!({
            "loc": ["body", error.position],
            "msg": error.to_string(),
            "type": "value_error.jsondecode",
            "ctx": {
                "msg": error.says,
                "doc": String::from_utf8_lossy(&call.bytes),
                "pos": error.position,
                "lineno": error.line,
                "colno": error.column,
            },
        })])
    })
}

/// The body as a value of the operation's request type.
pub fn body<T: JsonSchema + DeserializeOwned + 'static>(call: &Call) -> Result<T, Problem> {
    if call.bytes.is_empty() {
        return Err(errors::invalid(&[error_json(&["body".into()], &MISSING)]));
    }
    read("body", &call.json)
}

/// The query as a value of the operation's request type. The last value of a parameter counts; an empty one is
/// ignored.
pub fn query<T: JsonSchema + DeserializeOwned + 'static>(call: &Call) -> Result<T, Problem> {
    let input = call.query.iter().filter(|(_, value)| !value.is_empty());
    let fields: Map<String, Value> = input.map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    read("query", &fields.into())
}

/// A path parameter as a whole number.
pub fn path_integer(call: &Call, name: &str) -> Result<i64, Problem> {
    integer(&call.param(name).into()).ok_or_else(|| refusal(&["path".into(), name.into()], &NOT_AN_INTEGER))
}

/// The refusal of a request in which another field makes this one required.
pub fn missing(loc: &[&str]) -> Problem {
    let loc: Vec<Value> = loc.iter().map(|step| (*step).into()).collect();
    refusal(&loc, &MISSING)
}

/// A time of a query in ISO 8601. Without a zone it is UTC; a date is the beginning of the day.
pub fn moment(name: &str, text: &str) -> Result<chrono::DateTime<chrono::Utc>, Problem> {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    // A plus sign in a query is decoded as a space.
    let text = text.trim().replace(' ', if text.contains('T') { "+" } else { "T" });
    let zoned = DateTime::parse_from_rfc3339(&text).map(|at| at.with_timezone(&Utc)).ok();
    let naive = || NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").ok();
    let minute = || NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M").ok();
    let day = || NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    let found = zoned.or_else(|| naive().or_else(minute).or_else(day).map(|at| at.and_utc()));
    found.ok_or_else(|| refusal(&["query".into(), name.into()], &NOT_A_MOMENT))
}

/// The message and pydantic's type of an error.
struct FieldError {
    message: String,
    kind: &'static str,
    context: Value,
}

static MISSING: LazyLock<FieldError> = LazyLock::new(|| plain("field required", "value_error.missing"));
static NOT_NONE: LazyLock<FieldError> =
    LazyLock::new(|| plain("none is not an allowed value", "type_error.none.not_allowed"));
static NOT_A_DICT: LazyLock<FieldError> = LazyLock::new(|| plain("value is not a valid dict", "type_error.dict"));
static NOT_A_LIST: LazyLock<FieldError> = LazyLock::new(|| plain("value is not a valid list", "type_error.list"));
static NOT_AN_INTEGER: LazyLock<FieldError> =
    LazyLock::new(|| plain("value is not a valid integer", "type_error.integer"));
static NOT_A_FLOAT: LazyLock<FieldError> = LazyLock::new(|| plain("value is not a valid float", "type_error.float"));
static NOT_A_TEXT: LazyLock<FieldError> = LazyLock::new(|| plain("str type expected", "type_error.str"));
static NOT_A_FLAG: LazyLock<FieldError> =
    LazyLock::new(|| plain("value could not be parsed to a boolean", "type_error.bool"));
static NOT_A_MOMENT: LazyLock<FieldError> = LazyLock::new(|| plain("invalid datetime format", "value_error.datetime"));

fn plain(message: &str, kind: &'static str) -> FieldError {
    FieldError { message: message.into(), kind, context: Value::Null }
}

fn limited(message: &str, limit: &Value, what: &str, kind: &'static str) -> FieldError {
    FieldError {
        message: format!("ensure this value {message} {limit}{what}"),
        kind,
        context: json!({"limit_value": limit}),
    }
}

fn error_json(loc: &[Value], error: &FieldError) -> Value {
    let mut shown = json!({"loc": loc, "msg": error.message, "type": error.kind});
    if !error.context.is_null() {
        shown["ctx"] = error.context.clone();
    }
    shown
}

fn refusal(loc: &[Value], error: &FieldError) -> Problem {
    errors::invalid(&[error_json(loc, error)])
}

fn read<T: JsonSchema + DeserializeOwned + 'static>(place: &str, input: &Value) -> Result<T, Problem> {
    let schema = SCHEMAS.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(schema_of::<T>().into())).clone();
    let mut reading = Reading { loc: vec![place.into()], errors: vec![] };
    let taken = reading.value(&schema, input);
    if !reading.errors.is_empty() {
        return Err(errors::invalid(&reading.errors));
    }
    // The value has passed the schema of the type, so an error here is a bug in the type.
    T::deserialize(&taken).map_err(|error| {
        tracing::error!("a request type and its schema disagree: {error}");
        errors::server_error()
    })
}

/// Validates a value against its schema and converts it.
struct Reading {
    loc: Vec<Value>,
    errors: Vec<Value>,
}

impl Reading {
    fn report(&mut self, error: &FieldError) -> Value {
        self.errors.push(error_json(&self.loc, error));
        Value::Null
    }

    fn within(&mut self, step: Value, schema: &Value, input: &Value) -> Value {
        self.loc.push(step);
        let taken = self.value(schema, input);
        self.loc.pop();
        taken
    }

    /// The value, converted to the type of the schema. Errors are collected.
    fn value(&mut self, schema: &Value, input: &Value) -> Value {
        if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
            // An optional object: either the object or null.
            let option = options.iter().find(|option| option["type"] != "null");
            return match option {
                Some(option) if !input.is_null() => self.value(option, input),
                _ => Value::Null,
            };
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => return input.clone(),
        };
        if input.is_null() {
            return if types.contains(&"null") { Value::Null } else { self.report(&NOT_NONE) };
        }
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            return self.member(options, input);
        }
        let taken = match types.first() {
            Some(&"object") => return self.object(schema, input),
            Some(&"array") => return self.list(schema, input),
            Some(&"string") => text(input).map(Value::from).ok_or(&NOT_A_TEXT),
            Some(&"integer") => integer(input).map(Value::from).ok_or(&NOT_AN_INTEGER),
            Some(&"number") => float(input).map(Value::from).ok_or(&NOT_A_FLOAT),
            Some(&"boolean") => flag(input).map(Value::from).ok_or(&NOT_A_FLAG),
            _ => return input.clone(),
        };
        match taken {
            Ok(taken) => self.bounded(schema, taken),
            Err(error) => self.report(error),
        }
    }

    fn member(&mut self, options: &[Value], input: &Value) -> Value {
        if options.contains(input) {
            return input.clone();
        }
        let options: Vec<_> = options.iter().filter(|option| !option.is_null()).collect();
        let names: Vec<_> = options.iter().map(|option| format!("'{}'", option.as_str().unwrap_or_default())).collect();
        let message = format!("value is not a valid enumeration member; permitted: {}", names.join(", "));
        self.report(&FieldError { message, kind: "type_error.enum", context: json!({"enum_values": options}) })
    }

    fn object(&mut self, schema: &Value, input: &Value) -> Value {
        let Some(fields) = input.as_object() else { return self.report(&NOT_A_DICT) };
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut taken = Map::new();
        for (name, field_schema) in schema["properties"].as_object().into_iter().flatten() {
            match fields.get(name) {
                Some(value) => {
                    let value = self.within(name.as_str().into(), field_schema, value);
                    taken.insert(name.clone(), value);
                }
                None if required.contains(&name.as_str()) => {
                    self.loc.push(name.as_str().into());
                    self.report(&MISSING);
                    self.loc.pop();
                }
                None => {}
            }
        }
        taken.into()
    }

    /// Pydantic checks the number of items before the items.
    fn list(&mut self, schema: &Value, input: &Value) -> Value {
        let Some(items) = input.as_array() else { return self.report(&NOT_A_LIST) };
        let bound = |key: &str| schema.get(key).filter(|bound| !bound.is_null());
        let count = items.len() as u64;
        if let Some(least) = bound("minItems").filter(|least| least.as_u64().is_some_and(|least| count < least)) {
            return self.report(&limited("has at least", least, " items", "value_error.list.min_items"));
        }
        if let Some(most) = bound("maxItems").filter(|most| most.as_u64().is_some_and(|most| count > most)) {
            return self.report(&limited("has at most", most, " items", "value_error.list.max_items"));
        }
        let taken = items.iter().enumerate().map(|(number, item)| self.within(number.into(), &schema["items"], item));
        taken.collect()
    }

    fn bounded(&mut self, schema: &Value, taken: Value) -> Value {
        let below = |bound: &Value| taken.as_f64().zip(bound.as_f64()).is_some_and(|(number, bound)| number < bound);
        let above = |bound: &Value| taken.as_f64().zip(bound.as_f64()).is_some_and(|(number, bound)| number > bound);
        let not_above = |bound: &Value| taken.as_f64().zip(bound.as_f64()).is_some_and(|(one, bound)| one <= bound);
        let letters = taken.as_str().map(|text| text.chars().count() as u64);
        let long = |bound: &Value| letters.zip(bound.as_u64()).is_some_and(|(count, bound)| count > bound);
        let short = |bound: &Value| letters.zip(bound.as_u64()).is_some_and(|(count, bound)| count < bound);
        let error = if let Some(least) = schema.get("minimum").filter(|bound| below(bound)) {
            limited("is greater than or equal to", least, "", "value_error.number.not_ge")
        } else if let Some(least) = schema.get("exclusiveMinimum").filter(|bound| not_above(bound)) {
            limited("is greater than", least, "", "value_error.number.not_gt")
        } else if let Some(most) = schema.get("maximum").filter(|bound| above(bound)) {
            limited("is less than or equal to", most, "", "value_error.number.not_le")
        } else if let Some(least) = schema.get("minLength").filter(|bound| short(bound)) {
            limited("has at least", least, " characters", "value_error.any_str.min_length")
        } else if let Some(most) = schema.get("maxLength").filter(|bound| long(bound)) {
            limited("has at most", most, " characters", "value_error.any_str.max_length")
        } else {
            return taken;
        };
        self.report(&error)
    }
}

fn text(input: &Value) -> Option<String> {
    match input {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".into()),
        Value::Bool(false) => Some("False".into()),
        _ => None,
    }
}

/// As Python's `int()`: strings may have spaces around the number, and fractions are cut off.
fn integer(input: &Value) -> Option<i64> {
    match input {
        Value::String(text) => text.trim().replace('_', "").parse().ok(),
        Value::Number(number) => number.as_i64().or_else(|| whole(number)),
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

/// Numbers out of range saturate, so that every bound refuses them.
fn whole(number: &Number) -> Option<i64> {
    number.as_f64().filter(|number| number.is_finite()).map(|number| number as i64)
}

fn float(input: &Value) -> Option<f64> {
    let number = match input {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

fn flag(input: &Value) -> Option<bool> {
    let word = match input {
        Value::Bool(flag) => return Some(*flag),
        Value::Number(number) => {
            return [0.0, 1.0].iter().position(|one| number.as_f64() == Some(*one)).map(|at| at == 1);
        }
        Value::String(word) => word.to_ascii_lowercase(),
        _ => return None,
    };
    match word.as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
        "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
        _ => None,
    }
}
