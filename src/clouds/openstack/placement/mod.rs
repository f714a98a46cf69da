//! Placement: the inventories of resource providers (vCPUs, memory, disk), and the allocations of consumers from
//! them. Nova's scheduler allocates here, so usages are those of the existing servers.
//!
//! The files follow placement/handlers, placement/objects and placement/schemas.

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

/// The tables of one cloud's Placement.
#[derive(Clone, Default)]
pub struct Placement {
    pub providers: Table<resource_providers::Provider>,
    pub consumers: Table<allocations::Consumer>,
    pub resource_classes: Table<resource_classes::CustomClass>,
    pub traits: Table<traits::CustomTrait>,
}

impl Placement {
    /// The tables with the names that they have in snapshots. The pattern has no `..`, so a table that is missing here
    /// does not compile.
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

/// The oldest supported microversion, which applies if a request names none.
pub const OLDEST: Version = (1, 0);
/// The newest supported microversion.
pub const LATEST: Version = (1, 39);

/// How Placement is registered.
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
