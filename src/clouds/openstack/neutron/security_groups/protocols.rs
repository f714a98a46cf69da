//! IP protocols of security group rules (neutron_lib/constants.py).

/// Names of protocols with their numbers.
pub const NUMBERS: &[(&str, u8)] = &[
    ("ah", 51),
    ("dccp", 33),
    ("egp", 8),
    ("esp", 50),
    ("gre", 47),
    ("hopopt", 0),
    ("icmp", 1),
    ("igmp", 2),
    ("ip", 0),
    ("ipip", 4),
    ("ipv6-encap", 41),
    ("ipv6-frag", 44),
    ("ipv6-icmp", 58),
    ("icmpv6", 58),
    ("ipv6-nonxt", 59),
    ("ipv6-opts", 60),
    ("ipv6-route", 43),
    ("ospf", 89),
    ("pgm", 113),
    ("rsvp", 46),
    ("sctp", 132),
    ("tcp", 6),
    ("udp", 17),
    ("udplite", 136),
    ("vrrp", 112),
];

/// Protocols with ports.
const WITH_PORTS: [u8; 5] = [33, 132, 6, 17, 136];
const ONLY_IPV6: [u8; 6] = [41, 44, 58, 59, 60, 43];

/// The number of a protocol, which is given by name or number.
pub fn number(protocol: &str) -> Option<u8> {
    let named = NUMBERS.iter().find(|(name, _)| *name == protocol).map(|(_, number)| *number);
    named.or_else(|| protocol.parse().ok())
}

/// True if rules for the protocol can have ports.
pub fn has_ports(number: u8) -> bool {
    WITH_PORTS.contains(&number)
}

/// True for ICMP and ICMPv6.
pub fn is_icmp(number: u8) -> bool {
    matches!(number, 1 | 58)
}

/// True for protocols that exist only in IPv6.
pub fn is_only_ipv6(number: u8) -> bool {
    ONLY_IPV6.contains(&number)
}

/// The list of known protocols in upstream's error message: `(None, 'any', 'ah', …)`.
pub fn known() -> String {
    let names: Vec<_> = NUMBERS.iter().map(|(name, _)| format!("'{name}'")).collect();
    format!("(None, 'any', {})", names.join(", "))
}
