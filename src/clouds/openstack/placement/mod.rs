//! Placement: what there is of every resource (vCPUs, memory, disk) at every provider of it, and who has
//! taken how much. Nova's scheduler allocates here, so what it shows is what servers really use.

pub mod aggregates;
pub mod allocations;
pub mod bodies;
pub mod candidates;
mod dialect;
pub mod errors;
pub mod inventories;
pub mod policy;
pub mod query;
pub mod reshaper;
pub mod resource_classes;
pub mod resource_providers;
pub mod seed;
pub mod traits;
pub mod usages;
pub mod versions;

use super::OpenStack;
use super::descriptor::{BODY_LIMIT, CatalogEntry, Microversions, ServiceDescriptor};
use crate::engine::{AnyTable, Id, Operation, Table, Version};
use std::sync::OnceLock;

#[derive(Clone, Default)]
pub struct Placement {
    pub providers: Table<resource_providers::Provider>,
    pub consumers: Table<allocations::Consumer>,
    pub resource_classes: Table<resource_classes::CustomClass>,
    pub traits: Table<traits::CustomTrait>,
}

impl Placement {
    /// Taken apart without `..`, so that a table that is forgotten here does not compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Placement { providers, consumers, resource_classes, traits } = self;
        vec![
            ("resource_providers", providers),
            ("consumers", consumers),
            ("resource_classes", resource_classes),
            ("traits", traits),
        ]
    }
}

/// The name of a resource class: `VCPU`, `CUSTOM_GOLD`.
pub type Class = Id;

/// The microversions that are spoken: the one of a client that names none, and the newest.
pub const OLDEST: Version = (1, 0);
pub const LATEST: Version = (1, 39);

pub static SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "placement",
    catalog: &[CatalogEntry {
        service_type: "placement",
        name: "placement",
        description: "Placement Service",
        path: "",
    }],
    type_aliases: &[],
    port: 8778,
    path: "/placement",
    dialect: &dialect::PlacementDialect,
    prefixes: &[""],
    body_limit: BODY_LIMIT,
    operations,
    microversions: Some(Microversions { service_type: "placement", oldest: OLDEST, latest: LATEST }),
    tables: |os| os.placement.tables(),
    transitions: Vec::new,
    policy: &policy::POLICY.rules,
    quotas: None,
    seed: seed::seed,
    population: None,
    on_event: None,
    instance: OnceLock::new(),
};

fn operations() -> Vec<&'static [Operation<OpenStack>]> {
    vec![
        versions::OPERATIONS,
        resource_providers::OPERATIONS,
        inventories::OPERATIONS,
        usages::OPERATIONS,
        aggregates::OPERATIONS,
        traits::OPERATIONS,
        resource_classes::OPERATIONS,
        allocations::OPERATIONS,
        candidates::OPERATIONS,
        reshaper::OPERATIONS,
    ]
}
