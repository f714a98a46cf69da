//! The L3 agents that host routers (neutron/db/l3_agentschedulers_db.py).

use super::super::agents::{self, Agents};
use super::super::members::allowed;
use super::super::ports::devices;
use super::super::read_only::{self, ListOnly};
use super::super::record::Record;
use super::super::resource::{Resource as _, Visibility, find, show_record};
use super::super::{attributes, errors, listing};
use super::{GATEWAY, Routers, gateway_port, ha, interfaces_of, is_interface, ports_of, unfiltered};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Response, Transition, get, post, put, transition};
use serde_json::{Value, json};

/// The operations on the L3 agents of routers.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/routers/{router_id}/l3-agents", "neutron.router.l3_agent.list", list_agents)
        .summary("Lists the L3 agents that host a router.")
        .policy_on_target("get_l3-agents"),
    post("/routers/{router_id}/l3-agents", "neutron.router.l3_agent.create", refuse)
        .summary("Refuses to create an L3 agent of a router."),
    get("/routers/{router_id}/l3-agents/{id}", "neutron.router.l3_agent.show", read_only::show::<L3Agents>)
        .summary("Refuses to show an L3 agent of a router."),
    put("/routers/{router_id}/l3-agents/{id}", "neutron.router.l3_agent.update", read_only::update::<L3Agents>)
        .summary("Refuses to update an L3 agent of a router."),
    crate::engine::delete(
        "/routers/{router_id}/l3-agents/{id}",
        "neutron.router.l3_agent.delete",
        read_only::delete::<L3Agents>,
    )
    .summary("Refuses to delete an L3 agent of a router."),
    get("/agents/{agent_id}/l3-routers", "neutron.agent.l3_router.list", list_routers)
        .summary("Lists the routers on an L3 agent.")
        .policy_on_target("get_l3-routers"),
    post("/agents/{agent_id}/l3-routers", "neutron.agent.l3_router.create", add_router)
        .summary("Adds a router to an L3 agent.")
        .policy_on_target("create_l3-router")
        .answers(201),
    get("/agents/{agent_id}/l3-routers/{id}", "neutron.agent.l3_router.show", read_only::show::<L3Routers>)
        .summary("Refuses to show a router on an L3 agent."),
    put("/agents/{agent_id}/l3-routers/{id}", "neutron.agent.l3_router.update", read_only::update::<L3Routers>)
        .summary("Refuses to update a router on an L3 agent."),
    crate::engine::delete("/agents/{agent_id}/l3-routers/{id}", "neutron.agent.l3_router.delete", remove_router)
        .summary("Removes a router from an L3 agent.")
        .policy_on_target("delete_l3-router"),
];

/// The agent has processed a router that was scheduled to it.
pub const BIND: Transition<OpenStack> = transition("neutron.router.bind", bind, not_bound);

/// An updated router gets an agent, when the answer has been made.
pub const SCHEDULE: Transition<OpenStack> = transition("neutron.router.schedule", scheduled, not_bound);

/// The transitions of routers.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&BIND, &SCHEDULE];

/// The only availability zone; all agents are in it.
const ZONE: &str = "nova";

struct L3Agents;
struct L3Routers;

static L3_AGENT: attributes::ResourceType = attributes::ResourceType::new("l3-agent", "l3-agents", &[]);
static L3_ROUTER: attributes::ResourceType = attributes::ResourceType::new("l3-router", "l3-routers", &[]);

impl ListOnly for L3Agents {
    const KIND: &'static attributes::ResourceType = &L3_AGENT;
}

impl ListOnly for L3Routers {
    const KIND: &'static attributes::ResourceType = &L3_ROUTER;
}

/// Routers are added to agents, not agents to routers. Upstream answers 500.
fn refuse(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    Err(errors::not_found())
}

/// The availability zones of a router: those of its agents.
pub fn zones(_os: &OpenStack, router: &Record) -> Value {
    if router.list("l3_agents").is_empty() { json!([]) } else { json!([ZONE]) }
}

/// Schedules a router that has a gateway or an interface to an L3 agent. Its ports are bound to the agent's host soon
/// after.
pub fn schedule(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(router) = os.neutron.routers.get(id) else { return };
    let works = router.flag("is_ha") || gateway_port(os, router).is_some() || interfaces_of(os, id).next().is_some();
    if !works {
        return;
    }
    if assign(os, id) {
        ctx.later(&BIND, id);
    }
}

/// Schedules a router that has been updated, whether or not it has a gateway or an interface
/// (`notify_router_updated`).
fn scheduled(os: &mut OpenStack, _ctx: &mut Context, id: &Id) {
    assign(os, id);
}

/// Gives a router an agent if it has none. False if there is no agent for it.
fn assign(os: &mut OpenStack, id: &Id) -> bool {
    let Some(router) = os.neutron.routers.get(id) else { return false };
    if !router.list("l3_agents").is_empty() {
        return true;
    }
    let able = |agent: &&Record| agent.text("agent_type") == agents::L3 && agent.flag("admin_state_up");
    let Some(agent) = os.neutron.agents.all().filter(able).min_by_key(|agent| agent.id.clone()) else { return false };
    let agent = agent.id.clone();
    set_agents(os, id, vec![agent]);
    true
}

fn set_agents(os: &mut OpenStack, router: &str, agents: Vec<Id>) {
    if let Some(record) = os.neutron.routers.get_mut(router) {
        record.set("l3_agents", json!(agents));
    }
}

/// The agent has processed the router: the router's ports are bound to the agent's host.
fn bind(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let Some(router) = os.neutron.routers.get(id) else { return };
    let agent = router.texts("l3_agents").next().and_then(|agent| os.neutron.agents.get(agent));
    let Some(host) = agent.map(|agent| agent.text("host").to_owned()) else { return };
    let waits = |port: &&Record| {
        (is_interface(port) || matches!(port.text("device_owner"), GATEWAY | ha::OWNER))
            && port.text("binding:host_id").is_empty()
    };
    let waiting: Vec<Id> = ports_of(os, id).filter(waits).map(|port| port.id.clone()).collect();
    for port in waiting {
        devices::bind(os, ctx, &port, &host);
    }
}

/// The agent failed: the ports stay DOWN.
fn not_bound(_os: &mut OpenStack, _ctx: &mut Context, _id: &Id, _reason: &str) {}

fn list_agents(call: &Call, os: &OpenStack) -> Answer {
    allowed(call, "get_l3-agents")?;
    let router = find::<Routers>(call, os, call.param("router_id"))?;
    let hosting: Vec<_> = router.texts("l3_agents").filter_map(|agent| os.neutron.agents.get(agent)).collect();
    let visibility = Visibility { hidden: vec![], fields: listing::fields(call) };
    Ok(Response::many("agents", hosting, |o, agent| {
        show_record::<Agents>(o, call, os, agent, &visibility);
        o.set("ha_state", Value::Null);
    }))
}

fn list_routers(call: &Call, os: &OpenStack) -> Answer {
    allowed(call, "get_l3-routers")?;
    let agent = find::<Agents>(call, os, call.param("agent_id"))?;
    let runs = |router: &&Record| router.texts("l3_agents").any(|one| *one == *agent.id);
    let mut routers: Vec<_> = os.neutron.routers.all().filter(runs).collect();
    routers.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    // Upstream reads no `fields` here.
    let hidden = Routers::KIND.rows().filter(|row| !row.visible).map(|row| row.name).collect();
    let visibility = Visibility { hidden, fields: vec![] };
    Ok(Response::many("routers", routers, |o, router| {
        show_record::<Routers>(o, call, os, router, &visibility);
        unfiltered(os, router).iter().for_each(|(name, value)| o.set(name, value));
    }))
}

fn add_router(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    allowed(call, "create_l3-router")?;
    // Upstream answers 500 for a body without a router.
    let router = call.json.get("router_id").and_then(Value::as_str).unwrap_or("None");
    let router = find::<Routers>(call, os, router)?;
    let agent = find::<Agents>(call, os, call.param("agent_id"))?;
    if agent.text("agent_type") != agents::L3 || !agent.flag("admin_state_up") {
        return Err(errors::agent_is_not_l3(&agent.id));
    }
    let (router, agent, current) =
        (router.id.clone(), agent.id.clone(), router.texts("l3_agents").next().map(Id::from));
    match current {
        Some(current) if current == agent => {}
        Some(current) => return Err(errors::router_hosted(&router, &current)),
        None => {
            set_agents(os, &router, vec![agent]);
            ctx.later(&BIND, &router);
        }
    }
    // Upstream's controller returns None, which is rendered as JSON.
    Ok(Response::json(&Value::Null))
}

fn remove_router(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    allowed(call, "delete_l3-router")?;
    let agent = find::<Agents>(call, os, call.param("agent_id"))?.id.clone();
    let id: Id = call.param("id").into();
    let runs = os.neutron.routers.get(&id).is_some_and(|router| router.texts("l3_agents").any(|one| *one == *agent));
    if !runs {
        return Err(errors::router_not_hosted(&id, &agent));
    }
    set_agents(os, &id, vec![]);
    Ok(Response::empty())
}
