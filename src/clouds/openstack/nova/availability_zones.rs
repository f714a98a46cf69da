//! Availability zones, which are defined by the metadata of host aggregates
//! (nova/api/openstack/compute/availability_zone.py).

use super::super::OpenStack;
use super::super::times::Micros;
use super::flavors::nothing_since_2_102;
use super::services::{Service, heartbeat};
use crate::engine::{Answer, Call, Id, Operation, Response, get};
use std::collections::BTreeMap;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/os-availability-zone", "nova.availability_zone.list", list)
        .summary("Lists availability zones.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-availability-zone:list"),
    get("/os-availability-zone/detail", "nova.availability_zone.list_detail", detail)
        .summary("Lists availability zones with their hosts and services.")
        .query(nothing_since_2_102)
        .policy("os_compute_api:os-availability-zone:detail"),
];

/// The zone of the controller services, which the brief list hides.
const INTERNAL: &str = "internal";

/// All zones by name. A zone is available if at least one of its services is enabled.
struct Zones<'o> {
    available: BTreeMap<Id, Vec<&'o Service>>,
    not_available: Vec<Id>,
}

fn zones(os: &OpenStack) -> Zones<'_> {
    let mut available: BTreeMap<Id, Vec<&Service>> = BTreeMap::new();
    for service in os.nova.services.all().rev().filter(|service| !service.disabled) {
        available.entry(service.zone(os)).or_default().push(service);
    }
    let disabled = os.nova.services.all().rev().filter(|service| service.disabled);
    let mut not_available: Vec<Id> = disabled.map(|service| service.zone(os)).collect();
    not_available.retain(|zone| !available.contains_key(zone));
    not_available.sort();
    not_available.dedup();
    Zones { available, not_available }
}

/// True if the zone exists and has an enabled service.
pub fn is_zone(os: &OpenStack, name: &str) -> bool {
    let is_available = |service: &Service| !service.disabled && *service.zone(os) == *name;
    name != INTERNAL && os.nova.services.all().any(is_available)
}

fn list(_call: &Call, os: &OpenStack) -> Answer {
    let zones = zones(os);
    let names = zones.available.keys().map(|zone| (zone, true));
    let names = names.chain(zones.not_available.iter().map(|zone| (zone, false)));
    Ok(Response::many("availabilityZoneInfo", names.filter(|(zone, _)| ***zone != *INTERNAL), |o, (zone, is_up)| {
        o.set("zoneName", zone);
        o.object("zoneState", |o| o.set("available", is_up));
        o.set("hosts", ());
    }))
}

fn detail(call: &Call, os: &OpenStack) -> Answer {
    let zones = zones(os);
    Ok(Response::object(|o| {
        o.list("availabilityZoneInfo", |list| {
            for (zone, services) in &zones.available {
                let mut hosts: BTreeMap<&Id, Vec<&Service>> = BTreeMap::new();
                services.iter().for_each(|service| hosts.entry(&service.host).or_default().push(service));
                list.object(|o| {
                    o.set("zoneName", zone);
                    o.object("zoneState", |o| o.set("available", true));
                    o.object("hosts", |o| {
                        for (host, services) in hosts {
                            o.object(host, |o| {
                                for service in services {
                                    o.object(&service.binary, |o| {
                                        o.set("available", service.is_up());
                                        o.set("active", !service.disabled);
                                        o.set("updated_at", Micros(heartbeat(call.now)));
                                    });
                                }
                            });
                        }
                    });
                });
            }
            for zone in &zones.not_available {
                list.object(|o| {
                    o.set("zoneName", zone);
                    o.object("zoneState", |o| o.set("available", false));
                    o.set("hosts", ());
                });
            }
        });
    }))
}
