//! Changes of ports (neutron/plugins/ml2/plugin.py, `update_port`).

use super::ipam::{self, Plug};
use super::{Ports, binding, of_network, plug_after_others, security};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::resource::update_row;
use crate::clouds::openstack::neutron::{errors, floating_ips};
use crate::engine::{Context, Id, Problem};
use serde_json::{Value, json};

/// Applies a prepared body to a port: addresses, MAC address, options, host.
pub fn apply(os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
    let Some(port) = os.neutron.ports.get(id).cloned() else { return Ok(()) };
    change_mac(os, ctx, &port, &mut body)?;
    security::change(&port, &body)?;
    change_options(&port, &mut body);
    if let Some(requested) = body.shift_remove("fixed_ips") {
        let fixed = change_addresses(os, ctx, &port, &requested, &body)?;
        body.insert("fixed_ips".into(), fixed);
    }
    let moved = body.contains_key("fixed_ips");
    let before = (port.text("binding:host_id").to_owned(), port.flag("admin_state_up"));
    if let Some(device) = body.get("device_id").and_then(Value::as_str) {
        plug_after_others(os, id, device);
    }
    update_row::<Ports>(os, ctx, id, &body);
    let Some(port) = os.neutron.ports.get(id) else { return Ok(()) };
    let after = (port.text("binding:host_id").to_owned(), port.flag("admin_state_up"));
    if moved {
        let port = os.neutron.ports.get(id).cloned();
        let remaining: Vec<_> = port.iter().flat_map(ipam::fixed_ips).map(|fixed| fixed.ip).collect();
        floating_ips::disassociate_port(os, ctx, id, &remaining);
    }
    if before != after {
        if !after.1
            && let Some(port) = os.neutron.ports.get_mut(id)
        {
            port.set("status", "DOWN");
        }
        binding::bound(os, ctx, id);
    }
    Ok(())
}

/// The MAC address can change until the port is bound to a host. Null draws a new address.
fn change_mac(os: &OpenStack, ctx: &mut Context, port: &Record, body: &mut Body) -> Result<(), Problem> {
    let Some(requested) = body.get("mac_address") else { return Ok(()) };
    let new = requested.as_str().map_or_else(|| super::random_mac(ctx), str::to_owned);
    let old = port.text("mac_address");
    if new == old {
        return Ok(());
    }
    let network = port.text("network_id");
    if !port.text("binding:host_id").is_empty() && port.text("binding:vnic_type") != "baremetal" {
        return Err(errors::port_bound(&port.id, binding::vif_type(port), old, &new));
    }
    if of_network(os, network).any(|other| other.id != port.id && other.text("mac_address") == new) {
        return Err(errors::mac_in_use(network, &new));
    }
    body.insert("mac_address".into(), new.into());
    Ok(())
}

/// DHCP options without a version are for IPv4.
pub fn number_options(body: &mut Body) {
    let options = body.get_mut("extra_dhcp_opts").and_then(Value::as_array_mut);
    for option in options.into_iter().flatten().filter_map(Value::as_object_mut) {
        option.entry("ip_version").or_insert_with(|| json!(4));
    }
}

/// Options are changed individually; a null value removes one (`_update_extra_dhcp_opts_on_port`).
fn change_options(port: &Record, body: &mut Body) {
    let Some(changes) = body.get("extra_dhcp_opts") else { return };
    let mut options: Vec<Value> = port.list("extra_dhcp_opts").to_vec();
    for option in changes.as_array().into_iter().flatten() {
        let version = option.get("ip_version").cloned().unwrap_or_else(|| json!(4));
        options.retain(|known| {
            known.get("opt_name") != option.get("opt_name") || known.get("ip_version") != Some(&version)
        });
        if option.get("opt_value").is_some_and(|value| !value.is_null()) {
            let mut option = option.clone();
            option["ip_version"] = version;
            options.push(option);
        }
    }
    body.insert("extra_dhcp_opts".into(), options.into());
}

/// Changes the fixed IPs and returns the new list: addresses in both lists stay, others are allocated or released
/// (`_get_changed_ips_for_port`).
fn change_addresses(
    os: &mut OpenStack,
    ctx: &mut Context,
    port: &Record,
    requested: &Value,
    body: &Body,
) -> Result<Value, Problem> {
    let mut left: Vec<Value> = port.list("fixed_ips").to_vec();
    let mut remaining: Vec<Value> = vec![];
    let mut new: Vec<Value> = vec![];
    let (by_address, by_subnet): (Vec<&Value>, Vec<&Value>) =
        requested.as_array().into_iter().flatten().partition(|fixed| fixed.get("ip_address").is_some());
    for fixed in by_address.into_iter().chain(by_subnet) {
        let name = if fixed.get("ip_address").is_some() { "ip_address" } else { "subnet_id" };
        match left.iter().position(|old| old.get(name) == fixed.get(name)) {
            Some(at) => remaining.push(left.remove(at)),
            None => new.push(fixed.clone()),
        }
    }
    for fixed in &left {
        let text = |name: &str| fixed.get(name).and_then(Value::as_str).unwrap_or_default();
        ipam::release_address(os, text("subnet_id"), text("ip_address"));
    }
    if !new.is_empty() {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_else(|| port.text(name)).to_owned();
        let (owner, mac) = (text("device_owner"), text("mac_address"));
        let plug = Plug { owner: &owner, mac: &mac };
        let added = ipam::allocate(os, ctx, &port.id, port.text("network_id"), Some(&new.into()), &plug)?;
        let known =
            |fixed: &Value| remaining.iter().any(|one| one.get("subnet_id") == fixed.get("subnet_id") && one == fixed);
        let added: Vec<Value> = added.as_array().into_iter().flatten().filter(|fixed| !known(fixed)).cloned().collect();
        remaining.extend(added);
    }
    Ok(remaining.into())
}
