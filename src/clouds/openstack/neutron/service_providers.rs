//! Service providers: in this cloud only those of routers (neutron/db/servicetype_db.py).

use super::attributes::{Body, ResourceType, read_only as attribute};
use super::errors;
use super::listing::{fields, matches_any, wants};
use super::policy::{self, Target};
use super::read_only::{ListOnly, create, delete, show, update};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Problem, Response, get, post, put};
use serde_json::{Value, json};

static KIND: ResourceType = ResourceType::new(
    "service_provider",
    "service_providers",
    &[attribute("service_type"), attribute("name"), attribute("default")],
);

/// The operations on service providers.
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

impl ListOnly for Providers {
    const KIND: &'static ResourceType = &KIND;
}

/// A provider of routers.
pub struct Provider {
    /// The name of the provider.
    pub name: &'static str,
    /// The class of its driver, without the module.
    driver: &'static str,
    /// Its routers are distributed.
    distributed: bool,
    /// Its routers are highly available.
    ha: bool,
}

impl Provider {
    /// Refuses the flags of a router that the provider does not support: each of them is either required or not there
    /// (`_ensure_driver_supports_request`).
    pub fn ensure_supports(&self, body: &Body) -> Result<(), Problem> {
        for (flag, own) in [("distributed", self.distributed), ("ha", self.ha)] {
            if let Some(requested) = body.get(flag).and_then(Value::as_bool).filter(|requested| *requested != own) {
                return Err(errors::flag_not_supported(self.name, flag, requested));
            }
        }
        Ok(())
    }
}

const DRIVERS: &str = "neutron.services.l3_router.service_providers.";
const SERVICE_TYPE: &str = "L3_ROUTER_NAT";

/// The providers in the order of upstream's driver controller.
const PROVIDERS: [Provider; 4] = [
    Provider { name: "dvrha", driver: "dvrha.DvrHaDriver", distributed: true, ha: true },
    Provider { name: "dvr", driver: "dvr.DvrDriver", distributed: true, ha: false },
    Provider { name: "ha", driver: "ha.HaDriver", distributed: false, ha: true },
    Provider { name: "single_node", driver: "single_node.SingleNodeDriver", distributed: false, ha: false },
];

/// The provider with this driver, given by its full name.
pub fn by_driver(driver: &str) -> Option<&'static Provider> {
    let short = driver.strip_prefix(DRIVERS)?;
    PROVIDERS.iter().find(|provider| provider.driver == short)
}

/// Unknown query parameters are ignored, and there are no pages.
fn list(call: &Call, _os: &OpenStack) -> Answer {
    let fits = |name: &str, value: Value| {
        let values: Vec<Value> =
            call.query.iter().filter(|(key, _)| key == name).map(|(_, text)| json!(text)).collect();
        values.is_empty() || matches_any(&value, &values)
    };
    let allowed = policy::allows(call, "get_service_provider", &Target::default());
    let found = PROVIDERS.iter().filter(|provider| {
        allowed
            && fits("service_type", json!(SERVICE_TYPE))
            && fits("name", json!(provider.name))
            && fits("default", json!(false))
    });
    let fields = fields(call);
    Ok(Response::many("service_providers", found, |o, provider| {
        let values = [("service_type", json!(SERVICE_TYPE)), ("name", json!(provider.name)), ("default", json!(false))];
        values.iter().filter(|(name, _)| wants(&fields, name)).for_each(|(name, value)| o.set(name, value));
    }))
}
