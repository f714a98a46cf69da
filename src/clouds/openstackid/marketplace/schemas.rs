//! JSON Schemas of the responses, for openapi/ and for the tests that validate responses.

use crate::clouds::response_schemas::{list, object, text};
use schemars::Schema;
use serde_json::{Value, json};

fn number() -> Value {
    json!({"type": "string", "pattern": "^[0-9]+$"})
}

fn moment() -> Value {
    json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"})
}

fn text_or_null() -> Value {
    json!({"type": ["string", "null"]})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn stamped(fields: &[(&str, Value)]) -> Value {
    let mut all = vec![("ID", number()), ("Created", moment()), ("LastEdited", moment())];
    all.extend(fields.iter().cloned());
    object(&all)
}

fn schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap_or_default()
}

fn item() -> Value {
    stamped(&[
        ("Name", text()),
        ("Slug", text()),
        ("Overview", text_or_null()),
        ("Call2ActionUri", text_or_null()),
        ("Active", json!({"enum": ["0", "1"]})),
        ("CompanyID", number()),
    ])
}

pub fn entry() -> Schema {
    schema(item())
}

pub fn page() -> Schema {
    let bounds = ["total", "per_page", "current_page", "last_page", "from", "to"].map(|name| (name, count()));
    schema(object(&[&bounds[..], &[("data", list(item()))]].concat()))
}

pub fn data_centers() -> Schema {
    let names = ["City", "State", "Country", "Lat", "Lng"].map(|name| (name, text_or_null()));
    let center = stamped(&[
        ("Name", text()),
        ("Endpoint", text_or_null()),
        ("Color", text_or_null()),
        ("locations", list(stamped(&names))),
    ]);
    schema(object(&[("datacenters", list(center))]))
}

pub fn offices() -> Schema {
    let names = ["Address", "Address2", "State", "ZipCode", "City", "Country", "Lat", "Lng"];
    schema(object(&[("offices", list(stamped(&names.map(|name| (name, text_or_null())))))]))
}

/// A page of a public list. No field of an entry is required, because the client chooses the fields.
pub fn public_page() -> Schema {
    let fields = [
        ("id", count()),
        ("created", json!({"type": "integer"})),
        ("last_edited", json!({"type": "integer"})),
        ("name", text()),
        ("overview", text_or_null()),
        ("call_2_action_url", text_or_null()),
        ("company_id", count()),
        ("company", object(&[("id", count()), ("name", text())])),
        ("type_id", count()),
        ("supported_regions", list(count())),
    ];
    let mut entry = object(&fields);
    if let Some(entry) = entry.as_object_mut() {
        entry.remove("required");
    }
    let bounds = ["total", "per_page", "current_page", "last_page"].map(|name| (name, count()));
    schema(object(&[&bounds[..], &[("data", list(entry))]].concat()))
}
