//! Floating IP pools: the IPv4 subnets of external networks (neutron/db/l3_fip_pools_db.py).

use super::attributes::{ResourceType, read_only as attribute};
use super::listing::{self, Query};
use super::read_only::{ListOnly, create, delete, show, update};
use super::{networks, policy};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Operation, Response, get, post, put};

static KIND: ResourceType = ResourceType::new(
    "floatingip_pool",
    "floatingip_pools",
    &[
        attribute("subnet_id"),
        attribute("subnet_name"),
        attribute("network_id"),
        attribute("cidr"),
        attribute("tenant_id"),
    ],
)
.owner("project_id");

/// The operations on floating IP pools.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/floatingip-pools", "neutron.floatingip_pool.list", list)
        .summary("Lists floating IP pools.")
        .policy_on_target("get_floatingip_pool"),
    post("/floatingip-pools", "neutron.floatingip_pool.create", create::<Pools>)
        .summary("Refuses to create a floating IP pool."),
    get("/floatingip-pools/{id}", "neutron.floatingip_pool.show", show::<Pools>)
        .summary("Refuses to show a floating IP pool."),
    put("/floatingip-pools/{id}", "neutron.floatingip_pool.update", update::<Pools>)
        .summary("Refuses to update a floating IP pool."),
    crate::engine::delete("/floatingip-pools/{id}", "neutron.floatingip_pool.delete", delete::<Pools>)
        .summary("Refuses to delete a floating IP pool."),
];

struct Pools;

impl ListOnly for Pools {
    const KIND: &'static ResourceType = &KIND;
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let query = Query::of(call, &KIND)?;
    let project = call.project();
    let external = |network: &&super::record::Record| {
        network.flag("router:external") && (policy::is_admin(call) || networks::visible_to(os, network, &project))
    };
    let networks = os.neutron.networks.all().filter(external);
    let subnets = networks.flat_map(|network| super::subnets::of_network(os, &network.id));
    let mut pools: Vec<_> = subnets.filter(|subnet| subnet.int("ip_version") == Some(4)).collect();
    pools.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let pools = listing::page_of_all(pools, &query, |pool| &pool.id);
    Ok(Response::many("floatingip_pools", pools, |o, subnet| {
        o.set("subnet_id", &subnet.id);
        o.set("subnet_name", subnet.get("name"));
        o.set("tenant_id", &project);
        o.set("project_id", &project);
        o.set("network_id", subnet.get("network_id"));
        o.set("cidr", subnet.get("cidr"));
    }))
}
