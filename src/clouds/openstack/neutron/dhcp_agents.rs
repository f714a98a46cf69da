//! The DHCP agents that host networks (neutron/extensions/dhcpagentscheduler.py).

use super::agents::{Agents, DHCP};
use super::networks::Networks;
use super::policy::{self, Target};
use super::record::Record;
use super::resource::{Visibility, find, show_record};
use super::{dhcp_ports, errors, listing};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::str;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, get, post, put};
use serde_json::{Value, json};

/// The operations on DHCP agents of networks.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/agents/{agent_id}/dhcp-networks", "neutron.agent.dhcp_network.list", list_networks)
        .summary("Lists the networks on a DHCP agent.")
        .policy_on_target("get_dhcp-networks"),
    post("/agents/{agent_id}/dhcp-networks", "neutron.agent.dhcp_network.create", add_network)
        .summary("Adds a network to a DHCP agent.")
        .policy_on_target("create_dhcp-network")
        .answers(201),
    get("/agents/{agent_id}/dhcp-networks/{id}", "neutron.agent.dhcp_network.show", refuse_read)
        .summary("Refuses to show a network on a DHCP agent."),
    put("/agents/{agent_id}/dhcp-networks/{id}", "neutron.agent.dhcp_network.update", refuse_write)
        .summary("Refuses to update a network on a DHCP agent."),
    crate::engine::delete("/agents/{agent_id}/dhcp-networks/{id}", "neutron.agent.dhcp_network.delete", remove_network)
        .summary("Removes a network from a DHCP agent.")
        .policy_on_target("delete_dhcp-network"),
    get("/networks/{network_id}/dhcp-agents", "neutron.network.dhcp_agent.list", list_agents)
        .summary("Lists the DHCP agents that host a network.")
        .policy_on_target("get_dhcp-agents"),
    post("/networks/{network_id}/dhcp-agents", "neutron.network.dhcp_agent.create", refuse_write)
        .summary("Refuses to create a DHCP agent of a network."),
    get("/networks/{network_id}/dhcp-agents/{id}", "neutron.network.dhcp_agent.show", refuse_read)
        .summary("Refuses to show a DHCP agent of a network."),
    put("/networks/{network_id}/dhcp-agents/{id}", "neutron.network.dhcp_agent.update", refuse_write)
        .summary("Refuses to update a DHCP agent of a network."),
    crate::engine::delete("/networks/{network_id}/dhcp-agents/{id}", "neutron.network.dhcp_agent.delete", refuse_write)
        .summary("Refuses to delete a DHCP agent of a network."),
];

/// Upstream routes these paths to a controller without such a method (500).
fn refuse_read(_call: &Call, _os: &OpenStack) -> Answer {
    Err(errors::not_found())
}

fn refuse_write(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::not_found())
}

fn enforce_policy(call: &Call) -> Result<(), Problem> {
    policy::enforce(call, call.policy.0, &Target::default())
}

/// Schedules a network with its first DHCP subnet to the DHCP agents.
pub fn schedule(os: &mut OpenStack, network: &str) {
    let able = |agent: &&Record| agent.text("agent_type") == DHCP && agent.flag("admin_state_up");
    let agents: Vec<_> = os.neutron.agents.all().filter(able).take(2).map(|agent| json!(agent.id)).collect();
    if let Some(network) = os.neutron.networks.get_mut(network)
        && network.list("dhcp_agents").is_empty()
    {
        network.set("dhcp_agents", agents);
    }
}

fn is_hosted_by(network: &Record, agent: &str) -> bool {
    network.texts("dhcp_agents").any(|one| one == agent)
}

fn list_networks(call: &Call, os: &OpenStack) -> Answer {
    enforce_policy(call)?;
    let agent = find::<Agents>(call, os, call.param("agent_id"))?;
    let mut networks: Vec<_> = os.neutron.networks.all().filter(|network| is_hosted_by(network, &agent.id)).collect();
    networks.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let visibility = Visibility { hidden: vec!["ha", "dhcp_agents"], fields: listing::fields(call) };
    Ok(Response::many("networks", networks, |o, network| {
        show_record::<Networks>(o, call, os, network, &visibility);
        // Internal values that upstream does not remove from this answer.
        o.set("standard_attr_id", super::security_groups::rules::standard_attr_id(network));
        o.set("qinq", Value::Null);
        o.set("vlan_transparent", Value::Null);
    }))
}

fn add_network(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    enforce_policy(call)?;
    let Some(network) = call.json.get("network_id") else { return Err(errors::required_attribute("network_id")) };
    let agent = find::<Agents>(call, os, call.param("agent_id"))?;
    let network = find::<Networks>(call, os, &str(network))?;
    if agent.text("agent_type") != DHCP || !agent.flag("admin_state_up") {
        return Err(errors::agent_is_not_dhcp(&agent.id));
    }
    if is_hosted_by(network, &agent.id) {
        return Err(errors::network_hosted(&network.id, &agent.id));
    }
    let mut agents = network.list("dhcp_agents").to_vec();
    agents.push(json!(agent.id));
    let id = network.id.clone();
    set_agents(os, ctx, &id, agents);
    dhcp_ports::refresh(os, ctx, &id);
    // Upstream's controller returns None, which is rendered as JSON.
    Ok(Response::json(&Value::Null))
}

fn remove_network(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    enforce_policy(call)?;
    let agent = find::<Agents>(call, os, call.param("agent_id"))?.id.clone();
    let id: Id = call.param("id").into();
    let network = os.neutron.networks.get(&id).filter(|network| is_hosted_by(network, &agent));
    let network = network.ok_or_else(|| errors::network_not_hosted(&id, &agent))?;
    let left = network.texts("dhcp_agents").filter(|one| **one != *agent).map(Value::from).collect();
    set_agents(os, ctx, &id, left);
    let host = os.neutron.agents.get(&agent).map(|agent| agent.text("host").to_owned());
    dhcp_ports::reserve(os, ctx, &id, &host.unwrap_or_default());
    Ok(Response::empty())
}

fn set_agents(os: &mut OpenStack, _ctx: &Context, network: &str, agents: Vec<Value>) {
    if let Some(network) = os.neutron.networks.get_mut(network) {
        network.set("dhcp_agents", agents);
    }
}

/// Lists the DHCP agents of a network; an unknown network has none.
fn list_agents(call: &Call, os: &OpenStack) -> Answer {
    enforce_policy(call)?;
    let network = os.neutron.networks.get(call.param("network_id"));
    let agents: Vec<_> = network
        .into_iter()
        .flat_map(|network| network.texts("dhcp_agents"))
        .filter_map(|id| os.neutron.agents.get(id))
        .collect();
    let visibility = Visibility { hidden: vec![], fields: listing::fields(call) };
    Ok(Response::many("agents", agents, |o, agent| {
        show_record::<Agents>(o, call, os, agent, &visibility);
        o.set("resource_versions", json!({}));
        o.set("ha_chassis_priority", Value::Null);
    }))
}
