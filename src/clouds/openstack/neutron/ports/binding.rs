//! The binding of a port to a host. A port is bound at once when it gets a host; it becomes ACTIVE when the host's
//! agent has wired it (neutron/plugins/ml2/plugin.py, `_bind_port_if_needed`).

use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::agents;
use crate::clouds::openstack::neutron::record::Record;
use crate::engine::{Context, Id, Transition, transition};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The agent of the port's host has noticed the port: DOWN becomes BUILD.
pub const BUILD: Transition<OpenStack> = transition("neutron.port.build", building, not_wired);

/// The agent of the port's host has wired the port: it becomes ACTIVE.
pub const WIRE: Transition<OpenStack> = transition("neutron.port.wire", wired, not_wired);

/// A change of the binding is counted when the answer has been made.
pub const COUNT: Transition<OpenStack> = transition("neutron.port.count", counted, not_counted);

/// The transitions of ports.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&BUILD, &WIRE, &COUNT];

/// How often upstream writes a port that it binds to a host: for the request, and for the bindings that it tries.
const WRITES_OF_BINDING: u32 = 3;

/// `binding:vif_type` of a port on a host that no agent wires.
pub const FAILED: &str = "binding_failed";

/// Stored for a port that moves between hosts: `unbound`, then `ovs` until the port is wired again; and for one that
/// could not be bound.
const VIF_TYPE: &str = "binding:vif_type";

/// `binding:vif_type`: `unbound` without a host, `ovs` on a host, `distributed` for interfaces of distributed
/// routers.
pub fn vif_type(port: &Record) -> &'static str {
    match port.text(VIF_TYPE) {
        "unbound" => return "unbound",
        FAILED => return FAILED,
        _ => {}
    }
    match (port.text("binding:host_id"), port.text("device_owner")) {
        (_, "network:router_interface_distributed") => "distributed",
        ("", _) => "unbound",
        _ => "ovs",
    }
}

/// `binding:vif_details`, as the Open vSwitch driver sets them.
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

/// `binding:profile`, with the attribute `trusted` if the port has a value for it (neutron/db/port_trusted_db.py). It is
/// an object for ports without a profile, too.
pub fn profile(port: &Record) -> Value {
    let mut fields = port.get("binding:profile").as_object().cloned().unwrap_or_default();
    let trusted = port.get("trusted");
    if !trusted.is_null() {
        fields.insert("trusted".into(), trusted.clone());
    }
    fields.into()
}

/// Counts what upstream writes when it binds a port to a host, of which `counted` are counted already.
pub fn count_binding(port: &mut Record, counted: u32, now: DateTime<Utc>) {
    if !port.text("binding:host_id").is_empty() {
        (counted..WRITES_OF_BINDING).for_each(|_| port.bump(now));
    }
}

fn counted(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if let Some(port) = os.neutron.ports.get_mut(id) {
        port.bump(ctx.now());
    }
}

fn not_counted(_os: &mut OpenStack, _ctx: &mut Context, _id: &Id, _reason: &str) {}

/// The port has been given a host or has lost it: it is wired soon, or goes DOWN.
pub fn bound(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(port) = os.neutron.ports.get(id) else { return };
    let host = port.text("binding:host_id");
    let fails = !host.is_empty() && !agents::wires_ports(os, host);
    let Some(port) = os.neutron.ports.get_mut(id) else { return };
    port.set(VIF_TYPE, fails.then_some(FAILED));
    if !can_be_wired(port) {
        port.set("status", "DOWN");
        return;
    }
    if !port.text("device_owner").is_empty() {
        ctx.later(if port.text("device_owner").starts_with("network:") { &BUILD } else { &WIRE }, id);
    }
}

/// A server's port moves to another host: it is unbound until the agent of the new host builds it.
pub fn moved(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    if unplugged(os, id) {
        ctx.later(&BUILD, id);
    }
}

/// The destination of a live migration prepares for the port. The port stays on its host until the server has moved.
pub fn begin_preparation(os: &mut OpenStack, id: &Id) {
    unplugged(os, id);
}

/// The next step of the preparation: bound, then BUILD, then ACTIVE.
pub fn continue_preparation(os: &mut OpenStack, id: &Id) {
    let Some(port) = os.neutron.ports.get_mut(id).filter(|port| is_moving(port)) else { return };
    match (port.text(VIF_TYPE), port.text("status")) {
        ("unbound", _) => port.set(VIF_TYPE, "ovs"),
        (_, "DOWN") if can_be_wired(port) => port.set("status", "BUILD"),
        _ => set_status(os, id, "ACTIVE"),
    }
}

/// Unbinds a port for a move. False for ports that no agent wires.
fn unplugged(os: &mut OpenStack, id: &Id) -> bool {
    let Some(port) = os.neutron.ports.get_mut(id).filter(|port| can_be_wired(port)) else { return false };
    port.set("status", "DOWN");
    port.set(VIF_TYPE, "unbound");
    true
}

/// True if the port is unbound for a move and not wired again yet.
pub fn is_moving(port: &Record) -> bool {
    matches!(port.text(VIF_TYPE), "unbound" | "ovs")
}

/// The port becomes ACTIVE at once: an interface of a running server, or a port whose live migration was cancelled.
pub fn plugged(os: &mut OpenStack, id: &Id) {
    set_status(os, id, "ACTIVE");
}

/// Does nothing for a port that is ACTIVE already.
fn building(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let waits = |port: &&mut Record| can_be_wired(port) && port.text("status") == "DOWN";
    let Some(port) = os.neutron.ports.get_mut(id).filter(waits) else { return };
    port.set("status", "BUILD");
    port.bump(ctx.now());
    if is_moving(port) {
        port.set(VIF_TYPE, "ovs");
    }
    ctx.later(&WIRE, id);
}

/// The agent of a server's host builds and wires the port in one go.
fn wired(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let before = os.neutron.ports.get(id).map(|port| port.text("status").to_owned()).unwrap_or_default();
    set_status(os, id, "ACTIVE");
    let Some(port) = os.neutron.ports.get_mut(id) else { return };
    if port.text("status") != before {
        let writes = if before == "DOWN" { 2 } else { 1 };
        (0..writes).for_each(|_| port.bump(ctx.now()));
    }
}

fn not_wired(os: &mut OpenStack, _ctx: &mut Context, id: &Id, _reason: &str) {
    set_status(os, id, "DOWN");
}

/// Sets the status of a port that is still on a host.
fn set_status(os: &mut OpenStack, id: &Id, status: &'static str) {
    if os.neutron.ports.get(id).is_some_and(|port| can_be_wired(port) || is_moving(port))
        && let Some(port) = os.neutron.ports.get_mut(id)
    {
        port.set(VIF_TYPE, Value::Null);
        port.set("status", if can_be_wired(port) { status } else { "DOWN" });
    }
}

fn can_be_wired(port: &Record) -> bool {
    !port.text("binding:host_id").is_empty() && port.flag("admin_state_up") && port.text(VIF_TYPE) != FAILED
}
