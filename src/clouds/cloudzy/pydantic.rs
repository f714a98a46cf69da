//! Requests held against their types as FastAPI with pydantic 1 does it: every complaint at once, with its
//! place and type, and what can be taken for the wanted type is taken for it (`"5"` for 5, `5` for `"5"`).

use super::errors;
use crate::clouds::python::JsonError;
use crate::engine::{Call, Problem, schema_of};
use dashmap::DashMap;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value, json};
use std::any::TypeId;
use std::sync::{Arc, LazyLock};

/// The schemas of request types, made when they are first needed.
static SCHEMAS: LazyLock<DashMap<TypeId, Arc<Value>>> = LazyLock::new(DashMap::new);

/// The body as JSON. A body of another content type is no object, whatever is in it.
pub fn parse(call: &Call) -> Result<Value, Problem> {
    let content_type = call.header("content-type").unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = kind.is_empty() || kind == "application/json" || kind.ends_with("+json");
    if call.bytes.is_empty() {
        return Ok(Value::Null);
    }
    if !is_json {
        return Err(errors::invalid(&[complaint(&["body".into()], &NOT_A_DICT)]));
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

/// The body as the type that the operation takes.
pub fn body<T: JsonSchema + DeserializeOwned + 'static>(call: &Call) -> Result<T, Problem> {
    if call.bytes.is_empty() {
        return Err(errors::invalid(&[complaint(&["body".into()], &MISSING)]));
    }
    read("body", &call.json)
}

/// The query as the type that the operation takes. The last value of a parameter counts; an empty one is none.
pub fn query<T: JsonSchema + DeserializeOwned + 'static>(call: &Call) -> Result<T, Problem> {
    let given = call.query.iter().filter(|(_, value)| !value.is_empty());
    let fields: Map<String, Value> = given.map(|(key, value)| (key.clone(), value.as_str().into())).collect();
    read("query", &fields.into())
}

/// A segment of the path as a whole number.
pub fn path_integer(call: &Call, name: &str) -> Result<i64, Problem> {
    integer(&call.param(name).into()).ok_or_else(|| refusal(&["path".into(), name.into()], &NOT_AN_INTEGER))
}

/// A field that is needed because of what another one says.
pub fn missing(loc: &[&str]) -> Problem {
    let loc: Vec<Value> = loc.iter().map(|step| (*step).into()).collect();
    refusal(&loc, &MISSING)
}

/// A moment in ISO 8601, in UTC unless it says otherwise; a day is its beginning.
pub fn moment(name: &str, text: &str) -> Result<chrono::DateTime<chrono::Utc>, Problem> {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    // A plus sign in an address is a blank.
    let text = text.trim().replace(' ', if text.contains('T') { "+" } else { "T" });
    let zoned = DateTime::parse_from_rfc3339(&text).map(|at| at.with_timezone(&Utc)).ok();
    let naive = || NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").ok();
    let minute = || NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M").ok();
    let day = || NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    let found = zoned.or_else(|| naive().or_else(minute).or_else(day).map(|at| at.and_utc()));
    found.ok_or_else(|| refusal(&["query".into(), name.into()], &NOT_A_MOMENT))
}

/// What is wrong, in words and as pydantic's type.
struct Wrong {
    says: String,
    kind: &'static str,
    context: Value,
}

static MISSING: LazyLock<Wrong> = LazyLock::new(|| plain("field required", "value_error.missing"));
static NOT_NONE: LazyLock<Wrong> =
    LazyLock::new(|| plain("none is not an allowed value", "type_error.none.not_allowed"));
static NOT_A_DICT: LazyLock<Wrong> = LazyLock::new(|| plain("value is not a valid dict", "type_error.dict"));
static NOT_A_LIST: LazyLock<Wrong> = LazyLock::new(|| plain("value is not a valid list", "type_error.list"));
static NOT_AN_INTEGER: LazyLock<Wrong> = LazyLock::new(|| plain("value is not a valid integer", "type_error.integer"));
static NOT_A_FLOAT: LazyLock<Wrong> = LazyLock::new(|| plain("value is not a valid float", "type_error.float"));
static NOT_A_TEXT: LazyLock<Wrong> = LazyLock::new(|| plain("str type expected", "type_error.str"));
static NOT_A_FLAG: LazyLock<Wrong> =
    LazyLock::new(|| plain("value could not be parsed to a boolean", "type_error.bool"));
static NOT_A_MOMENT: LazyLock<Wrong> = LazyLock::new(|| plain("invalid datetime format", "value_error.datetime"));

fn plain(says: &str, kind: &'static str) -> Wrong {
    Wrong { says: says.into(), kind, context: Value::Null }
}

fn limited(says: &str, limit: &Value, what: &str, kind: &'static str) -> Wrong {
    Wrong { says: format!("ensure this value {says} {limit}{what}"), kind, context: json!({"limit_value": limit}) }
}

fn complaint(loc: &[Value], wrong: &Wrong) -> Value {
    let mut shown = json!({"loc": loc, "msg": wrong.says, "type": wrong.kind});
    if !wrong.context.is_null() {
        shown["ctx"] = wrong.context.clone();
    }
    shown
}

fn refusal(loc: &[Value], wrong: &Wrong) -> Problem {
    errors::invalid(&[complaint(loc, wrong)])
}

fn read<T: JsonSchema + DeserializeOwned + 'static>(place: &str, given: &Value) -> Result<T, Problem> {
    let schema = SCHEMAS.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(schema_of::<T>().into())).clone();
    let mut reading = Reading { loc: vec![place.into()], complaints: vec![] };
    let taken = reading.value(&schema, given);
    if !reading.complaints.is_empty() {
        return Err(errors::invalid(&reading.complaints));
    }
    // What has passed the type's own schema and still does not fit is a mistake in the type.
    T::deserialize(&taken).map_err(|error| {
        tracing::error!("a request type and its schema disagree: {error}");
        errors::server_error()
    })
}

/// Goes through a value along its schema.
struct Reading {
    loc: Vec<Value>,
    complaints: Vec<Value>,
}

impl Reading {
    fn complain(&mut self, wrong: &Wrong) -> Value {
        self.complaints.push(complaint(&self.loc, wrong));
        Value::Null
    }

    fn within(&mut self, step: Value, schema: &Value, given: &Value) -> Value {
        self.loc.push(step);
        let taken = self.value(schema, given);
        self.loc.pop();
        taken
    }

    /// The value as the schema wants it; complaints are noted.
    fn value(&mut self, schema: &Value, given: &Value) -> Value {
        if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
            // An optional object: the object, or null.
            let wanted = options.iter().find(|option| option["type"] != "null");
            return match wanted {
                Some(wanted) if !given.is_null() => self.value(wanted, given),
                _ => Value::Null,
            };
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => return given.clone(),
        };
        if given.is_null() {
            return if types.contains(&"null") { Value::Null } else { self.complain(&NOT_NONE) };
        }
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            return self.member(options, given);
        }
        let taken = match types.first() {
            Some(&"object") => return self.object(schema, given),
            Some(&"array") => return self.list(schema, given),
            Some(&"string") => text(given).map(Value::from).ok_or(&NOT_A_TEXT),
            Some(&"integer") => integer(given).map(Value::from).ok_or(&NOT_AN_INTEGER),
            Some(&"number") => float(given).map(Value::from).ok_or(&NOT_A_FLOAT),
            Some(&"boolean") => flag(given).map(Value::from).ok_or(&NOT_A_FLAG),
            _ => return given.clone(),
        };
        match taken {
            Ok(taken) => self.bounded(schema, taken),
            Err(wrong) => self.complain(wrong),
        }
    }

    fn member(&mut self, options: &[Value], given: &Value) -> Value {
        if options.contains(given) {
            return given.clone();
        }
        let options: Vec<_> = options.iter().filter(|option| !option.is_null()).collect();
        let names: Vec<_> = options.iter().map(|option| format!("'{}'", option.as_str().unwrap_or_default())).collect();
        let says = format!("value is not a valid enumeration member; permitted: {}", names.join(", "));
        self.complain(&Wrong { says, kind: "type_error.enum", context: json!({"enum_values": options}) })
    }

    fn object(&mut self, schema: &Value, given: &Value) -> Value {
        let Some(fields) = given.as_object() else { return self.complain(&NOT_A_DICT) };
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut taken = Map::new();
        for (name, wanted) in schema["properties"].as_object().into_iter().flatten() {
            match fields.get(name) {
                Some(value) => {
                    let value = self.within(name.as_str().into(), wanted, value);
                    taken.insert(name.clone(), value);
                }
                None if required.contains(&name.as_str()) => {
                    self.loc.push(name.as_str().into());
                    self.complain(&MISSING);
                    self.loc.pop();
                }
                None => {}
            }
        }
        taken.into()
    }

    /// How many items there are is looked at before the items are.
    fn list(&mut self, schema: &Value, given: &Value) -> Value {
        let Some(items) = given.as_array() else { return self.complain(&NOT_A_LIST) };
        let bound = |key: &str| schema.get(key).filter(|bound| !bound.is_null());
        let count = items.len() as u64;
        if let Some(least) = bound("minItems").filter(|least| least.as_u64().is_some_and(|least| count < least)) {
            return self.complain(&limited("has at least", least, " items", "value_error.list.min_items"));
        }
        if let Some(most) = bound("maxItems").filter(|most| most.as_u64().is_some_and(|most| count > most)) {
            return self.complain(&limited("has at most", most, " items", "value_error.list.max_items"));
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
        let wrong = if let Some(least) = schema.get("minimum").filter(|bound| below(bound)) {
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
        self.complain(&wrong)
    }
}

fn text(given: &Value) -> Option<String> {
    match given {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("True".into()),
        Value::Bool(false) => Some("False".into()),
        _ => None,
    }
}

/// As Python's `int()`: texts with blanks around, fractions cut off.
fn integer(given: &Value) -> Option<i64> {
    match given {
        Value::String(text) => text.trim().replace('_', "").parse().ok(),
        Value::Number(number) => number.as_i64().or_else(|| whole(number)),
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

/// A number beyond what is counted in stays at the edge, where every bound refuses it.
fn whole(number: &Number) -> Option<i64> {
    number.as_f64().filter(|number| number.is_finite()).map(|number| number as i64)
}

fn float(given: &Value) -> Option<f64> {
    let number = match given {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_f64(),
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}

fn flag(given: &Value) -> Option<bool> {
    let word = match given {
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
