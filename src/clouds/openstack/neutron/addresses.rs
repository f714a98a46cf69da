//! Arithmetic with IP addresses. Both families are handled as numbers of 128 bits.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A prefix as the client wrote it, with its host bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    pub ip: IpAddr,
    /// The length in bits.
    pub prefix: u8,
}

/// An inclusive range of addresses of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub first: u128,
    pub last: u128,
}

impl Range {
    /// True if the address `number` is in the range.
    pub fn contains(&self, number: u128) -> bool {
        (self.first..=self.last).contains(&number)
    }

    /// True if the ranges share an address.
    pub fn overlaps(&self, other: &Range) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// The number of addresses.
    pub fn len(&self) -> u128 {
        (self.last - self.first).saturating_add(1)
    }

    /// True for a range without addresses.
    pub fn is_empty(&self) -> bool {
        self.last < self.first
    }
}

/// The address as a number.
pub fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

/// The address `number` in the family `version` (4 or 6).
pub fn address(number: u128, version: u8) -> IpAddr {
    if version == 4 { Ipv4Addr::from(number as u32).into() } else { Ipv6Addr::from(number).into() }
}

/// The family of an address: 4 or 6.
pub fn version(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 4 } else { 6 }
}

/// Parses an address; `None` if it is not one.
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

impl Cidr {
    /// Parses `10.0.0.0/24`; `None` without a prefix length.
    pub fn parse(text: &str) -> Option<Cidr> {
        text.contains('/').then(|| Cidr::parse_loosely(text)).flatten()
    }

    /// Parses as netaddr does: an address without a length is a prefix of this one address, and a netmask can stand
    /// for the length.
    pub fn parse_loosely(text: &str) -> Option<Cidr> {
        let (ip, prefix) = text.split_once('/').map_or((text, None), |(ip, prefix)| (ip, Some(prefix)));
        let ip: IpAddr = ip.parse().ok()?;
        let bits = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(text) if text.contains('.') => netmask(text.parse().ok()?)?,
            Some(text) => text.parse().ok().filter(|prefix| *prefix <= bits)?,
        };
        Some(Cidr { ip, prefix })
    }

    /// The family: 4 or 6.
    pub fn version(&self) -> u8 {
        version(self.ip)
    }

    /// The number of bits of addresses of this family.
    pub fn bits(&self) -> u8 {
        if self.ip.is_ipv4() { 32 } else { 128 }
    }

    /// All addresses of the prefix.
    pub fn range(&self) -> Range {
        let host = u32::from(self.bits() - self.prefix);
        let mask = if host >= 128 { u128::MAX } else { (1u128 << host) - 1 };
        let first = number(self.ip) & !mask;
        Range { first, last: first | mask }
    }

    /// The prefix without host bits.
    pub fn network(&self) -> Cidr {
        Cidr { ip: address(self.range().first, self.version()), prefix: self.prefix }
    }

    /// True if the address is in the prefix.
    pub fn contains(&self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.ip.is_ipv4() && self.range().contains(number(ip))
    }

    /// True if the whole other prefix is in this one.
    pub fn covers(&self, other: &Cidr) -> bool {
        self.prefix <= other.prefix && self.contains(other.ip)
    }

    /// True if the prefixes share an address.
    pub fn overlaps(&self, other: &Cidr) -> bool {
        self.version() == other.version() && self.range().overlaps(&other.range())
    }
}

/// The prefix length of a netmask such as 255.255.255.0.
fn netmask(mask: Ipv4Addr) -> Option<u8> {
    let bits = u32::from(mask);
    (bits.leading_ones() + bits.trailing_zeros() == 32).then(|| bits.leading_ones() as u8)
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.prefix)
    }
}

/// Sorts ranges and joins those that touch or overlap.
pub fn merged(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable_by_key(|range| range.first);
    let mut merged: Vec<Range> = vec![];
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.first <= last.last.saturating_add(1) => last.last = last.last.max(range.last),
            _ => merged.push(range),
        }
    }
    merged
}

/// The addresses of `ranges` that are not in `others`.
pub fn without(ranges: Vec<Range>, others: Vec<Range>) -> Vec<Range> {
    let mut left = merged(ranges);
    for other in merged(others) {
        left = left
            .into_iter()
            .flat_map(|range| {
                let below = (range.first < other.first)
                    .then(|| Range { first: range.first, last: range.last.min(other.first - 1) });
                let above = (range.last > other.last)
                    .then(|| Range { first: range.first.max(other.last + 1), last: range.last });
                if range.overlaps(&other) { [below, above] } else { [Some(range), None] }
            })
            .flatten()
            .collect();
    }
    left
}

/// The smallest list of prefixes that makes up a range.
pub fn networks(range: Range, version: u8) -> Vec<Cidr> {
    let bits = if version == 4 { 32 } else { 128 };
    let mut networks = vec![];
    let mut first = range.first;
    loop {
        // The largest prefix that starts at `first` and fits.
        let mut host = if first == 0 { bits } else { first.trailing_zeros().min(bits) };
        while host > 0 && (host >= 128 || first + ((1u128 << host) - 1) > range.last) {
            host -= 1;
        }
        networks.push(Cidr { ip: address(first, version), prefix: (bits - host) as u8 });
        match first.checked_add(1u128 << host) {
            Some(next) if next <= range.last => first = next,
            _ => return networks,
        }
    }
}

/// Parses `fa:16:3e:00:00:01`, `fa-16-3e-00-00-01`, `fa16.3e00.0001` and `fa163e000001`.
pub fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let separator = text.chars().find(|c| !c.is_ascii_hexdigit());
    let digits = match separator {
        None => text.to_owned(),
        Some('.') => joined(text, '.', 4, 3)?,
        Some(one @ (':' | '-')) => {
            let groups = text.split(one).count();
            if groups == 6 { joined(text, one, 2, 6)? } else { joined(text, one, 4, 3)? }
        }
        _ => return None,
    };
    let bits = u64::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 12)?;
    let bytes = bits.to_be_bytes();
    bytes.last_chunk().copied()
}

/// The digits of a MAC address; each group is padded with zeros.
fn joined(text: &str, separator: char, width: usize, groups: usize) -> Option<String> {
    let parts: Vec<_> = text.split(separator).collect();
    let fits = |part: &&str| (1..=width).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    (parts.len() == groups && parts.iter().all(fits))
        .then(|| parts.iter().map(|part| format!("{part:0>width$}")).collect())
}

/// Formats a MAC address as `fa:16:3e:00:00:01`.
pub fn format_mac(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// The EUI-64 address of a host in an IPv6 prefix (`ipv6_utils.get_ipv6_addr_by_EUI64`).
pub fn eui64(network: &Cidr, mac: [u8; 6]) -> IpAddr {
    let [a, b, c, d, e, f] = mac;
    let host = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
    Ipv6Addr::from(network.range().first | u128::from(host)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_have_ranges() {
        let cidr = Cidr::parse("10.0.0.5/24").unwrap();
        assert_eq!(cidr.network().to_string(), "10.0.0.0/24");
        assert_eq!(cidr.range().len(), 256);
        assert!(cidr.overlaps(&Cidr::parse("10.0.0.128/25").unwrap()));
        assert!(!cidr.overlaps(&Cidr::parse("::/0").unwrap()));
        assert_eq!(Cidr::parse("10.0.0.0/255.255.255.0").unwrap().prefix, 24);
        assert_eq!(Cidr::parse("10.0.0.0"), None);
    }

    #[test]
    fn mac_addresses_are_parsed_in_every_notation() {
        for text in ["fa:16:3e:00:00:01", "FA-16-3E-00-00-01", "fa16.3e00.0001", "fa163e000001", "fa:16:3e:0:0:1"] {
            assert_eq!(parse_mac(text).map(format_mac).as_deref(), Some("fa:16:3e:00:00:01"), "{text}");
        }
        assert_eq!(parse_mac("x"), None);
    }

    #[test]
    fn ranges_are_split_into_prefixes() {
        let range = |text: &str| Cidr::parse(text).unwrap().range();
        let left = without(vec![range("10.0.0.0/24")], vec![range("10.0.0.64/26")]);
        let networks: Vec<_> =
            left.into_iter().flat_map(|range| networks(range, 4)).map(|one| one.to_string()).collect();
        assert_eq!(networks, ["10.0.0.0/26", "10.0.0.128/25"]);
        assert_eq!(merged(vec![range("10.0.1.0/24"), range("10.0.0.0/24")]), vec![range("10.0.0.0/23")]);
        assert_eq!(super::networks(range("::/0"), 6).len(), 2, "all of IPv6 is split in two halves");
    }

    #[test]
    fn eui64_addresses_are_made_from_the_mac() {
        let network = Cidr::parse("2001:db8::/64").unwrap();
        let mac = parse_mac("fa:16:3e:00:00:01").unwrap();
        assert_eq!(eui64(&network, mac).to_string(), "2001:db8::f816:3eff:fe00:1");
    }
}
