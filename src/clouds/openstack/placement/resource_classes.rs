//! Resource classes: the standard ones of os-resource-classes, and custom ones
//! (placement/handlers/resource_class.py).

use super::bodies;
use super::dialect::dated;
use super::{Class, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Response, Row, delete, get, post, put};
use chrono::{DateTime, Utc};
use schemars::{Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/resource_classes", "placement.resource_class.list", list)
        .summary("Lists resource classes.")
        .since(1, 2)
        .policy("placement:resource_classes:list"),
    post("/resource_classes", "placement.resource_class.create", create)
        .summary("Creates a resource class.")
        .body_schema(body)
        .answers(201)
        .since(1, 2)
        .policy("placement:resource_classes:create"),
    get("/resource_classes/{name}", "placement.resource_class.show", show)
        .summary("Shows a resource class.")
        .since(1, 2)
        .policy("placement:resource_classes:show"),
    put("/resource_classes/{name}", "placement.resource_class.rename", rename)
        .summary("Renames a custom resource class.")
        .body_schema(body)
        .since(1, 2)
        .until(1, 6)
        .policy("placement:resource_classes:update"),
    put("/resource_classes/{name}", "placement.resource_class.ensure", ensure)
        .summary("Creates a custom resource class if it is missing.")
        .no_body()
        .since(1, 7)
        .policy("placement:resource_classes:update"),
    delete("/resource_classes/{name}", "placement.resource_class.delete", remove)
        .summary("Deletes a resource class.")
        .since(1, 2)
        .policy("placement:resource_classes:delete"),
];

/// The standard classes, in the order of the library os-resource-classes.
pub const STANDARD: &[&str] = &[
    "VCPU",
    "MEMORY_MB",
    "DISK_GB",
    "PCI_DEVICE",
    "SRIOV_NET_VF",
    "NUMA_SOCKET",
    "NUMA_CORE",
    "NUMA_THREAD",
    "NUMA_MEMORY_MB",
    "IPV4_ADDRESS",
    "VGPU",
    "VGPU_DISPLAY_HEAD",
    "NET_BW_EGR_KILOBIT_PER_SEC",
    "NET_BW_IGR_KILOBIT_PER_SEC",
    "PCPU",
    "MEM_ENCRYPTION_CONTEXT",
    "FPGA",
    "PGPU",
    "NET_PACKET_RATE_KILOPACKET_PER_SEC",
    "NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC",
    "NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC",
];

/// A class that a client has created. Its name begins with `CUSTOM_`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CustomClass {
    pub name: Id,
    pub modified: DateTime<Utc>,
}

impl Row for CustomClass {
    fn id(&self) -> &Id {
        &self.name
    }
    fn owner(&self) -> &Id {
        &self.name
    }
}

fn body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {"name": {"type": "string", "pattern": "^CUSTOM_[A-Z0-9_]+$", "maxLength": 255}},
        "required": ["name"],
        "additionalProperties": false
    })
}

#[derive(Deserialize)]
struct NameRequest {
    name: Class,
}

/// True if the name is that of a standard or a custom class.
pub fn exists(os: &OpenStack, name: &str) -> bool {
    STANDARD.contains(&name) || os.placement.resource_classes.contains(name)
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let custom = os.placement.resource_classes.all().rev().map(|class| &*class.name);
    let names = STANDARD.iter().copied().chain(custom);
    Ok(dated(call, Response::many("resource_classes", names, |o, name| view(call, o, name)), call.now))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let name = call.param("name");
    if !exists(os, name) {
        return Err(errors::no_such_class(name));
    }
    let modified = os.placement.resource_classes.get(name).map_or(call.now, |class| class.modified);
    Ok(dated(call, Response::object(|o| view(call, o, name)), modified))
}

fn view(call: &Call, o: &mut Object, name: &str) {
    o.set("name", name);
    o.list("links", |list| {
        list.object(|o| {
            o.set("rel", "self");
            o.set("href", format!("{}/resource_classes/{name}", call.prefix));
        });
    });
}

fn location(call: &Call, name: &str) -> String {
    format!("{}/resource_classes/{name}", call.base())
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let name = bodies::extract::<NameRequest>(call, body)?.name;
    if exists(os, &name) {
        return Err(errors::class_exists(&name));
    }
    let location = location(call, &name);
    os.placement.resource_classes.insert(CustomClass { name, modified: ctx.now() });
    Ok(Response::empty().header("Location", location))
}

/// The update of microversions before 1.7. Inventories of the class get its new name.
fn rename(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let new_name = bodies::extract::<NameRequest>(call, body)?.name;
    let name = call.param("name");
    if !exists(os, name) {
        return Err(errors::no_such_class(name));
    }
    if STANDARD.contains(&name) {
        return Err(errors::standard_class_not_updated(name));
    }
    if *new_name != *name && exists(os, &new_name) {
        return Err(errors::class_exists_for_update(&new_name));
    }
    os.placement.resource_classes.remove(name);
    os.placement.resource_classes.insert(CustomClass { name: new_name.clone(), modified: ctx.now() });
    let providers = os.placement.providers.all().filter(|provider| provider.inventory(name).is_some());
    let uuids: Vec<_> = providers.map(|provider| provider.uuid.clone()).collect();
    for uuid in uuids {
        let provider = os.placement.providers.get_mut(&uuid);
        let inventories = provider.into_iter().flat_map(|provider| &mut provider.inventories);
        inventories.filter(|own| *own.class == *name).for_each(|own| own.class = new_name.clone());
    }
    Ok(Response::object(|o| view(call, o, &new_name)))
}

/// The update since 1.7. The status is 201 if the class is new, otherwise 204.
fn ensure(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let name = call.param("name");
    bodies::check(call, body, &json!({"name": name}))?;
    let known = exists(os, name);
    if !known {
        os.placement.resource_classes.insert(CustomClass { name: name.into(), modified: ctx.now() });
    }
    Ok(Response::empty().status(if known { 204 } else { 201 }).header("Location", location(call, name)))
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let name = call.param("name");
    if !exists(os, name) {
        return Err(errors::no_such_class(name));
    }
    if STANDARD.contains(&name) {
        return Err(errors::standard_class_not_deleted(name));
    }
    if os.placement.providers.all().any(|provider| provider.inventory(name).is_some()) {
        return Err(errors::class_in_use(name));
    }
    os.placement.resource_classes.remove(name);
    Ok(Response::empty())
}
