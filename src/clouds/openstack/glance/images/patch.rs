//! The JSON patch that updates an image, in one of two drafts (`RequestDeserializer.update` in
//! glance/api/v2/images.py).

use super::super::{errors, schemas};
use super::create::RESERVED_PREFIX;
use crate::clouds::openstack::python;
use crate::engine::{Call, Problem};
use serde_json::{Map, Value};

/// One operation of the patch, after the checks that need no image.
pub struct Change {
    pub op: Op,
    /// The attribute; for a location also its position.
    pub path: Vec<String>,
    /// Null for `remove`.
    pub value: Value,
    /// True for the older draft, in which `add` fails if the property exists.
    pub old_draft: bool,
}

/// The type of a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    Add,
    Remove,
    Replace,
}

const OPS: [(&str, Op); 3] = [("add", Op::Add), ("remove", Op::Remove), ("replace", Op::Replace)];

impl Change {
    /// The name of the changed attribute.
    pub fn attribute(&self) -> &str {
        self.path.first().map(String::as_str).unwrap_or_default()
    }
}

const READ_ONLY: [&str; 13] = [
    "created_at",
    "updated_at",
    "status",
    "checksum",
    "size",
    "virtual_size",
    "direct_url",
    "self",
    "file",
    "schema",
    "id",
    "os_hash_algo",
    "os_hash_value",
];

const RESERVED: [&str; 3] = ["location", "deleted", "deleted_at"];

/// True for the older draft, which the content type names. Errors: 415 for another content type.
pub fn draft(call: &Call) -> Result<bool, Problem> {
    let content_type = call.header("content-type").unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/openstack-images-v2.0-json-patch" => Ok(true),
        "application/openstack-images-v2.1-json-patch" => Ok(false),
        // The message of upstream has the placeholder of webob's template.
        "" => Err(errors::not_a_patch("${CONTENT_TYPE}")),
        other => Err(errors::not_a_patch(other)),
    }
}

/// The changes of the request, in order.
pub fn changes(call: &Call) -> Result<Vec<Change>, Problem> {
    let old_draft = draft(call)?;
    let changes = match &call.json {
        Value::Null => return Err(errors::body_expected()),
        Value::Array(changes) => changes,
        _ => return Err(errors::patch_not_a_list()),
    };
    changes.iter().map(|change| parse_change(change, old_draft)).collect()
}

fn parse_change(change: &Value, old_draft: bool) -> Result<Change, Problem> {
    let fields = change.as_object().ok_or_else(errors::change_not_an_object)?;
    let (name, op, pointer) = if old_draft { old_operation(fields)? } else { operation(fields)? };
    let path = parse_pointer(pointer)?;
    check_depth(op, &path)?;
    let value = match op {
        Op::Remove => Value::Null,
        _ => fields.get("value").cloned().ok_or_else(|| errors::change_without_value(name))?,
    };
    let change = Change { op, path, value, old_draft };
    check_change(&change)?;
    Ok(change)
}

/// The newer draft: `{"op": "replace", "path": "/name", "value": "x"}`.
fn operation(fields: &Map<String, Value>) -> Result<(&'static str, Op, &Value), Problem> {
    let op = fields.get("op").filter(|op| !op.is_null()).ok_or_else(errors::change_without_op)?;
    let known = OPS.iter().find(|(name, _)| op == name).ok_or_else(|| errors::unknown_op(&python::str(op)))?;
    let path = fields.get("path").ok_or_else(errors::change_without_path)?;
    Ok((known.0, known.1, path))
}

/// The older draft: `{"replace": "/name", "value": "x"}`.
fn old_operation(fields: &Map<String, Value>) -> Result<(&'static str, Op, &Value), Problem> {
    let mut named = OPS.iter().filter_map(|(name, op)| Some((*name, *op, fields.get(*name)?)));
    let first = named.next().ok_or_else(errors::no_op)?;
    if named.next().is_some() { Err(errors::several_ops()) } else { Ok(first) }
}

/// The steps of a JSON pointer, of which upstream supports a limited form (`_decode_json_pointer`).
fn parse_pointer(pointer: &Value) -> Result<Vec<String>, Problem> {
    let Some(text) = pointer.as_str() else {
        return Err(errors::pointer_not_for_images(&python::str(pointer)));
    };
    let wrong = |fault: &str| Err(errors::bad_pointer(text, fault));
    let Some(rest) = text.strip_prefix('/') else { return wrong("does not start with \"/\"") };
    let parts: Vec<_> = rest.split('/').collect();
    let inner = parts.get(..parts.len().saturating_sub(1)).unwrap_or_default();
    if inner.iter().skip(1).any(|part| part.trim().is_empty()) {
        return wrong("contains adjacent \"/\"");
    }
    if !rest.is_empty() && rest.ends_with('/') {
        return wrong("end with \"/\"");
    }
    let escaped = text.replace("~0", "").replace("~1", "");
    if escaped.contains('~') {
        return wrong("contains \"~\" not part of a recognized escape sequence");
    }
    let parts = text.trim_start_matches('/').split('/');
    Ok(parts.map(|part| part.replace("~1", "/").replace("~0", "~").trim().to_owned()).collect())
}

/// Only locations have a second step, their position (`_validate_path`).
fn check_depth(op: Op, path: &[String]) -> Result<(), Problem> {
    let locations = path.first().is_some_and(|first| first == "locations");
    let depth = if locations && op != Op::Replace { 2 } else { 1 };
    if path.len() == depth { Ok(()) } else { Err(errors::pointer_not_for_images(&path.join("/"))) }
}

/// Checks that the attribute may be changed, and the value with the schema.
fn check_change(change: &Change) -> Result<(), Problem> {
    let attribute = change.attribute();
    if READ_ONLY.contains(&attribute) {
        return Err(errors::read_only(attribute));
    }
    if RESERVED.contains(&attribute) || attribute.starts_with(RESERVED_PREFIX) {
        return Err(errors::reserved_in_change(attribute));
    }
    if change.op == Op::Remove {
        return Ok(());
    }
    let value = if change.path.len() == 1 { change.value.clone() } else { Value::Array(vec![change.value.clone()]) };
    let part = Map::from_iter([(attribute.to_owned(), value)]);
    schemas::IMAGE.check(&Value::Object(part))
}
