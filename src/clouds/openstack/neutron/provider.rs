//! How a network is made: its type, its physical network, its segmentation id, and the MTU that follows
//! (neutron/plugins/ml2/managers.py and drivers/type_*.py).

use super::attributes::Body;
use super::errors;
use super::record::Record;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Context, Problem};
use serde_json::{Value, json};

/// What this cloud's physical networks carry.
const PHYSICAL_MTU: i64 = 1500;
/// What a tunnel takes of it.
const VXLAN_OVERHEAD: i64 = 50;
/// The only physical network with VLANs.
pub const PHYSICAL: &str = "public";
const TYPES: [&str; 6] = ["flat", "geneve", "vlan", "gre", "local", "vxlan"];
const TUNNELS: std::ops::RangeInclusive<i64> = 1..=65_535;
const VLANS: std::ops::RangeInclusive<i64> = 1..=4_094;

/// Checks what an administrator gives, and chooses what nobody gives: a VXLAN tunnel.
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
    let mtu = mtu(body.get("mtu").and_then(Value::as_i64).unwrap_or_default(), &kind)?;
    body.insert("mtu".into(), mtu.into());
    Ok(())
}

fn flat(os: &OpenStack, physical: Option<String>, segment: Option<i64>) -> Result<String, Problem> {
    let physical =
        physical.ok_or_else(|| errors::invalid_input("physical_network required for flat provider network"))?;
    if segment.is_some() {
        return Err(errors::invalid_input("segmentation_id prohibited for flat provider network"));
    }
    match same(os, "flat", &physical, None) {
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
            None => Ok((PHYSICAL.into(), draw(ctx, 4_094))),
        };
    };
    if physical != PHYSICAL {
        return Err(errors::invalid_input(format!("physical_network '{physical}' unknown for VLAN provider network")));
    }
    let segment = segment.unwrap_or_else(|| draw(ctx, 4_094));
    if !VLANS.contains(&segment) {
        return Err(errors::invalid_input("segmentation_id out of range (1 through 4094)"));
    }
    match same(os, "vlan", &physical, Some(segment)) {
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
        None => Ok(draw(ctx, 65_535)),
        Some(segment) if !TUNNELS.contains(&segment) => {
            Err(errors::invalid_input("segmentation_id out of range (1 through 65535)"))
        }
        Some(segment) if same(os, kind, "", Some(segment)) => Err(errors::tunnel_in_use(segment)),
        Some(segment) => Ok(segment),
    }
}

/// A segmentation id that nobody asked for.
fn draw(ctx: &mut Context, most: u16) -> i64 {
    i64::from(u16::from_be_bytes(ctx.bytes()) % most) + 1
}

/// True if a network is made in this very way.
fn same(os: &OpenStack, kind: &str, physical: &str, segment: Option<i64>) -> bool {
    os.neutron.networks.all().any(|network| {
        network.text("provider:network_type") == kind
            && network.text("provider:physical_network") == physical
            && network.int("provider:segmentation_id") == segment
    })
}

fn mtu(asked: i64, kind: &str) -> Result<i64, Problem> {
    let most = match kind {
        "vxlan" | "geneve" | "gre" => PHYSICAL_MTU - VXLAN_OVERHEAD,
        _ => PHYSICAL_MTU,
    };
    match asked {
        0 => Ok(most),
        asked if asked > most => Err(errors::invalid_input(format!("Requested MTU is too big, maximum is {most}"))),
        asked => Ok(asked),
    }
}

/// A changed MTU must fit the network's type.
pub fn fit_mtu(network: &Record, body: &mut Body) -> Result<(), Problem> {
    let Some(asked) = body.get("mtu").and_then(Value::as_i64) else { return Ok(()) };
    let fitting = mtu(asked, network.text("provider:network_type"))?;
    body.insert("mtu".into(), fitting.into());
    Ok(())
}

/// How a network is made stays as it is, but for its segmentation id.
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
