//! Router interfaces: a router's ports on the subnets that it connects (neutron/db/l3_db.py, `add_router_interface`).

use super::super::ports::{Ports, devices};
use super::super::record::Record;
use super::super::resource::find;
use super::super::subnets::{self, Subnets};
use super::super::{addresses::parse_ip, errors, floating_ips, members, ndp_proxies, policy, rbac, valid};
use super::{GATEWAY, Routers, agents, fixed_ips, interface_owner, interfaces_of, is_interface, ports_of, touch};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Problem, Response};
use serde_json::{Value, json};

/// The body of the two actions: a port or a subnet; to remove an interface also both.
struct InterfaceRequest<'c> {
    port: Option<&'c str>,
    subnet: Option<&'c str>,
}

/// Attaches a router to a subnet or a port.
pub fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let router = members::find_allowed::<Routers>(call, os, "add_router_interface")?.clone();
    let request = parse_request(call, false)?;
    let (port, subnets) = match request.port {
        Some(port) => add_port(call, os, ctx, &router, port)?,
        None => add_subnet(call, os, ctx, &router, request.subnet.unwrap_or_default())?,
    };
    agents::schedule(os, ctx, &router.id);
    touch(os, ctx, &router.id);
    let last = subnets.last().cloned().unwrap_or_else(|| "".into());
    answer(os, &router.id, &port, &last, &subnets)
}

/// Detaches a router from a subnet or a port.
pub fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let router = members::find_allowed::<Routers>(call, os, "remove_router_interface")?.clone();
    let request = parse_request(call, true)?;
    let (port, subnets) = match request.port {
        Some(port) => remove_port(os, ctx, &router, port, request.subnet)?,
        None => remove_subnet(call, os, ctx, &router, request.subnet.unwrap_or_default())?,
    };
    touch(os, ctx, &router.id);
    let first = subnets.first().cloned().unwrap_or_else(|| "".into());
    Ok(shown(&router.id, &port, &first, &subnets))
}

fn parse_request(call: &Call, to_remove: bool) -> Result<InterfaceRequest<'_>, Problem> {
    let (port, subnet) = (call.json.get("port_id"), call.json.get("subnet_id"));
    if port.is_none() && subnet.is_none() {
        return Err(errors::bad_router("Either subnet_id or port_id must be specified"));
    }
    if let Some(reason) = [port, subnet].into_iter().flatten().find_map(valid::uuid) {
        return Err(errors::bad_router(reason));
    }
    if !to_remove && port.is_some() && subnet.is_some() {
        return Err(errors::bad_router("Cannot specify both subnet-id and port-id"));
    }
    Ok(InterfaceRequest { port: port.and_then(Value::as_str), subnet: subnet.and_then(Value::as_str) })
}

fn answer(os: &OpenStack, router: &str, port: &Id, subnet: &str, subnets: &[Id]) -> Answer {
    let port = os.neutron.ports.get(port).ok_or_else(|| errors::port_not_found(port))?;
    Ok(shown(router, port, subnet, subnets))
}

fn shown(router: &str, port: &Record, subnet: &str, subnets: &[Id]) -> Response {
    Response::object(|o| {
        o.set("id", router);
        o.set("project_id", &port.project);
        o.set("port_id", &port.id);
        o.set("network_id", port.get("network_id"));
        o.set("subnet_id", subnet);
        o.set("subnet_ids", subnets);
    })
}

fn add_port(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    router: &Record,
    port: &str,
) -> Result<(Id, Vec<Id>), Problem> {
    let port = find::<Ports>(call, os, port)?.clone();
    let device = port.text("device_id");
    if !device.is_empty() {
        return Err(errors::port_in_use(&port.id, port.text("network_id"), device));
    }
    let subnets: Vec<Record> =
        fixed_ips(&port).filter_map(|(subnet, _)| os.neutron.subnets.get(subnet)).cloned().collect();
    if subnets.is_empty() {
        return Err(errors::bad_router("Router port must have at least one fixed IP"));
    }
    subnets.iter().try_for_each(refuse_external_advertisements)?;
    if let Some(other) = v6_interface(os, &router.id, port.text("network_id")).filter(|_| has_v6(&port)) {
        return Err(errors::bad_router(format_args!(
            "Router already contains IPv6 port {} belonging to network id {}. Only one IPv6 port from the same network \
             subnet can be connected to a router.",
            other.id,
            other.text("network_id")
        )));
    }
    refuse_overlaps(os, &router.id, &subnets.iter().collect::<Vec<_>>())?;
    if subnets.iter().filter(|subnet| subnet.int("ip_version") == Some(4)).count() > 1 {
        return Err(errors::bad_router("Cannot have multiple IPv4 subnets on router port"));
    }
    devices::give(
        os,
        ctx,
        &port.id,
        &devices::Device { id: &router.id, owner: interface_owner(router), project: &port.project },
    );
    Ok((port.id.clone(), subnets.into_iter().map(|subnet| subnet.id).collect()))
}

/// Attaches a router to a subnet by a new port.
pub fn connect(call: &Call, os: &mut OpenStack, ctx: &mut Context, router: &Id, subnet: &str) -> Result<(), Problem> {
    let Some(record) = os.neutron.routers.get(router).cloned() else { return Ok(()) };
    add_subnet(call, os, ctx, &record, subnet)?;
    agents::schedule(os, ctx, router);
    touch(os, ctx, router);
    Ok(())
}

fn add_subnet(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    router: &Record,
    subnet: &str,
) -> Result<(Id, Vec<Id>), Problem> {
    let subnet = find::<Subnets>(call, os, subnet)?.clone();
    let network = subnet.text("network_id");
    if subnet.text("gateway_ip").is_empty() {
        return Err(errors::bad_router("Subnet for router interface must have a gateway IP"));
    }
    let own = policy::is_own_or_admin(call, &subnet.project);
    let shared = |policy: &Record| policy.text("target_tenant") == &*call.project();
    if !own && !rbac::policies_of(os, network, rbac::SHARED).any(shared) {
        return Err(errors::bad_router(format_args!(
            "Cannot add interface to router because subnet {} is not owned by project making the request",
            subnet.id
        )));
    }
    refuse_external_advertisements(&subnet)?;
    refuse_overlaps(os, &router.id, &[&subnet])?;
    let address = json!({"ip_address": subnet.get("gateway_ip"), "subnet_id": subnet.id});
    // All IPv6 subnets of a network share one interface.
    let shared = if subnet.int("ip_version") == Some(6) { v6_interface(os, &router.id, network) } else { None };
    let port = match shared.map(|port| (port.id.clone(), port.list("fixed_ips").to_vec())) {
        Some((port, mut all)) => {
            all.push(address);
            devices::set_fixed_ips(os, ctx, &port, &Value::Array(all))?;
            port
        }
        None => {
            let device = devices::Device { id: &router.id, owner: interface_owner(router), project: &router.project };
            devices::make(os, ctx, network, &device, Some(json!([address])))?
        }
    };
    Ok((port, vec![subnet.id]))
}

/// Gives the interfaces of a router the device owner that fits its flags after a change of them.
pub fn set_owners(os: &mut OpenStack, router: &Id) {
    let Some(owner) = os.neutron.routers.get(router).map(interface_owner) else { return };
    let own: Vec<Id> = interfaces_of(os, router).map(|port| port.id.clone()).collect();
    for port in own {
        if let Some(port) = os.neutron.ports.get_mut(&port) {
            port.set("device_owner", owner);
        }
    }
}

/// Refuses an IPv6 subnet that expects router advertisements from another router.
fn refuse_external_advertisements(subnet: &Record) -> Result<(), Problem> {
    let other = subnet.int("ip_version") == Some(6)
        && subnet.text("ipv6_ra_mode").is_empty()
        && !subnet.text("ipv6_address_mode").is_empty();
    if !other {
        return Ok(());
    }
    Err(errors::bad_router(format_args!(
        "IPv6 subnet {} configured to receive RAs from an external router cannot be added to Neutron Router.",
        subnet.id
    )))
}

fn has_v6(port: &Record) -> bool {
    fixed_ips(port).any(|(_, ip)| ip.contains(':'))
}

fn v6_interface<'o>(os: &'o OpenStack, router: &str, network: &str) -> Option<&'o Record> {
    interfaces_of(os, router).find(|port| port.text("network_id") == network && has_v6(port))
}

/// Refuses new subnets that the router has already, or that overlap with those that it has
/// (`_check_for_dup_router_subnets`).
pub fn refuse_overlaps(os: &OpenStack, router: &str, new: &[&Record]) -> Result<(), Problem> {
    let mut known: Vec<&Record> = vec![];
    for port in ports_of(os, router) {
        for (subnet, _) in fixed_ips(port) {
            if new.iter().any(|one| *one.id == *subnet) {
                return Err(errors::already_on_subnet(subnet));
            }
            known.extend(os.neutron.subnets.get(subnet));
        }
        if port.text("device_owner") == GATEWAY {
            known.extend(subnets::of_network(os, port.text("network_id")));
        }
    }
    for other in known {
        for one in new {
            if subnets::cidr(one).overlaps(&subnets::cidr(other)) {
                return Err(errors::overlapping_subnets(one.text("cidr"), &one.id, other.text("cidr"), &other.id));
            }
        }
    }
    Ok(())
}

fn remove_port(
    os: &mut OpenStack,
    ctx: &mut Context,
    router: &Record,
    port: &str,
    subnet: Option<&str>,
) -> Result<(Record, Vec<Id>), Problem> {
    let found = os.neutron.ports.get(port);
    let found = found.filter(|port| is_interface(port) && port.text("device_id") == &*router.id);
    let port = found.cloned().ok_or_else(|| errors::interface_not_found(&router.id, port))?;
    let subnets: Vec<Id> = fixed_ips(&port).map(|(subnet, _)| subnet.into()).collect();
    if let Some(requested) = subnet.filter(|requested| !subnets.iter().any(|one| **one == **requested)) {
        return Err(errors::subnet_mismatch(&port.id, requested));
    }
    subnets.iter().try_for_each(|subnet| refuse_if_needed(os, router, subnet))?;
    devices::discard(os, ctx, &port.id);
    Ok((port, subnets))
}

fn remove_subnet(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    router: &Record,
    subnet: &str,
) -> Result<(Record, Vec<Id>), Problem> {
    let subnet = find::<Subnets>(call, os, subnet)?.id.clone();
    let on_it = |port: &&Record| fixed_ips(port).any(|(one, _)| *one == *subnet);
    let port = interfaces_of(os, &router.id).find(on_it).cloned();
    let port = port.ok_or_else(|| errors::interface_not_found_for_subnet(&router.id, &subnet))?;
    refuse_if_needed(os, router, &subnet)?;
    let left: Vec<_> = port.list("fixed_ips").iter().filter(|fixed| fixed["subnet_id"] != *subnet).cloned().collect();
    if left.is_empty() {
        devices::discard(os, ctx, &port.id);
    } else {
        devices::set_fixed_ips(os, ctx, &port.id, &Value::Array(left))?;
    }
    Ok((port, vec![subnet]))
}

/// Refuses to remove an interface while floating IPs, routes or NDP proxies need its subnet.
fn refuse_if_needed(os: &OpenStack, router: &Record, subnet: &str) -> Result<(), Problem> {
    let Some(cidr) = os.neutron.subnets.get(subnet).map(subnets::cidr) else { return Ok(()) };
    let within = |ip: &str| parse_ip(ip).is_some_and(|ip| cidr.contains(ip));
    if ndp_proxies::of_router(os, &router.id).any(|proxy| within(proxy.text("ip_address"))) {
        return Err(errors::interface_needed_by_ndp_proxy(&router.id, subnet));
    }
    let on_subnet =
        |port: &str| os.neutron.ports.get(port).is_some_and(|port| fixed_ips(port).any(|(one, _)| one == subnet));
    if floating_ips::internal_addresses(os, &router.id).any(|(port, ip)| within(ip) && on_subnet(port)) {
        return Err(errors::interface_needed_by_floating_ip(&router.id, subnet));
    }
    let routes = router.list("routes").iter().filter_map(|route| route["nexthop"].as_str());
    if routes.into_iter().any(within) {
        return Err(errors::interface_needed_by_route(&router.id, subnet));
    }
    Ok(())
}
