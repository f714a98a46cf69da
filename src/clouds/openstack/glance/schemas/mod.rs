//! The JSON schemas of Glance (glance/api/v2/schemas.py). Clients can read them, bodies are validated with them, and
//! error messages quote them.

pub mod validation;

use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Operation, Response, get};
use serde_json::{Value, json};
use std::sync::LazyLock;
use validation::Document;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/schemas/image", "glance.schema.image", |_, _| published(&IMAGE))
        .summary("Shows the JSON schema of an image."),
    get("/schemas/images", "glance.schema.images", |_, _| published(&IMAGES))
        .summary("Shows the JSON schema of a list of images."),
    get("/schemas/member", "glance.schema.member", |_, _| published(&MEMBER))
        .summary("Shows the JSON schema of a member."),
    get("/schemas/members", "glance.schema.members", |_, _| published(&MEMBERS))
        .summary("Shows the JSON schema of a list of members."),
    get("/schemas/task", "glance.schema.task", |_, _| published(&TASK)).summary("Shows the JSON schema of a task."),
    get("/schemas/tasks", "glance.schema.tasks", |_, _| published(&TASKS))
        .summary("Shows the JSON schema of a list of tasks."),
    get("/schemas/metadefs/namespace", "glance.schema.namespace", |_, _| published(&NAMESPACE))
        .summary("Shows the JSON schema of a namespace."),
    get("/schemas/metadefs/namespaces", "glance.schema.namespaces", |_, _| published(&NAMESPACES))
        .summary("Shows the JSON schema of a list of namespaces."),
    get("/schemas/metadefs/object", "glance.schema.object", |_, _| published(&OBJECT))
        .summary("Shows the JSON schema of an object."),
    get("/schemas/metadefs/objects", "glance.schema.objects", |_, _| published(&OBJECTS))
        .summary("Shows the JSON schema of a list of objects."),
    get("/schemas/metadefs/property", "glance.schema.property", |_, _| published(&PROPERTY))
        .summary("Shows the JSON schema of a property."),
    get("/schemas/metadefs/properties", "glance.schema.properties", |_, _| published(&PROPERTIES))
        .summary("Shows the JSON schema of a list of properties."),
    get("/schemas/metadefs/tag", "glance.schema.tag", |_, _| published(&TAG))
        .summary("Shows the JSON schema of a tag."),
    get("/schemas/metadefs/tags", "glance.schema.tags", |_, _| published(&TAGS))
        .summary("Shows the JSON schema of a list of tags."),
    get("/schemas/metadefs/resource_type", "glance.schema.resource_type", |_, _| published(&RESOURCE_TYPE))
        .summary("Shows the JSON schema of a resource type."),
    get("/schemas/metadefs/resource_types", "glance.schema.resource_types", |_, _| published(&RESOURCE_TYPES))
        .summary("Shows the JSON schema of a list of resource types."),
];

/// An image.
pub static IMAGE: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("image.json")));
/// A member.
pub static MEMBER: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("member.json")));
/// A task.
pub static TASK: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("task.json")));
/// A namespace.
pub static NAMESPACE: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("namespace.json")));
/// An object.
pub static OBJECT: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("object.json")));
/// A property.
pub static PROPERTY: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("property.json")));
/// A resource type association.
pub static RESOURCE_TYPE: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("resource_type.json")));
/// A tag.
pub static TAG: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("tag.json")));
/// A body with several tags. It is not published.
pub static TAG_LIST: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("tag_list.json")));
/// A body with a location. It is not published.
pub static LOCATION: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("location.json")));
/// A property in an object, in which its name is the key.
pub static NAMELESS_PROPERTY: LazyLock<Document> = LazyLock::new(|| Document::of(nameless(&PROPERTY)));

static IMAGES: LazyLock<Document> = LazyLock::new(|| Document::of(pages("images", &IMAGE)));
static MEMBERS: LazyLock<Document> =
    LazyLock::new(|| Document::of(list_without_pages("members", MEMBER.schema.clone())));
static TASKS: LazyLock<Document> = LazyLock::new(|| Document::of(list_without_pages("tasks", task_in_lists())));
static NAMESPACES: LazyLock<Document> = LazyLock::new(|| Document::of(pages("namespaces", &NAMESPACE)));
static OBJECTS: LazyLock<Document> = LazyLock::new(|| Document::of(pages("objects", &OBJECT)));
static TAGS: LazyLock<Document> = LazyLock::new(|| Document::of(pages("tags", &TAG)));
static RESOURCE_TYPES: LazyLock<Document> =
    LazyLock::new(|| Document::of(pages("resource_type_associations", &RESOURCE_TYPE)));
static PROPERTIES: LazyLock<Document> = LazyLock::new(|| Document::of(by_name("properties", &NAMELESS_PROPERTY)));

fn published(document: &Document) -> Answer {
    Ok(Response::json(&document.schema))
}

/// The schema of a list in pages (`CollectionSchema`).
fn pages(name: &str, item: &Document) -> Value {
    let (item, definitions) = without_definitions(item);
    collection(name, json!({"type": "array", "items": item}), definitions)
}

/// The schema of items by name (`DictCollectionSchema`).
fn by_name(name: &str, item: &Document) -> Value {
    let (item, definitions) = without_definitions(item);
    collection(name, json!({"type": "object", "additionalProperties": item}), definitions)
}

fn collection(name: &str, items: Value, definitions: Option<Value>) -> Value {
    let mut schema = json!({
        "name": name,
        "properties": {
            name: items,
            "first": {"type": "string"},
            "next": {"type": "string"},
            "schema": {"type": "string"},
        },
        "links": [
            {"rel": "first", "href": "{first}"},
            {"rel": "next", "href": "{next}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    });
    if let Some(definitions) = definitions {
        schema["definitions"] = definitions;
    }
    schema
}

/// The schema of a list without pages.
fn list_without_pages(name: &str, item: Value) -> Value {
    json!({
        "name": name,
        "properties": {name: {"type": "array", "items": item}, "schema": {"type": "string"}},
        "links": [{"rel": "describedby", "href": "{schema}"}],
    })
}

/// Separates the definitions of an item. They belong to the collection, because references are relative to the root.
fn without_definitions(item: &Document) -> (Value, Option<Value>) {
    let mut schema = item.schema.clone();
    let definitions = schema.as_object_mut().and_then(|schema| schema.shift_remove("definitions"));
    (schema, definitions)
}

/// The schema of a property without the required name.
fn nameless(property: &Document) -> Value {
    let mut schema = property.schema.clone();
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name != "name");
    }
    schema
}

/// The schema of a task in lists, which lack `input`, `result` and `message`.
fn task_in_lists() -> Value {
    let mut schema = TASK.schema.clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| !matches!(name.as_str(), "input" | "result" | "message"));
    }
    schema
}
