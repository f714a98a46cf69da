//! Properties: the schemas of values (glance/api/v2/metadef_properties.py).

use super::super::{errors, schemas};
use super::{Namespace, body, change, find, text};
use crate::clouds::openstack::{OpenStack, python};
use crate::engine::{self, Answer, Call, Context, Operation, Problem, Response, get, post, put};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/metadefs/namespaces/{namespace_name}/properties", "glance.namespace.property.list", list)
        .summary("Lists properties of a metadata namespace.")
        .policy_on_target("get_metadef_properties"),
    post("/metadefs/namespaces/{namespace_name}/properties", "glance.namespace.property.create", create)
        .summary("Creates a property of a metadata namespace.")
        .documents(|| schemas::PROPERTY.documentation())
        .answers(201)
        .policy_on_target("add_metadef_property"),
    get("/metadefs/namespaces/{namespace_name}/properties/{property_name}", "glance.namespace.property.show", show)
        .summary("Shows a property of a metadata namespace.")
        .policy_on_target("get_metadef_property"),
    put("/metadefs/namespaces/{namespace_name}/properties/{property_name}", "glance.namespace.property.update", update)
        .summary("Updates a property of a metadata namespace.")
        .documents(|| schemas::PROPERTY.documentation())
        .policy_on_target("modify_metadef_property"),
    engine::delete(
        "/metadefs/namespaces/{namespace_name}/properties/{property_name}",
        "glance.namespace.property.delete",
        delete,
    )
    .summary("Deletes a property of a metadata namespace.")
    .policy_on_target("remove_metadef_property"),
];

const READ_ONLY: [&str; 2] = ["created_at", "updated_at"];

/// A property of a namespace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Property {
    pub name: String,
    /// The fields of the request, without those that upstream drops.
    pub schema: Map<String, Value>,
}

impl Property {
    /// The property of a request. Upstream drops `required`.
    pub fn of(name: &str, mut schema: Map<String, Value>) -> Property {
        schema.retain(|field, _| field != "required");
        Property { name: name.to_owned(), schema: as_stored(schema) }
    }

    fn view(&self, o: &mut engine::Object, name: &str) {
        o.set("name", name);
        for (field, value) in self.schema.iter().filter(|(field, _)| *field != "name") {
            o.set(field, value);
        }
    }
}

/// A schema as upstream stores it: limits are integers and the default is text (`PropertyType` in
/// glance/api/v2/model/metadef_property_type.py).
pub fn as_stored(mut schema: Map<String, Value>) -> Map<String, Value> {
    for (field, value) in &mut schema {
        match field.as_str() {
            "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems" => {
                if let Some(number) = value.as_f64().filter(|number| value.is_f64() && number.abs() < 1e18) {
                    *value = Value::from(number.trunc() as i64);
                }
            }
            "default" => {
                *value = match &value {
                    Value::Null | Value::Array(_) | Value::Object(_) => Value::Null,
                    simple => python::str(simple).into(),
                }
            }
            _ => {}
        }
    }
    schema
}

/// The same for schemas by name.
pub fn all_as_stored(schemas: &Map<String, Value>) -> Map<String, Value> {
    let stored = |schema: &Value| match schema {
        Value::Object(schema) => Value::Object(as_stored(schema.clone())),
        other => other.clone(),
    };
    schemas.iter().map(|(name, schema)| (name.clone(), stored(schema))).collect()
}

fn property<'n>(namespace: &'n Namespace, name: &str) -> Result<&'n Property, Problem> {
    let property = namespace.properties.iter().find(|property| property.name == name);
    property.ok_or_else(|| errors::property_not_found(name))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let namespace = find(call, os)?;
    Ok(Response::one("properties", |o| {
        for property in &namespace.properties {
            o.set(&property.name, &property.schema);
        }
    }))
}

/// With `resource_type`, the name in the path has the prefix of the association.
fn show(call: &Call, os: &OpenStack) -> Answer {
    let namespace = find(call, os)?;
    let mut name = call.param("property_name");
    if let Some(kind) = call.query("resource_type").filter(|kind| !kind.is_empty()) {
        let association = namespace.resource_types.iter().find(|association| association.name == kind);
        let association = association.ok_or_else(|| errors::resource_type_not_associated(kind, &namespace.name))?;
        let prefix = association.prefix.as_deref();
        let stripped = prefix.filter(|prefix| !prefix.is_empty()).and_then(|prefix| name.strip_prefix(prefix));
        name = stripped.ok_or_else(|| errors::property_without_prefix(name, prefix.unwrap_or("None")))?;
    }
    let property = property(namespace, name)?;
    Ok(Response::object(|o| property.view(o, name)))
}

fn create(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::PROPERTY)?;
    let namespace = find(call, os)?;
    let property = Property::of(&text(fields, "name").unwrap_or_default(), fields.clone());
    if namespace.properties.iter().any(|known| known.name == property.name) {
        return Err(errors::property_exists(&property.name, &namespace.name));
    }
    let name = namespace.name.clone();
    let response = Response::object(|o| property.view(o, &property.name));
    change(os, &name, |namespace| namespace.properties.push(property));
    Ok(response)
}

fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::PROPERTY)?;
    let namespace = find(call, os)?;
    let old = property(namespace, call.param("property_name"))?.name.clone();
    let property = Property::of(&text(fields, "name").unwrap_or_default(), fields.clone());
    if property.name != old && namespace.properties.iter().any(|known| known.name == property.name) {
        return Err(errors::property_name_taken(&property.name, &namespace.name));
    }
    let name = namespace.name.clone();
    let response = Response::object(|o| property.view(o, &property.name));
    change(os, &name, |namespace| {
        if let Some(known) = namespace.properties.iter_mut().find(|known| known.name == old) {
            *known = property;
        }
    });
    Ok(response)
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let namespace = find(call, os)?;
    let property = property(namespace, call.param("property_name"))?.name.clone();
    if namespace.protected {
        return Err(errors::content_protected("property", &property));
    }
    let name = namespace.name.clone();
    change(os, &name, |namespace| namespace.properties.retain(|known| known.name != property));
    Ok(Response::empty())
}
