//! Availability zones: the zones of the agents of networks and routers (neutron/db/agentschedulers_db.py).

use super::attributes::{ResourceType, read_only};
use super::listing::Query;
use super::networks::ZONE;
use super::policy::{self, Target};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get};

/// The operations on availability zones.
pub const OPERATIONS: &[Operation<OpenStack>] =
    &[get("/availability_zones", "neutron.availability_zone.list", list).summary("Lists availability zones.")];

static KIND: ResourceType = ResourceType::new(
    "availability_zone",
    "availability_zones",
    &[read_only("name").filter(), read_only("resource").filter(), read_only("state").filter()],
)
.unpaged()
.unsorted();

fn list(call: &Call, _os: &OpenStack) -> Answer {
    let query = Query::of(call, &KIND)?;
    let allowed = policy::allows(call, "get_availability_zone", &Target::default());
    let zones = ["network", "router"].into_iter().filter(|resource| {
        let fits = |name: &str, value: &str| {
            query.filter(name).is_none_or(|values| values.iter().any(|one| one.as_str() == Some(value)))
        };
        allowed && fits("name", ZONE) && fits("resource", resource) && fits("state", "available")
    });
    Ok(Response::many("availability_zones", zones, |o, resource| {
        let includes = |name: &str| query.fields.is_empty() || query.fields.iter().any(|field| field == name);
        for (name, value) in [("state", "available"), ("name", ZONE), ("resource", resource)] {
            if includes(name) {
                o.set(name, value);
            }
        }
    }))
}
