//! [`ServiceDescriptor`] is what the rest of the cloud knows of an OpenStack service. The `mod.rs` of the service's
//! folder defines it and [`SERVICES`](super::services::SERVICES) lists it; everything else is derived from these.

use super::OpenStack;
use super::events::Event;
use super::policy::Policy;
use crate::engine::{AnyTable, Context, Dialect, Id, Operation, Service, Transition, Version};
use chrono::{DateTime, Utc};
use std::sync::{Arc, LazyLock, OnceLock};

pub struct ServiceDescriptor {
    /// Its name in configuration files, `GET /clouds`, faults and snapshots: `cinder`.
    pub name: &'static str,
    /// Its entries in Keystone's catalog, the main one first.
    pub catalog: &'static [CatalogEntry],
    /// Service types that are not in the catalog but that access rules of application credentials may use (aliases of
    /// the service types authority).
    pub type_aliases: &'static [&'static str],
    /// Its port in the default configuration of a cloud with a port per service.
    pub port: u16,
    /// Its path in the default configuration of a cloud with one port.
    pub path: &'static str,
    pub dialect: &'static dyn Dialect<OpenStack>,
    /// The prefixes of all operation paths that are not absolute. The first one is published.
    pub prefixes: &'static [&'static str],
    /// The largest JSON body of a request, in bytes.
    pub body_limit: usize,
    /// The operations of its resources, in the order of `GET /operations`.
    pub operations: fn() -> Vec<&'static [Operation<OpenStack>]>,
    /// None if its API has no microversions.
    pub microversions: Option<Microversions>,
    /// Its tables with their names, always in the same order.
    pub tables: fn(&mut OpenStack) -> Vec<(&'static str, &mut dyn AnyTable)>,
    pub transitions: fn() -> Vec<&'static [&'static Transition<OpenStack>]>,
    /// The policy rules that its operations refer to.
    pub policy: &'static LazyLock<Policy>,
    /// None if it has no quotas.
    pub quotas: Option<Quotas>,
    /// Adds the initial rows of a new cloud, with the given time of creation. Services are seeded in the order of the
    /// list.
    pub seed: fn(&mut OpenStack, DateTime<Utc>),
    /// Adds the rows of a populated cloud.
    pub population: Option<Populate>,
    /// Called for every event of any service.
    pub on_event: Option<fn(&mut OpenStack, &mut Context, &Event)>,
    /// The service that [`ServiceDescriptor::service`] creates on its first call.
    pub instance: OnceLock<Arc<Service<OpenStack>>>,
}

/// The default body limit, in bytes.
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
    /// The path of its endpoints after the URL of the service.
    pub path: &'static str,
}

/// The range of microversions that a service supports.
pub struct Microversions {
    /// The name of the service in `OpenStack-API-Version`: `volume`.
    pub service_type: &'static str,
    /// The oldest version, which is also the default.
    pub oldest: Version,
    pub latest: Version,
}

/// Access to the project limits of a service, for scenarios.
pub struct Quotas {
    /// True if the service has a limit for the resource.
    pub has: fn(&OpenStack, resource: &str) -> bool,
    /// Sets a project's limit for a resource, or removes it, and returns the former one if there was one.
    pub set: fn(&mut OpenStack, project: &Id, resource: &str, limit: Option<i64>) -> Option<i64>,
}

/// Adds the rows of a populated cloud; an error says why that is not possible.
pub type Populate = fn(&mut OpenStack, &mut Context, Population) -> Result<(), String>;

/// What a populated cloud has beyond a new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Population {
    /// A few people in two projects.
    SmallTeam,
    /// Thousands of servers in hundreds of projects.
    Large,
    /// What DevStack makes after the installation.
    DevStack,
}

impl ServiceDescriptor {
    /// The service as the engine runs it. There is one per process, because it holds no state of a cloud.
    pub fn service(&'static self) -> &'static Arc<Service<OpenStack>> {
        self.instance.get_or_init(|| {
            let service = Service::new(self.name, self.dialect, self.prefixes, &(self.operations)());
            Arc::new(service.limits_bodies_to(self.body_limit))
        })
    }

    /// True if access rules may call the service by this type.
    pub fn is_of_type(&self, service_type: &str) -> bool {
        self.catalog.iter().any(|entry| entry.service_type == service_type) || self.type_aliases.contains(&service_type)
    }
}
