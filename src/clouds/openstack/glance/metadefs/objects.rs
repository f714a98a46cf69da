//! Objects: groups of properties (glance/api/v2/metadef_objects.py).

use super::super::{errors, paging, policy, schemas};
use super::properties::all_as_stored;
use super::{Missing, Namespace, body, change, check_visibility, look_up, text};
use crate::clouds::openstack::times::SecondsZ;
use crate::clouds::openstack::{OpenStack, mysql};
use crate::engine::{self, Answer, Call, Context, Operation, Problem, Response, get, post, put};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/metadefs/namespaces/{namespace_name}/objects", "glance.namespace.object.list", list)
        .summary("Lists objects of a metadata namespace.")
        .policy_on_target("get_metadef_objects"),
    post("/metadefs/namespaces/{namespace_name}/objects", "glance.namespace.object.create", create)
        .summary("Creates an object of a metadata namespace.")
        .documents(|| schemas::OBJECT.documentation())
        .answers(201)
        .policy_on_target("add_metadef_object"),
    get("/metadefs/namespaces/{namespace_name}/objects/{object_name}", "glance.namespace.object.show", show)
        .summary("Shows an object of a metadata namespace.")
        .policy_on_target("get_metadef_object"),
    put("/metadefs/namespaces/{namespace_name}/objects/{object_name}", "glance.namespace.object.update", update)
        .summary("Updates an object of a metadata namespace.")
        .documents(|| schemas::OBJECT.documentation())
        .policy_on_target("modify_metadef_object"),
    engine::delete(
        "/metadefs/namespaces/{namespace_name}/objects/{object_name}",
        "glance.namespace.object.delete",
        delete,
    )
    .summary("Deletes an object of a metadata namespace.")
    .policy_on_target("delete_metadef_object"),
];

const READ_ONLY: [&str; 4] = ["self", "schema", "created_at", "updated_at"];

/// An object of a namespace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Object {
    pub name: String,
    pub description: Option<String>,
    /// The names of required properties.
    pub required: Vec<String>,
    /// Schemas of properties, by name.
    pub properties: Map<String, Value>,
    pub created: DateTime<Utc>,
    /// None if it came with the installation.
    pub updated: Option<DateTime<Utc>>,
}

impl Object {
    /// The object of a request.
    pub fn of(fields: &Map<String, Value>, now: DateTime<Utc>) -> Object {
        let required = fields.get("required").and_then(|names| Vec::deserialize(names).ok());
        let properties = fields.get("properties").and_then(Value::as_object).map(all_as_stored);
        Object {
            name: text(fields, "name").unwrap_or_default(),
            description: text(fields, "description"),
            required: required.unwrap_or_default(),
            properties: properties.unwrap_or_default(),
            created: now,
            updated: Some(now),
        }
    }

    /// Writes the object, with a prefix before the names of properties.
    pub fn view(&self, o: &mut engine::Object, namespace: &str, prefix: &str) {
        self.view_head(o);
        o.list("required", |list| self.required.iter().for_each(|name| list.push(format_args!("{prefix}{name}"))));
        o.object("properties", |o| {
            for (name, schema) in &self.properties {
                o.set(&format!("{prefix}{name}"), schema);
            }
        });
        self.view_tail(o, namespace);
    }

    /// Writes the object after a change. `required` and `properties` are omitted if the request does not have them.
    fn view_with_request(&self, o: &mut engine::Object, namespace: &str, fields: &Map<String, Value>) {
        self.view_head(o);
        if fields.contains_key("required") {
            o.set("required", &self.required);
        }
        if fields.contains_key("properties") {
            o.set("properties", &self.properties);
        }
        self.view_tail(o, namespace);
    }

    fn view_head(&self, o: &mut engine::Object) {
        o.set("name", &self.name);
        if let Some(description) = &self.description {
            o.set("description", description);
        }
    }

    fn view_tail(&self, o: &mut engine::Object, namespace: &str) {
        o.set("created_at", SecondsZ(self.created));
        if let Some(updated) = self.updated {
            o.set("updated_at", SecondsZ(updated));
        }
        o.set("self", format_args!("/v2/metadefs/namespaces/{namespace}/objects/{}", self.name));
        o.set("schema", "/v2/schemas/metadefs/object");
    }
}

/// The namespace in the path. Unlike other contents, objects have different errors for a missing and a hidden
/// namespace.
fn find_namespace<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Namespace, Problem> {
    let name = call.param("namespace_name");
    let namespace = look_up(call, os).map_err(|missing| match missing {
        Missing::Unknown => errors::namespace_not_found(name),
        Missing::Hidden => errors::no_namespace(name),
    })?;
    policy::enforce_on_namespace(call, namespace)?;
    Ok(namespace)
}

fn find<'n>(call: &Call, namespace: &'n Namespace) -> Result<&'n Object, Problem> {
    let name = call.param("object_name");
    namespace.objects.iter().find(|object| object.name == name).ok_or_else(|| errors::object_not_found(name))
}

/// The objects by name, which is the order of the database. Upstream validates paging and sorting, and ignores them.
fn list(call: &Call, os: &OpenStack) -> Answer {
    paging::descends(call.query("sort_dir"))?;
    check_visibility(call)?;
    if call.query("limit").is_some() && paging::limit(call)? == 0 {
        return Err(errors::limit_negative());
    }
    let namespace = find_namespace(call, os)?;
    Ok(Response::object(|o| {
        o.each("objects", in_order(namespace), |o, object| object.view(o, &namespace.name, ""));
        o.set("schema", "v2/schemas/metadefs/objects");
    }))
}

/// The objects of a namespace by name.
pub fn in_order(namespace: &Namespace) -> Vec<&Object> {
    let mut objects: Vec<_> = namespace.objects.iter().collect();
    objects.sort_by_key(|object| mysql::folded(&object.name));
    objects
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::OBJECT)?;
    for property in fields.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values) {
        schemas::NAMELESS_PROPERTY.check(property)?;
    }
    let namespace = find_namespace(call, os)?;
    let object = Object::of(fields, ctx.now());
    if namespace.objects.iter().any(|known| known.name == object.name) {
        return Err(errors::object_exists(&object.name, &namespace.name));
    }
    let name = namespace.name.clone();
    let response = Response::object(|o| object.view_with_request(o, &name, fields));
    change(os, &name, |namespace| namespace.objects.push(object));
    Ok(response)
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let namespace = find_namespace(call, os)?;
    let object = find(call, namespace)?;
    Ok(Response::object(|o| object.view(o, &namespace.name, "")))
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::OBJECT)?;
    let namespace = find_namespace(call, os)?;
    let known = find(call, namespace)?;
    let object = Object { created: known.created, ..Object::of(fields, ctx.now()) };
    if object.name != known.name && namespace.objects.iter().any(|other| other.name == object.name) {
        return Err(errors::object_name_taken(&object.name, &namespace.name));
    }
    let (name, old) = (namespace.name.clone(), known.name.clone());
    let response = Response::object(|o| object.view_with_request(o, &name, fields));
    change(os, &name, |namespace| {
        if let Some(known) = namespace.objects.iter_mut().find(|known| known.name == old) {
            *known = object;
        }
    });
    Ok(response)
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let namespace = find_namespace(call, os)?;
    let object = find(call, namespace)?.name.clone();
    if namespace.protected {
        return Err(errors::content_protected("object", &object));
    }
    let name = namespace.name.clone();
    change(os, &name, |namespace| namespace.objects.retain(|known| known.name != object));
    Ok(Response::empty())
}
