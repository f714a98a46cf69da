//! NDP proxies: IPv6 addresses of ports that a router publishes on its external network (neutron/services/ndp_proxy).

use super::addresses;
use super::attributes::{Absent, Body, NAME, ResourceType, read_only, set_once};
use super::ports::Ports;
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::routers::{self, Routers};
use super::valid::Valid;
use super::{Neutron, errors, subnet_pools};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of NDP proxies.
pub static KIND: ResourceType = ResourceType::new(
    "ndp_proxy",
    "ndp_proxies",
    &[
        read_only("id").sort(),
        NAME,
        // Upstream shows the owner, but does not filter by it.
        set_once("tenant_id").valid(Valid::Text(255)).sort(),
        set_once("router_id").valid(Valid::Uuid).sort(),
        set_once("port_id").valid(Valid::Uuid).sort(),
        set_once("ip_address").default(Absent::Null).valid(Valid::IpOrNone).sort(),
    ],
)
.standard()
.owner("project_id")
.indexes(&[BY_ROUTER]);

const BY_ROUTER: Index<Record> = Index::new("router_id", |proxy, key| proxy.ids_in("router_id", key));

/// The operations on NDP proxies.
pub const OPERATIONS: &[Operation<OpenStack>] = &rows("/ndp-proxies", "/ndp-proxies/{id}");

/// The same operations at paths with underscores, which the SDK uses. Upstream accepts both.
pub const UNDERSCORED: &[Operation<OpenStack>] = &rows("/ndp_proxies", "/ndp_proxies/{id}");

const fn rows(collection: &'static str, member: &'static str) -> [Operation<OpenStack>; 5] {
    [
        get(collection, "neutron.ndp_proxy.list", list::<NdpProxies>)
            .summary("Lists NDP proxies.")
            .policy_on_target("get_ndp_proxy"),
        post(collection, "neutron.ndp_proxy.create", create::<NdpProxies>)
            .summary("Creates an NDP proxy.")
            .policy_on_target("create_ndp_proxy")
            .answers(201),
        get(member, "neutron.ndp_proxy.show", show::<NdpProxies>)
            .summary("Shows an NDP proxy.")
            .policy_on_target("get_ndp_proxy"),
        put(member, "neutron.ndp_proxy.update", update::<NdpProxies>)
            .summary("Updates an NDP proxy.")
            .policy_on_target("update_ndp_proxy"),
        crate::engine::delete(member, "neutron.ndp_proxy.delete", delete::<NdpProxies>)
            .summary("Deletes an NDP proxy.")
            .policy_on_target("delete_ndp_proxy"),
    ]
}

/// The resource type of NDP proxies.
pub struct NdpProxies;

impl Resource for NdpProxies {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.ndp_proxies
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.ndp_proxies
    }

    fn not_found(id: &str) -> Problem {
        errors::ndp_proxy_not_found(id)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let port = find::<Ports>(call, os, text("port_id"))?;
        let (router, network) = (text("router_id"), port.text("network_id"));
        let interfaces: Vec<_> =
            routers::ports_of(os, router).filter(|one| one.text("network_id") == network).collect();
        if interfaces.is_empty() {
            return Err(errors::port_unreachable(&port.id, router));
        }
        let router = find::<Routers>(call, os, router)?;
        if !router.flag("has_ndp_proxies") {
            return Err(errors::ndp_proxy_not_enabled(&router.id));
        }
        let address = address(port, &interfaces, text("ip_address"), &router.id)?;
        ensure_same_scope(os, router, network)?;
        body.insert("ip_address".into(), json!(address));
        let record = Record::new(&KIND, ctx, &body);
        Ok(insert::<NdpProxies>(os, record))
    }
}

/// The NDP proxies of a router.
pub fn of_router<'o>(os: &'o OpenStack, router: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.ndp_proxies.by(&BY_ROUTER, router)
}

/// Subnet id and address of each IPv6 address of a port.
fn v6_of(port: &Record) -> impl Iterator<Item = (&str, &str)> {
    port.list("fixed_ips").iter().filter_map(|fixed| {
        let address = fixed["ip_address"].as_str()?;
        address.contains(':').then_some((fixed["subnet_id"].as_str()?, address))
    })
}

/// The requested address of the port, or the first one that the router reaches.
fn address(port: &Record, interfaces: &[&Record], requested: &str, router: &str) -> Result<String, Problem> {
    let own: Vec<_> = v6_of(port).collect();
    if own.is_empty() {
        let reason = format!("Requested port {} must allocate one IPv6 address at least", port.id);
        return Err(errors::bad("ndp_proxy", reason));
    }
    let reached = |subnet: &str| interfaces.iter().any(|one| v6_of(one).any(|(other, _)| other == subnet));
    if requested.is_empty() {
        let found = own.iter().find(|(subnet, _)| reached(subnet)).map(|(_, address)| (*address).to_owned());
        return found.ok_or_else(|| errors::port_unreachable(&port.id, router));
    }
    let same = |address: &str| addresses::parse_ip(address) == addresses::parse_ip(requested);
    let Some((subnet, _)) = own.iter().find(|(_, address)| same(address)) else {
        let reason = format!("This address not belong to the port {}", port.id);
        return Err(errors::invalid_ndp_address(requested, &reason));
    };
    if reached(subnet) {
        return Ok(requested.to_owned());
    }
    Err(errors::invalid_ndp_address(requested, &format!("This address cannot reach the router {router}")))
}

/// Refuses an internal network in another address scope than the router's external network.
fn ensure_same_scope(os: &OpenStack, router: &Record, network: &str) -> Result<(), Problem> {
    let scope = |network: &str| {
        let scope = subnet_pools::scope_of_network(os, network, 6);
        scope.as_str().unwrap_or("None").to_owned()
    };
    let external = routers::gateway_port(os, router).map(|port| scope(port.text("network_id")));
    let (external, internal) = (external.unwrap_or_else(|| "None".into()), scope(network));
    if external == internal { Ok(()) } else { Err(errors::address_scope_conflict(&external, &internal)) }
}
