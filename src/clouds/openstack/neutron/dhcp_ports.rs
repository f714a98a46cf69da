//! The ports of DHCP agents. An agent that hosts a network has a port on it with an address in each subnet with DHCP;
//! it asks for the port some time after the subnet was created (neutron/agent/linux/dhcp.py, `setup_dhcp_port`).

use super::attributes::Body;
use super::ports::{self, devices};
use super::record::Record;
use super::{qos, subnets};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Context, Id, Transition, transition};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the agents of a cloud do.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkAgents {
    /// Agents have ports on the networks that they serve.
    pub dhcp_ports: bool,
}

impl Default for NetworkAgents {
    fn default() -> Self {
        NetworkAgents { dhcp_ports: true }
    }
}

/// The agents that host a network have noticed that it changed.
pub const SERVE: Transition<OpenStack> = transition("neutron.network.serve_dhcp", serve, not_served);

/// The transitions of DHCP ports.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&SERVE];

/// The device owner of the ports of DHCP agents.
pub const OWNER: &str = "network:dhcp";
/// The device of a port whose agent has left; the next agent takes the port over.
const RESERVED: &str = "reserved_dhcp_port";
/// The namespace of the names of hosts (`uuid.NAMESPACE_DNS`).
const DNS: &str = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

/// The agents of a network notice soon that its subnets changed.
pub fn refresh(os: &OpenStack, ctx: &mut Context, network: &str) {
    if os.site.agents.dhcp_ports && os.neutron.networks.contains(network) {
        ctx.later(&SERVE, &network.into());
    }
}

/// The device of an agent's port (`get_dhcp_agent_device_id`).
pub fn device(host: &str, network: &str) -> String {
    format!("dhcp{}-{network}", qos::resource_requests::uuid5(DNS, host))
}

/// Gives each agent that hosts the network a port with an address in each subnet with DHCP. Without such subnets the
/// ports go.
fn serve(os: &mut OpenStack, ctx: &mut Context, network: &Id) {
    let Some(record) = os.neutron.networks.get(network).cloned() else { return };
    let wanted: Vec<Value> = subnets::of_network(os, network)
        .filter(|subnet| subnet.flag("enable_dhcp"))
        .map(|subnet| json!({"subnet_id": subnet.id}))
        .collect();
    let agents = record.texts("dhcp_agents").filter_map(|agent| os.neutron.agents.get(agent));
    let hosts: Vec<String> = agents.map(|agent| agent.text("host").to_owned()).collect();
    for host in hosts {
        let device = device(&host, network);
        match port_of(os, network, &device).map(|port| (port.id.clone(), port.text("device_id").to_owned())) {
            Some((port, _)) if wanted.is_empty() => devices::discard(os, ctx, &port),
            Some((port, known)) => {
                if known == RESERVED {
                    devices::give(os, ctx, &port, &devices::Device { id: &device, owner: OWNER, project: "" });
                }
                // Without a free address the port stays as it is.
                _ = devices::set_fixed_ips(os, ctx, &port, &Value::Array(wanted.clone()));
            }
            None if wanted.is_empty() => {}
            None => create(os, ctx, &record, (&host, &device), &wanted),
        }
    }
}

/// The agents failed: the network has no new port.
fn not_served(_os: &mut OpenStack, _ctx: &mut Context, _network: &Id, _reason: &str) {}

/// The port of an agent, or a reserved one.
fn port_of<'o>(os: &'o OpenStack, network: &str, device: &str) -> Option<&'o Record> {
    let own = |name: &str| {
        ports::of_network(os, network).find(|port| port.text("device_owner") == OWNER && port.text("device_id") == name)
    };
    own(device).or_else(|| own(RESERVED))
}

/// Creates the port of an agent on a host. Without a free address there is none.
fn create(os: &mut OpenStack, ctx: &mut Context, network: &Record, (host, device): (&str, &str), subnets: &[Value]) {
    let body = json!({
        "network_id": network.id, "project_id": network.project, "device_id": device, "device_owner": OWNER,
        "binding:host_id": host, "fixed_ips": subnets,
    });
    let body: Body = body.as_object().cloned().unwrap_or_default();
    _ = ports::add(os, ctx, body);
}

/// The agent on this host does not serve the network any more: its port waits for another one
/// (`remove_network_from_dhcp_agent`).
pub fn reserve(os: &mut OpenStack, ctx: &Context, network: &str, host: &str) {
    let device = device(host, network);
    let own = ports::of_device(os, &device).next().map(|port| port.id.clone());
    if let Some(port) = own.and_then(|port| os.neutron.ports.get_mut(&port)) {
        port.set("device_id", RESERVED);
        port.bump(ctx.now());
    }
}
