//! Resource providers: compute hosts and other sources of resources, arranged in trees
//! (placement/handlers/resource_provider.py, placement/objects/resource_provider.py).

use super::bodies::{self, last};
use super::dialect::{dated, undated};
use super::inventories::Inventory;
use super::query::{self, AggregateFilter, TraitFilter};
use super::{errors, resource_classes};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Object, Operation, Problem, Response, Row, delete, get, post, put};
use chrono::{DateTime, Utc};
use schemars::{Schema, json_schema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/resource_providers", "placement.resource_provider.list", list)
        .summary("Lists resource providers.")
        .query(list_query)
        .policy("placement:resource_providers:list"),
    post("/resource_providers", "placement.resource_provider.create", create)
        .summary("Creates a resource provider.")
        .body_schema(create_body)
        .answers(201)
        .policy("placement:resource_providers:create"),
    get("/resource_providers/{uuid}", "placement.resource_provider.show", show)
        .summary("Shows a resource provider.")
        .policy("placement:resource_providers:show"),
    put("/resource_providers/{uuid}", "placement.resource_provider.update", update)
        .summary("Updates a resource provider.")
        .body_schema(update_body)
        .policy("placement:resource_providers:update"),
    delete("/resource_providers/{uuid}", "placement.resource_provider.delete", remove)
        .summary("Deletes a resource provider.")
        .policy("placement:resource_providers:delete"),
];

/// A resource provider with its inventories.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Provider {
    pub uuid: Id,
    pub name: Id,
    /// The number of changes. A request that changes the provider must name the current one.
    pub generation: i64,
    pub parent: Option<Id>,
    /// The root of its tree: itself if it has no parent.
    pub root: Id,
    pub inventories: Vec<Inventory>,
    pub traits: BTreeSet<Id>,
    /// The UUIDs of its aggregates.
    pub aggregates: Vec<Id>,
    /// The time of the last change, or of the creation.
    pub modified: DateTime<Utc>,
    /// False until the first change.
    #[serde(default = "changed_by_default")]
    pub is_changed: bool,
}

/// Rows of a file that was saved without the field.
fn changed_by_default() -> bool {
    true
}

/// The owner is the root, so the table lists the providers of one tree.
impl Row for Provider {
    fn id(&self) -> &Id {
        &self.uuid
    }
    fn owner(&self) -> &Id {
        &self.root
    }
}

impl Provider {
    /// The inventory of a resource class.
    pub fn inventory(&self, class: &str) -> Option<&Inventory> {
        self.inventories.iter().find(|inventory| *inventory.class == *class)
    }

    /// True if consumers have allocations from the provider.
    pub fn is_used(&self) -> bool {
        self.inventories.iter().any(|inventory| inventory.used > 0)
    }
}

#[derive(Deserialize)]
struct CreateRequest {
    name: Id,
    uuid: Option<String>,
    parent_provider_uuid: Option<String>,
}

fn create_body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 200},
            "uuid": {"type": "string", "format": "uuid"},
            "parent_provider_uuid": {
                "anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}],
                "x-since": "1.14"
            }
        },
        "required": ["name"],
        "additionalProperties": false
    })
}

fn update_body() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 200},
            "parent_provider_uuid": {
                "anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}],
                "x-since": "1.14"
            }
        },
        "required": ["name"],
        "additionalProperties": false
    })
}

fn list_query() -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "uuid": {"type": "string", "format": "uuid"},
            "member_of": {"type": "string", "x-since": "1.3"},
            "resources": {"type": "string", "x-since": "1.4"},
            "in_tree": {"type": "string", "format": "uuid", "x-since": "1.14"},
            "required": {"type": "string", "x-since": "1.18"}
        },
        "additionalProperties": false
    })
}

/// The provider, or the 404 that upstream raises outside the handler.
pub fn find<'o>(os: &'o OpenStack, uuid: &str) -> Result<&'o Provider, Problem> {
    os.placement.providers.get(uuid).ok_or_else(|| errors::provider_not_found(uuid))
}

/// Changes a provider and increments its generation.
pub fn change(os: &mut OpenStack, ctx: &Context, uuid: &str, change: impl FnOnce(&mut Provider)) {
    let now = ctx.now();
    if let Some(provider) = os.placement.providers.get_mut(uuid) {
        change(provider);
        provider.generation += 1;
        provider.modified = now;
        provider.is_changed = true;
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    bodies::check_query(call, list_query)?;
    let aggregates = AggregateFilter::parse(call, "")?;
    let traits = TraitFilter::parse(call, "")?;
    let resources = last(call, "resources").map_or(Ok(vec![]), query::resources)?;
    if let Some((class, _)) = resources.iter().find(|(class, _)| !resource_classes::exists(os, class)) {
        return Err(errors::unknown_class_in_query(class));
    }
    if let Some(unknown) = traits.unknown(os) {
        return Err(errors::unknown_traits_in_query(&unknown));
    }
    let tree = last(call, "in_tree").map(|uuid| os.placement.providers.get(uuid).map(|provider| &provider.root));
    let is = |filter: Option<&str>, value: &str| filter.is_none_or(|filter| filter.is_empty() || filter == value);
    let providers: Vec<_> = os
        .placement
        .providers
        .all()
        .rev()
        .filter(|provider| is(last(call, "name"), &provider.name) && is(last(call, "uuid"), &provider.uuid))
        .filter(|provider| tree.is_none_or(|root| root == Some(&provider.root)))
        .filter(|provider| traits.matches(provider) && aggregates.matches(provider))
        .filter(|provider| {
            let has =
                |class: &str, amount| provider.inventory(class).is_some_and(|inventory| inventory.has_room(amount));
            resources.iter().all(|(class, amount)| has(class, *amount))
        })
        .collect();
    let modified = providers.iter().map(|provider| provider.modified).max().unwrap_or(call.now);
    Ok(dated(call, Response::many("resource_providers", providers, |o, provider| view(call, o, provider)), modified))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let provider = find(os, call.param("uuid"))?;
    Ok(dated(call, Response::object(|o| view(call, o, provider)), provider.modified))
}

fn view(call: &Call, o: &mut Object, provider: &Provider) {
    o.set("uuid", &provider.uuid);
    o.set("name", &provider.name);
    o.set("generation", provider.generation);
    let url = path(call, provider);
    o.list("links", |list| {
        let mut link = |rel: &str, href: &str| {
            list.object(|o| {
                o.set("rel", rel);
                o.set("href", href);
            });
        };
        link("self", &url);
        link("inventories", &format!("{url}/inventories"));
        link("usages", &format!("{url}/usages"));
        for (rel, since) in [("aggregates", (1, 1)), ("traits", (1, 6)), ("allocations", (1, 11))] {
            if call.version >= since {
                link(rel, &format!("{url}/{rel}"));
            }
        }
    });
    if call.since(1, 14) {
        o.set("parent_provider_uuid", &provider.parent);
        o.set("root_provider_uuid", &provider.root);
    }
}

/// The path of a provider, which links have without the host.
fn path(call: &Call, provider: &Provider) -> String {
    format!("{}/resource_providers/{}", call.prefix, provider.uuid)
}

fn create(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request: CreateRequest = bodies::extract(call, create_body)?;
    let uuid = request.uuid.as_deref().map(dashed).unwrap_or_else(|| ctx.uuid());
    if request.name.is_empty() {
        return Err(errors::cannot_create_provider("", &uuid, "name is required"));
    }
    let refused = |reason: &str| errors::cannot_create_provider(&request.name, &uuid, reason);
    let mut root = uuid.clone();
    let parent = request.parent_provider_uuid.as_deref();
    if let Some(parent) = parent {
        if *parent == *uuid {
            return Err(refused(
                "parent provider UUID cannot be same as UUID. Please set parent provider UUID to None if there is no \
                 parent.",
            ));
        }
        let found = os.placement.providers.get(parent);
        root = found.ok_or_else(|| refused("parent provider UUID does not exist."))?.root.clone();
    }
    if os.placement.providers.contains(&uuid) {
        return Err(errors::duplicate_provider("uuid", &uuid));
    }
    if is_taken(os, &request.name, &uuid) {
        return Err(errors::duplicate_provider("name", &request.name));
    }
    let provider = os.placement.providers.insert(Provider {
        uuid,
        name: request.name,
        generation: 0,
        parent: parent.map(Id::from),
        root,
        inventories: vec![],
        traits: BTreeSet::new(),
        aggregates: vec![],
        modified: ctx.now(),
        is_changed: false,
    });
    let location = format!("{}{}", call.origin, path(call, provider));
    if !call.since(1, 20) {
        return Ok(Response::empty().header("Location", location));
    }
    let response = Response::object(|o| view(call, o, provider)).status(200).header("Location", location);
    Ok(dated(call, response, provider.modified))
}

/// A UUID in the form of Python's `str(uuid.UUID(text))`: lower case, with dashes. Other text is unchanged.
pub fn dashed(text: &str) -> Id {
    match Uuid::try_parse(text) {
        Ok(uuid) => uuid.hyphenated().to_string().into(),
        Err(_) => text.into(),
    }
}

/// True if another provider than `uuid` has the name.
fn is_taken(os: &OpenStack, name: &str, uuid: &str) -> bool {
    os.placement.providers.all().any(|other| *other.name == *name && *other.uuid != *uuid)
}

#[derive(Deserialize)]
struct UpdateRequest {
    name: Id,
    #[serde(default, deserialize_with = "crate::clouds::openstack::placement::resource_providers::present")]
    parent_provider_uuid: Option<Option<String>>,
}

/// `Some(None)` is a field that is null, `None` a missing one.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn update(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let mut provider = find(os, call.param("uuid"))?.clone();
    let request: UpdateRequest = bodies::extract(call, update_body)?;
    let uuid = provider.uuid.clone();
    // A request without a parent keeps the current one, as upstream does.
    let parent = request.parent_provider_uuid.unwrap_or_else(|| provider.parent.as_deref().map(str::to_owned));
    let root = new_root(call, os, &provider, parent.as_deref())?;
    if is_taken(os, &request.name, &uuid) {
        return Err(errors::duplicate_provider_name(&request.name));
    }
    provider.name = request.name;
    // The answer has the time of the change before this one (`ResourceProvider.updated_at` is not read again).
    let changed_before = provider.is_changed.then_some(provider.modified);
    (provider.modified, provider.is_changed) = (ctx.now(), true);
    let moved = provider.root != root;
    provider.parent = parent.map(Id::from);
    if moved {
        let tree: Vec<Provider> = subtree(os, &provider).into_iter().cloned().collect();
        for mut below in tree.into_iter().filter(|below| below.uuid != uuid) {
            below.root = root.clone();
            os.placement.providers.insert(below);
        }
        provider.root = root;
        os.placement.providers.insert(provider);
    } else if let Some(row) = os.placement.providers.get_mut(&uuid) {
        *row = provider;
    }
    let provider = find(os, &uuid)?;
    let response = Response::object(|o| view(call, o, provider));
    Ok(match changed_before {
        Some(time) => dated(call, response, time),
        None => undated(call, response),
    })
}

/// The root of the provider's tree under the new parent. Before 1.37 a parent can neither be replaced nor removed.
fn new_root(call: &Call, os: &OpenStack, provider: &Provider, parent: Option<&str>) -> Result<Id, Problem> {
    let uuid = &provider.uuid;
    let Some(parent) = parent else {
        if provider.parent.is_some() && !call.since(1, 37) {
            let reason = "un-parenting a provider is not currently allowed.";
            return Err(errors::cannot_save_provider(uuid, "update", reason));
        }
        return Ok(uuid.clone());
    };
    let Some(above) = os.placement.providers.get(parent) else {
        return Err(errors::cannot_save_provider(uuid, "create", "parent provider UUID does not exist."));
    };
    if provider.parent.as_deref().is_some_and(|own| own != parent) && !call.since(1, 37) {
        let reason = "re-parenting a provider is not currently allowed.";
        return Err(errors::cannot_save_provider(uuid, "update", reason));
    }
    if subtree(os, provider).iter().any(|below| below.uuid == above.uuid) {
        let reason = "creating loop in the provider tree is not allowed.";
        return Err(errors::cannot_save_provider(uuid, "update", reason));
    }
    Ok(above.root.clone())
}

/// The provider and all its descendants.
fn subtree<'o>(os: &'o OpenStack, top: &Provider) -> Vec<&'o Provider> {
    let tree: Vec<_> = os.placement.providers.of(&top.root).collect();
    let mut below: Vec<&Provider> = tree.iter().copied().filter(|one| one.uuid == top.uuid).collect();
    let mut index = 0;
    while let Some(above) = below.get(index).map(|one| one.uuid.clone()) {
        below.extend(tree.iter().copied().filter(|one| one.parent.as_ref() == Some(&above)));
        index += 1;
    }
    below
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let uuid = call.param("uuid");
    let provider = os.placement.providers.get(uuid).ok_or_else(|| errors::provider_not_found_for_delete(uuid))?;
    if os.placement.providers.of(&provider.root).any(|one| one.parent.as_ref() == Some(&provider.uuid)) {
        return Err(errors::provider_has_children(uuid));
    }
    if provider.is_used() {
        return Err(errors::provider_in_use(uuid));
    }
    os.placement.providers.remove(uuid);
    Ok(Response::empty())
}
