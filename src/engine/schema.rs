//! Request bodies held against the schema of their type, as it was at the microversion that was asked for.
//!
//! A field says `x-since` and `x-until` (microversions, both inclusive); a type says in `x-from` which
//! keywords join its schema at a version: `{"3.53": {"additionalProperties": false}}`. A type whose schema
//! upstream spells with `additionalProperties` before `required` says `x-unknown-first`, since the order of
//! the keywords is the order of the complaints. Validators are compiled when they are first needed, once for
//! each span of versions in which the schema is the same.

use super::{Version, parse_version};
use dashmap::DashMap;
use foldhash::fast::FixedState;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use schemars::Schema;
use serde_json::Value;
use std::cmp::Ordering;
use std::sync::Arc;

/// Formats that a service knows beyond those of JSON Schema: a name and what fits it.
pub type Formats = &'static [(&'static str, fn(&str) -> bool)];

/// The compiled schemas of one service.
pub struct Schemas {
    formats: Formats,
    compiled: DashMap<(&'static str, Version), Arc<Compiled>, FixedState>,
    /// For each operation, the versions at which its schema changes, oldest first.
    changes: DashMap<&'static str, Arc<Vec<Version>>, FixedState>,
}

struct Compiled {
    schema: Value,
    validator: Validator,
}

impl Schemas {
    pub fn new(formats: Formats) -> Self {
        Schemas { formats, compiled: DashMap::default(), changes: DashMap::default() }
    }

    /// Holds `body` against the schema of `operation` at `version`. What is refused first, in the order
    /// in which the fields are declared, is handed to `word` with the schema that it breaks.
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
        errors.sort_by(|one, other| by_declaration(&compiled.schema, one, other));
        match errors.first() {
            Some(error) => {
                let path = error.schema_path().as_str();
                let node = path.rsplit_once('/').map_or("", |(node, _keyword)| node);
                let declared = compiled.schema.pointer(node).unwrap_or(&Value::Null);
                Err(word(error, declared))
            }
            None => Ok(()),
        }
    }

    /// As [`Schemas::check`], but picks what is refused as `best_match` of Python's jsonschema does: the
    /// shallowest complaint, of those about several fields the one whose field is last in the alphabet; of an `anyOf`, the one alternative that has the value's type. `word` is given
    /// that complaint, where its schema stands below the alternative (or the whole), and that schema.
    pub fn check_best<E>(
        &self,
        operation: &'static str,
        schema: fn() -> Schema,
        version: Version,
        body: &Value,
        word: impl FnOnce(&ValidationError, &str, &Value) -> E,
    ) -> Result<(), E> {
        let compiled = self.compiled(operation, schema, version);
        if compiled.validator.is_valid(body) {
            return Ok(());
        }
        let mut errors: Vec<_> = compiled.validator.iter_errors(body).collect();
        errors.sort_by(|one, other| {
            let depth = |error: &ValidationError| error.instance_path().as_str().matches('/').count();
            let later = || other.instance_path().as_str().cmp(one.instance_path().as_str());
            depth(one).cmp(&depth(other)).then_with(later).then_with(|| by_declaration(&compiled.schema, one, other))
        });
        let Some(error) = errors.first() else { return Ok(()) };
        let (best, path) = match alternative(error) {
            Some(best) => (best, best.schema_path().as_str().strip_prefix(error.schema_path().as_str())),
            None => (error, Some(error.schema_path().as_str())),
        };
        let whole = best.schema_path().as_str();
        let node = whole.rsplit_once('/').map_or("", |(node, _keyword)| node);
        let declared = compiled.schema.pointer(node).unwrap_or(&Value::Null);
        Err(word(best, path.unwrap_or(whole), declared))
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
        let schema = at_version(schema().into(), version);
        let mut options = jsonschema::options().should_validate_formats(true);
        for (name, fits) in self.formats {
            options = options.with_format(*name, *fits);
        }
        let validator = options.build(&schema);
        debug_assert!(validator.is_ok(), "the schema of {operation} cannot be compiled: {validator:?}");
        let validator = validator.or_else(|_| jsonschema::validator_for(&Value::Bool(true)));
        let validator = validator.unwrap_or_else(|_| unreachable!("`true` is a schema"));
        self.compiled.entry((operation, span)).or_insert(Arc::new(Compiled { schema, validator })).clone()
    }
}

/// The complaint of the alternative that is of the value's type, if it is the only such one.
fn alternative<'e, 'v>(error: &'e ValidationError<'v>) -> Option<&'e ValidationError<'v>> {
    let ValidationErrorKind::AnyOf { context } = error.kind() else { return None };
    let mut others = context.iter().flatten().filter(|one| !matches!(one.kind(), ValidationErrorKind::Type { .. }));
    others.next().filter(|_| others.next().is_none())
}

/// The schema with what exists at `version` alone.
pub(super) fn at_version(mut schema: Value, version: Version) -> Value {
    keep_what_exists(&mut schema, version);
    schema
}

fn keep_what_exists(schema: &mut Value, version: Version) {
    let mut gone = vec![];
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, property| {
            let bound = |key| property.get(key).and_then(Value::as_str).and_then(parse_version);
            let exists = bound("x-since").is_none_or(|since| since <= version)
                && bound("x-until").is_none_or(|until| version <= until);
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

/// The order in which Python's jsonschema finds errors: keyword by keyword, property by property.
fn by_declaration(schema: &Value, one: &ValidationError, other: &ValidationError) -> Ordering {
    let ranks = |error: &ValidationError| ranks(schema, error.schema_path().as_str(), error.instance_path().as_str());
    ranks(one).cmp(&ranks(other))
}

/// The place of each step of a path among its siblings.
fn ranks(schema: &Value, path: &str, instance: &str) -> Vec<usize> {
    let mut ranks = vec![];
    let mut node = Some(schema);
    let mut names_keywords = true;
    for step in path.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let siblings = node.and_then(Value::as_object);
        ranks.push(match siblings {
            Some(fields) if !names_keywords => fields.keys().position(|key| *key == step).unwrap_or(usize::MAX),
            Some(fields) if step == "additionalProperties" && fields.contains_key("x-unknown-first") => {
                rank("required") - 1
            }
            Some(_) => rank(&step),
            None => step.parse().unwrap_or(0),
        });
        node = node.and_then(|node| match node {
            Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            node => node.get(&step),
        });
        names_keywords = !(names_keywords && matches!(step.as_str(), "properties" | "patternProperties" | "$defs"));
    }
    ranks.extend(instance.split('/').filter_map(|step| step.parse::<usize>().ok()));
    ranks
}

/// The place of a keyword among [`KEYWORDS`], with room for one before it.
fn rank(keyword: &str) -> usize {
    2 * KEYWORDS.iter().position(|one| *one == keyword).unwrap_or(KEYWORDS.len()) + 1
}

/// The order in which upstream's schemas usually spell their keywords.
const KEYWORDS: [&str; 22] = [
    "type",
    "enum",
    "const",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "properties",
    "patternProperties",
    "required",
    "additionalProperties",
    "minProperties",
];
