//! Resource types, and their associations with namespaces (glance/api/v2/metadef_resource_types.py).

use super::super::{errors, schemas};
use super::{body, change, find, text};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::SecondsZ;
use crate::engine::{self, Answer, Call, Context, Id, Object, Operation, Response, Row, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/metadefs/resource_types", "glance.resource_type.list", list_all)
        .summary("Lists the resource types.")
        .policy("list_metadef_resource_types"),
    get("/metadefs/namespaces/{namespace_name}/resource_types", "glance.namespace.resource_type.list", list)
        .summary("Lists the resource types of a metadata namespace.")
        .policy_on_target("list_metadef_resource_types"),
    post("/metadefs/namespaces/{namespace_name}/resource_types", "glance.namespace.resource_type.create", create)
        .summary("Associates a resource type with a metadata namespace.")
        .documents(|| schemas::RESOURCE_TYPE.documentation())
        .answers(201)
        .policy_on_target("add_metadef_resource_type_association"),
    engine::delete(
        "/metadefs/namespaces/{namespace_name}/resource_types/{resource_type}",
        "glance.namespace.resource_type.delete",
        delete,
    )
    .summary("Removes a resource type from a metadata namespace.")
    .policy_on_target("remove_metadef_resource_type_association"),
];

const READ_ONLY: [&str; 2] = ["created_at", "updated_at"];

/// A type of resources that definitions describe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourceType {
    pub name: Id,
    pub created: DateTime<Utc>,
    /// None if it came with the installation.
    #[serde(default)]
    pub updated: Option<DateTime<Utc>>,
}

impl Row for ResourceType {
    fn id(&self) -> &Id {
        &self.name
    }
    /// Resource types have no owner.
    fn owner(&self) -> &Id {
        &self.name
    }
}

/// The association of a namespace with a resource type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Association {
    pub name: String,
    /// The prefix of property names for this type.
    pub prefix: Option<String>,
    /// The target if the resource has several sets of properties: `image` for volumes.
    pub properties_target: Option<String>,
    pub created: DateTime<Utc>,
    /// None if it came with the installation.
    pub updated: Option<DateTime<Utc>>,
}

impl Association {
    /// The association of a request.
    pub fn of(fields: &Map<String, Value>, now: DateTime<Utc>) -> Association {
        Association {
            name: text(fields, "name").unwrap_or_default(),
            prefix: text(fields, "prefix"),
            properties_target: text(fields, "properties_target"),
            created: now,
            updated: Some(now),
        }
    }

    /// Writes the association.
    pub fn view(o: &mut Object, association: &Association) {
        o.set("name", &association.name);
        if let Some(prefix) = &association.prefix {
            o.set("prefix", prefix);
        }
        if let Some(target) = &association.properties_target {
            o.set("properties_target", target);
        }
        o.set("created_at", SecondsZ(association.created));
        if let Some(updated) = association.updated {
            o.set("updated_at", SecondsZ(updated));
        }
    }
}

/// Creates the resource type if it does not exist.
pub fn ensure_exists(os: &mut OpenStack, name: &str, now: DateTime<Utc>) {
    if !os.glance.resource_types.contains(name) {
        os.glance.resource_types.insert(ResourceType { name: name.into(), created: now, updated: Some(now) });
    }
}

/// Sorts associations by the age of their types, which is the order of the database.
pub fn put_in_order(os: &OpenStack, associations: &mut [Association]) {
    associations.sort_by_key(|one| os.glance.resource_types.all().rev().position(|kind| *kind.name == *one.name));
}

fn list_all(_call: &Call, os: &OpenStack) -> Answer {
    Ok(Response::many("resource_types", os.glance.resource_types.all().rev(), |o, kind| {
        o.set("name", &kind.name);
        o.set("created_at", SecondsZ(kind.created));
        if let Some(updated) = kind.updated {
            o.set("updated_at", SecondsZ(updated));
        }
    }))
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let namespace = find(call, os)?;
    Ok(Response::many("resource_type_associations", &namespace.resource_types, Association::view))
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let fields = body(call, &READ_ONLY, &schemas::RESOURCE_TYPE)?;
    let namespace = find(call, os)?;
    let association = Association::of(fields, ctx.now());
    if namespace.resource_types.iter().any(|known| known.name == association.name) {
        return Err(errors::resource_type_associated(&association.name, &namespace.name));
    }
    let (name, mut associations) = (namespace.name.clone(), namespace.resource_types.clone());
    ensure_exists(os, &association.name, ctx.now());
    let response = Response::object(|o| Association::view(o, &association));
    associations.push(association);
    put_in_order(os, &mut associations);
    change(os, &name, |namespace| namespace.resource_types = associations);
    Ok(response)
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let kind = call.param("resource_type");
    let namespace = find(call, os)?;
    if !namespace.resource_types.iter().any(|known| known.name == kind) {
        return Err(errors::resource_type_to_delete_not_found(kind));
    }
    if namespace.protected {
        return Err(errors::content_protected("resource-type-association", kind));
    }
    let name = namespace.name.clone();
    change(os, &name, |namespace| namespace.resource_types.retain(|known| known.name != kind));
    Ok(Response::empty())
}
