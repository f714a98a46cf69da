//! The initial rows of a new cloud. Their ids are derived from names, so they are the same in every cloud.

use super::ids::id;
use super::keystone::endpoints::{Address, Endpoint};
use super::keystone::regions::Region;
use super::keystone::services::Service;
use super::services::SERVICES;
use super::times::installed;
use super::{OpenStack, Site};
use crate::engine::Id;
use serde_json::Map;

/// A new cloud after its installation.
pub fn seeded(site: Site) -> OpenStack {
    let mut os = OpenStack { site: site.into(), ..OpenStack::default() };
    catalog(&mut os);
    SERVICES.iter().for_each(|service| (service.seed)(&mut os, installed()));
    os
}

/// Fills Keystone's catalog: the main entry of every service, then all others.
fn catalog(os: &mut OpenStack) {
    let region: Id = os.site.region.as_str().into();
    os.keystone.regions.insert(Region {
        id: region.clone(),
        description: String::new(),
        parent: None,
        extra: Map::new(),
    });
    let main = SERVICES.iter().flat_map(|service| service.catalog.iter().take(1).map(move |entry| (service, entry)));
    let others = SERVICES.iter().flat_map(|service| service.catalog.iter().skip(1).map(move |entry| (service, entry)));
    for (owner, entry) in main.chain(others) {
        let mut extra = Map::from_iter([("name".to_owned(), entry.name.into())]);
        if !entry.description.is_empty() {
            extra.insert("description".into(), entry.description.into());
        }
        let kind = entry.service_type;
        let service = id("service", kind);
        os.keystone.services.insert(Service { id: service.clone(), kind: kind.into(), enabled: true, extra });
        for interface in ["public", "internal", "admin"] {
            os.keystone.endpoints.insert(Endpoint {
                id: id("endpoint", &format!("{kind} {interface}")),
                service: service.clone(),
                interface: interface.into(),
                region: Some(region.clone()),
                address: Address::Ours { service: owner.name.into(), path: entry.path.into() },
                enabled: true,
                extra: Map::new(),
            });
        }
    }
}
