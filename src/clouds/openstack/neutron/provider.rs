//! Provider attributes of networks: the type, the physical network, the segmentation id, and the resulting MTU
//! (neutron/plugins/ml2/managers.py and drivers/type_*.py).

use super::attributes::Body;
use super::errors;
use super::record::Record;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Context, Problem};
use serde_json::{Value, json};

/// The MTU of this cloud's physical networks, in bytes.
const PHYSICAL_MTU: i64 = 1500;
/// The overhead of a tunnel, in bytes.
const VXLAN_OVERHEAD: i64 = 50;
/// The name of the only physical network.
pub const PHYSICAL: &str = "public";
/// The keys of an item of `segments`.
pub const SEGMENT_KEYS: [&str; 3] = ["provider:network_type", "provider:physical_network", "provider:segmentation_id"];
const TYPES: [&str; 6] = ["flat", "geneve", "vlan", "gre", "local", "vxlan"];
const TUNNELS: std::ops::RangeInclusive<i64> = 1..=65_535;
const VLANS: std::ops::RangeInclusive<i64> = 1..=4_094;

/// Refuses `segments` with unknown keys (`convert_and_validate_segments`).
pub fn check_segments(value: &Value) -> Result<(), Problem> {
    for fields in value.as_array().into_iter().flatten().filter_map(Value::as_object) {
        let unknown: Vec<_> = fields.keys().map(String::as_str).filter(|key| !SEGMENT_KEYS.contains(key)).collect();
        if !unknown.is_empty() {
            return Err(errors::unrecognized_attributes(&unknown));
        }
    }
    Ok(())
}

/// Refuses `segments` beside provider attributes. A single segment stands for the provider attributes
/// (`_process_provider_create`).
pub fn from_segments(body: &mut Body) -> Result<(), Problem> {
    let segments = body.shift_remove("segments").unwrap_or_default();
    let Some(segments) = segments.as_array().filter(|segments| !segments.is_empty()) else { return Ok(()) };
    if SEGMENT_KEYS.iter().any(|key| body.contains_key(*key)) {
        return Err(errors::segments_and_provider());
    }
    if let [Value::Object(only)] = &segments[..] {
        body.extend(only.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    Ok(())
}

/// Checks the provider attributes of a body and fills in the missing ones. The default is a VXLAN tunnel with a
/// random id.
pub fn choose(os: &OpenStack, ctx: &mut Context, body: &mut Body) -> Result<(), Problem> {
    let physical = body.get("provider:physical_network").and_then(Value::as_str).map(str::to_owned);
    let segment = body.get("provider:segmentation_id").and_then(Value::as_i64);
    let kind = match body.get("provider:network_type").and_then(Value::as_str) {
        Some(kind) => kind.to_owned(),
        None if physical.is_some() || segment.is_some() => {
            return Err(errors::invalid_input("network_type required"));
        }
        None => "vxlan".to_owned(),
    };
    let (physical, segment) = match kind.as_str() {
        "flat" => (Some(flat(os, physical, segment)?), None),
        "vlan" => {
            let (physical, segment) = vlan(os, ctx, physical, segment)?;
            (Some(physical), Some(segment))
        }
        "local" => (None, None),
        known if TYPES.contains(&known) => (None, Some(tunnel(os, ctx, known, physical, segment)?)),
        unknown => return Err(errors::invalid_input(format!("network_type value '{unknown}' not supported"))),
    };
    body.insert("provider:network_type".into(), kind.as_str().into());
    body.insert("provider:physical_network".into(), json!(physical));
    body.insert("provider:segmentation_id".into(), json!(segment));
    let mtu = mtu(body.get("mtu").and_then(requested_mtu).unwrap_or_default(), &kind)?;
    body.insert("mtu".into(), mtu.into());
    Ok(())
}

fn flat(os: &OpenStack, physical: Option<String>, segment: Option<i64>) -> Result<String, Problem> {
    let physical =
        physical.ok_or_else(|| errors::invalid_input("physical_network required for flat provider network"))?;
    if segment.is_some() {
        return Err(errors::invalid_input("segmentation_id prohibited for flat provider network"));
    }
    match is_taken(os, "flat", &physical, None) {
        true => Err(errors::flat_network_in_use(&physical)),
        false => Ok(physical),
    }
}

fn vlan(
    os: &OpenStack,
    ctx: &mut Context,
    physical: Option<String>,
    segment: Option<i64>,
) -> Result<(String, i64), Problem> {
    let Some(physical) = physical else {
        return match segment {
            Some(_) => {
                Err(errors::invalid_input("segmentation_id requires physical_network for VLAN provider network"))
            }
            None => Ok((PHYSICAL.into(), random_id(ctx, 4_094))),
        };
    };
    if physical != PHYSICAL {
        return Err(errors::invalid_input(format!("physical_network '{physical}' unknown for VLAN provider network")));
    }
    let segment = segment.unwrap_or_else(|| random_id(ctx, 4_094));
    if !VLANS.contains(&segment) {
        return Err(errors::invalid_input("segmentation_id out of range (1 through 4094)"));
    }
    match is_taken(os, "vlan", &physical, Some(segment)) {
        true => Err(errors::vlan_in_use(segment, &physical)),
        false => Ok((physical, segment)),
    }
}

fn tunnel(
    os: &OpenStack,
    ctx: &mut Context,
    kind: &str,
    physical: Option<String>,
    segment: Option<i64>,
) -> Result<i64, Problem> {
    if physical.is_some() {
        return Err(errors::invalid_input(format!("provider:physical_network specified for {kind} network")));
    }
    match segment {
        None => Ok(random_id(ctx, 65_535)),
        Some(segment) if !TUNNELS.contains(&segment) => {
            Err(errors::invalid_input("segmentation_id out of range (1 through 65535)"))
        }
        Some(segment) if is_taken(os, kind, "", Some(segment)) => Err(errors::tunnel_in_use(segment)),
        Some(segment) => Ok(segment),
    }
}

/// A random segmentation id from 1 to `most`.
fn random_id(ctx: &mut Context, most: u16) -> i64 {
    i64::from(u16::from_be_bytes(ctx.bytes()) % most) + 1
}

/// True if a network uses this segment already.
fn is_taken(os: &OpenStack, kind: &str, physical: &str, segment: Option<i64>) -> bool {
    os.neutron.networks.all().any(|network| {
        network.text("provider:network_type") == kind
            && network.text("provider:physical_network") == physical
            && network.int("provider:segmentation_id") == segment
    })
}

/// A requested MTU; those that do not fit into 64 bits are too big anyway.
fn requested_mtu(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|_| i64::MAX))
}

fn mtu(requested: i64, kind: &str) -> Result<i64, Problem> {
    let most = match kind {
        "vxlan" | "geneve" | "gre" => PHYSICAL_MTU - VXLAN_OVERHEAD,
        _ => PHYSICAL_MTU,
    };
    match requested {
        0 => Ok(most),
        requested if requested > most => {
            Err(errors::invalid_input(format!("Requested MTU is too big, maximum is {most}")))
        }
        requested => Ok(requested),
    }
}

/// Checks a changed MTU against the type of the network, and replaces 0 by the maximum.
pub fn fit_mtu(network: &Record, body: &mut Body) -> Result<(), Problem> {
    let Some(requested) = body.get("mtu").and_then(requested_mtu) else { return Ok(()) };
    let fitting = mtu(requested, network.text("provider:network_type"))?;
    body.insert("mtu".into(), fitting.into());
    Ok(())
}

/// Refuses to change the provider attributes, except the segmentation id.
pub fn refuse_change(network: &Record, body: &Body) -> Result<(), Problem> {
    let names = ["provider:network_type", "provider:physical_network"];
    let differs = |name: &&str| body.get(*name).is_some_and(|new| new != network.get(name));
    if !names.iter().any(differs) {
        return Ok(());
    }
    Err(errors::invalid_input(format!(
        "Plugin does not support updating the following provider network attributes: {}",
        names.join(", ")
    )))
}
