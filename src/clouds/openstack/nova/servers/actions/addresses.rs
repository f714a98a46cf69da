//! Adding and removing fixed IPs, until microversion 2.43 (nova/api/openstack/compute/multinic.py).

use super::super::permitted;
use super::PATH;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{attributes::Body, ports};
use crate::engine::{Answer, Call, Context, Id, Operation, Response, post};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Value, json};
use std::borrow::Cow;

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.add_fixed_ip", add_fixed)
        .summary("Adds a fixed IP to a server.")
        .action("addFixedIp")
        .until(2, 43)
        .body::<AddFixedRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-multinic:add"),
    post(PATH, "nova.server.remove_fixed_ip", remove_fixed)
        .summary("Removes a fixed IP from a server.")
        .action("removeFixedIp")
        .until(2, 43)
        .body::<RemoveFixedRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-multinic:remove"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddFixedRequest {
    #[serde(rename = "addFixedIp")]
    add: Network,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Network {
    #[serde(rename = "networkId")]
    #[schemars(extend("type" = ["string", "number"], "minLength" = 1, "maxLength" = 36))]
    network: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveFixedRequest {
    #[serde(rename = "removeFixedIp")]
    remove: One,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    address: Address,
}

/// An IPv4 or IPv6 address.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Address(pub String);

impl JsonSchema for Address {
    fn schema_name() -> Cow<'static, str> {
        "IpAddress".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]})
    }
}

/// Adds an address to the server's first port on the network. Upstream's host does the work, so the client sees no
/// error if there is no such port.
fn add_fixed(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let network = call.body::<AddFixedRequest>()?.add.network;
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    let is_on_network = |port: &&Record| Some(port.text("network_id")) == network.as_str();
    let Some(port) = ports::of_device(os, &server.id).find(is_on_network) else { return Ok(Response::empty()) };
    let mut addresses = port.list("fixed_ips").to_vec();
    if let Some(subnet) = addresses.first().map(|first| first["subnet_id"].clone()) {
        addresses.push(json!({"subnet_id": subnet}));
        let id = port.id.clone();
        set_addresses(os, ctx, &id, addresses);
    }
    Ok(Response::empty())
}

fn remove_fixed(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let address = call.body::<RemoveFixedRequest>()?.remove.address.0;
    let server = permitted(call, os)?;
    server.check_lock(call)?;
    let has = |value: &Value| value["ip_address"] == *address;
    let port = ports::of_device(os, &server.id).find(|port| port.list("fixed_ips").iter().any(has));
    if let Some(port) = port {
        let rest = port.list("fixed_ips").iter().filter(|value| !has(value)).cloned().collect();
        let id = port.id.clone();
        set_addresses(os, ctx, &id, rest);
    }
    Ok(Response::empty())
}

/// Sets the fixed IPs of a port. Errors of Neutron do not reach the client.
fn set_addresses(os: &mut OpenStack, ctx: &mut Context, port: &Id, addresses: Vec<Value>) {
    let mut body = Body::new();
    body.insert("fixed_ips".into(), addresses.into());
    let before = os.neutron.clone();
    if ports::change::apply(os, ctx, port, body).is_err() {
        os.neutron = before;
    }
}
