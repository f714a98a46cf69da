//! What happens to a port on a host: it is bound at once, and ACTIVE when the host's agent has wired it.

use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::record::Record;
use crate::engine::{Id, Sim, Transition, transition};
use serde_json::{Value, json};

pub const TRANSITIONS: &[Transition<OpenStack>] = &[transition(WIRE, wired, not_wired)];

/// The agent of the port's host connects it.
pub const WIRE: &str = "neutron.port.wire";

/// `unbound`, `ovs` on a host, `distributed` for a distributed router's.
pub fn vif_type(port: &Record) -> &'static str {
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
pub fn bound(os: &mut OpenStack, sim: &mut Sim, id: &Id) {
    let Some(port) = os.neutron.ports.get_mut(id) else { return };
    if port.text("binding:host_id").is_empty() {
        port.set("status", "DOWN");
        return;
    }
    if port.flag("admin_state_up") && !port.text("device_owner").is_empty() {
        sim.later(WIRE, id);
    }
}

fn wired(os: &mut OpenStack, _sim: &mut Sim, id: &Id) {
    set_status(os, id, "ACTIVE");
}

fn not_wired(os: &mut OpenStack, _sim: &mut Sim, id: &Id, _reason: &str) {
    set_status(os, id, "DOWN");
}

/// The status of a port that is still on a host; no change of the port as its revision counts them.
fn set_status(os: &mut OpenStack, id: &Id, status: &'static str) {
    let still = |port: &&Record| !port.text("binding:host_id").is_empty() && port.flag("admin_state_up");
    if os.neutron.ports.get(id).filter(still).is_some()
        && let Some(port) = os.neutron.ports.get_mut(id)
    {
        port.set("status", status);
    }
}
