//! What a port requires of Placement because of the guarantees in its QoS policy: the attribute `resource_request`
//! (neutron/services/qos/qos_plugin.py, `_extend_port_resource_request`).

use super::super::ports;
use super::super::record::Record;
use super::super::segments;
use super::rules;
use crate::clouds::openstack::OpenStack;
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

/// The trait of tunnelled networks, which have no physical network.
const TUNNEL: &str = "CUSTOM_NETWORK_TUNNEL_PROVIDER";

/// The value of `resource_request`: a group for bandwidth and one for packet rates; null without guarantees.
pub fn of_port(os: &OpenStack, port: &Record) -> Value {
    let of_network = || ports::network_of(os, port).map_or("", |network| network.text("qos_policy_id"));
    let policy = Some(port.text("qos_policy_id")).filter(|id| !id.is_empty()).unwrap_or_else(of_network);
    if policy.is_empty() {
        return Value::Null;
    }
    let vnic = custom_trait("VNIC_TYPE", port.text("binding:vnic_type"));
    let network = network_trait(os, port.text("network_id"));
    let bandwidth = group(os, port, policy, "minimum_bandwidth_rule", vec![network, vnic.clone()]);
    let packets = group(os, port, policy, "minimum_packet_rate_rule", vec![vnic]);
    let groups: Vec<Value> = [bandwidth, packets].into_iter().flatten().collect();
    if groups.is_empty() {
        return Value::Null;
    }
    let ids: Vec<_> = groups.iter().map(|group| group["id"].clone()).collect();
    json!({"request_groups": groups, "same_subtree": ids})
}

/// The group of the policy's rules of one type; none without such rules.
fn group(os: &OpenStack, port: &Record, policy: &str, kind: &str, required: Vec<String>) -> Option<Value> {
    let mut rules: Vec<_> = rules::of_policy(os, policy).filter(|rule| rule.kind.resource == kind).collect();
    rules.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    if rules.is_empty() {
        return None;
    }
    let resource = |rule: &Record| {
        let (class, amount) = match (kind, rule.text("direction")) {
            ("minimum_bandwidth_rule", "ingress") => ("NET_BW_IGR_KILOBIT_PER_SEC", "min_kbps"),
            ("minimum_bandwidth_rule", _) => ("NET_BW_EGR_KILOBIT_PER_SEC", "min_kbps"),
            (_, "ingress") => ("NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC", "min_kpps"),
            (_, "egress") => ("NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC", "min_kpps"),
            _ => ("NET_PACKET_RATE_KILOPACKET_PER_SEC", "min_kpps"),
        };
        (class.to_owned(), rule.get(amount).clone())
    };
    let resources: Map<String, Value> = rules.iter().map(|rule| resource(rule)).collect();
    let names: Vec<&str> = rules.iter().map(|rule| &*rule.id).collect();
    Some(json!({"id": uuid5(&port.id, &names.join(":")), "required": required, "resources": resources}))
}

/// The trait of the first segment's physical network.
fn network_trait(os: &OpenStack, network: &str) -> String {
    let first = segments::ordered(os, network).next().map_or("", |segment| segment.text("physical_network"));
    if first.is_empty() { TUNNEL.to_owned() } else { custom_trait("PHYSNET", first) }
}

/// `CUSTOM_PHYSNET_PUBLIC`: upper case, with underscores for other characters (`os_traits.normalize_name`).
fn custom_trait(prefix: &str, name: &str) -> String {
    let normal = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    format!("CUSTOM_{prefix}_{}", name.chars().map(normal).collect::<String>())
}

/// A UUID of version 5: a hash of a name within a namespace.
pub fn uuid5(namespace: &str, name: &str) -> String {
    let digits: Vec<u8> = namespace.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|text| u8::from_str_radix(text, 16).ok());
    let mut hash = Sha1::new();
    hash.update(digits.chunks(2).filter_map(byte).collect::<Vec<u8>>());
    hash.update(name);
    let mut bytes: Vec<u8> = hash.finalize().iter().copied().take(16).collect();
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..4], &hex[4..6], &hex[6..8], &hex[8..10], &hex[10..]].map(|part| part.concat()).join("-")
}
