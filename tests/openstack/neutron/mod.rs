//! Neutron: what its API answers, resource by resource.

mod agents;
mod floating_ips;
mod lists;
mod networks;
mod ports;
mod qos;
mod rbac;
mod revisions;
mod routers;
mod security_groups;
mod segments;
mod sharing;
mod subnets;

use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

/// The resource in a successful answer.
pub fn made(answer: Answered) -> Value {
    assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text);
    answer.body.as_object().and_then(|body| body.values().next()).cloned().unwrap_or_default()
}

/// Creates a resource as the demo project's member and returns it.
pub fn make(cloud: &Cloud, collection: &str, resource: &str, body: Value) -> Value {
    made(cloud.post("neutron", &format!("/v2.0/{collection}"), json!({resource: body})).send())
}

/// Creates a network of the demo project and returns its id.
pub fn network(cloud: &Cloud) -> String {
    text(&make(cloud, "networks", "network", json!({"name": "net"}))["id"])
}

/// Creates a subnet and returns it.
pub fn subnet(cloud: &Cloud, network: &str, cidr: &str) -> Value {
    let version = if cidr.contains(':') { 6 } else { 4 };
    make(cloud, "subnets", "subnet", json!({"network_id": network, "cidr": cidr, "ip_version": version}))
}

/// Creates a port and returns it.
pub fn port(cloud: &Cloud, body: Value) -> Value {
    make(cloud, "ports", "port", body)
}

/// A string value.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Status, type and message of an error.
pub fn refusal(answer: &Answered) -> (u16, String, String) {
    let error = &answer.body["NeutronError"];
    (answer.status, text(&error["type"]), text(&error["message"]))
}

/// Creates an external network with an IPv4 subnet as administrator and returns its id.
pub fn external_network(cloud: &Cloud) -> String {
    let network = json!({"network": {"name": "outside", "router:external": true}});
    let id = text(&made(cloud.post("neutron", "/v2.0/networks", network).user("admin").send())["id"]);
    let subnet = json!({"subnet": {
        "network_id": id, "cidr": "198.51.100.0/24", "ip_version": 4, "enable_dhcp": false,
    }});
    made(cloud.post("neutron", "/v2.0/subnets", subnet).user("admin").send());
    id
}
