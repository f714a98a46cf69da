//! The list of services. To add one, add a folder with a [`ServiceDescriptor`] beside this file, a field to
//! [`OpenStack`](super::OpenStack), and a line here.

use super::descriptor::ServiceDescriptor;
use crate::clouds::provider::Place;
use crate::engine::AnyService;
use std::sync::Arc;

/// The services in the order of the catalog and of `GET /clouds`, which is also the order in which they are seeded.
pub static SERVICES: &[&ServiceDescriptor] = &[
    &super::keystone::SERVICE,
    &super::cinder::SERVICE,
    &super::glance::SERVICE,
    &super::nova::SERVICE,
    &super::neutron::SERVICE,
    &super::placement::SERVICE,
];

/// The services as the engine runs them.
pub fn all() -> Vec<Arc<dyn AnyService>> {
    SERVICES.iter().map(|descriptor| -> Arc<dyn AnyService> { descriptor.service().clone() }).collect()
}

/// The address of each service in the default configuration.
pub fn places() -> Vec<Place> {
    let place = |one: &&ServiceDescriptor| Place { service: one.name, port: Some(one.port), path: one.path };
    SERVICES.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_names_a_rule_of_its_service() {
        for descriptor in SERVICES {
            for operation in descriptor.service().operations() {
                let known = operation.policy.is_empty() || descriptor.policy.knows(operation.policy);
                assert!(known, "{} names the unknown rule {}", operation.name, operation.policy);
            }
        }
    }
}
