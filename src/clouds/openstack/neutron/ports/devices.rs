//! Ports of devices that Neutron itself runs: routers, floating IPs, local IPs.

use super::{add, binding, change, plug_after_others, remove};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::engine::{Context, Id, Problem};
use serde_json::{Value, json};

/// The device that a port belongs to.
pub struct Device<'d> {
    /// The id of the device.
    pub id: &'d str,
    /// What the port is for: `network:router_interface`.
    pub owner: &'d str,
    /// The owner of the port. Empty for ports that Neutron hides from the project.
    pub project: &'d str,
}

/// Creates a port for a device, with the fixed IPs or else with those that every port gets. Returns its id.
pub fn make(
    os: &mut OpenStack,
    ctx: &mut Context,
    network: &str,
    device: &Device,
    fixed_ips: Option<Value>,
) -> Result<Id, Problem> {
    let mut body = Body::new();
    body.insert("network_id".into(), network.into());
    body.insert("project_id".into(), device.project.into());
    body.insert("device_id".into(), device.id.into());
    body.insert("device_owner".into(), device.owner.into());
    if let Some(fixed_ips) = fixed_ips {
        body.insert("fixed_ips".into(), fixed_ips);
    }
    add(os, ctx, body)
}

/// Assigns an existing port to a device.
pub fn give(os: &mut OpenStack, ctx: &Context, port: &Id, device: &Device) {
    plug_after_others(os, port, device.id);
    let Some(record) = os.neutron.ports.get_mut(port) else { return };
    record.set("device_id", device.id);
    record.set("device_owner", device.owner);
    record.bump(ctx.now());
}

/// Binds the port to the host on which the device runs.
pub fn bind(os: &mut OpenStack, ctx: &mut Context, port: &Id, host: &str) {
    let Some(record) = os.neutron.ports.get_mut(port) else { return };
    record.set("binding:host_id", host);
    binding::count_binding(record, 0, ctx.now());
    binding::bound(os, ctx, port);
}

/// Replaces the fixed IPs of a port.
pub fn set_fixed_ips(os: &mut OpenStack, ctx: &mut Context, port: &Id, fixed_ips: &Value) -> Result<(), Problem> {
    let mut body = Body::new();
    body.insert("fixed_ips".into(), json!(fixed_ips));
    change::apply(os, ctx, port, body)
}

/// Deletes the port of a device, which clients cannot do.
pub fn discard(os: &mut OpenStack, ctx: &mut Context, port: &Id) {
    remove(os, ctx, port);
}
