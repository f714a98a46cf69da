//! Subnets (neutron/db/db_base_plugin_v2.py).

pub mod pools;
mod validate;

use super::addresses::{Cidr, Range};
use super::attributes::{Absent, Attribute, Body, ID, NAME, PROJECT, ResourceType, read_only, set_once, settable};
use super::convert::{
    canonical_cidr, canonical_ip, canonical_pools, none_to_empty_list, to_boolean, to_int, without_items_to_empty_list,
};
use super::listing::Query;
use super::networks::{self, Networks};
use super::policy::{self, Target};
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::valid::Valid;
use super::{Neutron, dhcp_agents, dhcp_ports, errors, ports, rbac, subnet_pools};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The operations on subnets.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/subnets", "neutron.subnet.list", list::<Subnets>).summary("Lists subnets.").policy_on_target("get_subnet"),
    post("/subnets", "neutron.subnet.create", create::<Subnets>)
        .summary("Creates a subnet.")
        .policy_on_target("create_subnet")
        .answers(201),
    get("/subnets/{subnet_id}", "neutron.subnet.show", show::<Subnets>)
        .summary("Shows a subnet.")
        .policy_on_target("get_subnet"),
    put("/subnets/{subnet_id}", "neutron.subnet.update", update::<Subnets>)
        .summary("Updates a subnet.")
        .policy_on_target("update_subnet"),
    crate::engine::delete("/subnets/{subnet_id}", "neutron.subnet.delete", delete::<Subnets>)
        .summary("Deletes a subnet.")
        .policy_on_target("delete_subnet"),
];

const IPV6_MODES: &[&str] = &["dhcpv6-stateful", "dhcpv6-stateless", "slaac"];

/// The attributes of subnets (neutron_lib/api/definitions/subnet.py) and of their extensions.
const ATTRIBUTES: &[Attribute] = &[
    ID,
    NAME,
    PROJECT,
    set_once("ip_version").convert(to_int).valid(Valid::OneOfNumbers(&[4, 6])).filter().sort(),
    set_once("network_id").valid(Valid::Uuid).filter().sort(),
    set_once("subnetpool_id").default(Absent::Unset).valid(Valid::SubnetPoolId).filter().sort(),
    settable("enable_dhcp").default(Absent::True).convert(to_boolean).filter().sort(),
    set_once("ipv6_ra_mode").default(Absent::Unset).valid(Valid::OneOfOrNone(IPV6_MODES)).filter().sort(),
    set_once("ipv6_address_mode").default(Absent::Unset).valid(Valid::OneOfOrNone(IPV6_MODES)).filter().sort(),
    settable("gateway_ip").default(Absent::Unset).convert(canonical_ip).valid(Valid::IpOrNone).filter().sort(),
    set_once("cidr").default(Absent::Unset).convert(canonical_cidr).valid(Valid::SubnetOrNone).filter().sort(),
    set_once("prefixlen").default(Absent::Unset).convert(to_int).valid(Valid::NonNegative).hidden(),
    settable("allocation_pools").default(Absent::Unset).convert(canonical_pools).valid(Valid::IpPools),
    settable("host_routes")
        .default(Absent::Unset)
        .convert(none_to_empty_list)
        .valid(Valid::HostRoutes)
        .ordered_by(&["destination", "nexthop"]),
    settable("dns_nameservers").default(Absent::Unset).convert(without_items_to_empty_list).valid(Valid::Nameservers),
    read_only("router:external").convert(to_boolean).filter().derived(),
    read_only("shared").convert(to_boolean).filter().hidden().derived(),
    settable("service_types")
        .default(Absent::Unset)
        .convert(without_items_to_empty_list)
        .valid(Valid::Custom(validate::service_types))
        .ordered_by(&[]),
    settable("dns_publish_fixed_ip").default(Absent::False).convert(to_boolean),
    set_once("use_default_subnetpool").default(Absent::False).convert(to_boolean).hidden(),
    settable("segment_id").default(Absent::Null).valid(Valid::UuidOrNone).filter().sort(),
    // The number of the lowest address that may be free: searches for a free address start here.
    read_only("next_ip").hidden(),
];

/// The attribute table of subnets.
pub static KIND: ResourceType = ResourceType::new("subnet", "subnets", ATTRIBUTES)
    .standard()
    .tags()
    .core()
    .indexes(&[BY_NETWORK, BY_POOL, BY_SEGMENT]);

const BY_NETWORK: Index<Record> = Index::new("network_id", |subnet, key| subnet.ids_in("network_id", key));
/// Subnets by subnet pool.
pub const BY_POOL: Index<Record> = Index::new("subnetpool_id", |subnet, key| subnet.ids_in("subnetpool_id", key));
/// Subnets by segment.
pub const BY_SEGMENT: Index<Record> = Index::new("segment_id", |subnet, key| subnet.ids_in("segment_id", key));

/// The resource type of subnets.
pub struct Subnets;

impl Resource for Subnets {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.subnets
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.subnets
    }

    fn not_found(id: &str) -> Problem {
        errors::subnet_not_found(id)
    }

    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        let project = call.project();
        policy::is_admin(call)
            || *record.project == *project
            || network_of(os, record).is_some_and(|network| networks::visible_to(os, network, &project))
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, query: &Query) -> Vec<&'o Record> {
        let rows = &os.neutron.subnets;
        if let Some(networks) = query.filter("network_id") {
            let ids = networks.iter().filter_map(Value::as_str);
            return ids.flat_map(|network| of_network(os, network)).collect();
        }
        if policy::is_admin(call) {
            return rows.all().collect();
        }
        let project = call.project();
        let networks = rbac::shared_objects(os, "network", &project)
            .chain(os.neutron.networks.of(&project).map(|network| &*network.id));
        let mut all: Vec<_> = networks.flat_map(|network| of_network(os, network)).chain(rows.of(&project)).collect();
        all.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        all.dedup_by(|one, other| one.id == other.id);
        all
    }

    fn target(call: &Call, os: &OpenStack, record: &Record) -> Target {
        let target = Target::of(&record.project);
        let Some(network) = network_of(os, record) else { return target };
        target
            .with("network:project_id", &*network.project)
            .flag("shared", rbac::is_shared(call, os, &network.id))
            .flag("router:external", network.flag("router:external"))
    }

    fn target_of_body(_call: &Call, os: &OpenStack, body: &Body) -> Target {
        let target = Target::of(body.get("project_id").and_then(Value::as_str).unwrap_or_default());
        let network = body.get("network_id").and_then(Value::as_str).and_then(|id| os.neutron.networks.get(id));
        network
            .map(|network| network.project.to_string())
            .into_iter()
            .fold(target, |target, project| target.with("network:project_id", project))
    }

    fn derive(call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        let network = network_of(os, record)?;
        Some(match name {
            "router:external" => json!(network.flag("router:external")),
            _ => json!(rbac::is_shared(call, os, &network.id)),
        })
    }

    /// The policy needs the owner of the network.
    fn check(call: &Call, os: &OpenStack, body: &mut Body, is_create: bool) -> Result<(), Problem> {
        networks::ensure_exists_for_policy(call, os, body, is_create)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let pool = validate::source(call, os, &mut body)?;
        validate::subnet(os, &body, None)?;
        let network = body.get("network_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mtu = find::<Networks>(call, os, &network)?.int("mtu").unwrap_or_default();
        let version = body.get("ip_version").and_then(Value::as_i64).unwrap_or(4);
        networks::mtu_suits(&network, mtu, version)?;
        if let Some(pool) = &pool {
            subnet_pools::allocate(call, os, pool, &mut body)?;
        }
        let cidr = body.get("cidr").and_then(Value::as_str).and_then(Cidr::parse);
        let cidr = cidr.ok_or_else(errors::no_cidr)?;
        if body.get("allocation_pools").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            body.shift_remove("allocation_pools");
        }
        pools::complete(&mut body, &cidr)?;
        validate::overlap(os, &network, &cidr)?;
        subnet_pools::same_source(os, &network, &cidr, pool.as_deref())?;
        let id = add(os, ctx, &body);
        if has_own_rows(&body)
            && let Some(record) = os.neutron.subnets.get_mut(&id)
        {
            record.revision = 1;
        }
        if body.get("enable_dhcp") == Some(&json!(true)) {
            dhcp_agents::schedule(os, &network);
            dhcp_ports::refresh(os, ctx, &network);
        }
        bump_network(os, ctx, &network);
        Ok(id)
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let Some(subnet) = os.neutron.subnets.get(id).cloned() else { return Ok(()) };
        validate::subnet(os, &body, Some(&subnet))?;
        pools::change(&body, &subnet)?;
        let counts = counts_in_network(&subnet, &body);
        let described = body.get("description").is_some_and(|new| new != subnet.get("description"));
        if let Some(record) = os.neutron.subnets.get_mut(id) {
            record.merge(&body);
            if body.contains_key("allocation_pools") {
                record.set("next_ip", Value::Null);
            }
            if counts || described {
                record.bump(ctx.now());
            }
        }
        if counts {
            bump_network(os, ctx, subnet.text("network_id"));
        }
        if let Some(enabled) = body.get("enable_dhcp") {
            if *enabled == json!(true) {
                dhcp_agents::schedule(os, subnet.text("network_id"));
            }
            dhcp_ports::refresh(os, ctx, subnet.text("network_id"));
        }
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let Some(subnet) = os.neutron.subnets.get(id).cloned() else { return Ok(()) };
        ports::ipam::release_subnet(os, ctx, &subnet)?;
        os.neutron.subnets.remove(id);
        if subnet.flag("enable_dhcp") {
            dhcp_ports::refresh(os, ctx, subnet.text("network_id"));
        }
        bump_network(os, ctx, subnet.text("network_id"));
        Ok(())
    }
}

/// True if a new subnet has rows in other tables that count in its revision number: service types, and whether its
/// addresses are published in DNS.
fn has_own_rows(body: &Body) -> bool {
    body.get("service_types").and_then(Value::as_array).is_some_and(|types| !types.is_empty())
        || body.get("dns_publish_fixed_ip") == Some(&json!(true))
}

/// True if a change counts in the revision numbers of the subnet and of its network. Service types are written anew
/// with each request that has them. The description is in another table, which does not belong to the network's row. Name
/// servers, routes and pools do not count.
fn counts_in_network(subnet: &Record, changes: &Body) -> bool {
    let differs = |name: &str| changes.get(name).is_some_and(|new| new != subnet.get(name));
    let is_empty = |types: &Value| types.as_array().is_none_or(Vec::is_empty);
    let types = changes.get("service_types");
    ["name", "enable_dhcp", "gateway_ip", "segment_id", "dns_publish_fixed_ip"].into_iter().any(differs)
        || types.is_some_and(|new| !is_empty(new) || !is_empty(subnet.get("service_types")))
}

/// Inserts a subnet from a complete body and returns its id.
pub fn add(os: &mut OpenStack, ctx: &mut Context, body: &Body) -> Id {
    let record = Record::new(&KIND, ctx, body);
    insert::<Subnets>(os, record)
}

/// Counts a change of a subnet in the revision number of its network (neutron/services/revisions).
fn bump_network(os: &mut OpenStack, ctx: &Context, network: &str) {
    if let Some(network) = os.neutron.networks.get_mut(network) {
        network.bump(ctx.now());
    }
}

/// The network of a subnet.
pub fn network_of<'o>(os: &'o OpenStack, subnet: &Record) -> Option<&'o Record> {
    os.neutron.networks.get(subnet.text("network_id"))
}

/// The subnets of a network, oldest first.
pub fn of_network<'o>(os: &'o OpenStack, network: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.subnets.by(&BY_NETWORK, network).rev()
}

/// The prefix of a subnet. Stored prefixes are valid.
pub fn cidr(subnet: &Record) -> Cidr {
    let nowhere = Cidr { ip: std::net::Ipv4Addr::UNSPECIFIED.into(), prefix: 32 };
    Cidr::parse(subnet.text("cidr")).unwrap_or(nowhere)
}

/// The allocation pools as numbers.
pub fn ranges(subnet: &Record) -> Vec<Range> {
    pools::ranges(subnet.list("allocation_pools"))
}

/// True if hosts in this subnet make their addresses from their MAC address (`is_auto_address_subnet`).
pub fn is_auto_address(subnet: &Record) -> bool {
    ["ipv6_address_mode", "ipv6_ra_mode"].iter().any(|name| matches!(subnet.text(name), "slaac" | "dhcpv6-stateless"))
}
