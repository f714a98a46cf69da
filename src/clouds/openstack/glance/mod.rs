//! Glance: the Image service, API v2 (glance/api/v2).

pub mod cache;
mod dialect;
pub mod discovery;
pub mod errors;
pub mod images;
pub mod metadefs;
pub mod paging;
pub mod policy;
pub mod schemas;
pub mod stores;
pub mod tasks;
pub mod versions;

use super::OpenStack;
use super::descriptor::{BODY_LIMIT, CatalogEntry, ServiceDescriptor};
use crate::engine::{AnyTable, Operation, Table, Transition};
use chrono::{DateTime, Utc};
use std::sync::OnceLock;

/// The tables of one cloud's Glance.
#[derive(Clone, Default)]
pub struct Glance {
    pub images: Table<images::Image>,
    pub tasks: Table<tasks::Task>,
    pub cache: Table<cache::Cached>,
    pub namespaces: Table<metadefs::Namespace>,
    pub resource_types: Table<metadefs::resource_types::ResourceType>,
}

impl Glance {
    /// The tables with the names that they have in snapshots. The pattern has no `..`, so a table that is missing here
    /// does not compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Glance { images, tasks, cache, namespaces, resource_types } = self;
        vec![
            ("images", images),
            ("tasks", tasks),
            ("cache", cache),
            ("namespaces", namespaces),
            ("resource_types", resource_types),
        ]
    }
}

/// The transitions of all resources.
pub const TRANSITIONS: &[&[&Transition<OpenStack>]] =
    &[images::imports::TRANSITIONS, images::locations::TRANSITIONS, tasks::TRANSITIONS, cache::TRANSITIONS];

/// How Glance is registered.
pub static SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "glance",
    catalog: &[CatalogEntry { service_type: "image", name: "glance", description: "", path: "" }],
    type_aliases: &[],
    port: 9292,
    path: "/image",
    dialect: &dialect::GlanceDialect,
    prefixes: &["/v2"],
    body_limit: BODY_LIMIT,
    operations,
    microversions: None,
    tables: |os| os.glance.tables(),
    transitions: || TRANSITIONS.to_vec(),
    policy: &policy::POLICY.rules,
    quotas: None,
    seed,
    population: Some(images::populate),
    on_event: None,
    instance: OnceLock::new(),
};

fn seed(os: &mut OpenStack, installed: DateTime<Utc>) {
    images::seed(os, installed);
    metadefs::seed(os, installed);
}

fn operations() -> Vec<&'static [Operation<OpenStack>]> {
    vec![
        versions::OPERATIONS,
        images::OPERATIONS,
        images::data::OPERATIONS,
        images::imports::OPERATIONS,
        images::locations::OPERATIONS,
        images::members::OPERATIONS,
        images::tags::OPERATIONS,
        tasks::OPERATIONS,
        cache::OPERATIONS,
        discovery::OPERATIONS,
        schemas::OPERATIONS,
        metadefs::namespaces::OPERATIONS,
        metadefs::objects::OPERATIONS,
        metadefs::properties::OPERATIONS,
        metadefs::resource_types::OPERATIONS,
        metadefs::tags::OPERATIONS,
    ]
}
