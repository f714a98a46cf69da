//! Images, API v2.

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
use crate::engine::{AnyTable, Service, Table, Transition};

#[derive(Clone, Default)]
pub struct Glance {
    pub images: Table<images::Image>,
    pub tasks: Table<tasks::Task>,
    pub cache: Table<cache::Cached>,
    pub namespaces: Table<metadefs::Namespace>,
    pub resource_types: Table<metadefs::resource_types::ResourceType>,
}

impl Glance {
    /// Taken apart without `..`, so that a table that is forgotten here does not compile.
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

pub const TRANSITIONS: &[&[&Transition<OpenStack>]] =
    &[images::imports::TRANSITIONS, images::locations::TRANSITIONS, tasks::TRANSITIONS, cache::TRANSITIONS];

pub fn service() -> Service<OpenStack> {
    let resources = [
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
    ];
    Service::new("glance", &dialect::GlanceDialect, versions::PREFIXES, &resources)
}
