//! Changes of ports (neutron/plugins/ml2/plugin.py, `update_port`).

use super::ipam::{self, Plug};
use super::{binding, checks, of_network, plug_after_others, security};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{errors, floating_ips, qos};
use crate::engine::{Context, Id, Problem};
use serde_json::{Value, json};

/// Applies a prepared body to a port: addresses, MAC address, options, host.
pub fn apply(os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
    let Some(port) = os.neutron.ports.get(id).cloned() else { return Ok(()) };
    change_mac(os, ctx, &port, &mut body)?;
    let mac = body.get("mac_address").and_then(Value::as_str).unwrap_or_else(|| port.text("mac_address")).to_owned();
    checks::fill_address_pairs(&mut body, &mac)?;
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
    count_change(os, ctx, &port, &body);
    if let Some(record) = os.neutron.ports.get_mut(id) {
        record.merge(&body);
        checks::complete_profile(record);
    }
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
        if before.0 != after.0
            && let Some(port) = os.neutron.ports.get_mut(id)
        {
            binding::count_binding(port, 1, ctx.now());
        }
        binding::bound(os, ctx, id);
    }
    Ok(())
}

/// The attributes in upstream's table of bindings, which is written last.
const BINDING: [&str; 3] = ["binding:host_id", "binding:vnic_type", "binding:profile"];

/// Counts a change in the port's revision number. If it changes the binding only, the answer has the number before it.
fn count_change(os: &mut OpenStack, ctx: &mut Context, port: &Record, changes: &Body) {
    let differs = |name: &str| changes.get(name).is_some_and(|new| new != port.get(name));
    let is_empty = |pairs: &Value| pairs.as_array().is_none_or(Vec::is_empty);
    // Upstream writes address pairs and the association with a QoS policy anew with each request that has them.
    let pairs = changes.get("allowed_address_pairs");
    let pairs = pairs.is_some_and(|new| !is_empty(new) || !is_empty(port.get("allowed_address_pairs")));
    let mut changed = port.clone();
    changed.merge(changes);
    let only_binding = BINDING.iter().any(|name| differs(name)) && {
        let mut rest = changed.clone();
        BINDING.iter().for_each(|name| rest.set(name, port.get(name).clone()));
        !rest.differs_from(port)
    };
    // A port that could not be bound is bound again with each request that has its host.
    let fails = changes.contains_key("binding:host_id") && binding::vif_type(port) == binding::FAILED;
    let anew = pairs || (fails && !differs("binding:host_id")) || qos::is_attached_anew(port, changes);
    let binds = changes.get("binding:host_id").and_then(Value::as_str).is_some_and(|host| !host.is_empty());
    if only_binding && !anew && !(binds && differs("binding:host_id")) {
        ctx.soon(&binding::COUNT, &port.id);
    } else if (anew || changed.differs_from(port))
        && let Some(record) = os.neutron.ports.get_mut(&port.id)
    {
        record.bump(ctx.now());
    }
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

/// DHCP options without a version are for IPv4. Null stands for no options.
pub fn number_options(body: &mut Body) {
    if body.get("extra_dhcp_opts").is_some_and(Value::is_null) {
        body.insert("extra_dhcp_opts".into(), json!([]));
    }
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
