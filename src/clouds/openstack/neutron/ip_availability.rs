//! IP availability: how many addresses of each network are in use (neutron/db/network_ip_availability_db.py).

use super::attributes::{ResourceType, read_only as attribute};
use super::listing::{self, Query};
use super::read_only::{ListOnly, create};
use super::record::Record;
use super::resource::find;
use super::routers::fixed_ips;
use super::{addresses, attributes, errors, networks::Networks, policy, ports, subnets};
use crate::clouds::openstack::{OpenStack, mysql};
use crate::engine::{Answer, Call, Context, Object, Operation, Response, get, post, put};
use serde_json::{Value, json};

static KIND: ResourceType = ResourceType::new(
    "network_ip_availability",
    "network_ip_availabilities",
    &[
        attribute("network_id").filter().sort(),
        attribute("network_name").filter(),
        attribute("tenant_id").filter(),
        attribute("total_ips"),
        attribute("used_ips"),
        attribute("subnet_ip_availability"),
        attribute("ip_version").filter().hidden(),
        attribute("ip_availability_details"),
    ],
);

/// The operations on IP availability.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/network-ip-availabilities", "neutron.network_ip_availability.list", list)
        .summary("Lists the IP availability of networks.")
        .policy_on_target("get_network_ip_availability"),
    post("/network-ip-availabilities", "neutron.network_ip_availability.create", create::<Availabilities>)
        .summary("Refuses to create an IP availability."),
    get("/network-ip-availabilities/{id}", "neutron.network_ip_availability.show", show)
        .summary("Shows the IP availability of a network.")
        .policy_on_target("get_network_ip_availability"),
    put("/network-ip-availabilities/{id}", "neutron.network_ip_availability.update", update)
        .summary("Refuses to update the IP availability of a network."),
    crate::engine::delete("/network-ip-availabilities/{id}", "neutron.network_ip_availability.delete", delete)
        .summary("Refuses to delete the IP availability of a network."),
];

struct Availabilities;

impl ListOnly for Availabilities {
    const KIND: &'static ResourceType = &KIND;
}

/// Numbers of addresses of a subnet.
#[derive(Default, Clone, Copy)]
struct Count {
    /// Those that ports can get: of the allocation pools, or of the whole prefix if there are no pools.
    total: u128,
    used: u128,
    /// Those of the prefix, of IPv4 without the addresses of the network and for broadcasts.
    total_in_subnet: u128,
    total_in_pools: u128,
    used_in_pools: u128,
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let query = Query::of(call, &KIND)?;
    // Members of a project get an empty list, not an error.
    let sees_all = policy::is_admin(call) || call.caller.has_role("service");
    let fits = |network: &&Record| {
        let is =
            |name: &str, value: Value| query.filter(name).is_none_or(|values| listing::matches_any(&value, values));
        is("network_id", network.id.to_string().into())
            && is("network_name", network.get("name").clone())
            && is("tenant_id", network.project.to_string().into())
            && is("project_id", network.project.to_string().into())
    };
    let mut networks: Vec<_> = os.neutron.networks.all().filter(|_| sees_all).filter(fits).collect();
    networks.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let version =
        query.filter("ip_version").and_then(|values| values.first()).map(crate::clouds::openstack::python::str);
    if let Some(version) = &version {
        let has = |network: &&Record| subnets::of_network(os, &network.id).any(|subnet| is_of(subnet, version));
        networks.retain(has);
    }
    let networks = listing::page_of_all(networks, &query, |network| &network.id);
    let (first, last) = (networks.first().map(|one| &*one.id), networks.last().map(|one| &*one.id));
    Ok(Response::object(|o| {
        o.each("network_ip_availabilities", &networks, |o, network| {
            view(o, os, network, version.as_deref(), &query.fields);
        });
        if query.limit.is_some() {
            o.list("network_ip_availabilities_links", |list| {
                listing::links(call, &query, networks.len(), first, last, list);
            });
        }
    }))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let network = find::<Networks>(call, os, call.param("id"))?;
    if !policy::allows(call, "get_network_ip_availability", &policy::target_of(network)) {
        return Err(errors::not_found());
    }
    let fields = listing::fields(call);
    Ok(Response::one("network_ip_availability", |o| view(o, os, network, None, &fields)))
}

/// IP availabilities cannot be updated. Upstream answers 500.
fn update(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let body = call.json.get(KIND.resource).unwrap_or(&Value::Null);
    attributes::prepare(call, &KIND, body, false)?;
    find::<Networks>(call, os, call.param("id"))?;
    Err(errors::method_not_allowed())
}

fn delete(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    find::<Networks>(call, os, call.param("id"))?;
    Err(errors::method_not_allowed())
}

/// True if the subnet has the IP version of a filter.
fn is_of(subnet: &Record, version: &str) -> bool {
    mysql::matches(subnet.get("ip_version"), &version.into())
}

fn view(o: &mut Object, os: &OpenStack, network: &Record, version: Option<&str>, fields: &[String]) {
    let of_version = |subnet: &&Record| version.is_none_or(|version| is_of(subnet, version));
    let mut counted: Vec<_> =
        subnets::of_network(os, &network.id).filter(of_version).map(|subnet| (subnet, count(os, subnet))).collect();
    counted.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    let all = counted.iter().fold(Count::default(), |all, (_, one)| Count {
        total: all.total.saturating_add(one.total),
        used: all.used + one.used,
        total_in_subnet: all.total_in_subnet.saturating_add(one.total_in_subnet),
        total_in_pools: all.total_in_pools.saturating_add(one.total_in_pools),
        used_in_pools: all.used_in_pools + one.used_in_pools,
    });
    let named = [
        ("network_id", json!(network.id)),
        ("network_name", network.get("name").clone()),
        ("tenant_id", json!(network.project)),
        ("project_id", json!(network.project)),
    ];
    named.iter().filter(|(name, _)| listing::wants(fields, name)).for_each(|(name, value)| o.set(name, value));
    for (name, number) in [("total_ips", all.total), ("used_ips", all.used)] {
        if listing::wants(fields, name) {
            o.set(name, number);
        }
    }
    if listing::wants(fields, "subnet_ip_availability") {
        o.each("subnet_ip_availability", counted, |o, (subnet, count)| of_subnet(o, subnet, &count));
    }
    if listing::wants(fields, "ip_availability_details") {
        details(o, &all);
    }
}

fn of_subnet(o: &mut Object, subnet: &Record, count: &Count) {
    o.set("subnet_id", &subnet.id);
    o.set("ip_version", subnet.get("ip_version"));
    o.set("cidr", subnet.get("cidr"));
    o.set("subnet_name", subnet.get("name"));
    o.set("used_ips", count.used);
    o.set("total_ips", count.total);
    details(o, count);
}

fn details(o: &mut Object, count: &Count) {
    o.object("ip_availability_details", |o| {
        o.set("total_ips_in_subnet", count.total_in_subnet);
        o.set("total_ips_in_allocation_pool", count.total_in_pools);
        o.set("used_ips_in_subnet", count.used);
        o.set("used_ips_in_allocation_pool", count.used_in_pools);
    });
}

/// Counts the addresses of a subnet (`_generate_subnet_total_ips_dict` in neutron/db/network_ip_availability_db.py and
/// `_generate_subnet_total_ips` in network_ip_availability_details_db.py).
fn count(os: &OpenStack, subnet: &Record) -> Count {
    let pools = subnets::ranges(subnet);
    let ports = ports::of_network(os, subnet.text("network_id"));
    let used = ports.flat_map(fixed_ips).filter(|(one, _)| **one == *subnet.id);
    let used: Vec<_> = used.filter_map(|(_, ip)| addresses::parse_ip(ip)).map(addresses::number).collect();
    let in_pools = used.iter().filter(|ip| pools.iter().any(|pool| pool.contains(**ip))).count();
    let total_in_pools = pools.iter().map(addresses::Range::len).fold(0u128, u128::saturating_add);
    let cidr = subnets::cidr(subnet);
    let whole = cidr.range().len();
    let total = if pools.is_empty() { whole } else { total_in_pools };
    let total_in_subnet = if cidr.version() == 4 { whole.saturating_sub(2) } else { whole };
    Count { total, used: used.len() as u128, total_in_subnet, total_in_pools, used_in_pools: in_pools as u128 }
}
