//! Who has taken how much of what: a consumer (a server, a migration) and what it takes at which providers
//! (placement/objects/allocation.py).

pub mod bodies;
pub mod list;
pub mod set;

use super::resource_providers::Provider;
use super::{Class, resource_classes};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Id, Index, Operation, Row};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[list::OF_CONSUMER, list::OF_PROVIDER, set::PUT_LIST, set::PUT_BY_PROVIDER, set::POST, set::DELETE];

/// Who takes resources; there is one as long as it takes any.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Consumer {
    pub uuid: Id,
    pub project: Id,
    pub user: Id,
    /// `INSTANCE`, `MIGRATION`; nothing if it was never said (before 1.38).
    pub kind: Option<Id>,
    pub generation: i64,
    pub allocations: Vec<Allocation>,
    pub modified: DateTime<Utc>,
}

const BY_PROVIDER: Index<Consumer> =
    Index::new("provider", |consumer, key| consumer.allocations.iter().for_each(|one| key(&one.provider)));

/// Lists of consumers are those of a project.
impl Row for Consumer {
    fn id(&self) -> &Id {
        &self.uuid
    }
    fn owner(&self) -> &Id {
        &self.project
    }
    fn indexes(&self) -> &'static [Index<Self>] {
        &[BY_PROVIDER]
    }
}

/// What is taken at one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    pub provider: Id,
    pub resources: Vec<(Class, i64)>,
}

/// What a consumer is to take from now on, instead of all that it took before.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub consumer: Id,
    pub project: Id,
    pub user: Id,
    pub kind: Option<Id>,
    pub allocations: Vec<Allocation>,
}

/// Why nothing can be taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    NoSuchClass(Class),
    /// The provider has none of the class.
    NoInventory(Class, Id),
    /// Not so much in one piece.
    Constraints(Class, Id),
    Capacity(Class, Id),
}

impl Refusal {
    pub fn text(&self) -> String {
        let unable = |class: &str, provider: &str, why: &str| {
            format!(
                "Unable to create allocation for '{class}' on resource provider '{provider}'. The requested amount \
                 would {why}."
            )
        };
        match self {
            Refusal::NoSuchClass(class) => format!("No such resource class {class}."),
            Refusal::NoInventory(class, provider) => {
                format!("Inventory for '{class}' on resource provider '{provider}' invalid.")
            }
            Refusal::Constraints(class, provider) => unable(class, provider, "violate inventory constraints"),
            Refusal::Capacity(class, provider) => unable(class, provider, "exceed the capacity"),
        }
    }
}

/// Lets consumers take what they want (`replace_all`). After a refusal the state is half changed: a handler
/// that passes the refusal on undoes it all, others look first whether there is room.
pub fn replace(os: &mut OpenStack, now: DateTime<Utc>, wanted: Vec<Wanted>) -> Result<(), Refusal> {
    let classes = wanted.iter().flat_map(|one| &one.allocations).flat_map(|allocation| &allocation.resources);
    if let Some((unknown, _)) = classes.into_iter().find(|(class, _)| !resource_classes::exists(os, class)) {
        return Err(Refusal::NoSuchClass(unknown.clone()));
    }
    let mut before = BTreeMap::new();
    let mut visited: BTreeSet<Id> = BTreeSet::new();
    for one in &wanted {
        let old = os.placement.consumers.get(&one.consumer).map(|consumer| consumer.allocations.clone());
        for allocation in old.iter().flatten() {
            if one.allocations.is_empty() {
                visited.insert(allocation.provider.clone());
            }
            release_one(os, allocation, &mut before);
        }
    }
    for one in wanted {
        for allocation in &one.allocations {
            take(os, allocation, &before)?;
            visited.insert(allocation.provider.clone());
        }
        record(os, now, one);
    }
    for uuid in visited {
        if let Some(provider) = os.placement.providers.get_mut(&uuid) {
            provider.generation += 1;
        }
    }
    Ok(())
}

/// Gives back all that a consumer takes; false if it takes nothing.
pub fn release(os: &mut OpenStack, consumer: &str) -> bool {
    let Some(gone) = os.placement.consumers.remove(consumer) else { return false };
    gone.allocations.iter().for_each(|allocation| release_one(os, allocation, &mut BTreeMap::new()));
    true
}

/// Notes in `before` how much was taken until now.
fn release_one(os: &mut OpenStack, allocation: &Allocation, before: &mut BTreeMap<(Id, Class), i64>) {
    let Some(provider) = os.placement.providers.get_mut(&allocation.provider) else { return };
    for (class, amount) in &allocation.resources {
        if let Some(inventory) = provider.inventories.iter_mut().find(|inventory| inventory.class == *class) {
            before.entry((allocation.provider.clone(), class.clone())).or_insert(inventory.used);
            inventory.used = (inventory.used - amount).max(0);
        }
    }
}

/// What is over its capacity already may stay so, as long as it becomes no more.
fn take(os: &mut OpenStack, allocation: &Allocation, before: &BTreeMap<(Id, Class), i64>) -> Result<(), Refusal> {
    let uuid = &allocation.provider;
    let has_any =
        |provider: &Provider| allocation.resources.iter().any(|(class, _)| provider.inventory(class).is_some());
    let provider = os.placement.providers.get_mut(uuid);
    let Some(provider) = provider.filter(|provider| has_any(provider)) else {
        let classes: Vec<_> = allocation.resources.iter().map(|(class, _)| class.to_string()).collect();
        return Err(Refusal::NoInventory(classes.join(", ").into(), uuid.clone()));
    };
    for (class, amount) in &allocation.resources {
        let inventory = provider.inventories.iter_mut().find(|inventory| inventory.class == *class);
        let inventory = inventory.ok_or_else(|| Refusal::NoInventory(class.clone(), uuid.clone()))?;
        if !inventory.allows(*amount) {
            return Err(Refusal::Constraints(class.clone(), uuid.clone()));
        }
        let used = inventory.used.saturating_add(*amount);
        let was = before.get(&(uuid.clone(), class.clone())).copied();
        if inventory.capacity() < used as f64 && was.is_none_or(|was| used > was) {
            return Err(Refusal::Capacity(class.clone(), uuid.clone()));
        }
        inventory.used = used;
    }
    Ok(())
}

/// A consumer that takes nothing any more is forgotten.
fn record(os: &mut OpenStack, now: DateTime<Utc>, wanted: Wanted) {
    let old = os.placement.consumers.get(&wanted.consumer);
    let (generation, kind) = old.map_or((0, None), |old| (old.generation, old.kind.clone()));
    let stays = old.is_some_and(|old| old.project == wanted.project);
    if wanted.allocations.is_empty() {
        os.placement.consumers.remove(&wanted.consumer);
        return;
    }
    let consumer = Consumer {
        uuid: wanted.consumer,
        project: wanted.project,
        user: wanted.user,
        kind: wanted.kind.or(kind),
        generation: generation + 1,
        allocations: wanted.allocations,
        modified: now,
    };
    match stays.then(|| os.placement.consumers.get_mut(&consumer.uuid)).flatten() {
        Some(row) => *row = consumer,
        None => _ = os.placement.consumers.insert(consumer),
    }
}
