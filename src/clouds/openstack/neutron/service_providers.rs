//! Who provides network services: in this cloud routers alone (neutron/db/servicetype_db.py).

use super::attributes::{ValueType, read_only as attribute};
use super::listing::has_one;
use super::read_only::{Listed, create, delete, show, update};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get, post, put};
use serde_json::{Value, json};

static KIND: ValueType = ValueType::new(
    "service_provider",
    "service_providers",
    &[attribute("service_type"), attribute("name"), attribute("default")],
);

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/service-providers", "neutron.service_provider.list", list)
        .summary("Lists service providers.")
        .policy_on_target("get_service_provider"),
    post("/service-providers", "neutron.service_provider.create", create::<Providers>)
        .summary("Refuses to create a service provider."),
    get("/service-providers/{id}", "neutron.service_provider.show", show::<Providers>)
        .summary("Refuses to show a service provider."),
    put("/service-providers/{id}", "neutron.service_provider.update", update::<Providers>)
        .summary("Refuses to update a service provider."),
    crate::engine::delete("/service-providers/{id}", "neutron.service_provider.delete", delete::<Providers>)
        .summary("Refuses to delete a service provider."),
];

struct Providers;

impl Listed for Providers {
    const KIND: &'static ValueType = &KIND;
}

/// A provider of routers: its name, and the driver behind it.
pub struct Provider {
    pub name: &'static str,
    driver: &'static str,
}

const DRIVERS: &str = "neutron.services.l3_router.service_providers.";
const SERVICE_TYPE: &str = "L3_ROUTER_NAT";

/// As upstream's driver controller lists them.
const PROVIDERS: [Provider; 4] = [
    Provider { name: "dvrha", driver: "dvrha.DvrHaDriver" },
    Provider { name: "dvr", driver: "dvr.DvrDriver" },
    Provider { name: "ha", driver: "ha.HaDriver" },
    Provider { name: "single_node", driver: "single_node.SingleNodeDriver" },
];

/// The provider whose driver is of this (full) name.
pub fn by_driver(driver: &str) -> Option<&'static Provider> {
    let short = driver.strip_prefix(DRIVERS)?;
    PROVIDERS.iter().find(|provider| provider.driver == short)
}

/// Parameters that are none are passed over; there are no pages.
fn list(call: &Call, _os: &OpenStack) -> Answer {
    let fits = |name: &str, value: Value| {
        let wanted: Vec<Value> =
            call.query.iter().filter(|(key, _)| key == name).map(|(_, text)| json!(text)).collect();
        wanted.is_empty() || has_one(&value, &wanted)
    };
    let found = PROVIDERS.iter().filter(|provider| {
        fits("service_type", json!(SERVICE_TYPE)) && fits("name", json!(provider.name)) && fits("default", json!(false))
    });
    Ok(Response::many("service_providers", found, |o, provider| {
        o.set("service_type", SERVICE_TYPE);
        o.set("name", provider.name);
        o.set("default", false);
    }))
}
