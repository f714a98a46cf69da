//! Port security and security groups of ports (neutron/plugins/ml2/plugin.py).

use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::{errors, security_groups};
use crate::engine::{Context, Problem};
use serde_json::{Value, json};

/// Ports of Neutron's own devices are trusted (`is_port_trusted`).
pub fn is_trusted(owner: &str) -> bool {
    owner.starts_with("network:")
}

/// Sets missing values of a new port: port security as its network has it, and the project's default security group.
pub fn complete(os: &mut OpenStack, ctx: &mut Context, network: &str, body: &mut Body) -> Result<(), Problem> {
    let owner = body.get("device_owner").and_then(Value::as_str).unwrap_or_default();
    let trusted = is_trusted(owner);
    let by_network = || os.neutron.networks.get(network).is_none_or(|one| one.flag("port_security_enabled"));
    let enabled = body.get("port_security_enabled").and_then(Value::as_bool);
    let enabled = enabled.unwrap_or_else(|| !trusted && by_network());
    let has = |name: &str| body.get(name).and_then(Value::as_array).is_some_and(|items| !items.is_empty());
    if has("allowed_address_pairs") && !enabled {
        return Err(errors::address_pairs_need_port_security());
    }
    if has("security_groups") && !enabled {
        return Err(errors::security_groups_need_port_security());
    }
    let groups = match body.get("security_groups") {
        Some(groups) => groups.clone(),
        None if enabled && !trusted => {
            let project = body.get("project_id").and_then(Value::as_str).unwrap_or_default().to_owned();
            json!([security_groups::default_of(os, ctx, &project)])
        }
        None => json!([]),
    };
    body.insert("port_security_enabled".into(), enabled.into());
    body.insert("security_groups".into(), groups);
    Ok(())
}

/// Refuses a change that leaves a port with security groups or address pairs, but without port security.
pub fn change(port: &Record, body: &Body) -> Result<(), Problem> {
    let enabled = body.get("port_security_enabled").and_then(Value::as_bool);
    let will_be = enabled.unwrap_or_else(|| port.flag("port_security_enabled"));
    if will_be {
        return Ok(());
    }
    let has = |name: &str| body.get(name).and_then(Value::as_array).is_some_and(|items| !items.is_empty());
    if has("security_groups") {
        return Err(errors::security_groups_need_port_security());
    }
    if has("allowed_address_pairs") {
        return Err(errors::address_pairs_need_port_security());
    }
    if !body.contains_key("security_groups") && !port.list("security_groups").is_empty() {
        return Err(errors::port_has_security_group());
    }
    if !body.contains_key("allowed_address_pairs") && !port.list("allowed_address_pairs").is_empty() {
        return Err(errors::address_pairs_need_port_security());
    }
    Ok(())
}
