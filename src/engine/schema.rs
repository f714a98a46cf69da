//! Validates request bodies and queries against the schema of their type at the request's microversion.
//!
//! The schema of a field may have `x-since` and `x-until` (microversions, both inclusive). The schema of an object may have
//! `x-from`, the keywords that are added at a version: `{"3.53": {"additionalProperties": false}}`. A schema is compiled
//! when it is first needed, once for each range of versions in which it is the same.

use super::{Version, parse_version};
use dashmap::DashMap;
use foldhash::fast::FixedState;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use schemars::Schema;
use serde_json::Value;
use std::cmp::Ordering;
use std::sync::Arc;

/// Formats that JSON Schema does not define: the name, and whether a string has the format.
pub type Formats = &'static [(&'static str, fn(&str) -> bool)];

/// Compares two errors of one body, given the whole schema; the first one is reported.
pub type ErrorOrder = fn(&Value, &ValidationError, &ValidationError) -> Ordering;

/// The compiled schemas of one service.
pub struct Schemas {
    formats: Formats,
    order: ErrorOrder,
    compiled: DashMap<(&'static str, Version), Arc<Compiled>, FixedState>,
    /// The versions at which the schema of an operation changes, oldest first.
    changes: DashMap<&'static str, Arc<Vec<Version>>, FixedState>,
}

struct Compiled {
    schema: Value,
    validator: Validator,
    /// The places of properties that other versions have, as steps from the root; `*` stands for any item of a list.
    absent: Vec<Vec<String>>,
}

impl Schemas {
    pub fn new(formats: Formats, order: ErrorOrder) -> Self {
        Schemas { formats, order, compiled: DashMap::default(), changes: DashMap::default() }
    }

    /// Validates `body` against the schema of `operation` at `version`. `word` turns the first error into the service's; it
    /// gets the whole schema, in which [`declared`] finds the violated part.
    pub fn check<E>(
        &self,
        operation: &'static str,
        schema: fn() -> Schema,
        version: Version,
        body: &Value,
        word: impl FnOnce(&ValidationError, &Value) -> E,
    ) -> Result<(), E> {
        let compiled = self.compiled(operation, schema, version);
        if compiled.validator.is_valid(body) {
            return Ok(());
        }
        let mut errors: Vec<_> = compiled.validator.iter_errors(body).collect();
        errors.sort_by(|one, other| (self.order)(&compiled.schema, one, other));
        errors.first().map_or(Ok(()), |error| Err(word(error, &compiled.schema)))
    }

    /// Removes from `body` the properties that the schema does not allow, except where it has patterns for names.
    pub fn drop_unknown(&self, operation: &'static str, schema: fn() -> Schema, version: Version, body: &mut Value) {
        let compiled = self.compiled(operation, schema, version);
        let mut unknown = vec![];
        for error in compiled.validator.iter_errors(body) {
            if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind()
                && declared(&compiled.schema, &error).get("patternProperties").is_none()
            {
                unknown.push((error.instance_path().as_str().to_owned(), unexpected.clone()));
            }
        }
        for (path, names) in unknown {
            if let Some(fields) = body.pointer_mut(&path).and_then(Value::as_object_mut) {
                fields.retain(|name, _| !names.contains(name));
            }
        }
    }

    /// Removes from a valid `body` the properties that only other versions have: a service that allows unknown properties
    /// does not look at them.
    pub fn drop_absent(&self, operation: &'static str, schema: fn() -> Schema, version: Version, body: &mut Value) {
        for place in &self.compiled(operation, schema, version).absent {
            remove(body, place);
        }
    }

    fn compiled(&self, operation: &'static str, schema: fn() -> Schema, version: Version) -> Arc<Compiled> {
        let changes = match self.changes.get(operation) {
            Some(changes) => changes.clone(),
            None => {
                let mut changes = vec![(0, 0)];
                collect_changes(schema().as_value(), &mut changes);
                changes.sort_unstable();
                self.changes.entry(operation).or_insert(Arc::new(changes)).clone()
            }
        };
        let span = changes.iter().rev().find(|change| **change <= version).copied().unwrap_or((0, 0));
        if let Some(compiled) = self.compiled.get(&(operation, span)) {
            return compiled.clone();
        }
        let all_versions = schema().into();
        let mut absent = vec![];
        collect_absent(&all_versions, version, &mut vec![], &mut absent);
        let schema = at_version(all_versions, version);
        let mut options = jsonschema::options().should_validate_formats(true);
        for (name, fits) in self.formats {
            options = options.with_format(*name, *fits);
        }
        let validator = options.build(&with_bounded_integers(schema.clone()));
        debug_assert!(validator.is_ok(), "the schema of {operation} cannot be compiled: {validator:?}");
        let validator = validator.or_else(|_| jsonschema::validator_for(&Value::Bool(true)));
        let validator = validator.unwrap_or_else(|_| unreachable!("`true` is a schema"));
        self.compiled.entry((operation, span)).or_insert(Arc::new(Compiled { schema, validator, absent })).clone()
    }
}

/// The part of `schema` whose keyword the error is about.
pub fn declared<'s>(schema: &'s Value, error: &ValidationError) -> &'s Value {
    let path = error.schema_path().as_str();
    let node = path.rsplit_once('/').map_or("", |(node, _keyword)| node);
    schema.pointer(node).unwrap_or(&Value::Null)
}

/// The schema, with bounds for integers that have none: those of the type that holds them, by `format`. A number beyond them
/// is refused as any that is too large.
pub fn with_bounded_integers(mut schema: Value) -> Value {
    bound_integers(&mut schema);
    schema
}

fn bound_integers(schema: &mut Value) {
    if let Some(fields) = schema.as_object_mut() {
        let is_integer = match fields.get("type") {
            Some(Value::Array(types)) => types.iter().any(|one| one == "integer"),
            one => one.is_some_and(|one| one == "integer"),
        };
        if is_integer {
            let (least, most) = match fields.get("format").and_then(Value::as_str) {
                Some("uint8") => (0, u8::MAX.into()),
                Some("uint16") => (0, u16::MAX.into()),
                Some("uint32") => (0, u32::MAX.into()),
                Some("int32") => (i32::MIN.into(), i32::MAX.into()),
                _ => (i64::MIN, i64::MAX),
            };
            fields.entry("minimum").or_insert_with(|| least.into());
            fields.entry("maximum").or_insert_with(|| most.into());
        }
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(bound_integers),
        Value::Array(items) => items.iter_mut().for_each(bound_integers),
        _ => {}
    }
}

/// Removes what is at `place`; see [`Compiled::absent`].
fn remove(value: &mut Value, place: &[String]) {
    match (value, place) {
        (Value::Object(fields), [name]) => drop(fields.shift_remove(name)),
        (Value::Object(fields), [name, rest @ ..]) => {
            if let Some(field) = fields.get_mut(name) {
                remove(field, rest);
            }
        }
        (Value::Array(items), [step, rest @ ..]) if step == "*" => items.iter_mut().for_each(|item| remove(item, rest)),
        _ => {}
    }
}

fn collect_absent(schema: &Value, version: Version, place: &mut Vec<String>, absent: &mut Vec<Vec<String>>) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        place.push(name.clone());
        if exists_at(property, version) {
            collect_absent(property, version, place, absent);
        } else {
            absent.push(place.clone());
        }
        place.pop();
    }
    if let Some(items) = schema.get("items") {
        place.push("*".into());
        collect_absent(items, version, place, absent);
        place.pop();
    }
    let alternatives = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    for alternative in alternatives {
        collect_absent(alternative, version, place, absent);
    }
}

/// True if the property exists at the version.
fn exists_at(property: &Value, version: Version) -> bool {
    let bound = |key| property.get(key).and_then(Value::as_str).and_then(parse_version);
    bound("x-since").is_none_or(|since| since <= version) && bound("x-until").is_none_or(|until| version <= until)
}

/// The schema at a version: without the fields and keywords of other versions.
pub(super) fn at_version(mut schema: Value, version: Version) -> Value {
    keep_what_exists(&mut schema, version);
    schema
}

fn keep_what_exists(schema: &mut Value, version: Version) {
    let mut gone = vec![];
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, property| {
            let exists = exists_at(property, version);
            if !exists {
                gone.push(name.clone());
            }
            exists
        });
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !gone.iter().any(|gone| name == gone));
    }
    if let Some(fields) = schema.as_object_mut()
        && let Some(Value::Object(joining)) = fields.remove("x-from")
    {
        let due = joining.into_iter().filter(|(since, _)| parse_version(since).is_none_or(|since| since <= version));
        for keyword in due.filter_map(|(_, keywords)| if let Value::Object(one) = keywords { Some(one) } else { None })
        {
            fields.extend(keyword);
        }
    }
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(|field| keep_what_exists(field, version)),
        Value::Array(items) => items.iter_mut().for_each(|item| keep_what_exists(item, version)),
        _ => {}
    }
}

fn collect_changes(schema: &Value, changes: &mut Vec<Version>) {
    match schema {
        Value::Object(fields) => {
            let version = |key| fields.get(key).and_then(Value::as_str).and_then(parse_version);
            changes.extend(version("x-since"));
            changes.extend(version("x-until").map(|(major, minor)| (major, minor + 1)));
            let joining = fields.get("x-from").and_then(Value::as_object);
            changes
                .extend(joining.into_iter().flat_map(|joining| joining.keys()).filter_map(|text| parse_version(text)));
            fields.values().for_each(|field| collect_changes(field, changes));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_changes(item, changes)),
        _ => {}
    }
}
