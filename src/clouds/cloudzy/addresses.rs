//! Allocation of addresses: the lowest free address of a region's range.

use super::catalogue::regions::Region;
use super::{Cloudzy, errors};
use crate::engine::Problem;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The number of addresses at the beginning of a range that are reserved for the provider.
const OWN: u32 = 10;
/// The number of addresses of a range that are searched at most.
const MOST: u32 = 1 << 16;

/// A free IPv4 address for an instance in the region.
pub fn free_ipv4(cloud: &Cloudzy, region: &Region) -> Result<String, Problem> {
    let taken = cloud.instances.all().filter(|one| !one.is_deleted() && one.region == region.id);
    free(&region.ipv4_range, &taken.filter_map(|one| one.ipv4.as_deref()).collect())
}

/// A free IPv6 address for an instance in the region.
pub fn free_ipv6(cloud: &Cloudzy, region: &Region) -> Result<String, Problem> {
    let taken = cloud.instances.all().filter(|one| !one.is_deleted() && one.region == region.id);
    free(&region.ipv6_range, &taken.filter_map(|one| one.ipv6.as_deref()).collect())
}

/// A free floating IP address of the region.
pub fn free_floating(cloud: &Cloudzy, region: &Region) -> Result<String, Problem> {
    let taken = cloud.floating_ips.all().filter(|one| one.released_at.is_none() && one.region == region.id);
    free(&region.floating_range, &taken.map(|one| one.address.as_str()).collect())
}

fn free(range: &str, taken: &HashSet<&str>) -> Result<String, Problem> {
    let (base, count) = parse(range).ok_or_else(errors::no_address_left)?;
    let candidates = (OWN..count.saturating_sub(1)).map(|number| nth(base, number).to_string());
    let mut free = candidates.filter(|address| !taken.contains(address.as_str()));
    free.next().ok_or_else(errors::no_address_left)
}

fn nth(base: IpAddr, number: u32) -> IpAddr {
    match base {
        IpAddr::V4(base) => Ipv4Addr::from_bits(base.to_bits().saturating_add(number)).into(),
        IpAddr::V6(base) => Ipv6Addr::from_bits(base.to_bits().saturating_add(number.into())).into(),
    }
}

/// Parses `198.18.0.0/20` into the first address and the number of addresses, which is limited to `MOST`.
pub fn parse(range: &str) -> Option<(IpAddr, u32)> {
    let (base, length) = range.split_once('/')?;
    let base: IpAddr = base.parse().ok()?;
    let bits: u32 = if base.is_ipv4() { 32 } else { 128 };
    let rest = bits.checked_sub(length.parse().ok()?)?;
    Some((base, 1u32.checked_shl(rest).unwrap_or(MOST).clamp(1, MOST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_address_is_taken() {
        assert_eq!(free("198.18.0.0/20", &HashSet::from(["198.18.0.10"])).unwrap(), "198.18.0.11");
        assert_eq!(free("2001:db8:1::/64", &HashSet::new()).unwrap(), "2001:db8:1::a");
    }

    #[test]
    fn a_range_ends() {
        assert_eq!(free("198.18.0.0/28", &HashSet::new()).unwrap(), "198.18.0.10");
        assert!(free("198.18.0.0/30", &HashSet::new()).is_err());
        assert!(free("nowhere", &HashSet::new()).is_err());
    }
}
