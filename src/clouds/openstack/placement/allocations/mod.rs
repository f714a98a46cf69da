//! Allocations: the resources that a consumer (a server, a migration) uses at each provider
//! (placement/objects/allocation.py, placement/objects/consumer.py).

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

/// A consumer with its allocations. It goes with its last one; one that never had any stays (see [`ensure`]).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Consumer {
    pub uuid: Id,
    pub project: Id,
    pub user: Id,
    /// `INSTANCE`, `MIGRATION`; `None` if no request has set it (before 1.38).
    pub kind: Option<Id>,
    /// The number of changes. Since 1.28 a request that changes the consumer must name the current one.
    pub generation: i64,
    pub allocations: Vec<Allocation>,
    pub modified: DateTime<Utc>,
}

const BY_PROVIDER: Index<Consumer> =
    Index::new("provider", |consumer, key| consumer.allocations.iter().for_each(|one| key(&one.provider)));

/// The owner is the project, so the table lists its consumers.
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

/// The resources that a consumer uses at one provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    pub provider: Id,
    /// Amounts by resource class.
    pub resources: Vec<(Class, i64)>,
}

/// The allocations that replace those of a consumer; none of them removes the consumer.
#[derive(Clone, Debug)]
pub struct AllocationRequest {
    pub consumer: Id,
    pub project: Id,
    pub user: Id,
    pub kind: Option<Id>,
    pub allocations: Vec<Allocation>,
}

/// Why an allocation is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The resource class does not exist.
    NoSuchClass(Class),
    /// The provider has no inventory of the class.
    NoInventory(Class, Id),
    /// The amount violates `min_unit`, `max_unit` or `step_size`.
    Constraints(Class, Id),
    /// The provider has no capacity left for the amount.
    Capacity(Class, Id),
}

impl Refusal {
    /// The message of upstream's exception.
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

/// Creates the consumers that do not exist, without allocations (`ensure_consumer`). Upstream does so before it looks for
/// the providers of a request.
pub fn ensure(os: &mut OpenStack, now: DateTime<Utc>, requests: &[AllocationRequest]) {
    for request in requests {
        if os.placement.consumers.contains(&request.consumer) {
            continue;
        }
        os.placement.consumers.insert(Consumer {
            uuid: request.consumer.clone(),
            project: request.project.clone(),
            user: request.user.clone(),
            kind: request.kind.clone(),
            generation: 0,
            allocations: vec![],
            modified: now,
        });
    }
}

/// Replaces the allocations of consumers (`replace_all`). After an error the state is partly changed: a handler must
/// return the error, which undoes its changes, or check the capacity beforehand.
pub fn replace(os: &mut OpenStack, now: DateTime<Utc>, requests: Vec<AllocationRequest>) -> Result<(), Refusal> {
    let classes = requests.iter().flat_map(|one| &one.allocations).flat_map(|allocation| &allocation.resources);
    if let Some((unknown, _)) = classes.into_iter().find(|(class, _)| !resource_classes::exists(os, class)) {
        return Err(Refusal::NoSuchClass(unknown.clone()));
    }
    let mut before = BTreeMap::new();
    let mut visited: BTreeSet<Id> = BTreeSet::new();
    for one in &requests {
        let old = os.placement.consumers.get(&one.consumer).map(|consumer| consumer.allocations.clone());
        for allocation in old.iter().flatten() {
            if one.allocations.is_empty() {
                visited.insert(allocation.provider.clone());
            }
            release_one(os, allocation, &mut before);
        }
    }
    for one in requests {
        for allocation in &one.allocations {
            allocate(os, allocation, &before)?;
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

/// Removes a consumer with its allocations; false if it has none.
pub fn release(os: &mut OpenStack, consumer: &str) -> bool {
    if os.placement.consumers.get(consumer).is_none_or(|one| one.allocations.is_empty()) {
        return false;
    }
    let Some(gone) = os.placement.consumers.remove(consumer) else { return false };
    gone.allocations.iter().for_each(|allocation| release_one(os, allocation, &mut BTreeMap::new()));
    true
}

/// Removes an allocation. `before` gets the usage that the inventory had first.
fn release_one(os: &mut OpenStack, allocation: &Allocation, before: &mut BTreeMap<(Id, Class), i64>) {
    let Some(provider) = os.placement.providers.get_mut(&allocation.provider) else { return };
    for (class, amount) in &allocation.resources {
        if let Some(inventory) = provider.inventories.iter_mut().find(|inventory| inventory.class == *class) {
            before.entry((allocation.provider.clone(), class.clone())).or_insert(inventory.used);
            inventory.used = (inventory.used - amount).max(0);
        }
    }
}

/// Adds an allocation. An inventory beyond its capacity is accepted as long as its usage does not grow.
fn allocate(os: &mut OpenStack, allocation: &Allocation, before: &BTreeMap<(Id, Class), i64>) -> Result<(), Refusal> {
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

/// Stores the consumer, or removes it if it has no allocations any more. One that had none before stays.
fn record(os: &mut OpenStack, now: DateTime<Utc>, request: AllocationRequest) {
    let old = os.placement.consumers.get(&request.consumer);
    let (generation, kind) = old.map_or((0, None), |old| (old.generation, old.kind.clone()));
    let same_owner = old.is_some_and(|old| old.project == request.project);
    if request.allocations.is_empty() {
        if old.is_some_and(|old| !old.allocations.is_empty()) {
            os.placement.consumers.remove(&request.consumer);
        }
        return;
    }
    let consumer = Consumer {
        uuid: request.consumer,
        project: request.project,
        user: request.user,
        kind: request.kind.or(kind),
        generation: generation + 1,
        allocations: request.allocations,
        modified: now,
    };
    match same_owner.then(|| os.placement.consumers.get_mut(&consumer.uuid)).flatten() {
        Some(row) => *row = consumer,
        None => _ = os.placement.consumers.insert(consumer),
    }
}
