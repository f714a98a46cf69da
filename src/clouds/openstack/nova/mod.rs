//! Nova: the Compute service, API v2.1.

pub mod aggregates;
pub mod assisted_snapshots;
pub mod audit_log;
pub mod availability_zones;
mod dialect;
pub mod errors;
pub mod extensions;
pub mod flavors;
pub mod guest_hardware;
pub mod host_filters;
pub mod hosts;
pub mod hypervisors;
pub mod image_properties;
pub mod instance_actions;
pub mod keypairs;
pub mod limits;
pub mod links;
pub mod migrations;
pub mod paging;
pub mod parameter_types;
pub mod policy;
pub mod population;
pub mod proxies;
pub mod quotas;
pub mod remote_consoles;
pub mod retired;
pub mod scheduler;
pub mod server_groups;
pub mod server_passwords;
pub mod server_shares;
pub mod servers;
pub mod services;
pub mod tenant_usage;
pub mod versions;

use super::OpenStack;
use super::descriptor::{CatalogEntry, Microversions, OSLO_BODY_LIMIT, ServiceDescriptor};
use super::quotas::Limits;
use crate::engine::{AnyTable, Operation, Table, Transition, Version};
use chrono::{DateTime, Utc};
use std::sync::OnceLock;

/// The tables of Nova. Row ids are unique within a table.
#[derive(Clone, Default)]
pub struct Nova {
    pub flavors: Table<flavors::Flavor>,
    pub keypairs: Table<keypairs::Keypair>,
    pub server_groups: Table<server_groups::ServerGroup>,
    pub servers: Table<servers::Server>,
    /// The servers deleted last. Administrators may list them.
    pub deleted_servers: Table<servers::Server>,
    /// Server snapshots in progress, by image id.
    pub snapshots: Table<servers::actions::image::Snapshot>,
    /// Servers, cores and memory in use, by project.
    pub usages: Table<servers::usage::Usage>,
    pub migrations: Table<migrations::Migration>,
    pub services: Table<services::Service>,
    pub aggregates: Table<aggregates::Aggregate>,
    /// Limits set for projects, and for users within projects.
    pub quotas: Table<Limits>,
    /// Limits set for quota classes.
    pub quota_classes: Table<Limits>,
    pub console_tokens: Table<remote_consoles::ConsoleToken>,
}

impl Nova {
    /// Every table with its name in the control API and in snapshots of the world.
    /// The pattern has no `..`, so a new field that is not listed here does not compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Nova {
            flavors,
            keypairs,
            server_groups,
            servers,
            deleted_servers,
            snapshots,
            usages,
            migrations,
            services,
            aggregates,
            quotas,
            quota_classes,
            console_tokens,
        } = self;
        vec![
            ("flavors", flavors),
            ("keypairs", keypairs),
            ("server_groups", server_groups),
            ("servers", servers),
            ("deleted_servers", deleted_servers),
            ("snapshots", snapshots),
            ("usages", usages),
            ("migrations", migrations),
            ("services", services),
            ("aggregates", aggregates),
            ("quotas", quotas),
            ("quota_classes", quota_classes),
            ("console_tokens", console_tokens),
        ]
    }
}

/// State transitions of all resources except server actions, which have their own list.
pub const TRANSITIONS: &[&[&Transition<OpenStack>]] = &[
    servers::build::TRANSITIONS,
    servers::delete::TRANSITIONS,
    servers::volume_attachments::TRANSITIONS,
    servers::external_events::TRANSITIONS,
    servers::interfaces::TRANSITIONS,
];

/// The microversion of clients that request none.
pub const OLDEST: Version = (2, 1);
/// The newest supported microversion.
pub const LATEST: Version = (2, 104);

pub static SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "nova",
    catalog: &[CatalogEntry {
        service_type: "compute",
        name: "nova",
        description: "Nova Compute Service",
        path: "/v2.1",
    }],
    type_aliases: &[],
    port: 8774,
    path: "/compute",
    dialect: &dialect::NovaDialect,
    // The project in the path is optional (nova/api/openstack/__init__.py).
    prefixes: &["/v2.1", "/v2.1/{project_id}", "/v2", "/v2/{project_id}"],
    body_limit: OSLO_BODY_LIMIT,
    operations,
    microversions: Some(Microversions { service_type: "compute", oldest: OLDEST, latest: LATEST }),
    tables: |os| os.nova.tables(),
    transitions: || [TRANSITIONS, servers::actions::TRANSITIONS].concat(),
    policy: &policy::POLICY.rules,
    quotas: Some(quotas::QUOTAS),
    seed,
    population: Some(population::populate),
    on_event: Some(servers::external_events::on_event),
    instance: OnceLock::new(),
};

fn seed(os: &mut OpenStack, installed: DateTime<Utc>) {
    flavors::seed(os, installed);
    services::seed(os);
}

fn operations() -> Vec<&'static [Operation<OpenStack>]> {
    let resources = [
        versions::OPERATIONS,
        flavors::OPERATIONS,
        flavors::extra_specs::OPERATIONS,
        flavors::access::OPERATIONS,
        keypairs::OPERATIONS,
        server_groups::OPERATIONS,
        instance_actions::OPERATIONS,
        migrations::OPERATIONS,
        migrations::of_server::OPERATIONS,
        remote_consoles::OPERATIONS,
        server_passwords::OPERATIONS,
        server_shares::OPERATIONS,
        servers::OPERATIONS,
        servers::volumes_boot::OPERATIONS,
        servers::metadata::OPERATIONS,
        servers::tags::OPERATIONS,
        servers::addresses::OPERATIONS,
        servers::topology::OPERATIONS,
        servers::diagnostics::OPERATIONS,
        servers::volume_attachments::OPERATIONS,
        servers::interfaces::OPERATIONS,
        servers::security_groups::OPERATIONS,
        servers::external_events::OPERATIONS,
        services::OPERATIONS,
        hosts::OPERATIONS,
        hypervisors::OPERATIONS,
        availability_zones::OPERATIONS,
        aggregates::OPERATIONS,
        aggregates::actions::OPERATIONS,
        aggregates::images::OPERATIONS,
        quotas::sets::OPERATIONS,
        quotas::classes::OPERATIONS,
        limits::OPERATIONS,
        tenant_usage::OPERATIONS,
        audit_log::OPERATIONS,
        assisted_snapshots::OPERATIONS,
        extensions::OPERATIONS,
        retired::OPERATIONS,
    ];
    [&resources[..], servers::actions::OPERATIONS, proxies::OPERATIONS].concat()
}
