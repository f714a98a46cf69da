//! The JSON schemas that Glance publishes (glance/api/v2/schemas.py). It holds bodies against the same ones,
//! and quotes them when it refuses.

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

pub static IMAGE: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("image.json")));
pub static MEMBER: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("member.json")));
pub static TASK: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("task.json")));
pub static NAMESPACE: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("namespace.json")));
pub static OBJECT: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("object.json")));
pub static PROPERTY: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("property.json")));
pub static RESOURCE_TYPE: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("resource_type.json")));
pub static TAG: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("tag.json")));
/// Bodies of several tags and of a location are held against these, which are not published.
pub static TAG_LIST: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("tag_list.json")));
pub static LOCATION: LazyLock<Document> = LazyLock::new(|| Document::new(include_str!("location.json")));
/// A property within an object, which has its name outside.
pub static NAMELESS_PROPERTY: LazyLock<Document> = LazyLock::new(|| Document::of(nameless(&PROPERTY)));

static IMAGES: LazyLock<Document> = LazyLock::new(|| Document::of(pages("images", &IMAGE)));
static MEMBERS: LazyLock<Document> = LazyLock::new(|| Document::of(whole_list("members", MEMBER.schema.clone())));
static TASKS: LazyLock<Document> = LazyLock::new(|| Document::of(whole_list("tasks", task_in_lists())));
static NAMESPACES: LazyLock<Document> = LazyLock::new(|| Document::of(pages("namespaces", &NAMESPACE)));
static OBJECTS: LazyLock<Document> = LazyLock::new(|| Document::of(pages("objects", &OBJECT)));
static TAGS: LazyLock<Document> = LazyLock::new(|| Document::of(pages("tags", &TAG)));
static RESOURCE_TYPES: LazyLock<Document> =
    LazyLock::new(|| Document::of(pages("resource_type_associations", &RESOURCE_TYPE)));
static PROPERTIES: LazyLock<Document> = LazyLock::new(|| Document::of(by_name("properties", &NAMELESS_PROPERTY)));

fn published(document: &Document) -> Answer {
    Ok(Response::json(&document.schema))
}

/// `CollectionSchema`: a list that comes in pages.
fn pages(name: &str, item: &Document) -> Value {
    let (item, definitions) = without_definitions(item);
    collection(name, json!({"type": "array", "items": item}), definitions)
}

/// `DictCollectionSchema`: items by their names.
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

/// A list that is always told in one piece.
fn whole_list(name: &str, item: Value) -> Value {
    json!({
        "name": name,
        "properties": {name: {"type": "array", "items": item}, "schema": {"type": "string"}},
        "links": [{"rel": "describedby", "href": "{schema}"}],
    })
}

/// What an item defines stands with the collection, where its references look for it.
fn without_definitions(item: &Document) -> (Value, Option<Value>) {
    let mut schema = item.schema.clone();
    let definitions = schema.as_object_mut().and_then(|schema| schema.shift_remove("definitions"));
    (schema, definitions)
}

fn nameless(property: &Document) -> Value {
    let mut schema = property.schema.clone();
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name != "name");
    }
    schema
}

/// Lists of tasks leave out what may be long.
fn task_in_lists() -> Value {
    let mut schema = TASK.schema.clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|name, _| !matches!(name.as_str(), "input" | "result" | "message"));
    }
    schema
}
