//! Validation of subnets (`NeutronDbPluginV2._validate_subnet` and the functions around it).

use super::{cidr, of_network};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::addresses::{Cidr, parse_ip};
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{errors, ports, subnet_pools};
use crate::clouds::openstack::python;
use crate::engine::{Call, Id, Problem};
use serde_json::Value;

const MAX_NAMESERVERS: usize = 5;
const MAX_ROUTES: usize = 20;

/// The id of the subnet pool that the prefix comes from; `None` if the client gives the prefix.
pub fn source(call: &Call, os: &OpenStack, body: &mut Body) -> Result<Option<Id>, Problem> {
    let cidr = body.get("cidr").and_then(Value::as_str).map(str::to_owned);
    if cidr.is_some() && body.contains_key("prefixlen") {
        return Err(errors::bad("subnets", "cidr and prefixlen must not be supplied together"));
    }
    if let Some(cidr) = cidr.as_deref().and_then(Cidr::parse) {
        body.insert("cidr".into(), cidr.network().to_string().into());
    }
    let named = body.get("subnetpool_id").and_then(Value::as_str).map(Id::from);
    let by_default = body.get("use_default_subnetpool").and_then(Value::as_bool).unwrap_or_default();
    let version = body.get("ip_version").and_then(Value::as_i64).unwrap_or(4);
    let pool = match (named, by_default) {
        (Some(_), true) => {
            let reason = "subnetpool_id and use_default_subnetpool cannot both be specified";
            return Err(errors::bad("subnets", reason));
        }
        (Some(pool), false) => Some(pool),
        (None, true) => {
            let pool = subnet_pools::default_of(call, os, version);
            let none = || errors::bad("subnets", format_args!("No default subnetpool found for IPv{version}"));
            Some(pool.ok_or_else(none)?)
        }
        (None, false) => None,
    };
    if pool.is_none() && cidr.is_none() {
        return Err(errors::bad("subnets", "a subnetpool must be specified in the absence of a cidr"));
    }
    if pool.is_some() && cidr.is_none() && body.get("allocation_pools").is_some_and(Value::is_array) {
        let reason = "allocation_pools allowed only for specific subnet requests.";
        return Err(errors::bad("subnets", reason));
    }
    Ok(pool)
}

/// Validates the attributes of a new subnet, or the changed attributes of the subnet `current`.
pub fn subnet(os: &OpenStack, body: &Body, current: Option<&Record>) -> Result<(), Problem> {
    let version = match current {
        Some(current) => current.int("ip_version"),
        None => body.get("ip_version").and_then(Value::as_i64),
    };
    let version = if version == Some(6) { 6 } else { 4 };
    let requested = body.get("cidr").and_then(Value::as_str).and_then(Cidr::parse);
    let cidr = current.map(cidr).or(requested);
    if let Some(cidr) = &cidr {
        prefix(body, cidr, version, current)?;
    }
    gateway(os, body, cidr.as_ref(), version, current)?;
    let subject = current.map_or("new subnet", |current| &current.id);
    if let Some(servers) = body.get("dns_nameservers").and_then(Value::as_array) {
        if servers.len() > MAX_NAMESERVERS {
            return Err(errors::nameservers_exhausted(subject, MAX_NAMESERVERS));
        }
        for server in servers {
            fits_version(version, server, "dns_nameserver")?;
        }
    }
    if let Some(routes) = body.get("host_routes").and_then(Value::as_array) {
        if routes.len() > MAX_ROUTES {
            return Err(errors::host_routes_exhausted(subject, MAX_ROUTES));
        }
        for route in routes {
            for name in ["nexthop", "destination"] {
                fits_version(version, route.get(name).unwrap_or(&Value::Null), name)?;
            }
        }
    }
    modes(body, cidr.as_ref(), version, current)
}

fn fits_version(version: u8, address: &Value, name: &str) -> Result<(), Problem> {
    let text = address.as_str().unwrap_or_default();
    match Cidr::parse_loosely(text) {
        Some(cidr) if cidr.version() == version => Ok(()),
        _ => Err(errors::invalid_input(format!("{name} '{text}' does not match the ip_version '{version}'"))),
    }
}

fn prefix(body: &Body, cidr: &Cidr, version: u8, current: Option<&Record>) -> Result<(), Problem> {
    fits_version(version, &Value::from(cidr.to_string()), "cidr")?;
    if version == 6 && cidr.range().first == 0 {
        return Err(errors::invalid_input("IPv6 subnet '::' is not supported"));
    }
    let enabled = body.get("enable_dhcp").and_then(Value::as_bool).unwrap_or_default();
    if !enabled || current.is_some_and(|current| current.flag("enable_dhcp")) {
        return Ok(());
    }
    let longest = if version == 4 { 30 } else { 126 };
    let reason = if cidr.prefix > longest {
        "Subnet has a prefix length that is incompatible with DHCP service enabled"
    } else if cidr.ip.is_multicast() {
        "Multicast IP subnet is not supported if enable_dhcp is True"
    } else if cidr.ip.is_loopback() {
        "Loopback IP subnet is not supported if enable_dhcp is True"
    } else if version == 4 && cidr.range().first == 0 {
        "First IP '0.0.0.0' of network is not supported if enable_dhcp is True."
    } else {
        return Ok(());
    };
    Err(errors::invalid_input(reason))
}

fn gateway(
    os: &OpenStack,
    body: &Body,
    cidr: Option<&Cidr>,
    version: u8,
    current: Option<&Record>,
) -> Result<(), Problem> {
    let Some(gateway) = body.get("gateway_ip") else { return Ok(()) };
    if let Some(ip) = gateway.as_str().and_then(parse_ip) {
        fits_version(version, gateway, "gateway_ip")?;
        // The network and broadcast addresses cannot be gateways. The gateway may be outside of the subnet.
        let is_edge = |cidr: &Cidr| {
            let (all, ip) = (cidr.range(), super::super::addresses::number(ip));
            version == 4 && (ip == all.first || ip == all.last)
        };
        if cidr.is_some_and(is_edge) {
            return Err(errors::invalid_input("Gateway is not valid on subnet"));
        }
    }
    if let Some(current) = current.filter(|current| current.get("gateway_ip") != gateway) {
        let old = current.text("gateway_ip");
        if let Some(port) = ports::ipam::holder(os, &current.id, old).and_then(|id| os.neutron.ports.get(id))
            && ports::is_router_interface(port.text("device_owner"))
        {
            return Err(errors::gateway_in_use(old, &port.id));
        }
    }
    Ok(())
}

/// Validates the IPv6 modes (`_validate_ipv6_attributes`).
fn modes(body: &Body, cidr: Option<&Cidr>, version: u8, current: Option<&Record>) -> Result<(), Problem> {
    let mode = |name: &str| body.get(name).and_then(Value::as_str);
    let (ra, address) = (mode("ipv6_ra_mode"), mode("ipv6_address_mode"));
    if version == 4 {
        for (name, mode) in [("ipv6_ra_mode", ra), ("ipv6_address_mode", address)] {
            if mode.is_some() {
                return Err(errors::invalid_input(format!("{name} is not valid when ip_version is 4")));
            }
        }
        return Ok(());
    }
    let disabled = body.get("enable_dhcp") == Some(&Value::Bool(false));
    if let Some(current) = current {
        let has_modes = !current.get("ipv6_ra_mode").is_null() || !current.get("ipv6_address_mode").is_null();
        return match disabled && has_modes {
            true => Err(errors::invalid_input("Cannot disable enable_dhcp with ipv6 attributes set")),
            false => Ok(()),
        };
    }
    if disabled && (ra.is_some() || address.is_some()) {
        let reason = "ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False";
        return Err(errors::invalid_input(reason));
    }
    if let (Some(ra), Some(address)) = (ra, address)
        && ra != address
    {
        return Err(errors::invalid_input(format!(
            "ipv6_ra_mode set to '{ra}' with ipv6_address_mode set to '{address}' is not valid. If both attributes \
             are set, they must be the same value"
        )));
    }
    let auto = [ra, address].iter().any(|mode| matches!(mode, Some("slaac" | "dhcpv6-stateless")));
    match cidr {
        Some(cidr) if auto && cidr.prefix != 64 => Err(errors::invalid_input(format!(
            "Invalid CIDR {cidr} for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the \
             prefix to be /64"
        ))),
        _ => Ok(()),
    }
}

/// Refuses a prefix that overlaps with another subnet of the network (`_validate_subnet_cidr`).
pub fn overlap(os: &OpenStack, network: &str, new: &Cidr) -> Result<(), Problem> {
    if new.prefix == 0 {
        return Err(errors::invalid_input("0 is not allowed as CIDR prefix length"));
    }
    if of_network(os, network).any(|subnet| cidr(subnet).overlaps(new)) {
        return Err(errors::invalid_input(format!(
            "Requested subnet with cidr: {new} for network: {network} overlaps with another subnet"
        )));
    }
    Ok(())
}

/// Validates service types: prefixes of device owners that the subnet serves
/// (neutron/extensions/subnet_service_types.py).
pub fn service_types(value: &Value) -> Result<(), Problem> {
    // Upstream adds `compute:` to its list of prefixes letter by letter.
    const KNOWN: [&str; 10] = ["network:", "neutron:", "c", "o", "m", "p", "u", "t", "e", ":"];
    let empty = value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty);
    if empty {
        return Ok(());
    }
    let types = value.as_array().ok_or_else(|| errors::bad_request("Subnet service types must be a list."))?;
    for (at, kind) in types.iter().enumerate() {
        let Some(text) = kind.as_str() else { return Err(errors::service_type_no_string(&python::str(kind))) };
        if types.iter().take(at).any(|one| one == kind) {
            return Err(errors::invalid_service_type(text));
        }
        if !KNOWN.iter().any(|known| text.starts_with(known)) {
            return Err(errors::unknown_service_type(text));
        }
    }
    Ok(())
}
