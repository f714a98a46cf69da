//! OpenStack. One state holds all services, so an operation that crosses them (a volume attached to a server, an
//! image made of a volume) is one change.

pub mod auth;
pub mod changes;
pub mod cinder;
pub mod cloud;
pub mod descriptor;
pub mod events;
pub mod glance;
pub mod healthcheck;
pub mod ids;
pub mod injected_errors;
pub mod jsonschema_messages;
pub mod jsonschema_order;
pub mod keystone;
pub mod microversions;
mod mysql;
pub mod neutron;
pub mod nova;
pub mod paging;
pub mod parameter_types;
pub mod path_info;
pub mod placement;
pub mod policy;
mod populations;
mod pprint;
pub mod provider;
pub mod python;
pub mod quotas;
pub mod scope;
pub mod seed;
pub mod services;
pub mod times;
pub mod urls;
pub mod webob;
pub mod wsgi;

use serde::Deserialize;
use std::sync::Arc;

/// The state of a cloud, with a field for each service.
#[derive(Clone, Default)]
pub struct OpenStack {
    pub site: Arc<Site>,
    pub keystone: keystone::Keystone,
    pub cinder: cinder::Cinder,
    pub glance: glance::Glance,
    pub nova: nova::Nova,
    pub neutron: neutron::Neutron,
    pub placement: placement::Placement,
}

/// The configuration of one OpenStack cloud.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub region: String,
    pub passwords: keystone::passwords::PasswordRules,
    pub computes: ComputeHosts,
    pub agents: neutron::dhcp_ports::NetworkAgents,
}

/// The size of the compute hosts of a cloud, which are all alike.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ComputeHosts {
    pub count: u32,
    /// Processors of one host. Each is allocated up to four times.
    pub vcpus: i64,
    /// Memory of one host, in MiB.
    pub memory_mb: i64,
    /// Disk of one host, in GiB.
    pub disk_gb: i64,
}

/// Two hosts with room for a few hundred small servers.
impl Default for ComputeHosts {
    fn default() -> Self {
        ComputeHosts { count: 2, vcpus: 128, memory_mb: 524_288, disk_gb: 20_000 }
    }
}
