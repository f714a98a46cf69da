//! Allocation of subnets from pools (neutron/ipam/subnet_alloc.py).

use super::{SubnetPools, cidrs, of_pool, scope_of};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::addresses::{Cidr, networks, without};
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::errors;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::resource::{Resource as _, find};
use crate::clouds::openstack::neutron::subnets;
use crate::engine::{Call, Id, Problem};
use serde_json::Value;

/// The default pool of a family (4 or 6), if the caller sees it.
pub fn default_of(call: &Call, os: &OpenStack, version: i64) -> Option<Id> {
    let fits = |pool: &&Record| {
        pool.flag("is_default") && pool.int("ip_version") == Some(version) && SubnetPools::sees(call, os, pool)
    };
    os.neutron.subnet_pools.all().find(fits).map(|pool| pool.id.clone())
}

/// Allocates the prefix of a new subnet from a pool and sets it in the body.
pub fn allocate(call: &Call, os: &OpenStack, pool: &str, body: &mut Body) -> Result<(), Problem> {
    let pool = find::<SubnetPools>(call, os, pool)?;
    let version = pool.int("ip_version").unwrap_or(4);
    let requested = body.get("ip_version").and_then(Value::as_i64).unwrap_or(version);
    if requested != version {
        return Err(errors::bad(
            "subnets",
            format_args!("Cannot allocate IPv{requested} subnet from IPv{version} subnet pool"),
        ));
    }
    let cidr = body.get("cidr").and_then(Value::as_str).and_then(Cidr::parse);
    let default = pool.int("default_prefixlen");
    let length = match &cidr {
        Some(cidr) => i64::from(cidr.prefix),
        None => body.get("prefixlen").and_then(Value::as_i64).or(default).unwrap_or(24),
    };
    let (min, max) = (pool.int("min_prefixlen").unwrap_or(0), pool.int("max_prefixlen").unwrap_or(128));
    if length > max {
        return Err(errors::prefix_too_long(&max.to_string(), length));
    }
    if length < min {
        return Err(errors::prefix_too_short(&min.to_string(), length));
    }
    within_quota(os, pool, body, length)?;
    let free = free(os, pool, version as u8);
    let cidr = match cidr {
        Some(cidr) => {
            let fits = free.iter().any(|block| block.covers(&cidr));
            fits.then_some(cidr).ok_or_else(|| {
                errors::subnet_allocation_failed("Cannot allocate requested subnet from the available set of prefixes")
            })?
        }
        None => {
            // The smallest block that is large enough; the first of several.
            let large_enough = free.iter().filter(|block| i64::from(block.prefix) <= length);
            let block = large_enough.min_by_key(|block| std::cmp::Reverse(block.prefix));
            let none = || {
                errors::subnet_allocation_failed(&format!(
                    "Insufficient prefix space to allocate subnet size /{length}"
                ))
            };
            Cidr { ip: block.ok_or_else(none)?.ip, prefix: length as u8 }
        }
    };
    body.insert("cidr".into(), cidr.to_string().into());
    body.insert("subnetpool_id".into(), pool.id.to_string().into());
    Ok(())
}

/// The free prefixes of a pool, in the largest possible blocks.
fn free(os: &OpenStack, pool: &Record, version: u8) -> Vec<Cidr> {
    let all = cidrs(pool.list("prefixes")).iter().map(Cidr::range).collect();
    let taken = of_pool(os, &pool.id).map(|subnet| subnets::cidr(subnet).range()).collect();
    without(all, taken).into_iter().flat_map(|range| networks(range, version)).collect()
}

/// Refuses more than the pool's quota for a project, which is counted in addresses (IPv4) or /64 prefixes (IPv6).
fn within_quota(os: &OpenStack, pool: &Record, body: &Body, length: i64) -> Result<(), Problem> {
    let Some(quota) = pool.int("default_quota") else { return Ok(()) };
    let project = body.get("project_id").and_then(Value::as_str).unwrap_or_default();
    let unit = if pool.int("ip_version") == Some(4) { 32 } else { 64 };
    let size = |prefix: i64| 1i64.checked_shl((unit - prefix).clamp(0, 62) as u32).unwrap_or(i64::MAX);
    let own = of_pool(os, &pool.id).filter(|subnet| *subnet.project == *project);
    let used: i64 = own.map(|subnet| size(i64::from(subnets::cidr(subnet).prefix))).sum();
    if used.saturating_add(size(length)) > quota { Err(errors::pool_quota_exceeded()) } else { Ok(()) }
}

/// Refuses subnets of one network and family from different pools or address scopes
/// (`_validate_network_subnetpools`).
pub fn same_source(os: &OpenStack, network: &str, cidr: &Cidr, pool: Option<&str>) -> Result<(), Problem> {
    let version = i64::from(cidr.version());
    let of_version: Vec<_> =
        subnets::of_network(os, network).filter(|subnet| subnet.int("ip_version") == Some(version)).collect();
    let scope = of_version.iter().find_map(|subnet| scope_of(os, subnet));
    if let Some(scope) = scope {
        let own = pool.and_then(|pool| os.neutron.subnet_pools.get(pool)).map(|pool| pool.text("address_scope_id"));
        if own.is_some_and(|own| own != scope) {
            return Err(errors::scope_affinity());
        }
        if own.is_some() {
            return Ok(());
        }
    }
    let other = |subnet: &&Record| subnet.text("subnetpool_id") != pool.unwrap_or_default();
    if of_version.iter().any(other) { Err(errors::pool_affinity()) } else { Ok(()) }
}
