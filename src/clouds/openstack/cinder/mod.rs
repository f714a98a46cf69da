//! Cinder: block storage, API v3. One folder or file for each resource of the API.

pub mod attachments;
pub mod availability_zones;
pub mod backends;
pub mod backups;
pub mod capabilities;
pub mod clusters;
pub mod consistency_groups;
mod dialect;
pub mod errors;
pub mod extensions;
pub mod formats;
pub mod group_snapshots;
pub mod group_types;
pub mod groups;
pub mod hosts;
pub mod limits;
pub mod listing;
pub mod log_levels;
pub mod manageable;
pub mod messages;
pub mod parameter_types;
pub mod policy;
pub mod qos_specs;
pub mod quotas;
pub mod resource_filters;
pub mod scheduler;
pub mod scheduler_stats;
pub mod services;
pub mod snapshots;
pub mod status;
pub mod transfers;
pub mod types;
pub mod versions;
pub mod volumes;
pub mod workers;

use super::descriptor::{CatalogEntry, Microversions, OSLO_BODY_LIMIT, ServiceDescriptor};
use super::quotas::Limits;
use super::{OpenStack, python};
use crate::engine::{AnyTable, Operation, Problem, Table, Transition, Version};
use chrono::{DateTime, Utc};
use std::sync::OnceLock;

/// The tables of Cinder.
#[derive(Clone, Default)]
pub struct Cinder {
    pub volumes: Table<volumes::Volume>,
    pub snapshots: Table<snapshots::Snapshot>,
    pub backups: Table<backups::Backup>,
    pub messages: Table<messages::Message>,
    pub attachments: Table<attachments::Attachment>,
    pub transfers: Table<transfers::Transfer>,
    pub unmanaged: Table<manageable::Unmanaged>,
    pub volume_types: Table<types::VolumeType>,
    pub default_types: Table<types::DefaultType>,
    pub qos_specs: Table<qos_specs::QosSpecs>,
    pub groups: Table<groups::Group>,
    pub group_snapshots: Table<group_snapshots::GroupSnapshot>,
    pub group_types: Table<group_types::GroupType>,
    pub quota_usages: Table<quotas::Usage>,
    pub quotas: Table<Limits>,
    pub services: Table<services::Service>,
    pub quota_classes: Table<Limits>,
}

impl Cinder {
    /// The tables by name. The pattern has no `..`, so that a new table cannot be forgotten here.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Cinder {
            volumes,
            snapshots,
            backups,
            messages,
            attachments,
            transfers,
            unmanaged,
            volume_types,
            default_types,
            qos_specs,
            groups,
            group_snapshots,
            group_types,
            quota_usages,
            quotas,
            quota_classes,
            services,
        } = self;
        vec![
            ("volumes", volumes),
            ("snapshots", snapshots),
            ("backups", backups),
            ("messages", messages),
            ("attachments", attachments),
            ("transfers", transfers),
            ("unmanaged", unmanaged),
            ("volume_types", volume_types),
            ("default_types", default_types),
            ("qos_specs", qos_specs),
            ("groups", groups),
            ("group_snapshots", group_snapshots),
            ("group_types", group_types),
            ("quota_usages", quota_usages),
            ("quotas", quotas),
            ("quota_classes", quota_classes),
            ("services", services),
        ]
    }
}

/// All transitions of Cinder.
pub const TRANSITIONS: &[&[&Transition<OpenStack>]] = &[
    volumes::TRANSITIONS,
    snapshots::TRANSITIONS,
    backups::TRANSITIONS,
    groups::TRANSITIONS,
    group_snapshots::TRANSITIONS,
    volumes::actions::extend::TRANSITIONS,
    volumes::actions::images::TRANSITIONS,
    volumes::actions::removal::TRANSITIONS,
    volumes::actions::migrate::TRANSITIONS,
    volumes::actions::retype::TRANSITIONS,
    volumes::actions::revert::TRANSITIONS,
    manageable::TRANSITIONS,
    messages::TRANSITIONS,
];

/// The oldest microversion, which is also the default.
pub const OLDEST: Version = (3, 0);
/// The newest microversion.
pub const LATEST: Version = (3, 71);

/// The descriptor of the service.
pub static SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "cinder",
    catalog: &[
        CatalogEntry {
            service_type: "block-storage",
            name: "cinder",
            description: "Cinder Block Storage Service",
            path: "/v3/%(project_id)s",
        },
        CatalogEntry {
            service_type: "volumev3",
            name: "cinderv3",
            description: "Cinder Block Storage Service V3",
            path: "/v3/%(project_id)s",
        },
    ],
    type_aliases: &["block-store", "volume", "volumev2"],
    port: 8776,
    path: "/volume",
    dialect: &dialect::CinderDialect,
    // The project in the path is optional (cinder/api/openstack/__init__.py).
    prefixes: &["/v3/{project_id}", "/v3"],
    body_limit: OSLO_BODY_LIMIT,
    operations,
    microversions: Some(Microversions { service_type: "volume", oldest: OLDEST, latest: LATEST }),
    tables: |os| os.cinder.tables(),
    transitions: || TRANSITIONS.to_vec(),
    policy: &policy::POLICY.rules,
    quotas: Some(quotas::QUOTAS),
    seed,
    population: None,
    on_event: None,
    instance: OnceLock::new(),
};

fn seed(os: &mut OpenStack, installed: DateTime<Utc>) {
    types::seed(os, installed);
    group_types::seed(os, installed);
    manageable::seed(os);
    services::seed(os);
}

fn operations() -> Vec<&'static [Operation<OpenStack>]> {
    let resources = [
        versions::OPERATIONS,
        volumes::OPERATIONS,
        volumes::metadata::OPERATIONS,
        volumes::encryption::OPERATIONS,
        volumes::image_metadata::OPERATIONS,
        attachments::OPERATIONS,
        transfers::OPERATIONS,
        manageable::volumes::OPERATIONS,
        manageable::snapshots::OPERATIONS,
        quotas::sets::OPERATIONS,
        quotas::classes::OPERATIONS,
        limits::OPERATIONS,
        services::OPERATIONS,
        log_levels::OPERATIONS,
        hosts::OPERATIONS,
        scheduler_stats::OPERATIONS,
        capabilities::OPERATIONS,
        availability_zones::OPERATIONS,
        clusters::OPERATIONS,
        workers::OPERATIONS,
        resource_filters::OPERATIONS,
        extensions::OPERATIONS,
        snapshots::OPERATIONS,
        snapshots::metadata::OPERATIONS,
        snapshots::actions::OPERATIONS,
        backups::OPERATIONS,
        backups::restore::OPERATIONS,
        backups::records::OPERATIONS,
        backups::actions::OPERATIONS,
        messages::OPERATIONS,
        types::OPERATIONS,
        qos_specs::OPERATIONS,
        group_types::OPERATIONS,
        group_types::specs::OPERATIONS,
        groups::OPERATIONS,
        groups::actions::OPERATIONS,
        groups::replication::OPERATIONS,
        group_snapshots::OPERATIONS,
        consistency_groups::OPERATIONS,
        types::extra_specs::OPERATIONS,
        types::access::OPERATIONS,
        types::encryption::OPERATIONS,
        types::defaults::OPERATIONS,
    ];
    [&resources[..], volumes::actions::OPERATIONS].concat()
}

/// `strutils.bool_from_string(text, strict=True)` of the query parameter `name`. Fails with 400.
pub fn strict_bool(name: &str, text: &str) -> Result<bool, Problem> {
    python::bool_from_string(text).ok_or_else(|| errors::not_a_boolean(name, text))
}
