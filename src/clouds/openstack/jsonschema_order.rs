//! The order in which Python's jsonschema reports errors. Upstream answers only the first one.
//!
//! The order of the keywords in a schema is the order of the errors. A type whose upstream schema has
//! `additionalProperties` before `required` and `anyOf` sets `x-unknown-first`, one that has `anyOf` or `oneOf` after
//! `required` sets `x-alternatives-last`.

use crate::engine::declared;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;
use std::cmp::Ordering;

/// Orders errors by keyword and property, as declared in the schema.
pub fn by_declaration(schema: &Value, one: &ValidationError, other: &ValidationError) -> Ordering {
    let ranks = |error: &ValidationError| ranks(schema, error.schema_path().as_str(), error.instance_path().as_str());
    ranks(one).cmp(&ranks(other))
}

/// Orders errors as `best_match` does: the shallowest first, and among errors about several fields the one whose
/// field is last in alphabetical order.
pub fn by_relevance(schema: &Value, one: &ValidationError, other: &ValidationError) -> Ordering {
    let depth = |error: &ValidationError| error.instance_path().as_str().matches('/').count();
    let later = || other.instance_path().as_str().cmp(one.instance_path().as_str());
    depth(one).cmp(&depth(other)).then_with(later).then_with(|| by_declaration(schema, one, other))
}

/// What `best_match` returns for an error: the error itself or, for an `anyOf`, the error of the only alternative
/// that matches the type of the value. Also returns the path to its schema, beginning at the alternative, and that
/// schema.
pub fn best_match<'e, 's>(
    error: &'e ValidationError<'e>,
    schema: &'s Value,
) -> (&'e ValidationError<'e>, &'e str, &'s Value) {
    let whole = error.schema_path().as_str();
    match alternative(error) {
        Some(best) => {
            let path = best.schema_path().as_str();
            (best, path.strip_prefix(whole).unwrap_or(path), declared(schema, best))
        }
        None => (error, whole, declared(schema, error)),
    }
}

/// The error of the alternative that matches the type of the value, if there is exactly one.
fn alternative<'e, 'v>(error: &'e ValidationError<'v>) -> Option<&'e ValidationError<'v>> {
    let ValidationErrorKind::AnyOf { context } = error.kind() else { return None };
    let mut others = context.iter().flatten().filter(|one| !matches!(one.kind(), ValidationErrorKind::Type { .. }));
    others.next().filter(|_| others.next().is_none())
}

/// The position of each step of a path among its siblings.
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
            Some(fields)
                if matches!(step.as_str(), "anyOf" | "oneOf") && fields.contains_key("x-alternatives-last") =>
            {
                rank("required") + 1
            }
            Some(fields) if step == "anyOf" && fields.contains_key("x-unknown-first") => rank("required"),
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

/// The position of a keyword in [`KEYWORDS`], with room for one before it.
fn rank(keyword: &str) -> usize {
    2 * KEYWORDS.iter().position(|one| *one == keyword).unwrap_or(KEYWORDS.len()) + 1
}

/// The usual order of the keywords in upstream's schemas.
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
