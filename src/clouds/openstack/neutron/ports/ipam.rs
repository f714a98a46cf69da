//! IP address management. Allocations have a separate table, by subnet and address, so that a free address is
//! found without a search (neutron/db/ipam_pluggable_backend.py).

use super::is_router_interface;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::addresses::{self, address, number, parse_ip};
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{errors, subnets};
use crate::engine::{Context, Id, Problem, Row};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

/// An address of a subnet that is allocated to a port.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Allocation {
    /// Subnet id and address, as `key` joins them.
    pub id: Id,
    pub subnet: Id,
    pub port: Id,
}

impl Row for Allocation {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.subnet
    }
}

/// The device owner and the MAC address of a port that needs addresses.
pub struct Plug<'p> {
    pub owner: &'p str,
    pub mac: &'p str,
}

/// A fixed IP of a port.
#[derive(Clone, Debug, PartialEq)]
pub struct FixedIp<'p> {
    pub subnet: &'p str,
    pub ip: &'p str,
}

/// The fixed IPs of a port.
pub fn fixed_ips(port: &Record) -> impl Iterator<Item = FixedIp<'_>> {
    port.list("fixed_ips").iter().filter_map(|fixed| {
        Some(FixedIp { subnet: fixed.get("subnet_id")?.as_str()?, ip: fixed.get("ip_address")?.as_str()? })
    })
}

/// The id of an allocation.
fn key(subnet: &str, ip: &str) -> String {
    format!("{subnet} {ip}")
}

/// The port to which an address is allocated.
pub fn holder<'o>(os: &'o OpenStack, subnet: &str, ip: &str) -> Option<&'o Id> {
    os.neutron.allocations.get(&key(subnet, ip)).map(|allocation| &allocation.port)
}

/// Allocates the requested fixed IPs of a port. Without a request a port gets one IPv4 and one IPv6 address. Other
/// ports than router interfaces also get an address of each subnet with automatic addresses. Returns the value of
/// `fixed_ips`.
pub fn allocate(
    os: &mut OpenStack,
    ctx: &mut Context,
    port: &Id,
    network: &str,
    requested: Option<&Value>,
    plug: &Plug,
) -> Result<Value, Problem> {
    let _ = ctx;
    let subnets = candidates(os, network, plug.owner)?;
    let mut allocated: Vec<(Id, String)> = vec![];
    match requested.and_then(Value::as_array) {
        Some(requested) => {
            for fixed in requested {
                let taken = allocate_requested(os, port, network, &subnets, fixed, plug)?;
                allocated.push(taken);
            }
        }
        None => {
            for version in [4, 6] {
                let of_version = |subnet: &&Record| {
                    subnet.int("ip_version") == Some(version) && !(version == 6 && subnets::is_auto_address(subnet))
                };
                let candidates: Vec<_> = subnets.iter().map(Arc::as_ref).filter(of_version).collect();
                if !candidates.is_empty() {
                    allocated.push(allocate_lowest(os, port, network, &candidates)?);
                }
            }
        }
    }
    if requested.is_none_or(|requested| requested.as_array().is_some_and(|requested| !requested.is_empty()))
        && !is_router_interface(plug.owner)
    {
        for subnet in subnets.iter().filter(|subnet| subnets::is_auto_address(subnet)) {
            if !allocated.iter().any(|(id, _)| *id == subnet.id) {
                allocated.push(allocate_eui64(os, port, subnet, plug));
            }
        }
    }
    Ok(allocated.into_iter().map(|(subnet, ip)| json!({"subnet_id": subnet, "ip_address": ip})).collect())
}

/// The subnets of a network that serve a device, those with service types first. Fails if the network has subnets, but only
/// for other devices (`_ipam_get_subnets`, neutron/db/ipam_backend_mixin.py).
fn candidates(os: &OpenStack, network: &str, owner: &str) -> Result<Vec<Arc<Record>>, Problem> {
    let subnets = subnets::of_network(os, network).filter(|subnet| serves(subnet, owner));
    let mut subnets: Vec<_> = subnets.filter_map(|subnet| os.neutron.subnets.share(&subnet.id)).collect();
    if subnets.is_empty() && subnets::of_network(os, network).next().is_some() {
        return Err(errors::no_subnet_for_service(network, owner));
    }
    subnets.sort_by_key(|subnet| subnet.list("service_types").is_empty());
    Ok(subnets)
}

/// A subnet with service types serves only devices of these types, and its DHCP agents
/// (`_query_entity_service_subnets`, neutron/objects/subnet.py).
fn serves(subnet: &Record, owner: &str) -> bool {
    let types = subnet.list("service_types");
    let by_dhcp = || owner == "network:dhcp" && subnet.flag("enable_dhcp");
    types.is_empty() || types.iter().any(|kind| kind == owner) || by_dhcp()
}

/// Allocates one entry of `fixed_ips`: an address, a subnet, or both.
fn allocate_requested(
    os: &mut OpenStack,
    port: &Id,
    network: &str,
    subnets: &[Arc<Record>],
    fixed: &Value,
    plug: &Plug,
) -> Result<(Id, String), Problem> {
    let ip = fixed.get("ip_address").and_then(Value::as_str).and_then(parse_ip);
    let subnet = subnet_for(os, network, subnets, fixed, ip, plug.owner)?;
    match ip {
        Some(ip) => {
            if subnets::is_auto_address(subnet)
                && !is_router_interface(plug.owner)
                && !is_eui64_address(subnet, plug.mac, ip)
            {
                return Err(errors::auto_address_subnet(&ip.to_string(), &subnet.id));
            }
            take_address(os, port, subnet, &ip.to_string())
        }
        None if subnets::is_auto_address(subnet) && !is_router_interface(plug.owner) => {
            Ok(allocate_eui64(os, port, subnet, plug))
        }
        None => allocate_lowest(os, port, network, &[subnet]),
    }
}

/// The subnet of an entry of `fixed_ips` (`_get_subnet_for_fixed_ip`).
fn subnet_for<'s>(
    os: &OpenStack,
    network: &str,
    subnets: &'s [Arc<Record>],
    fixed: &Value,
    ip: Option<IpAddr>,
    owner: &str,
) -> Result<&'s Record, Problem> {
    if subnets.is_empty() {
        return Err(errors::invalid_input("IP allocation requires subnets for network"));
    }
    if let Some(id) = fixed.get("subnet_id").and_then(Value::as_str) {
        let Some(subnet) = subnets.iter().map(Arc::as_ref).find(|subnet| *subnet.id == *id) else {
            return Err(match os.neutron.subnets.contains(id) {
                false => errors::subnet_not_found(id),
                true => errors::invalid_input(format!(
                    "Failed to create port on network {network}, because fixed_ips included invalid subnet {id}"
                )),
            });
        };
        return match ip {
            Some(ip) if !is_host(subnet, ip, owner) => Err(errors::invalid_ip_for_subnet(&ip.to_string())),
            _ => Ok(subnet),
        };
    }
    let Some(ip) = ip else {
        return Err(errors::invalid_input("IP allocation requires subnet_id or ip_address"));
    };
    let found = subnets.iter().map(Arc::as_ref).find(|subnet| is_host(subnet, ip, owner));
    found.ok_or_else(|| errors::invalid_ip_for_network(&ip.to_string()))
}

/// True if a port of this owner can have the address (`check_subnet_ip`).
fn is_host(subnet: &Record, ip: IpAddr, owner: &str) -> bool {
    let cidr = subnets::cidr(subnet);
    let (all, number) = (cidr.range(), number(ip));
    cidr.contains(ip)
        && match cidr.version() {
            4 => number != all.first && number != all.last,
            _ => owner.is_empty() || is_router_interface(owner) || number != all.first,
        }
}

/// Allocates the lowest free address of the first subnet that has one.
fn allocate_lowest(os: &mut OpenStack, port: &Id, network: &str, subnets: &[&Record]) -> Result<(Id, String), Problem> {
    for subnet in subnets {
        if let Some(ip) = lowest_free(os, subnet) {
            return take_address(os, port, subnet, &ip);
        }
    }
    Err(errors::no_more_addresses(network))
}

/// The lowest free address. The subnet stores the address from which the next search starts.
fn lowest_free(os: &mut OpenStack, subnet: &Record) -> Option<String> {
    let version = subnets::cidr(subnet).version();
    let hint = os.neutron.subnets.get(&subnet.id)?.text("next_ip").parse::<u128>().unwrap_or_default();
    let gateway = subnet.text("gateway_ip");
    let mut ranges = subnets::ranges(subnet);
    ranges.sort_unstable_by_key(|range| range.first);
    for range in ranges {
        let mut number = range.first.max(hint);
        while number <= range.last {
            let ip = address(number, version).to_string();
            if holder(os, &subnet.id, &ip).is_none() && ip != gateway {
                set_next_ip(os, &subnet.id, number + 1);
                return Some(ip);
            }
            number += 1;
        }
    }
    None
}

fn set_next_ip(os: &mut OpenStack, subnet: &str, next: u128) {
    if let Some(subnet) = os.neutron.subnets.get_mut(subnet) {
        subnet.set("next_ip", next.to_string());
    }
}

/// Allocates an address, or refuses if it is allocated already.
fn take_address(os: &mut OpenStack, port: &Id, subnet: &Record, ip: &str) -> Result<(Id, String), Problem> {
    if holder(os, &subnet.id, ip).is_some() {
        return Err(errors::address_allocated(ip, &subnet.id));
    }
    let id = key(&subnet.id, ip).into();
    os.neutron.allocations.insert(Allocation { id, subnet: subnet.id.clone(), port: port.clone() });
    Ok((subnet.id.clone(), ip.to_owned()))
}

/// Allocates the EUI-64 address of the port's MAC address.
fn allocate_eui64(os: &mut OpenStack, port: &Id, subnet: &Record, plug: &Plug) -> (Id, String) {
    let mac = addresses::parse_mac(plug.mac).unwrap_or_default();
    let ip = addresses::eui64(&subnets::cidr(subnet), mac).to_string();
    let id = key(&subnet.id, &ip).into();
    os.neutron.allocations.insert(Allocation { id, subnet: subnet.id.clone(), port: port.clone() });
    (subnet.id.clone(), ip)
}

fn is_eui64_address(subnet: &Record, mac: &str, ip: IpAddr) -> bool {
    addresses::parse_mac(mac).is_some_and(|mac| addresses::eui64(&subnets::cidr(subnet), mac) == ip)
}

/// Records that a port has an address.
pub fn record_allocation(os: &mut OpenStack, subnet: &Id, ip: &str, port: &Id) {
    let id = key(subnet, ip).into();
    os.neutron.allocations.insert(Allocation { id, subnet: subnet.clone(), port: port.clone() });
}

/// Releases all addresses of a port.
pub fn release(os: &mut OpenStack, port: &str) {
    let Some(record) = os.neutron.ports.get(port) else { return };
    let fixed: Vec<_> = fixed_ips(record).map(|fixed| (fixed.subnet.to_owned(), fixed.ip.to_owned())).collect();
    for (subnet, ip) in fixed {
        release_address(os, &subnet, &ip);
    }
}

/// Releases one address.
pub fn release_address(os: &mut OpenStack, subnet: &str, ip: &str) {
    os.neutron.allocations.remove(&key(subnet, ip));
    let freed = parse_ip(ip).map(number);
    if let (Some(freed), Some(record)) = (freed, os.neutron.subnets.get(subnet))
        && record.text("next_ip").parse::<u128>().is_ok_and(|next| freed < next)
    {
        set_next_ip(os, subnet, freed);
    }
}

/// Releases all addresses of a subnet that is to be deleted. Refuses if ports other than automatically deleted ones
/// use it (`delete_subnet`).
pub fn release_subnet(os: &mut OpenStack, ctx: &Context, subnet: &Record) -> Result<(), Problem> {
    let holders: Vec<Id> = os.neutron.allocations.of(&subnet.id).map(|allocation| allocation.port.clone()).collect();
    let owner = |os: &OpenStack, id: &Id| os.neutron.ports.get(id).map(|port| port.text("device_owner").to_owned());
    for id in &holders {
        let owner = owner(os, id).unwrap_or_default();
        let blocks =
            is_router_interface(&owner) || !(subnets::is_auto_address(subnet) || super::is_auto_deleted(&owner));
        if blocks {
            return Err(errors::subnet_in_use(&subnet.id));
        }
    }
    for id in holders {
        let Some(port) = os.neutron.ports.get_mut(&id) else { continue };
        let left: Value =
            port.list("fixed_ips").iter().filter(|fixed| fixed["subnet_id"] != json!(subnet.id)).cloned().collect();
        port.set("fixed_ips", left);
        port.bump(ctx.now());
    }
    let ids: Vec<Id> = os.neutron.allocations.of(&subnet.id).map(|allocation| allocation.id.clone()).collect();
    ids.iter().for_each(|id| {
        os.neutron.allocations.remove(id);
    });
    Ok(())
}
