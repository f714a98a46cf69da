//! Allocation pools and gateways: defaults and validation (neutron/db/ipam_backend_mixin.py, neutron/ipam/utils.py).

use super::cidr;
use crate::clouds::openstack::neutron::addresses::{Cidr, Range, address, number, parse_ip};
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::errors;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::python;
use crate::engine::Problem;
use serde_json::{Value, json};

/// Sets the missing gateway and allocation pools of a new subnet, and validates the requested ones.
pub fn complete(body: &mut Body, cidr: &Cidr) -> Result<(), Problem> {
    if !body.contains_key("gateway_ip") {
        body.insert("gateway_ip".into(), first_host(cidr).into());
    }
    let gateway = body.get("gateway_ip").and_then(Value::as_str).and_then(parse_ip).map(number);
    let ranges = match body.get("allocation_pools").and_then(Value::as_array) {
        Some(pools) => {
            let ranges = validate(pools, cidr)?;
            refuse_gateway(gateway, &ranges, cidr.version())?;
            ranges
        }
        None => defaults(cidr, gateway),
    };
    body.insert("allocation_pools".into(), shown(&ranges, cidr.version()));
    for name in ["host_routes", "dns_nameservers", "service_types"] {
        if !body.get(name).is_some_and(Value::is_array) {
            body.insert(name.into(), json!([]));
        }
    }
    Ok(())
}

/// The default gateway: the first host address, or in IPv6 the address of the network itself.
fn first_host(cidr: &Cidr) -> String {
    let first = cidr.range().first;
    let offset = u128::from(cidr.version() == 4 && cidr.prefix < 32);
    address(first + offset, cidr.version()).to_string()
}

/// The default allocation pools: all host addresses except the gateway (`generate_pools`).
pub fn defaults(cidr: &Cidr, gateway: Option<u128>) -> Vec<Range> {
    let hosts = hosts(cidr);
    match gateway.filter(|gateway| hosts.contains(*gateway)) {
        None => vec![hosts],
        Some(gateway) => {
            let below = (gateway > hosts.first).then(|| Range { first: hosts.first, last: gateway - 1 });
            let above = (gateway < hosts.last).then(|| Range { first: gateway + 1, last: hosts.last });
            below.into_iter().chain(above).collect()
        }
    }
}

/// The addresses that hosts can have.
pub fn hosts(cidr: &Cidr) -> Range {
    let all = cidr.range();
    match (cidr.version(), cidr.prefix) {
        (_, prefix) if prefix == cidr.bits() => all,
        (4, 31) => all,
        (4, _) => Range { first: all.first + 1, last: all.last - 1 },
        _ => Range { first: all.first + 1, last: all.last },
    }
}

/// Validates requested pools (`validate_allocation_pools`).
fn validate(pools: &[Value], cidr: &Cidr) -> Result<Vec<Range>, Problem> {
    let mut ranges: Vec<Range> = vec![];
    for pool in pools {
        let wrong = || errors::invalid_allocation_pool(&python::repr(pool));
        let ip = |key: &str| pool.get(key).and_then(Value::as_str).and_then(parse_ip);
        let (Some(start), Some(end)) = (ip("start"), ip("end")) else { return Err(wrong()) };
        if start.is_ipv4() != end.is_ipv4() || number(end) < number(start) || start.is_ipv4() != cidr.ip.is_ipv4() {
            return Err(wrong());
        }
        ranges.push(Range { first: number(start), last: number(end) });
    }
    let hosts = hosts(cidr);
    let version = cidr.version();
    for range in &ranges {
        if range.first < hosts.first || range.last > hosts.last {
            return Err(errors::pool_out_of_bounds(&text(range, version), &cidr.to_string()));
        }
    }
    for (at, range) in ranges.iter().enumerate() {
        if let Some(other) = ranges.iter().take(at).find(|other| other.overlaps(range)) {
            let (one, other) = (text(other, version), text(range, version));
            return Err(errors::overlapping_pools(&one, &other, &cidr.to_string()));
        }
    }
    Ok(ranges)
}

fn refuse_gateway(gateway: Option<u128>, ranges: &[Range], version: u8) -> Result<(), Problem> {
    let Some(gateway) = gateway else { return Ok(()) };
    match ranges.iter().find(|range| range.contains(gateway)) {
        Some(range) => Err(errors::gateway_in_pool(&address(gateway, version).to_string(), &text(range, version))),
        None => Ok(()),
    }
}

/// Refuses a change after which the gateway would be in an allocation pool.
pub fn change(body: &Body, subnet: &Record) -> Result<(), Problem> {
    let cidr = cidr(subnet);
    let requested = body.get("allocation_pools").and_then(Value::as_array);
    let ranges = match requested {
        Some(pools) => validate(pools, &cidr)?,
        None => ranges(subnet.list("allocation_pools")),
    };
    let gateway = body.get("gateway_ip").unwrap_or_else(|| subnet.get("gateway_ip"));
    if requested.is_none() && gateway == subnet.get("gateway_ip") {
        return Ok(());
    }
    refuse_gateway(gateway.as_str().and_then(parse_ip).map(number), &ranges, cidr.version())
}

/// Stored allocation pools as ranges of numbers.
pub fn ranges(pools: &[Value]) -> Vec<Range> {
    let ip = |pool: &Value, key: &str| pool.get(key).and_then(Value::as_str).and_then(parse_ip).map(number);
    pools.iter().filter_map(|pool| Some(Range { first: ip(pool, "start")?, last: ip(pool, "end")? })).collect()
}

fn shown(ranges: &[Range], version: u8) -> Value {
    let pool = |range: &Range| {
        json!({
            "start": address(range.first, version).to_string(),
            "end": address(range.last, version).to_string(),
        })
    };
    ranges.iter().map(pool).collect()
}

fn text(range: &Range, version: u8) -> String {
    format!("{}-{}", address(range.first, version), address(range.last, version))
}
