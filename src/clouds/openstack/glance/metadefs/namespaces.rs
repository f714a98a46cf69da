//! Namespaces (glance/api/v2/metadef_namespaces.py).

use super::super::policy::{self, POLICY};
use super::super::{errors, paging, schemas};
use super::objects::{Object, in_order};
use super::properties::{Property, all_as_stored};
use super::resource_types::Association;
use super::tags::Tag;
use super::{Missing, Namespace, Visibility, body, change, find, look_up, may_see, text};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::SecondsZ;
use crate::engine::{self, Answer, Call, Context, Id, Operation, Problem, Response, get, post, put};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::cmp::Ordering;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/metadefs/namespaces", "glance.namespace.list", list)
        .summary("Lists metadata namespaces.")
        .policy("get_metadef_namespaces"),
    post("/metadefs/namespaces", "glance.namespace.create", create)
        .summary("Creates a metadata namespace.")
        .documents(|| schemas::NAMESPACE.documentation())
        .answers(201)
        .policy_on_target("add_metadef_namespace"),
    get("/metadefs/namespaces/{namespace_name}", "glance.namespace.show", show)
        .summary("Shows a metadata namespace.")
        .policy_on_target("get_metadef_namespace"),
    put("/metadefs/namespaces/{namespace_name}", "glance.namespace.update", update)
        .summary("Updates a metadata namespace.")
        .documents(|| schemas::NAMESPACE.documentation())
        .policy_on_target("modify_metadef_namespace"),
    engine::delete("/metadefs/namespaces/{namespace_name}", "glance.namespace.delete", delete)
        .summary("Deletes a metadata namespace.")
        .policy_on_target("delete_metadef_namespace"),
    engine::delete(
        "/metadefs/namespaces/{namespace_name}/objects",
        "glance.namespace.delete_objects",
        |call, os, _| empty(call, os, |namespace| namespace.objects.clear()),
    )
    .summary("Deletes all objects of a metadata namespace.")
    .policy_on_target("delete_metadef_namespace"),
    engine::delete(
        "/metadefs/namespaces/{namespace_name}/properties",
        "glance.namespace.delete_properties",
        |call, os, _| empty(call, os, |namespace| namespace.properties.clear()),
    )
    .summary("Deletes all properties of a metadata namespace.")
    .policy_on_target("delete_metadef_namespace"),
    engine::delete("/metadefs/namespaces/{namespace_name}/tags", "glance.namespace.delete_tags", |call, os, _| {
        empty(call, os, |namespace| namespace.tags.clear())
    })
    .summary("Deletes all tags of a metadata namespace.")
    .policy_on_target("delete_metadef_namespace"),
];

const READ_ONLY: [&str; 4] = ["self", "schema", "created_at", "updated_at"];

/// The contents in a request that creates a namespace.
#[derive(Deserialize)]
struct ContentRequest {
    #[serde(default)]
    resource_type_associations: Vec<Map<String, Value>>,
    #[serde(default)]
    objects: Vec<Map<String, Value>>,
    #[serde(default)]
    properties: Map<String, Value>,
    #[serde(default)]
    tags: Vec<Map<String, Value>>,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let descends = paging::descends(call.query("sort_dir"))?;
    let visibility = match call.query("visibility") {
        None | Some("") => None,
        Some("public") => Some(Visibility::Public),
        Some("private") => Some(Visibility::Private),
        Some(other) => return Err(errors::invalid_visibility(other)),
    };
    let no_visibility = call.query("visibility") == Some("");
    let limit = paging::limit(call)?;
    let marker = match call.query("marker") {
        Some("") => return Err(errors::empty_namespace_marker()),
        Some(name) => {
            let marker = os.glance.namespaces.get(name).filter(|namespace| may_see(call, namespace));
            Some(marker.ok_or_else(|| errors::namespace_not_found(name))?)
        }
        None => None,
    };
    let order = order(call.query("sort_key").unwrap_or("created_at")).ok_or_else(errors::sort_key_not_valid)?;
    let compare = |one: &Namespace, other: &Namespace| if descends { order(other, one) } else { order(one, other) };
    let types: Option<Vec<_>> = call.query("resource_types").map(|types| types.split(',').collect());
    let of_types = |namespace: &Namespace| {
        let is = |association: &Association| types.as_ref().is_none_or(|types| types.contains(&&*association.name));
        types.is_none() || namespace.resource_types.iter().any(is)
    };
    let mut namespaces: Vec<_> = os.glance.namespaces.all().filter(|namespace| may_see(call, namespace)).collect();
    namespaces.retain(|one| !no_visibility && visibility.is_none_or(|visibility| one.visibility == visibility));
    namespaces.retain(|namespace| of_types(namespace));
    namespaces.retain(|namespace| marker.is_none_or(|marker| compare(namespace, marker) == Ordering::Greater));
    namespaces.sort_by(|one, other| compare(one, other));
    namespaces.truncate(limit);
    let next = namespaces.last().filter(|_| namespaces.len() == limit);
    Ok(Response::object(|o| {
        o.each("namespaces", namespaces.iter().copied(), |o, namespace| {
            view(o, namespace);
            if !namespace.resource_types.is_empty() {
                o.each("resource_type_associations", &namespace.resource_types, Association::view);
            }
        });
        o.set("first", paging::link(call, "/v2/metadefs/namespaces", None));
        o.set("schema", "/v2/schemas/metadefs/namespaces");
        if let Some(last) = next {
            o.set("next", paging::link(call, "/v2/metadefs/namespaces", Some(&last.name)));
        }
    }))
}

/// The order by a column of the table, then by creation; `None` for an unknown column.
fn order(key: &str) -> Option<fn(&Namespace, &Namespace) -> Ordering> {
    fn age(one: &Namespace, other: &Namespace) -> Ordering {
        (one.created, one.number).cmp(&(other.created, other.number))
    }
    let order: fn(&Namespace, &Namespace) -> Ordering = match key {
        "created_at" => age,
        "updated_at" => |one, other| one.updated.cmp(&other.updated).then_with(|| age(one, other)),
        "id" => |one, other| one.number.cmp(&other.number),
        "namespace" => |one, other| one.name.cmp(&other.name),
        "display_name" => |one, other| one.display_name.cmp(&other.display_name).then_with(|| age(one, other)),
        "description" => |one, other| one.description.cmp(&other.description).then_with(|| age(one, other)),
        "owner" => |one, other| one.owner.cmp(&other.owner).then_with(|| age(one, other)),
        "protected" => |one, other| one.protected.cmp(&other.protected).then_with(|| age(one, other)),
        "visibility" => {
            |one, other| one.visibility.as_str().cmp(other.visibility.as_str()).then_with(|| age(one, other))
        }
        _ => return None,
    };
    Some(order)
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::NAMESPACE)?;
    POLICY.enforce(call, &[("project_id", &call.project())])?;
    let content = call.body::<ContentRequest>()?;
    let name: Id = text(fields, "namespace").unwrap_or_default().into();
    if os.glance.namespaces.contains(&name) {
        return Err(errors::namespace_exists(&name));
    }
    let number = os.glance.namespaces.all().map(|namespace| namespace.number).max().unwrap_or(0) + 1;
    let mut namespace = Namespace {
        name,
        number,
        display_name: None,
        description: None,
        visibility: Visibility::Private,
        protected: false,
        owner: call.project(),
        resource_types: vec![],
        objects: vec![],
        properties: vec![],
        tags: vec![],
        created: ctx.now(),
        updated: Some(ctx.now()),
    };
    set_attributes(&mut namespace, call, fields);
    add_contents(&mut namespace, &content, ctx)?;
    for association in &namespace.resource_types {
        super::resource_types::ensure_exists(os, &association.name, ctx.now());
    }
    super::resource_types::put_in_order(os, &mut namespace.resource_types);
    let namespace = os.glance.namespaces.insert(namespace);
    let location = format!("{}/v2/metadefs/namespaces/{}", call.base(), namespace.name);
    let response = Response::object(|o| {
        view(o, namespace);
        // Upstream repeats the contents of the request.
        for part in ["resource_type_associations", "objects", "properties", "tags"] {
            if let Some(value) = fields.get(part) {
                o.set(part, repeated(part, value));
            }
        }
    });
    Ok(response.header("Location", location))
}

/// A part of the request, with schemas as they are stored.
fn repeated(part: &str, value: &Value) -> Value {
    let object = |object: &Value| {
        let mut object = object.clone();
        if let Some(Value::Object(schemas)) = object.get_mut("properties") {
            *schemas = all_as_stored(schemas);
        }
        object
    };
    match (part, value) {
        ("properties", Value::Object(schemas)) => Value::Object(all_as_stored(schemas)),
        ("objects", Value::Array(objects)) => objects.iter().map(object).collect(),
        _ => value.clone(),
    }
}

/// Sets the attributes of the namespace. Missing fields of the request get their defaults.
fn set_attributes(namespace: &mut Namespace, call: &Call, fields: &Map<String, Value>) {
    namespace.display_name = text(fields, "display_name");
    namespace.description = text(fields, "description");
    let visibility = fields.get("visibility").and_then(|text| Visibility::deserialize(text).ok());
    namespace.visibility = visibility.unwrap_or(Visibility::Private);
    namespace.protected = fields.get("protected").and_then(Value::as_bool).unwrap_or(false);
    namespace.owner = text(fields, "owner").map_or_else(|| call.project(), Id::from);
}

fn add_contents(namespace: &mut Namespace, content: &ContentRequest, ctx: &Context) -> Result<(), Problem> {
    for fields in &content.resource_type_associations {
        let association = Association::of(fields, ctx.now());
        if namespace.resource_types.iter().any(|known| known.name == association.name) {
            return Err(errors::resource_type_associated(&association.name, &namespace.name));
        }
        namespace.resource_types.push(association);
    }
    for fields in &content.objects {
        let object = Object::of(fields, ctx.now());
        if namespace.objects.iter().any(|known| known.name == object.name) {
            return Err(errors::object_exists(&object.name, &namespace.name));
        }
        namespace.objects.push(object);
    }
    for (name, schema) in &content.properties {
        namespace.properties.push(Property::of(name, schema.as_object().cloned().unwrap_or_default()));
    }
    for fields in &content.tags {
        let tag = Tag::named(&text(fields, "name").unwrap_or_default(), ctx.now());
        if namespace.tags.iter().any(|known| known.is(&tag.name)) {
            return Err(errors::tag_exists(&tag.name, &namespace.name));
        }
        namespace.tags.push(tag);
    }
    Ok(())
}

/// Shows the namespace with its contents. With `resource_type`, names have the prefix of the association.
fn show(call: &Call, os: &OpenStack) -> Answer {
    if let Some(other) = call.query("visibility").filter(|one| !matches!(*one, "" | "public" | "private")) {
        return Err(errors::invalid_visibility(other));
    }
    let namespace = look_up(call, os).map_err(|missing| match missing {
        Missing::Unknown => errors::namespace_not_found(call.param("namespace_name")),
        Missing::Hidden => errors::namespace_hidden(),
    })?;
    policy::enforce_on_namespace(call, namespace)?;
    let prefix = call.query("resource_type").and_then(|name| {
        let association = namespace.resource_types.iter().find(|association| association.name == name);
        association.and_then(|association| association.prefix.clone())
    });
    let prefix = prefix.unwrap_or_default();
    Ok(Response::object(|o| {
        view(o, namespace);
        if !namespace.resource_types.is_empty() {
            o.each("resource_type_associations", &namespace.resource_types, Association::view);
        }
        if !namespace.properties.is_empty() {
            o.object("properties", |o| {
                for property in &namespace.properties {
                    o.set(&format!("{prefix}{}", property.name), &property.schema);
                }
            });
        }
        if !namespace.objects.is_empty() {
            o.each("objects", in_order(namespace), |o, object| object.view(o, &namespace.name, &prefix));
        }
        if !namespace.tags.is_empty() {
            o.each("tags", namespace.tags.iter().rev(), |o, tag| o.set("name", &tag.name));
        }
    }))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::NAMESPACE)?;
    let namespace = find(call, os)?;
    let name: Id = text(fields, "namespace").unwrap_or_default().into();
    if name != namespace.name && os.glance.namespaces.contains(&name) {
        return Err(errors::namespace_name_taken(&name));
    }
    let mut namespace = namespace.clone();
    os.glance.namespaces.remove(&namespace.name);
    (namespace.name, namespace.updated) = (name, Some(ctx.now()));
    set_attributes(&mut namespace, call, fields);
    let namespace = os.glance.namespaces.insert(namespace);
    Ok(Response::object(|o| view(o, namespace)))
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let namespace = unprotected_name(call, os)?;
    os.glance.namespaces.remove(&namespace);
    Ok(Response::empty())
}

/// Deletes all of one kind of content.
fn empty(call: &Call, os: &mut OpenStack, clear: fn(&mut Namespace)) -> Answer {
    let namespace = unprotected_name(call, os)?;
    change(os, &namespace, clear);
    Ok(Response::empty())
}

/// The name of the namespace; the error is 403 if it is protected.
fn unprotected_name(call: &Call, os: &OpenStack) -> Result<Id, Problem> {
    let namespace = find(call, os)?;
    if namespace.protected {
        return Err(errors::namespace_protected(&namespace.name));
    }
    Ok(namespace.name.clone())
}

/// Fields without a value are omitted.
fn view(o: &mut engine::Object, namespace: &Namespace) {
    o.set("namespace", &namespace.name);
    if let Some(display_name) = &namespace.display_name {
        o.set("display_name", display_name);
    }
    if let Some(description) = &namespace.description {
        o.set("description", description);
    }
    o.set("visibility", namespace.visibility);
    o.set("protected", namespace.protected);
    o.set("owner", &namespace.owner);
    o.set("created_at", SecondsZ(namespace.created));
    if let Some(updated) = namespace.updated {
        o.set("updated_at", SecondsZ(updated));
    }
    o.set("self", format_args!("/v2/metadefs/namespaces/{}", namespace.name));
    o.set("schema", "/v2/schemas/metadefs/namespace");
}
