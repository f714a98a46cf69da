//! What happens to a port on a host: it is bound at once, and ACTIVE when the host's agent has wired it.

use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::record::Record;
use crate::engine::{Context, Id, Transition, transition};
use serde_json::{Value, json};

pub const BUILD: Transition<OpenStack> = transition("neutron.port.build", building, not_wired);
pub const WIRE: Transition<OpenStack> = transition("neutron.port.wire", wired, not_wired);

pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&BUILD, &WIRE];

/// Stored of a port on a host only while it is between two bindings, or not yet wired after them.
const VIF_TYPE: &str = "binding:vif_type";

/// `unbound`, `ovs` on a host, `distributed` for a distributed router's.
pub fn vif_type(port: &Record) -> &'static str {
    if port.text(VIF_TYPE) == "unbound" {
        return "unbound";
    }
    match (port.text("binding:host_id"), port.text("device_owner")) {
        (_, "network:router_interface_distributed") => "distributed",
        ("", _) => "unbound",
        _ => "ovs",
    }
}

pub fn vif_details(port: &Record) -> Value {
    if vif_type(port) != "ovs" {
        return json!({});
    }
    json!({
        "connectivity": "l2",
        "port_filter": true,
        "ovs_hybrid_plug": false,
        "ovs_create_tap": true,
        "datapath_type": "system",
        "bridge_name": "br-int",
        "bound_drivers": {"0": "openvswitch"},
    })
}

/// The port has got a host, or lost it.
pub fn bound(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(port) = os.neutron.ports.get_mut(id) else { return };
    if !can_be_wired(port) {
        port.set("status", "DOWN");
        port.set(VIF_TYPE, Value::Null);
        return;
    }
    if !port.text("device_owner").is_empty() {
        ctx.later(if port.text("device_owner").starts_with("network:") { &BUILD } else { &WIRE }, id);
    }
}

/// The port of a server is being moved to another host: without a binding first, then the new host's agent
/// builds it.
pub fn moved(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if unplugged(os, id) {
        ctx.later(&BUILD, id);
    }
}

/// The destination of a live migration prepares for the port; it stays on its host until the server has moved.
pub fn preparation_begins(os: &mut OpenStack, id: &Id) {
    unplugged(os, id);
}

/// The next step of that: bound again, noticed by the agent, wired.
pub fn preparation_goes_on(os: &mut OpenStack, id: &Id) {
    let Some(port) = os.neutron.ports.get_mut(id).filter(|port| is_moving(port)) else { return };
    match (port.text(VIF_TYPE), port.text("status")) {
        ("unbound", _) => port.set(VIF_TYPE, "ovs"),
        (_, "DOWN") if can_be_wired(port) => port.set("status", "BUILD"),
        _ => set_status(os, id, "ACTIVE"),
    }
}

/// False for a port that no agent wires.
fn unplugged(os: &mut OpenStack, id: &Id) -> bool {
    let Some(port) = os.neutron.ports.get_mut(id).filter(|port| can_be_wired(port)) else { return false };
    port.set("status", "DOWN");
    port.set(VIF_TYPE, "unbound");
    true
}

/// The port has lost its wires and will have them again, unless that fails.
pub fn is_moving(port: &Record) -> bool {
    !port.text(VIF_TYPE).is_empty()
}

/// The port is wired without further ado: an interface plugged into a server that is there already, or one
/// whose migration came to nothing.
pub fn plugged(os: &mut OpenStack, id: &Id) {
    set_status(os, id, "ACTIVE");
}

/// What has been wired meanwhile stays so.
fn building(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let waits = |port: &&mut Record| can_be_wired(port) && port.text("status") == "DOWN";
    let Some(port) = os.neutron.ports.get_mut(id).filter(waits) else { return };
    port.set("status", "BUILD");
    if is_moving(port) {
        port.set(VIF_TYPE, "ovs");
    }
    ctx.later(&WIRE, id);
}

fn wired(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    set_status(os, id, "ACTIVE");
}

fn not_wired(os: &mut OpenStack, _ctx: &mut Context, id: &Id, _reason: &str) {
    set_status(os, id, "DOWN");
}

/// The status of a port that is still on a host; no change of the port as its revision counts them.
fn set_status(os: &mut OpenStack, id: &Id, status: &'static str) {
    if os.neutron.ports.get(id).is_some_and(|port| can_be_wired(port) || is_moving(port))
        && let Some(port) = os.neutron.ports.get_mut(id)
    {
        port.set(VIF_TYPE, Value::Null);
        port.set("status", if can_be_wired(port) { status } else { "DOWN" });
    }
}

fn can_be_wired(port: &Record) -> bool {
    !port.text("binding:host_id").is_empty() && port.flag("admin_state_up")
}
