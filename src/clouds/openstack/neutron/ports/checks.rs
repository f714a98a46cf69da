//! Validation of the attributes of ports.

use super::security;
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::resource::find;
use crate::clouds::openstack::neutron::security_groups::SecurityGroups;
use crate::clouds::openstack::neutron::{convert, errors, valid};
use crate::clouds::openstack::python::str;
use crate::engine::{Call, Problem};
use serde_json::{Value, json};

/// `max_allowed_address_pair` of neutron.conf.
const MAX_PAIRS: usize = 10;

/// Validates `allowed_address_pairs` (neutron_lib/api/validators/allowedaddresspairs.py).
pub fn address_pairs(value: &Value) -> Result<(), Problem> {
    let pairs = value.as_array().ok_or_else(|| errors::bad_request("Allowed address pairs must be a list."))?;
    if pairs.len() > MAX_PAIRS {
        return Err(errors::address_pairs_exhausted(MAX_PAIRS));
    }
    if let Some(pair) = pairs.iter().find(|pair| !pair.is_object()) {
        let reason = format!("'{}' is not a dictionary", str(pair));
        return Err(errors::invalid_attribute("allowed_address_pairs", &reason));
    }
    let key = |pair: &Value| (pair.get("mac_address").cloned(), pair.get("ip_address").cloned());
    for (at, pair) in pairs.iter().enumerate() {
        let fields = pair.as_object().ok_or_else(errors::address_pair_without_ip)?;
        let ip = fields.get("ip_address").ok_or_else(errors::address_pair_without_ip)?;
        if let Some(mac) = fields.get("mac_address")
            && let Some(reason) = valid::mac(mac)
        {
            return Err(errors::bad_request(reason));
        }
        if pairs.iter().take(at).any(|other| key(other) == key(pair)) {
            let mac = fields.get("mac_address").map_or_else(|| "None".into(), str);
            return Err(errors::duplicate_address_pair(&mac, &str(ip)));
        }
        let unknown: Vec<_> =
            fields.keys().map(String::as_str).filter(|name| !matches!(*name, "mac_address" | "ip_address")).collect();
        if !unknown.is_empty() {
            return Err(errors::bad_request(format!("Unrecognized attribute(s) '{}'", unknown.join(", "))));
        }
        let reason = if ip.as_str().is_some_and(|ip| ip.contains('/')) { valid::subnet(ip) } else { valid::ip(ip) };
        if let Some(reason) = reason {
            return Err(errors::bad_request(reason));
        }
    }
    Ok(())
}

/// Address pairs without a MAC address have that of the port. Refuses pairs that are the same then
/// (neutron/db/allowedaddresspairs_db.py).
pub fn fill_address_pairs(body: &mut Body, mac: &str) -> Result<(), Problem> {
    let pairs = body.get_mut("allowed_address_pairs").and_then(Value::as_array_mut);
    let mut seen: Vec<(Value, Value)> = vec![];
    for pair in pairs.into_iter().flatten().filter_map(Value::as_object_mut) {
        let own = pair.get("mac_address").cloned().unwrap_or_else(|| mac.into());
        let own = convert::sanitized_mac(own)?;
        pair.insert("mac_address".into(), own.clone());
        let ip = pair.get("ip_address").cloned().unwrap_or_default();
        if seen.iter().any(|known| *known == (own.clone(), ip.clone())) {
            return Err(errors::duplicate_address_pair(&str(&own), &str(&ip)));
        }
        seen.push((own, ip));
    }
    Ok(())
}

/// The binding profile also has what hypervisors need of other attributes (`_extend_port_dict_trusted`,
/// `_process_create_port` of hardware offload).
pub fn complete_profile(port: &mut Record) {
    let mut profile = port.get("binding:profile").as_object().cloned().unwrap_or_default();
    if let Some(trusted) = port.get("trusted").as_bool() {
        profile.insert("trusted".into(), trusted.into());
    }
    if !port.text("hardware_offload_type").is_empty() {
        profile.insert("capabilities".into(), json!([port.get("hardware_offload_type")]));
    }
    if !profile.is_empty() {
        port.set("binding:profile", Value::Object(profile));
    }
}

/// Validates `extra_dhcp_opts`: each option has a name and a value. The values of two options may be empty
/// (neutron_lib/api/definitions/extra_dhcp_opt.py).
pub fn dhcp_options(value: &Value) -> Result<(), Problem> {
    if value.is_null() {
        return Ok(());
    }
    let Some(options) = value.as_array() else {
        return Err(errors::invalid_input(format!("'{}' is not a list", str(value))));
    };
    if let Some(reason) = valid::duplicates(options) {
        return Err(errors::invalid_input(reason));
    }
    match options.iter().find(|option| !is_option(option)) {
        Some(option) => Err(errors::invalid_input(format!("No valid key specs matched for: {}", str(option)))),
        None => Ok(()),
    }
}

fn is_option(option: &Value) -> bool {
    let Some(fields) = option.as_object() else { return false };
    let known = fields.keys().all(|name| matches!(name.as_str(), "opt_name" | "opt_value" | "ip_version"));
    let (Some(name), Some(value)) = (fields.get("opt_name"), fields.get("opt_value")) else { return false };
    let version = fields.get("ip_version").is_none_or(|version| matches!(convert::integer(version), Some(4 | 6)));
    let may_be_empty = matches!(name.as_str(), Some("router" | "classless-static-route"));
    let text_fits = |value: &Value, max| {
        valid::text_not_empty(value, max).is_none() && value.as_str().is_some_and(|text| text.lines().count() == 1)
    };
    let value_fits = value.is_null() || text_fits(value, 255) || (may_be_empty && valid::text(value, 255).is_none());
    known && version && value_fits && (may_be_empty || text_fits(name, 64))
}

/// Refuses security groups that the caller does not see, and stateful groups beside stateless ones
/// (`_validate_sgs_for_port`).
pub fn security_groups(call: &Call, os: &OpenStack, body: &Body) -> Result<(), Problem> {
    let mut states = vec![];
    for group in body.get("security_groups").and_then(Value::as_array).into_iter().flatten() {
        let group = find::<SecurityGroups>(call, os, group.as_str().unwrap_or_default())?;
        states.push(group.flag("stateful"));
    }
    states.dedup();
    if states.len() > 1 { Err(errors::mixed_security_groups()) } else { Ok(()) }
}

/// Refuses to delete ports that belong to routers and floating IPs (`prevent_l3_port_deletion`).
pub fn ensure_deletable(port: &Record) -> Result<(), Problem> {
    let owner = port.text("device_owner");
    let is_routers = super::is_router_interface(owner)
        || matches!(owner, "network:router_gateway" | "network:floatingip" | "network:router_ha_interface");
    let used = is_routers && (!port.list("fixed_ips").is_empty() || owner != "network:floatingip");
    match used && security::is_trusted(owner) {
        true => Err(errors::service_port_in_use(&port.id, owner)),
        false => Ok(()),
    }
}

/// Evaluates the filters `fixed_ips=ip_address=10.0.0.3`, `fixed_ips=subnet_id=…` and
/// `fixed_ips=ip_address_substr=10.0`. One value of each kind must match.
pub fn matches_fixed_ips(port: &Record, values: &[Value]) -> bool {
    let pairs: Vec<_> = values.iter().filter_map(|value| value.as_str()?.split_once('=')).collect();
    let matches = |kind: &str, test: &dyn Fn(&super::ipam::FixedIp, &str) -> bool| {
        let mut of_kind = pairs.iter().filter(|(name, _)| *name == kind).peekable();
        of_kind.peek().is_none()
            || of_kind.any(|(_, value)| super::ipam::fixed_ips(port).any(|fixed| test(&fixed, value)))
    };
    matches("subnet_id", &|fixed, value| fixed.subnet == value)
        && matches("ip_address", &|fixed, value| fixed.ip == value)
        && matches("ip_address_substr", &|fixed, value| fixed.ip.contains(value))
}
