//! The OpenAPI documents in openapi/, generated from the tables of operations and their schemas.

use crate::clouds::provider::{Documents, Place};
use crate::clouds::providers::PROVIDERS;
use crate::engine::{AnyService, OperationInfo, Version};
use serde_json::{Map, Value, json};

/// Name and text of every document. The text depends on nothing but the tables of operations.
pub fn documents() -> Vec<(&'static str, String)> {
    let mut documents = vec![];
    for kind in PROVIDERS {
        let mut add = |name, rows| {
            let document = document(name, kind.media, rows);
            documents.push((name, serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"));
        };
        let services = (kind.services)();
        match kind.documents {
            Documents::PerService => services.iter().for_each(|service| add(service.name(), service.operations())),
            Documents::Together => {
                let places = (kind.places)();
                add(kind.name, services.iter().flat_map(|service| placed(&**service, &places)).collect());
            }
        }
    }
    documents
}

/// CloudSigma's lines of `key value`. Their schemas are those of an object with the same keys.
const PLAIN: &str = "text/plain";

/// The operations of a service with the path that it has in the default configuration.
fn placed(service: &dyn AnyService, places: &[Place]) -> Vec<OperationInfo> {
    let path = places.iter().find(|place| place.service == service.name()).map_or("", |place| place.path);
    let at = |row: OperationInfo| OperationInfo { path: format!("{path}{}", row.path), ..row };
    service.operations().into_iter().map(at).collect()
}

fn document(service: &str, media: &str, operations: Vec<OperationInfo>) -> Value {
    let mut paths = Map::new();
    let mut groups: Vec<((String, &'static str), Vec<OperationInfo>)> = vec![];
    for row in operations {
        let key = (row.path.clone(), row.method);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    for ((path, method), rows) in groups {
        let shown = operation(&rows, media);
        // An operation id must be unique, so the other ways to call the operation have none.
        let mut alias = shown.clone();
        alias.as_object_mut().map(|fields| fields.remove("operationId"));
        place(&mut paths, &path, method, shown);
        for (method, path) in rows.iter().flat_map(|row| &row.also) {
            place(&mut paths, path, method, alias.clone());
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": format!("nephos: {service}"), "version": env!("CARGO_PKG_VERSION")},
        "paths": paths,
    })
}

fn place(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let item = paths.entry(path).or_insert_with(|| json!({}));
    if item.get("parameters").is_none() && path.contains('{') {
        item["parameters"] = parameters(path);
    }
    item[method.to_ascii_lowercase()] = operation;
}

fn parameters(path: &str) -> Value {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})).collect()
}

/// One method of one path. Several rows share it if they are actions or belong to different microversions.
fn operation(rows: &[OperationInfo], media: &str) -> Value {
    let mut shown = Map::new();
    let id = rows.first().map_or("", |row| row.name);
    shown.insert("operationId".into(), id.into());
    shown.insert("summary".into(), summary(rows).into());
    let parameters = query(rows);
    if !parameters.is_empty() {
        shown.insert("parameters".into(), parameters.into());
    }
    let mut responses = Map::new();
    for row in rows {
        let mut response = json!({"description": "success"});
        if let Some(schema) = row.answer_schema {
            response["content"] = json!({media: {"schema": schema()}});
        } else if media == PLAIN && row.success != 204 {
            response["content"] = json!({media: {"schema": {"type": "string"}}});
        }
        responses.insert(row.success.to_string(), response);
    }
    responses.insert("default".into(), json!({"description": "an error in the service's own form"}));
    let bodies: Vec<_> = rows.iter().filter_map(body).collect();
    match bodies.as_slice() {
        [] => {}
        [one] => _ = shown.insert("requestBody".into(), content(media, one.clone())),
        several => _ = shown.insert("requestBody".into(), content(media, json!({"anyOf": several}))),
    }
    if rows.iter().all(|row| row.public) {
        shown.insert("security".into(), json!([]));
    }
    let rows: Vec<_> = rows.iter().map(row).collect();
    shown.insert("x-operations".into(), rows.into());
    shown.insert("responses".into(), responses.into());
    shown.into()
}

/// The summaries of all rows, without duplicates.
fn summary(rows: &[OperationInfo]) -> String {
    let mut sentences: Vec<_> = rows.iter().map(|row| row.summary).filter(|sentence| !sentence.is_empty()).collect();
    sentences.dedup();
    sentences.join(" ")
}

/// The query parameters of all rows, without duplicates.
fn query(rows: &[OperationInfo]) -> Vec<Value> {
    let mut shown: Vec<Value> = vec![];
    for schema in rows.iter().filter_map(|row| row.query_schema) {
        let schema = Value::from(schema());
        let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if !shown.iter().any(|known| known["name"] == name.as_str()) {
                shown.push(json!({"name": name, "in": "query", "required": required(name), "schema": property}));
            }
        }
    }
    shown
}

/// What OpenAPI cannot express: the key of an action, the policy rule, the range of microversions.
fn row(row: &OperationInfo) -> Value {
    let mut shown = json!({"name": row.name, "success": row.success});
    if let Some(action) = row.action {
        shown["action"] = action.into();
    }
    if !row.policy.is_empty() {
        shown["policy"] = row.policy.into();
    }
    if row.since > (0, 0) {
        shown["since"] = version(row.since).into();
    }
    if row.until < (u16::MAX, u16::MAX) {
        shown["until"] = version(row.until).into();
    }
    shown
}

fn version((major, minor): Version) -> String {
    format!("{major}.{minor}")
}

fn body(row: &OperationInfo) -> Option<Value> {
    let mut schema = Value::from(row.schema?());
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("$schema");
    }
    Some(schema)
}

fn content(media: &str, schema: Value) -> Value {
    json!({"content": {media: {"schema": schema}}})
}
