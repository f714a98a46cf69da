//! `GET /os-availability-zone` (cinder/api/contrib/availability_zones.py). The only zone is available if a volume
//! service is enabled.

use super::services;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[get("/os-availability-zone", "cinder.availability_zone.list", list).summary("Lists availability zones.")];

fn list(_call: &Call, os: &OpenStack) -> Answer {
    let available = os.cinder.services.all().any(|service| service.binary == services::VOLUME && !service.disabled);
    Ok(Response::many("availabilityZoneInfo", ["nova"], |o, name| {
        o.set("zoneName", name);
        o.object("zoneState", |o| o.set("available", available));
    }))
}
