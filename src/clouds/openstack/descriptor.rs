//! What one OpenStack service is to the rest of the cloud. The `mod.rs` of its folder has its descriptor, and
//! [`SERVICES`](super::services::SERVICES) has a line for it; everything else follows from these.

use super::OpenStack;
use super::events::Event;
use super::policy::Policy;
use crate::engine::{AnyTable, Context, Dialect, Id, Operation, Service, Transition, Version};
use chrono::{DateTime, Utc};
use std::sync::{Arc, LazyLock, OnceLock};

pub struct ServiceDescriptor {
    /// As configuration files, `GET /clouds`, faults and snapshots call it: `cinder`.
    pub name: &'static str,
    /// Its entries in Keystone's catalog, the main one first.
    pub catalog: &'static [CatalogEntry],
    /// Service types that the catalog has not, but by which access rules of application credentials may name it
    /// (the aliases of the service types authority).
    pub type_aliases: &'static [&'static str],
    /// Its port in the default configuration of a cloud with a port per service.
    pub port: u16,
    /// Its path in the default configuration of a cloud with one port.
    pub path: &'static str,
    pub dialect: &'static dyn Dialect<OpenStack>,
    /// What comes before the path of every operation that is not absolute. The first is the one to publish.
    pub prefixes: &'static [&'static str],
    /// The largest JSON body of a request, in bytes.
    pub body_limit: usize,
    /// The rows of its resources, in the order in which `GET /operations` has them.
    pub operations: fn() -> Vec<&'static [Operation<OpenStack>]>,
    /// None if its operations have no versions.
    pub microversions: Option<Microversions>,
    /// Its tables with their names, always in the same order.
    pub tables: fn(&mut OpenStack) -> Vec<(&'static str, &mut dyn AnyTable)>,
    pub transitions: fn() -> Vec<&'static [&'static Transition<OpenStack>]>,
    /// The rules that its operations name.
    pub policy: &'static LazyLock<Policy>,
    /// None if it limits nothing per project.
    pub quotas: Option<Quotas>,
    /// Adds what a fresh cloud holds, which was made at the given time. The services before it in the list have
    /// theirs already.
    pub seed: fn(&mut OpenStack, DateTime<Utc>),
    /// Adds what a cloud holds that somebody uses already.
    pub population: Option<Populate>,
    /// Called for every event of any service.
    pub on_event: Option<fn(&mut OpenStack, &mut Context, &Event)>,
    /// What [`ServiceDescriptor::service`] made.
    pub instance: OnceLock<Arc<Service<OpenStack>>>,
}

/// The body limit of services that set none of their own, in bytes.
pub const BODY_LIMIT: usize = 1 << 20;

/// oslo.middleware's default for `max_request_body_size`, in bytes.
pub const OSLO_BODY_LIMIT: usize = 114_688;

/// An entry of Keystone's catalog, which has an endpoint for each interface.
pub struct CatalogEntry {
    /// `block-storage`
    pub service_type: &'static str,
    pub name: &'static str,
    /// Empty if there is none.
    pub description: &'static str,
    /// What follows the address of the service in the URL of its endpoints.
    pub path: &'static str,
}

/// The microversions that a service speaks.
pub struct Microversions {
    /// What `OpenStack-API-Version` calls the service: `volume`.
    pub service_type: &'static str,
    /// That of a client that names none.
    pub oldest: Version,
    pub latest: Version,
}

/// The limits of projects, as scenarios set them.
pub struct Quotas {
    /// True if the service limits such a resource.
    pub has: fn(&OpenStack, resource: &str) -> bool,
    /// Sets a project's limit for a resource, or takes it away; what it was, if one was set.
    pub set: fn(&mut OpenStack, project: &Id, resource: &str, limit: Option<i64>) -> Option<i64>,
}

/// Adds what a service holds in such a cloud; an error says why that is not possible.
pub type Populate = fn(&mut OpenStack, &mut Context, Population) -> Result<(), String>;

/// A cloud that somebody uses already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Population {
    /// A few people in two projects.
    SmallTeam,
    /// Thousands of servers in hundreds of projects.
    Large,
}

impl ServiceDescriptor {
    /// The service. There is one in the process: it holds nothing of a cloud's own.
    pub fn service(&'static self) -> &'static Arc<Service<OpenStack>> {
        self.instance.get_or_init(|| {
            let service = Service::new(self.name, self.dialect, self.prefixes, &(self.operations)());
            Arc::new(service.limits_bodies_to(self.body_limit))
        })
    }

    /// True if access rules may call it so.
    pub fn is_of_type(&self, service_type: &str) -> bool {
        self.catalog.iter().any(|entry| entry.service_type == service_type) || self.type_aliases.contains(&service_type)
    }
}
