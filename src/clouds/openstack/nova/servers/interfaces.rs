//! The network interfaces of a server (nova/api/openstack/compute/attach_interfaces.py).

use super::super::flavors::nothing_since_2_102;
use super::super::instance_actions;
use super::super::parameter_types::{Optional, Tag, Uuid};
use super::{NetworkRequest, Server, VmState, networks, permitted};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::ports::servers as ports;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::nova::errors;
use crate::engine::{self, Answer, Call, Context, Id, Object, Operation, Response, Transition, get, post, transition};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::borrow::Cow;

const ALL: &str = "/servers/{server_id}/os-interface";
const ONE: &str = "/servers/{server_id}/os-interface/{port_id}";

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(ALL, "nova.server.interface.list", list)
        .summary("Lists the network interfaces of a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-attach-interfaces:list"),
    get(ONE, "nova.server.interface.show", show)
        .summary("Shows a network interface of a server.")
        .query(nothing_since_2_102)
        .policy_on_target("os_compute_api:os-attach-interfaces:show"),
    post(ALL, "nova.server.interface.create", attach)
        .summary("Attaches a network interface to a server.")
        .body::<AttachRequest>()
        .policy_on_target("os_compute_api:os-attach-interfaces:create"),
    engine::delete(ONE, "nova.server.interface.delete", detach)
        .summary("Detaches a network interface from a server.")
        .answers(202)
        .policy_on_target("os_compute_api:os-attach-interfaces:delete"),
];

/// The host has unplugged an interface. The subject is the port.
pub const DETACH_INTERFACE: Transition<OpenStack> =
    transition("nova.server.detach_interface", finish_detach, |_, _, _, _| {});

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&DETACH_INTERFACE];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AttachRequest {
    #[serde(rename = "interfaceAttachment", default)]
    interface: Optional<Attach>,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Attach {
    #[serde(default)]
    net_id: Optional<Uuid>,
    #[serde(default)]
    port_id: Optional<Uuid>,
    #[serde(default)]
    #[schemars(extend("minItems" = 1, "maxItems" = 1))]
    fixed_ips: Optional<Vec<FixedIp>>,
    #[serde(default)]
    #[schemars(extend("x-since" = "2.49"))]
    tag: Optional<Tag>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct FixedIp {
    ip_address: IpAddress,
}

/// `ip_address`: an IPv4 or IPv6 address.
#[derive(Deserialize)]
#[serde(transparent)]
struct IpAddress(Id);

impl JsonSchema for IpAddress {
    fn schema_name() -> Cow<'static, str> {
        "ip_address".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]})
    }
}

fn list(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    let ports = ports::of_server(os, &server.id);
    Ok(Response::many("interfaceAttachments", ports, |o, port| view(o, call, server, port)))
}

fn show(call: &Call, os: &OpenStack) -> Answer {
    let server = permitted(call, os)?;
    view_port(call, os, server, call.param("port_id"))
}

fn view_port(call: &Call, os: &OpenStack, server: &Server, id: &str) -> Answer {
    let port = networks::find_port(call, os, id).ok_or_else(|| errors::port_not_found(id))?;
    if port.text("device_id") != &*server.id {
        return Err(errors::not_a_port_of_server(&server.id, id));
    }
    Ok(Response::one("interfaceAttachment", |o| view(o, call, server, port)))
}

fn view(o: &mut Object, call: &Call, server: &Server, port: &Record) {
    o.set("net_id", port.text("network_id"));
    o.set("port_id", &port.id);
    o.set("mac_addr", port.text("mac_address"));
    o.set("port_state", port.text("status"));
    o.set("fixed_ips", port.get("fixed_ips"));
    if call.since(2, 70) {
        let interface = server.interfaces.iter().find(|interface| interface.port == port.id);
        o.set("tag", interface.and_then(|interface| interface.tag.as_ref()));
    }
}

/// The states in which interfaces can be attached and detached.
const STATES: [VmState; 3] = [VmState::Active, VmState::Paused, VmState::Stopped];

fn attach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?.clone();
    let request = if call.json.is_null() {
        Attach::default()
    } else {
        call.body::<AttachRequest>()?.interface.0.unwrap_or_default()
    };
    let fixed_ip = request.fixed_ips.as_ref().and_then(|ips| ips.first()).map(|ip| ip.ip_address.0.clone());
    if request.net_id.is_some() && request.port_id.is_some() {
        return Err(errors::network_and_port());
    }
    if fixed_ip.is_some() && request.net_id.is_none() {
        return Err(errors::address_without_network());
    }
    server.check_lock(call)?;
    server.check_state("attach_interface", &STATES, &[None], true)?;
    let interface = NetworkRequest {
        network: request.net_id.0.map(|id| id.0),
        port: request.port_id.0.map(|id| id.0),
        fixed_ip,
        tag: request.tag.0.map(|tag| tag.0.into()),
    };
    super::action_begins(call, os, ctx, &server.id, "attach_interface", "compute_attach_interface");
    let port = networks::attach(call, os, ctx, &server, interface)?;
    instance_actions::events_end(os, ctx, &server.id, Ok(()));
    let server = permitted(call, os)?;
    view_port(call, os, server, &port)
}

fn detach(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let server = permitted(call, os)?.clone();
    let port: Id = call.param("port_id").into();
    server.check_lock(call)?;
    server.check_state("detach_interface", &STATES, &[None], true)?;
    super::action_begins(call, os, ctx, &server.id, "detach_interface", "compute_detach_interface");
    // Upstream's API accepts any port. The host ignores those that are not the server's.
    if ports::of_server(os, &server.id).any(|one| one.id == port) {
        ctx.later(&DETACH_INTERFACE, &port);
    }
    Ok(Response::empty())
}

fn finish_detach(os: &mut OpenStack, ctx: &mut Context, port: &Id) {
    let Some(server) = os.neutron.ports.get(port).map(|port| Id::from(port.text("device_id"))) else { return };
    if os.nova.servers.contains(&server) {
        networks::detach(os, ctx, &server, port);
        instance_actions::events_end(os, ctx, &server, Ok(()));
    }
}
