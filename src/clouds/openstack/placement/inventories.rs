//! Inventories: how much of a resource class a provider has (placement/handlers/inventory.py,
//! placement/schemas/inventory.py).

use super::bodies;
use super::dialect::{dated, undated};
use super::resource_providers::{self, Provider, find};
use super::{Class, errors, resource_classes};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Object, Operation, Problem, Response, delete, get, post, put};
use chrono::{DateTime, Utc};
use schemars::{Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/resource_providers/{uuid}/inventories", "placement.inventory.list", list)
        .summary("Lists the inventories of a resource provider.")
        .policy("placement:resource_providers:inventories:list"),
    post("/resource_providers/{uuid}/inventories", "placement.inventory.create", create)
        .summary("Adds an inventory to a resource provider.")
        .body_schema(create_body)
        .answers(201)
        .policy("placement:resource_providers:inventories:create"),
    put("/resource_providers/{uuid}/inventories", "placement.inventory.replace", replace)
        .summary("Replaces the inventories of a resource provider.")
        .body_schema(replace_body)
        .policy("placement:resource_providers:inventories:update"),
    delete("/resource_providers/{uuid}/inventories", "placement.inventory.delete_all", remove_all)
        .summary("Deletes all inventories of a resource provider.")
        .since(1, 5)
        .policy("placement:resource_providers:inventories:delete"),
    get("/resource_providers/{uuid}/inventories/{resource_class}", "placement.inventory.show", show)
        .summary("Shows an inventory of one resource class.")
        .policy("placement:resource_providers:inventories:show"),
    put("/resource_providers/{uuid}/inventories/{resource_class}", "placement.inventory.update", update)
        .summary("Updates an inventory of one resource class.")
        .body_schema(update_body)
        .policy("placement:resource_providers:inventories:update"),
    delete("/resource_providers/{uuid}/inventories/{resource_class}", "placement.inventory.delete", remove)
        .summary("Deletes an inventory of one resource class.")
        .policy("placement:resource_providers:inventories:delete"),
];

/// The largest integer of the database (`db.constants.MAX_INT`).
pub const MAX_INT: i64 = 0x7FFF_FFFF;

/// The inventory of one resource class at one provider, and how much of it is allocated. Amounts are in the units of
/// the class: vCPUs, MiB, GiB.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inventory {
    pub class: Class,
    pub total: i64,
    /// The part of `total` that is not available to consumers.
    pub reserved: i64,
    /// The smallest and the largest amount of one allocation.
    pub min_unit: i64,
    pub max_unit: i64,
    /// Amounts of allocations are multiples of this.
    pub step_size: i64,
    /// The overcommit factor.
    pub allocation_ratio: f64,
    /// The sum of all allocations from this inventory.
    pub used: i64,
    pub modified: DateTime<Utc>,
}

impl Inventory {
    /// The amount that all allocations together may reach.
    pub fn capacity(&self) -> f64 {
        (self.total - self.reserved) as f64 * self.allocation_ratio
    }

    /// True if one allocation may have this amount.
    pub fn allows(&self, amount: i64) -> bool {
        (self.min_unit..=self.max_unit).contains(&amount) && amount % self.step_size.max(1) == 0
    }

    /// True if another allocation of this amount is possible.
    pub fn has_room(&self, amount: i64) -> bool {
        self.allows(amount) && (self.used + amount) as f64 <= self.capacity()
    }
}

/// An inventory in a request, with upstream's defaults (`INVENTORY_DEFAULTS`).
#[derive(Deserialize)]
struct InventoryRequest {
    total: i64,
    #[serde(default)]
    reserved: i64,
    #[serde(default = "one")]
    min_unit: i64,
    #[serde(default = "max_int")]
    max_unit: i64,
    #[serde(default = "one")]
    step_size: i64,
    #[serde(default = "default_ratio")]
    allocation_ratio: f64,
    resource_provider_generation: Option<i64>,
    resource_class: Option<Class>,
}

fn one() -> i64 {
    1
}

fn max_int() -> i64 {
    MAX_INT
}

fn default_ratio() -> f64 {
    1.0
}

impl InventoryRequest {
    fn inventory(&self, class: &Class, used: i64, modified: DateTime<Utc>) -> Inventory {
        Inventory {
            class: class.clone(),
            total: self.total,
            reserved: self.reserved,
            min_unit: self.min_unit,
            max_unit: self.max_unit,
            step_size: self.step_size,
            allocation_ratio: self.allocation_ratio,
            used,
            modified,
        }
    }
}

fn fields() -> Map<String, Value> {
    let whole = |least: i64| json!({"type": "integer", "maximum": MAX_INT, "minimum": least});
    let fields = [
        ("resource_provider_generation", json!({"type": "integer"})),
        ("total", whole(1)),
        ("reserved", whole(0)),
        ("min_unit", whole(1)),
        ("max_unit", whole(1)),
        ("step_size", whole(1)),
        ("allocation_ratio", json!({"type": "number", "maximum": 3.40282e+38})),
    ];
    fields.into_iter().map(|(name, field)| (name.to_owned(), field)).collect()
}

fn update_body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": fields(),
        "required": ["total", "resource_provider_generation"],
        "additionalProperties": false
    })
}

fn create_body() -> Schema {
    let mut fields = fields();
    fields.insert("resource_class".into(), json!({"type": "string", "pattern": "^[A-Z0-9_]+$"}));
    json_schema!({
        "type": "object",
        "properties": fields,
        "required": ["total", "resource_class"],
        "additionalProperties": false
    })
}

/// The schema of a body that replaces all inventories of a provider. The reshaper has one per provider.
pub fn replace_body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "resource_provider_generation": {"type": "integer"},
            "inventories": {
                "type": "object",
                "patternProperties": {
                    "^[A-Z0-9_]+$": {
                        "type": "object",
                        "properties": fields(),
                        "required": ["total"],
                        "additionalProperties": false
                    }
                }
            }
        },
        "required": ["resource_provider_generation", "inventories"],
        "additionalProperties": false
    })
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let uuid = call.param("uuid");
    let provider = os.placement.providers.get(uuid);
    let provider = provider.ok_or_else(|| errors::provider_not_found_by_handler(uuid, " :"))?;
    Ok(all_of(call, provider))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let (uuid, class) = (call.param("uuid"), call.param("resource_class"));
    let provider = os.placement.providers.get(uuid);
    let provider = provider.ok_or_else(|| errors::provider_not_found_by_handler(uuid, " :"))?;
    let inventory = provider.inventory(class).ok_or_else(|| errors::no_such_inventory(class, uuid))?;
    Ok(one_of(call, provider, inventory))
}

fn all_of(call: &Call, provider: &Provider) -> Response {
    let response = Response::object(|o| {
        o.set("resource_provider_generation", provider.generation);
        o.object("inventories", |o| {
            for inventory in &provider.inventories {
                o.object(&inventory.class, |o| view(o, inventory));
            }
        });
    });
    let modified = provider.inventories.iter().map(|inventory| inventory.modified).max();
    // Without inventories upstream has no time to show (`_serialize_inventories`).
    match modified {
        Some(modified) => dated(call, response, modified),
        None => undated(call, response),
    }
}

fn one_of(call: &Call, provider: &Provider, inventory: &Inventory) -> Response {
    let response = Response::object(|o| {
        view(o, inventory);
        // Upstream leaves out a generation that is 0.
        if provider.generation != 0 {
            o.set("resource_provider_generation", provider.generation);
        }
    });
    dated(call, response, inventory.modified)
}

fn view(o: &mut Object, inventory: &Inventory) {
    o.set("total", inventory.total);
    o.set("reserved", inventory.reserved);
    o.set("min_unit", inventory.min_unit);
    o.set("max_unit", inventory.max_unit);
    o.set("step_size", inventory.step_size);
    o.set("allocation_ratio", inventory.allocation_ratio);
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let uuid = find(os, call.param("uuid"))?.uuid.clone();
    let request: InventoryRequest = bodies::extract(call, create_body)?;
    let class = request.resource_class.clone().unwrap_or_else(|| "".into());
    let inventory = request.inventory(&class, 0, ctx.now());
    check_capacity(call, &uuid, &inventory).map_err(|reason| errors::cannot_create_inventory(&uuid, &reason))?;
    if !resource_classes::exists(os, &class) {
        return Err(errors::cannot_create_inventory(&uuid, &errors::no_such_class_text(&class)));
    }
    if find(os, &uuid)?.inventory(&class).is_some() {
        return Err(errors::inventory_exists(&class, &uuid));
    }
    resource_providers::change(os, ctx, &uuid, |provider| provider.inventories.push(inventory));
    let provider = find(os, &uuid)?;
    let inventory = provider.inventory(&class).ok_or_else(|| errors::no_such_inventory(&class, &uuid))?;
    let location = format!("{}/resource_providers/{uuid}/inventories/{class}", call.base());
    Ok(one_of(call, provider, inventory).header("Location", location))
}

/// Checks `reserved` against `total`. The capacity must be positive; since 1.26 it may be 0. The error is the text of
/// upstream's `InvalidInventoryCapacity`.
pub fn check_capacity(call: &Call, uuid: &str, inventory: &Inventory) -> Result<(), String> {
    let capacity = inventory.capacity() as i64;
    let may_be_total = call.since(1, 26);
    let wrong = if may_be_total { capacity < 0 } else { capacity <= 0 };
    if wrong { Err(errors::reserved_too_much(&inventory.class, uuid, may_be_total)) } else { Ok(()) }
}

/// The body that replaces all inventories of a provider.
#[derive(Deserialize)]
pub struct ReplaceRequest {
    pub resource_provider_generation: i64,
    /// By resource class; `InventoryRequest` describes the values.
    pub inventories: Map<String, Value>,
}

impl ReplaceRequest {
    /// The requested inventories. `used` is copied from the current inventories of the provider.
    pub fn inventories(&self, provider: &Provider, now: DateTime<Utc>) -> Result<Vec<Inventory>, Problem> {
        let one = |(class, body): (&String, &Value)| {
            let request = bodies::read::<InventoryRequest>(body)?;
            let used = provider.inventory(class).map_or(0, |inventory| inventory.used);
            Ok(request.inventory(&class.as_str().into(), used, now))
        };
        self.inventories.iter().map(one).collect()
    }
}

fn replace(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let provider = find(os, call.param("uuid"))?;
    let uuid = provider.uuid.clone();
    let request: ReplaceRequest = bodies::extract(call, replace_body)?;
    if request.resource_provider_generation != provider.generation {
        return Err(errors::generation_conflict());
    }
    let inventories = request.inventories(provider, ctx.now())?;
    for inventory in &inventories {
        check_capacity(call, &uuid, inventory).map_err(|reason| errors::cannot_update_inventory(&uuid, &reason))?;
    }
    if let Some(unknown) = inventories.iter().find(|inventory| !resource_classes::exists(os, &inventory.class)) {
        return Err(errors::unknown_class_in_inventory(&uuid, &unknown.class));
    }
    if let Some(classes) = removed_in_use(provider, &inventories) {
        return Err(errors::inventories_in_use_for_update(&classes, &uuid));
    }
    resource_providers::change(os, ctx, &uuid, |provider| provider.inventories = inventories);
    Ok(all_of(call, find(os, &uuid)?))
}

/// The classes with allocations that are not in the new inventories, joined by `, `; `None` if there are none.
pub fn removed_in_use(provider: &Provider, inventories: &[Inventory]) -> Option<String> {
    let stays = |class: &Class| inventories.iter().any(|inventory| inventory.class == *class);
    let removed = provider.inventories.iter().filter(|inventory| inventory.used > 0 && !stays(&inventory.class));
    let classes: Vec<_> = removed.map(|inventory| inventory.class.to_string()).collect();
    if classes.is_empty() { None } else { Some(classes.join(", ")) }
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let provider = find(os, call.param("uuid"))?;
    let uuid = provider.uuid.clone();
    let class: Class = call.param("resource_class").into();
    let request: InventoryRequest = bodies::extract(call, update_body)?;
    if request.resource_provider_generation != Some(provider.generation) {
        return Err(errors::generation_conflict());
    }
    let used = provider.inventory(&class).map(|inventory| inventory.used);
    let inventory = request.inventory(&class, used.unwrap_or(0), ctx.now());
    check_capacity(call, &uuid, &inventory).map_err(|reason| errors::cannot_update_inventory(&uuid, &reason))?;
    if !resource_classes::exists(os, &class) {
        return Err(errors::no_such_class(&class));
    }
    if used.is_none() {
        return Err(errors::no_inventory_to_update(&uuid, &class));
    }
    resource_providers::change(os, ctx, &uuid, |provider| {
        if let Some(own) = provider.inventories.iter_mut().find(|own| own.class == class) {
            *own = inventory;
        }
    });
    let provider = find(os, &uuid)?;
    let inventory = provider.inventory(&class).ok_or_else(|| errors::no_such_inventory(&class, &uuid))?;
    Ok(one_of(call, provider, inventory))
}

fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let provider = find(os, call.param("uuid"))?;
    let (uuid, class) = (provider.uuid.clone(), call.param("resource_class"));
    match provider.inventory(class) {
        None => return Err(errors::no_inventory_to_delete(class, resource_classes::exists(os, class))),
        Some(inventory) if inventory.used > 0 => return Err(errors::inventory_in_use(class, &uuid)),
        Some(_) => {}
    }
    resource_providers::change(os, ctx, &uuid, |provider| provider.inventories.retain(|own| *own.class != *class));
    Ok(Response::empty())
}

fn remove_all(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let provider = find(os, call.param("uuid"))?;
    let uuid = provider.uuid.clone();
    if let Some(classes) = removed_in_use(provider, &[]) {
        return Err(errors::inventories_in_use(&classes, &uuid));
    }
    resource_providers::change(os, ctx, &uuid, |provider| provider.inventories.clear());
    Ok(Response::empty())
}
