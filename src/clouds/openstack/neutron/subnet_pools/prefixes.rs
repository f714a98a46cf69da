//! Changes of a pool's prefixes, and onboarding of subnets that were created without a pool.

use super::{SubnetPools, cidrs, of_pool};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::neutron::addresses::{Cidr, merged, networks, without};
use crate::clouds::openstack::neutron::attributes::Body;
use crate::clouds::openstack::neutron::networks::Networks;
use crate::clouds::openstack::neutron::record::Record;
use crate::clouds::openstack::neutron::resource::{Resource as _, find};
use crate::clouds::openstack::neutron::{errors, members, policy, subnets, valid};
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, put};
use serde_json::{Value, json};

/// The operations on prefixes of subnet pools.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    put("/subnetpools/{subnetpool_id}/add_prefixes", "neutron.subnetpool.add_prefixes", add)
        .summary("Adds prefixes to a subnet pool.")
        .policy_on_target("add_prefixes"),
    put("/subnetpools/{subnetpool_id}/remove_prefixes", "neutron.subnetpool.remove_prefixes", remove)
        .summary("Removes prefixes from a subnet pool.")
        .policy_on_target("remove_prefixes"),
    put("/subnetpools/{subnetpool_id}/onboard_network_subnets", "neutron.subnetpool.onboard", onboard)
        .summary("Adds a network's subnets to a subnet pool.")
        .policy_on_target("onboard_network_subnets"),
];

/// The smallest list of prefixes with the same addresses.
pub fn compact(prefixes: &[Cidr]) -> Value {
    let version = prefixes.first().map_or(4, Cidr::version);
    let ranges = merged(prefixes.iter().map(Cidr::range).collect());
    ranges.into_iter().flat_map(|range| networks(range, version)).map(|cidr| Value::from(cidr.to_string())).collect()
}

/// Refuses a change that removes addresses of a pool (`_update_subnetpool_dict`).
pub fn keeps_prefixes(pool: &Record, new: &[Value]) -> Result<(), Problem> {
    let old = cidrs(pool.list("prefixes")).iter().map(Cidr::range).collect();
    let left = without(old, cidrs(new).iter().map(Cidr::range).collect());
    if left.is_empty() {
        return Ok(());
    }
    Err(errors::illegal_prefix_update())
}

/// Reads `{"prefixes": ["10.0.0.0/8"]}`, a list that is not empty (`get_operation_request_body`,
/// neutron/extensions/subnetpool_prefix_ops.py).
fn body(call: &Call) -> Result<Vec<Value>, Problem> {
    let prefixes = call.json.get("prefixes").filter(|list| list.as_array().is_some_and(|list| !list.is_empty()));
    let prefixes = prefixes.ok_or_else(errors::invalid_prefix_body)?;
    if let Some(reason) = valid::list_of(prefixes, valid::subnet) {
        return Err(errors::invalid_input(reason));
    }
    Ok(prefixes.as_array().cloned().unwrap_or_default())
}

/// The pool in the path, if the caller may do this with it.
fn pool<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Record, Problem> {
    members::find_allowed::<SubnetPools>(call, os, call.policy.0)
}

fn add(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let pool = pool(call, os)?;
    let added = body(call)?;
    let id = pool.id.clone();
    let mut all = pool.list("prefixes").to_vec();
    all.extend(added);
    SubnetPools::change(call, os, ctx, &id, Body::from_iter([("prefixes".to_owned(), all.into())]))?;
    shown(os, &id)
}

fn remove(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let pool = pool(call, os)?;
    let removed = cidrs(&body(call)?);
    let id = pool.id.clone();
    let in_use = |subnet: &Record| removed.iter().any(|cidr| cidr.overlaps(&subnets::cidr(subnet)));
    if of_pool(os, &id).any(in_use) {
        return Err(errors::prefix_in_use());
    }
    let all = cidrs(pool.list("prefixes"));
    let version = all.first().map_or(4, Cidr::version);
    let left = without(all.iter().map(Cidr::range).collect(), removed.iter().map(Cidr::range).collect());
    let left: Value =
        left.into_iter().flat_map(|range| networks(range, version)).map(|cidr| Value::from(cidr.to_string())).collect();
    if let Some(pool) = os.neutron.subnet_pools.get_mut(&id) {
        pool.set("prefixes", left);
    }
    shown(os, &id)
}

fn shown(os: &OpenStack, id: &str) -> Answer {
    let prefixes = os.neutron.subnet_pools.get(id).map(|pool| pool.get("prefixes").clone());
    Ok(Response::object(|o| o.set("prefixes", prefixes)))
}

/// Adds the subnets of a network to the pool (neutron/extensions/subnet_onboard.py). The answer is a list, in no object.
fn onboard(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let pool = pool(call, os)?;
    let network = call.json.get("network_id").and_then(Value::as_str);
    let network = network.ok_or_else(|| errors::invalid_input("network_id must be specified."))?;
    let owner = find::<Networks>(call, os, network)?;
    if !policy::is_admin(call) && *owner.project != *call.project() {
        return Err(errors::not_authorized());
    }
    let (pool_id, version) = (pool.id.clone(), pool.int("ip_version"));
    let mut prefixes = pool.list("prefixes").to_vec();
    let taken: Vec<Cidr> = of_pool(os, &pool_id).map(subnets::cidr).collect();
    let mut onboarded: Vec<(Id, String)> = vec![];
    for subnet in subnets::of_network(os, network).filter(|subnet| subnet.int("ip_version") == version) {
        let cidr = subnets::cidr(subnet);
        if taken.iter().any(|other| other.overlaps(&cidr)) {
            return Err(errors::illegal_pool_update(&format!(
                "Onboarding subnet {}: {cidr} conflicts with allocated prefixes in subnet pool {pool_id}",
                subnet.id
            )));
        }
        prefixes.push(cidr.to_string().into());
        onboarded.push((subnet.id.clone(), cidr.to_string()));
    }
    SubnetPools::change(call, os, ctx, &pool_id, Body::from_iter([("prefixes".to_owned(), prefixes.into())]))?;
    for (id, _) in &onboarded {
        if let Some(subnet) = os.neutron.subnets.get_mut(id) {
            subnet.set("subnetpool_id", json!(pool_id));
            subnet.bump(ctx.now());
        }
    }
    if !onboarded.is_empty()
        && let Some(network) = os.neutron.networks.get_mut(network)
    {
        network.bump(ctx.now());
    }
    let shown = onboarded.iter().map(|(id, cidr)| json!({"id": id, "cidr": cidr}));
    Ok(Response::json(&shown.collect::<Value>()))
}
