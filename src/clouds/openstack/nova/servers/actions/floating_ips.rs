//! Associating floating IPs with servers, until microversion 2.43 (nova/api/openstack/compute/floating_ips.py).

use super::super::super::errors;
use super::super::super::policy::{self, POLICY};
use super::super::permitted;
use super::PATH;
use super::addresses::Address;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::floating_ips::FloatingIps;
use crate::clouds::openstack::neutron::ports;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::resource::Resource;
use crate::clouds::openstack::parameter_types::Optional;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, post};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    post(PATH, "nova.server.add_floating_ip", add)
        .summary("Associates a floating IP with a server.")
        .action("addFloatingIp")
        .until(2, 43)
        .body::<AddRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-floating-ips:add"),
    post(PATH, "nova.server.remove_floating_ip", remove)
        .summary("Disassociates a floating IP from a server.")
        .action("removeFloatingIp")
        .until(2, 43)
        .body::<RemoveRequest>()
        .answers(202)
        .policy_on_target("os_compute_api:os-floating-ips:remove"),
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AddRequest {
    #[serde(rename = "addFloatingIp")]
    add: Add,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Add {
    address: Address,
    #[serde(default)]
    fixed_address: Optional<Address>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RemoveRequest {
    #[serde(rename = "removeFloatingIp")]
    remove: Remove,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Remove {
    address: Address,
}

/// The default for the fixed IP is the server's first IPv4 address.
fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let request = call.body::<AddRequest>()?.add;
    let server = permitted(call, os)?;
    let ports: Vec<&Record> = ports::of_device(os, &server.id).collect();
    if ports.is_empty() {
        return Err(errors::network_not_ready());
    }
    let own: Vec<(&Id, &str)> =
        ports.iter().flat_map(|port| ports::ipam::fixed_ips(port).map(|fixed| (&port.id, fixed.ip))).collect();
    if own.is_empty() {
        return Err(errors::no_fixed_addresses());
    }
    let requested = request.fixed_address.as_ref().map(|address| &*address.0);
    let fits = |ip: &str| requested.map_or(!ip.contains(':'), |requested| requested == ip);
    let (port, fixed) = own.into_iter().find(|(_, ip)| fits(ip)).ok_or_else(errors::fixed_address_not_assigned)?;
    let end = (json!(port), json!(fixed));
    let id = find_floating_ip(call, os, &request.address.0).ok_or_else(errors::floating_ip_not_found)?;
    associate(call, os, ctx, &id, end)?;
    Ok(accepted())
}

/// Upstream looks up the floating IP before the server.
fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let address = call.body::<RemoveRequest>()?.remove.address.0;
    let id = call.param("server_id");
    let floating_ip = find_floating_ip(call, os, &address).ok_or_else(|| errors::no_such_floating_address(&address))?;
    let record = os.neutron.floating_ips.get(&floating_ip);
    let port = record.and_then(|record| os.neutron.ports.get(record.text("port_id")));
    let holder = port.and_then(|port| os.nova.servers.get(port.text("device_id")));
    let project = holder.map_or_else(|| call.project(), |server| server.project.clone());
    POLICY.enforce(call, &[("project_id", &project)])?;
    if holder.is_none_or(|server| *server.id != *id) {
        return Err(errors::floating_ip_elsewhere(&address, id));
    }
    associate(call, os, ctx, &floating_ip, (Value::Null, Value::Null))?;
    Ok(accepted())
}

fn accepted() -> Response {
    Response::empty().header("Content-Type", "text/html; charset=UTF-8")
}

/// The floating IP with this address that the caller may use.
fn find_floating_ip(call: &Call, os: &OpenStack, address: &str) -> Option<Id> {
    let project = call.project();
    let mine = |one: &&Record| policy::is_admin(call) || *one.project == *project;
    let mut all = os.neutron.floating_ips.all().filter(mine);
    all.find(|one| one.text("floating_ip_address") == address).map(|one| one.id.clone())
}

/// Associates a floating IP with a port and one of its fixed IPs. Null values disassociate it.
fn associate(
    call: &Call,
    os: &mut OpenStack,
    ctx: &mut Context,
    id: &Id,
    (port, fixed): (Value, Value),
) -> Result<(), Problem> {
    let mut body = Body::new();
    body.insert("port_id".into(), port);
    body.insert("fixed_ip_address".into(), fixed);
    FloatingIps::change(call, os, ctx, id, body)
        .map_err(|problem| errors::refused_by_neutron(&problem, &call.request_id))
}
