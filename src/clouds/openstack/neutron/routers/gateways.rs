//! External gateways of routers: a router's port on an external network (neutron/db/l3_db.py, l3_gwmode_db.py).

use super::super::addresses::parse_ip;
use super::super::networks::Networks;
use super::super::ports::devices;
use super::super::record::Record;
use super::super::resource::find;
use super::super::{convert, errors, floating_ips, members, ndp_proxies, qos, subnet_pools, subnets, valid};
use super::{GATEWAY, NDP_STATE, Routers, extra_routes, fixed_ips, gateway_port, interfaces, touch};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::str;
use crate::engine::{Answer, Call, Context, Id, Problem};
use serde_json::{Value, json};

const ATTRIBUTE: &str = "external_gateway_info";
/// The keys of `external_gateway_info`.
pub const KEYS: [&str; 4] = ["network_id", "external_fixed_ips", "enable_snat", "qos_policy_id"];

/// Validates `external_gateway_info`: null, an empty object, or an object of `KEYS` with a network
/// (`dict_or_nodata`).
pub fn check(value: &Value) -> Result<(), Problem> {
    let wrong = |reason: String| Err(errors::invalid_attribute(ATTRIBUTE, &reason));
    let fields = match value {
        Value::Null => return Ok(()),
        Value::Object(fields) if fields.is_empty() => return Ok(()),
        Value::String(text) if text.is_empty() => return Ok(()),
        Value::Array(items) if items.is_empty() => return Ok(()),
        Value::Object(fields) => fields,
        other => return wrong(format!("'{}' is not a dictionary", str(other))),
    };
    if !fields.contains_key("network_id") || fields.keys().any(|key| !KEYS.contains(&key.as_str())) {
        let provided: Vec<_> = fields.keys().map(|key| format!("'{key}'")).collect();
        return wrong(format!(
            "Validation of dictionary's keys failed. Expected keys: {{'network_id'}} Provided keys: {{{}}}",
            provided.join(", ")
        ));
    }
    if let Some(reason) = valid::uuid(&value["network_id"]) {
        return wrong(reason);
    }
    if let Some(reason) = fields.get("external_fixed_ips").and_then(|ips| valid::Valid::FixedIps.reason(ips)) {
        return wrong(reason);
    }
    if let Some(snat) = fields.get("enable_snat") {
        convert::to_boolean(snat.clone())?;
    }
    match fields.get("qos_policy_id").and_then(|policy| valid::Valid::UuidOrNone.reason(policy)) {
        Some(reason) => wrong(reason),
        None => Ok(()),
    }
}

/// True if `external_gateway_info` has a network.
pub fn names_network(info: &Value) -> bool {
    info.get("network_id").is_some()
}

/// Why a router cannot answer for its internal IPv6 addresses.
pub const NO_ADVERTISEMENTS: &str =
    "The router has no external gateway or the external gateway port has no IPv6 address or IPv6 address scope";

/// True if the gateway of a router has an IPv6 address in an address scope (`_gateway_is_valid`,
/// neutron/services/ndp_proxy/plugin.py).
pub fn advertises(os: &OpenStack, router: &Record) -> bool {
    let Some(port) = gateway_port(os, router) else { return false };
    has_scope(os, port.text("network_id")) && fixed_ips(port).any(|(_, ip)| ip.contains(':'))
}

/// True if a network has an IPv6 subnet and an IPv6 address scope (`_check_ext_gw_network`).
fn has_scope(os: &OpenStack, network: &str) -> bool {
    !subnet_pools::scope_of_network(os, network, 6).is_null()
}

/// Refuses NDP proxies for a new router whose gateway does not allow them.
pub fn ensure_advertises(os: &OpenStack, router: &str, info: &Value) -> Result<(), Problem> {
    let Some(network) = info.get("network_id").and_then(Value::as_str) else {
        let reason = "The request body not contain external gateway information";
        return Err(errors::cannot_enable_ndp_proxy(router, reason));
    };
    if has_scope(os, network) {
        return Ok(());
    }
    let reason = format!(
        "The external network {network} don't support IPv6 ndp proxy, the network has no IPv6 subnets or has no IPv6 \
         address scope"
    );
    Err(errors::cannot_enable_ndp_proxy(router, &reason))
}

/// The value of `external_gateway_info`.
pub fn info(os: &OpenStack, router: &Record) -> Value {
    let Some(port) = gateway_port(os, router) else { return Value::Null };
    let mut shown = json!({
        "network_id": port.get("network_id"),
        "external_fixed_ips": port.get("fixed_ips"),
        "enable_snat": router.get("enable_snat"),
    });
    let policy = router.get("gateway_qos_policy_id");
    if !policy.is_null() {
        shown["qos_policy_id"] = policy.clone();
    }
    shown
}

/// Sets, changes or removes the gateway of a router, as `external_gateway_info` says.
pub fn set(call: &Call, os: &mut OpenStack, ctx: &mut Context, router: &Id, info: &Value) -> Result<(), Problem> {
    let network = info.get("network_id").and_then(Value::as_str).unwrap_or_default();
    let requested = info.get("external_fixed_ips").filter(|ips| ips.as_array().is_some_and(|ips| !ips.is_empty()));
    if !network.is_empty() {
        check_network(call, os, network, requested)?;
        ensure_routes_reachable(os, router, network)?;
    }
    let current = os.neutron.routers.get(router).and_then(|record| gateway_port(os, record)).cloned();
    match &current {
        Some(port) if port.text("network_id") == network => {
            if let Some(requested) = requested.filter(|requested| differs(port, requested)) {
                devices::set_fixed_ips(os, ctx, &port.id, requested)?;
            }
        }
        Some(port) => {
            remove_gateway(os, ctx, router, port)?;
            // Upstream writes the router and its port apart, and the row about NDP proxies goes with the gateway.
            (0..2).for_each(|_| touch(os, ctx, router));
            if let Some(record) = os.neutron.routers.get_mut(router) {
                record.set(NDP_STATE, false);
            }
            add_gateway(os, ctx, router, network, requested)?;
        }
        None => add_gateway(os, ctx, router, network, requested)?,
    }
    if let Some(policy) = info.get("qos_policy_id").and_then(Value::as_str) {
        find::<qos::Policies>(call, os, policy)?;
    }
    let snat = info.get("enable_snat").cloned().map(convert::to_boolean).transpose()?;
    let policy = if network.is_empty() { Some(&Value::Null) } else { info.get("qos_policy_id") };
    let settings = [("enable_snat", Some(snat.unwrap_or(json!(true)))), ("gateway_qos_policy_id", policy.cloned())];
    for (name, value) in settings {
        if let (Some(record), Some(value)) = (os.neutron.routers.get_mut(router), value) {
            let before = record.clone();
            record.set(name, value);
            record.bump_if_changed(&before, ctx.now());
        }
    }
    Ok(())
}

fn check_network(call: &Call, os: &OpenStack, network: &str, requested: Option<&Value>) -> Result<(), Problem> {
    let record = find::<Networks>(call, os, network)?;
    if !record.flag("router:external") {
        return Err(errors::not_external(network));
    }
    for ip in requested.and_then(Value::as_array).into_iter().flatten().filter_map(|fixed| fixed["ip_address"].as_str())
    {
        let is_gateway =
            |subnet: &Record| parse_ip(subnet.text("gateway_ip")).is_some_and(|gateway| parse_ip(ip) == Some(gateway));
        if subnets::of_network(os, network).any(is_gateway) {
            return Err(errors::bad_router(format_args!("External IP {ip} is the same as the gateway IP")));
        }
    }
    Ok(())
}

/// Refuses a gateway with which a static route of the router could no longer be reached.
fn ensure_routes_reachable(os: &OpenStack, router: &Id, network: &str) -> Result<(), Problem> {
    let Some(record) = os.neutron.routers.get(router) else { return Ok(()) };
    if record.list("routes").is_empty() {
        return Ok(());
    }
    let mut cidrs: Vec<_> = subnets::of_network(os, network).map(subnets::cidr).collect();
    let inside = super::interfaces_of(os, router);
    cidrs
        .extend(inside.flat_map(fixed_ips).filter_map(|(subnet, _)| os.neutron.subnets.get(subnet)).map(subnets::cidr));
    extra_routes::next_hops_within(record.list("routes"), &cidrs)
}

/// True if the port's addresses are not the requested ones.
fn differs(port: &Record, requested: &Value) -> bool {
    let requested = requested.as_array().map_or(&[][..], Vec::as_slice);
    let own: Vec<_> = fixed_ips(port).collect();
    let has = |fixed: &Value| {
        own.iter().any(|(subnet, ip)| {
            fixed.get("subnet_id").is_none_or(|requested| requested == subnet)
                && fixed["ip_address"].as_str().is_none_or(|requested| parse_ip(requested) == parse_ip(ip))
        })
    };
    requested.len() != own.len() || !requested.iter().all(has)
}

/// Removes the gateway, unless floating IPs or NDP proxies need it.
fn remove_gateway(os: &mut OpenStack, ctx: &mut Context, router: &Id, port: &Record) -> Result<(), Problem> {
    if floating_ips::of_router(os, router).next().is_some() {
        return Err(errors::gateway_needed_by_floating_ip(router, port.text("network_id")));
    }
    if ndp_proxies::of_router(os, router).next().is_some() {
        return Err(errors::gateway_needed_by_ndp_proxy(router));
    }
    devices::discard(os, ctx, &port.id);
    Ok(())
}

fn add_gateway(
    os: &mut OpenStack,
    ctx: &mut Context,
    router: &Id,
    network: &str,
    requested: Option<&Value>,
) -> Result<(), Problem> {
    if network.is_empty() {
        return Ok(());
    }
    let there: Vec<_> = subnets::of_network(os, network).cloned().collect();
    interfaces::refuse_overlaps(os, router, &there.iter().collect::<Vec<_>>())?;
    // The port has no owner, so that the project does not see it.
    let device = devices::Device { id: router, owner: GATEWAY, project: "" };
    devices::make(os, ctx, network, &device, requested.cloned())?;
    touch(os, ctx, router);
    Ok(())
}

/// Refuses several external gateways: this cloud's L3 driver does not support them. Upstream routes the paths like
/// all member actions and answers 404.
pub fn refuse_multiple_gateways(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let action = call.path.rsplit('/').next().unwrap_or_default();
    members::find_allowed::<Routers>(call, os, action)?;
    Err(errors::not_found())
}
