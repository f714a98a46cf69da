//! The journal as an HTTP archive (HAR 1.2, <http://www.softwareishard.com/blog/har-12-spec/>), which browsers open.

use crate::engine::Entry;
use serde_json::{Value, json};
use std::sync::Arc;

pub fn export(entries: &[Arc<Entry>]) -> Value {
    json!({"log": {
        "version": "1.2",
        "creator": {"name": "nephos", "version": env!("CARGO_PKG_VERSION")},
        "entries": entries.iter().map(|one| entry(one)).collect::<Vec<_>>(),
    }})
}

/// The journal records no headers, so their lists are empty. Secrets in bodies are masked.
fn entry(entry: &Entry) -> Value {
    let shown = entry.show();
    let ms = entry.micros as f64 / 1000.0;
    let (path, query) = entry.path.split_once('?').unwrap_or((&entry.path, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let query: Vec<_> = pairs.map(|(name, value)| json!({"name": name, "value": value})).collect();
    let mut request = json!({
        "method": entry.method,
        "url": format!("{}{}", entry.base, entry.path),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "queryString": query,
        "headersSize": -1,
        "bodySize": entry.request.len(),
    });
    if !entry.request.is_empty() {
        request["postData"] = json!({"mimeType": "application/json", "text": text(&shown["request"])});
    }
    json!({
        "startedDateTime": entry.at,
        "time": ms,
        "request": request,
        "response": {
            "status": entry.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [],
            "content": {
                "size": entry.response.len(),
                "mimeType": "application/json",
                "text": text(&shown["response"]),
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": entry.response.len(),
        },
        "cache": {},
        "timings": {"send": 0, "wait": ms, "receive": 0},
        "comment": format!("{} {} {path}", entry.operation, entry.request_id),
    })
}

fn text(body: &Value) -> String {
    match body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        json => json.to_string(),
    }
}
