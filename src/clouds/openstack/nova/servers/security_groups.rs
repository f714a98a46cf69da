//! The security groups of a server in the format of nova-network (nova/api/openstack/compute/security_groups.py).

use super::permitted;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::ports::servers as ports;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::security_groups::rules;
use crate::clouds::openstack::nova::flavors::nothing_since_2_102;
use crate::engine::{Answer, Call, Object, Operation, Response, get};

pub const OPERATIONS: &[Operation<OpenStack>] =
    &[get("/servers/{server_id}/os-security-groups", "nova.server.security_group.list", list)
        .summary("Lists the security groups of a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-security-groups:list")];

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    let mut groups: Vec<&Record> = vec![];
    for port in ports::of_server(os, &server.id) {
        for group in port.texts("security_groups").filter_map(|id| os.neutron.security_groups.get(id)) {
            if !groups.iter().any(|known| known.id == group.id) {
                groups.push(group);
            }
        }
    }
    Ok(Response::many("security_groups", groups, |o, group| view(o, os, group)))
}

/// A group with its ingress rules. Nova's format has no egress rules.
pub fn view(o: &mut Object, os: &OpenStack, group: &Record) {
    o.set("id", &group.id);
    o.set("description", group.text("description"));
    o.set("name", group.text("name"));
    o.set("tenant_id", &group.project);
    let ingress = rules::of_group(os, &group.id).filter(|rule| rule.text("direction") == "ingress");
    o.each("rules", ingress, |o, rule| rule_view(o, os, rule));
}

/// A rule. Missing port ranges of Neutron become full ranges (`_convert_to_nova_security_group_format`).
pub fn rule_view(o: &mut Object, os: &OpenStack, rule: &Record) {
    let protocol = rule.get("protocol").as_str();
    let (least, most) = match protocol {
        Some("tcp" | "udp") => (Some(1), Some(65_535)),
        Some("icmp") => (Some(-1), Some(-1)),
        _ => (None, None),
    };
    o.set("id", &rule.id);
    o.set("parent_group_id", rule.text("security_group_id"));
    o.set("ip_protocol", protocol);
    o.set("from_port", rule.int("port_range_min").or(least));
    o.set("to_port", rule.int("port_range_max").or(most));
    let remote = os.neutron.security_groups.get(rule.text("remote_group_id"));
    o.object("group", |o| {
        if let Some(remote) = remote {
            o.set("name", remote.text("name"));
            o.set("tenant_id", &remote.project);
        }
    });
    let everywhere = if rule.text("ethertype") == "IPv6" { "::/0" } else { "0.0.0.0/0" };
    o.object("ip_range", |o| {
        if remote.is_none() {
            o.set("cidr", rule.get("remote_ip_prefix").as_str().unwrap_or(everywhere));
        }
    });
}
