//! The storage pools and their capabilities, as the scheduler sees them:
//! `GET /scheduler-stats/get_pools` (cinder/api/contrib/scheduler_stats.py).

use super::{backends, resource_filters, strict_bool};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::times::Micros;
use crate::engine::{Answer, Call, Id, Object, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] = &[get("/scheduler-stats/get_pools", "cinder.pool.list", list)
    .summary("Lists back-end storage pools.")
    .policy("scheduler_extension:scheduler_stats:get_pools")];

/// The size of each pool in GiB.
const CAPACITY_GIB: u64 = 100_000;

fn list(call: &Call, os: &OpenStack) -> Answer {
    let detail = call.query("detail").map_or(Ok(false), |text| strict_bool("detail", text))?;
    let mut filters = call.query.clone();
    filters.retain(|(name, _)| name != "detail");
    let mut filters = resource_filters::admitted(call, "pool", filters)?;
    if !call.since(3, 28) {
        filters.clear();
    }
    let filter = |name: &str| filters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let named = filter("name").filter(|name| !name.is_empty());
    let of_type = filter("volume_type").filter(|_| call.since(3, 35));
    let fits = |name: &str| {
        named.is_none_or(|pool| pool == &*backends::volume_host(name))
            && of_type.is_none_or(|volume_type| accepts(os, name, volume_type))
    };
    Ok(Response::many("pools", backends::NAMES.iter().filter(|name| fits(name)), |o, name| {
        o.set("name", backends::volume_host(name));
        if detail {
            o.object("capabilities", |o| capabilities(o, call, os, name));
        }
    }))
}

/// True if volumes of the type, given by id or name, can be placed in the pool.
fn accepts(os: &OpenStack, pool: &str, volume_type: &str) -> bool {
    let found = os
        .cinder
        .volume_types
        .get(volume_type)
        .or_else(|| os.cinder.volume_types.all().find(|one| one.name == volume_type));
    found.is_some_and(|volume_type| volume_type.extra_specs.get("volume_backend_name").is_none_or(|name| name == pool))
}

fn capabilities(o: &mut Object, call: &Call, os: &OpenStack, name: &str) {
    let host: Id = backends::volume_host(name);
    let here = || os.cinder.volumes.all().filter(|volume| volume.host.as_deref() == Some(&*host));
    let allocated: u64 = here().map(|volume| u64::from(volume.size_gib)).sum();
    o.set("pool_name", name);
    o.set("total_capacity_gb", CAPACITY_GIB);
    o.set("free_capacity_gb", CAPACITY_GIB.saturating_sub(allocated));
    o.set("reserved_percentage", 0);
    o.set("provisioned_capacity_gb", allocated);
    o.set("location_info", format_args!("FileDriver:{}:{name}", backends::HOST));
    o.set("QoS_support", false);
    o.set("max_over_subscription_ratio", "20.0");
    o.set("thin_provisioning_support", true);
    o.set("thick_provisioning_support", false);
    o.set("total_volumes", here().count());
    o.set("filter_function", ());
    o.set("goodness_function", ());
    o.set("multiattach", true);
    o.set("online_extend_support", true);
    o.set("backend_state", "up");
    o.set("consistent_group_snapshot_enabled", false);
    o.set("replication_enabled", true);
    o.set("consistencygroup_support", false);
    o.set("allocated_capacity_gb", allocated);
    o.set("cacheable", true);
    o.set("volume_backend_name", name);
    o.set("storage_protocol", backends::PROTOCOL);
    o.set("vendor_name", backends::VENDOR);
    o.set("driver_version", "1.0.0");
    o.set("timestamp", Micros(call.now));
}
