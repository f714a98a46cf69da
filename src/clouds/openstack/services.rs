//! The services of an OpenStack cloud. Another one is a folder beside this file with a [`ServiceDescriptor`], a field
//! of [`OpenStack`], and a line here.

use super::descriptor::ServiceDescriptor;
use crate::clouds::provider::Place;
use crate::engine::AnyService;
use std::sync::Arc;

/// In the order of the catalog, of `GET /clouds`, and of what a fresh cloud is filled in.
pub static SERVICES: &[&ServiceDescriptor] = &[
    &super::keystone::SERVICE,
    &super::cinder::SERVICE,
    &super::glance::SERVICE,
    &super::nova::SERVICE,
    &super::neutron::SERVICE,
    &super::placement::SERVICE,
];

pub fn all() -> Vec<Arc<dyn AnyService>> {
    SERVICES.iter().map(|descriptor| -> Arc<dyn AnyService> { descriptor.service().clone() }).collect()
}

/// Where the default configuration has each service.
pub fn places() -> Vec<Place> {
    let place = |one: &&ServiceDescriptor| Place { service: one.name, port: Some(one.port), path: one.path };
    SERVICES.iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_asks_a_rule_of_its_service() {
        for descriptor in SERVICES {
            for operation in descriptor.service().operations() {
                let known = operation.policy.is_empty() || descriptor.policy.knows(operation.policy);
                assert!(known, "{} asks the unknown rule {}", operation.name, operation.policy);
            }
        }
    }
}
