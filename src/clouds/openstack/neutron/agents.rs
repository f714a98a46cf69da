//! Agents: the processes that do Neutron's work on the hosts. They exist from the start and are always alive.

use super::attributes::{Attribute, Body, ID, ResourceType, changeable, read_only};
use super::convert::to_boolean;
use super::policy::Target;
use super::record::Record;
use super::resource::{Resource, create, delete, list, show, update};
use super::valid::Valid;
use super::{Neutron, errors, seed};
use crate::clouds::openstack::{OpenStack, placement};
use crate::engine::{Call, Context, Id, Operation, Problem, Table, get, post, put};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::iter;
use std::net::Ipv4Addr;

/// The operations on agents.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/agents", "neutron.agent.list", list::<Agents>).summary("Lists agents.").policy_on_target("get_agent"),
    post("/agents", "neutron.agent.create", create::<Agents>)
        .summary("Refuses to create an agent.")
        .policy_on_target("create_agent")
        .answers(201),
    get("/agents/{agent_id}", "neutron.agent.show", show::<Agents>)
        .summary("Shows an agent.")
        .policy_on_target("get_agent"),
    put("/agents/{agent_id}", "neutron.agent.update", update::<Agents>)
        .summary("Updates an agent.")
        .policy_on_target("update_agent"),
    crate::engine::delete("/agents/{agent_id}", "neutron.agent.delete", delete::<Agents>)
        .summary("Deletes an agent.")
        .policy_on_target("delete_agent"),
];

/// The attributes of agents (neutron_lib/api/definitions/agent.py).
const ATTRIBUTES: &[Attribute] = &[
    ID,
    read_only("agent_type").filter().sort(),
    read_only("binary").filter().sort(),
    read_only("topic").filter().sort(),
    read_only("host").filter().sort(),
    changeable("admin_state_up").convert(to_boolean).filter().sort(),
    read_only("created_at").sort().derived(),
    read_only("started_at").sort().derived(),
    read_only("heartbeat_timestamp").sort().derived(),
    changeable("description").valid(Valid::TextOrNone(255)).filter().sort(),
    read_only("resources_synced"),
    read_only("availability_zone").filter(),
    read_only("alive").convert(to_boolean).filter().sort().no_column_of("agents").derived(),
    read_only("configurations"),
];

/// The attribute table of agents.
pub static KIND: ResourceType = ResourceType::new("agent", "agents", ATTRIBUTES);

/// `agent_type` of DHCP agents.
pub const DHCP: &str = "DHCP agent";
/// `agent_type` of L3 agents.
pub const L3: &str = "L3 agent";

/// `agent_type` of the agents that wire ports.
const SWITCH: &str = "Open vSwitch agent";

/// The host of the agents that are not on compute hosts.
pub const NETWORK_HOST: &str = "network1";

/// The resource type of agents.
pub struct Agents;

impl Resource for Agents {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.agents
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.agents
    }

    fn not_found(id: &str) -> Problem {
        errors::agent_not_found(id)
    }

    /// Agents have no owner: the policy decides who sees them.
    fn sees(_call: &Call, _os: &OpenStack, _record: &Record) -> bool {
        true
    }

    fn candidates<'o>(_call: &Call, os: &'o OpenStack, _query: &super::listing::Query) -> Vec<&'o Record> {
        os.neutron.agents.all().collect()
    }

    fn target(_call: &Call, _os: &OpenStack, _record: &Record) -> Target {
        Target::default()
    }

    fn derive(call: &Call, _os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        Some(match name {
            "alive" => json!(true),
            "heartbeat_timestamp" => json!(format_time(call.now)),
            _ => json!(format_time(record.created_at)),
        })
    }

    fn make(_call: &Call, _os: &mut OpenStack, _ctx: &mut Context, _body: Body) -> Result<Id, Problem> {
        Err(errors::bad("agents", "Agent creation using API is not supported."))
    }
}

/// A time as upstream shows it here: `2030-01-01 12:00:00`.
fn format_time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// True if an agent on the host wires ports. All compute hosts do that, also those of large clouds, whose agents are
/// not listed.
pub fn wires_ports(os: &OpenStack, host: &str) -> bool {
    let number = host.strip_prefix("compute").and_then(|number| number.parse().ok());
    number.is_some_and(|number: u32| (1..=os.site.computes.count).contains(&number))
        || os.neutron.agents.all().any(|agent| agent.text("host") == host && agent.text("agent_type") == SWITCH)
}

/// Inserts the agents of a new cloud: an Open vSwitch agent on every host, and one of each other type on the network
/// host.
pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    let computes = (1..=os.site.computes.count).map(placement::seed::host);
    for (number, host) in (0..).zip(iter::once(NETWORK_HOST.to_owned()).chain(computes)) {
        agent(os, now, &host, SWITCH, ("neutron-openvswitch-agent", "N/A"), switch_configurations(&host, number));
    }
    let dhcp = json!({
        "dhcp_driver": "neutron.agent.linux.dhcp.Dnsmasq", "dhcp_lease_duration": 86_400,
        "log_agent_heartbeats": false, "networks": 0, "subnets": 0, "ports": 0,
    });
    agent(os, now, NETWORK_HOST, DHCP, ("neutron-dhcp-agent", "dhcp_agent"), dhcp);
    let l3 = json!({
        "agent_mode": "legacy", "handle_internal_only_routers": true, "interface_driver": "openvswitch",
        "log_agent_heartbeats": false, "extensions": [], "routers": 0, "ex_gw_ports": 0, "interfaces": 0,
        "floating_ips": 0,
    });
    agent(os, now, NETWORK_HOST, L3, ("neutron-l3-agent", "l3_agent"), l3);
    let metering = json!({
        "metering_driver": "neutron.services.metering.drivers.noop.noop_driver.NoopMeteringDriver",
        "measure_interval": 30, "report_interval": 300,
    });
    agent(os, now, NETWORK_HOST, "Metering agent", ("neutron-metering-agent", "metering_agent"), metering);
    let metadata = json!({
        "metadata_proxy_socket": "/var/lib/neutron/metadata_proxy", "nova_metadata_host": "127.0.0.1",
        "nova_metadata_port": 8775, "log_agent_heartbeats": false,
    });
    agent(os, now, NETWORK_HOST, "Metadata agent", ("neutron-metadata-agent", "N/A"), metadata);
}

fn agent(os: &mut OpenStack, now: DateTime<Utc>, host: &str, kind: &str, names: (&str, &str), configurations: Value) {
    let body = json!({
        "agent_type": kind, "binary": names.0, "topic": names.1, "host": host, "admin_state_up": true,
        "configurations": configurations,
        "resources_synced": if names.1 == "N/A" && kind.starts_with("Open") { json!(true) } else { Value::Null },
        "availability_zone": if matches!(kind, DHCP | L3) { json!(super::networks::ZONE) } else { Value::Null },
    });
    let body = body.as_object().cloned().unwrap_or_default();
    let id = seed::id(kind, host);
    os.neutron.agents.insert(Record::with_id(&KIND, id, now, &body));
}

/// The tunnel address of the first agent.
const TUNNELS: u32 = 0x7f00_000a;

/// The configurations of an Open vSwitch agent. `number` makes its tunnel address: 127.0.0.10 for 0.
fn switch_configurations(host: &str, number: u32) -> Value {
    let inventory = json!({"allocation_ratio": 1.0, "min_unit": 1, "step_size": 1, "reserved": 0});
    json!({
        "bridge_mappings": {"public": "br-ex"},
        "resource_provider_bandwidths": {},
        "resource_provider_inventory_defaults": inventory,
        "resource_provider_packet_processing_without_direction": {},
        "resource_provider_packet_processing_with_direction": {},
        "resource_provider_packet_processing_inventory_defaults": inventory,
        "resource_provider_hypervisors": {"br-ex": host, "rp_tunnelled": host},
        "integration_bridge": "br-int",
        "tunnel_types": ["vxlan", "gre", "geneve"],
        "tunneling_ip": Ipv4Addr::from(TUNNELS + number).to_string(),
        "l2_population": true,
        "arp_responder_enabled": false,
        "enable_distributed_routing": false,
        "log_agent_heartbeats": false,
        "extensions": ["qos"],
        "datapath_type": "system",
        "ovs_capabilities": {
            "datapath_types": ["netdev", "system"],
            "iface_types": ["bareudp", "erspan", "geneve", "gre", "internal", "patch", "tap", "vxlan"],
        },
        "vhostuser_socket_dir": "/var/run/openvswitch",
        "ovs_hybrid_plug": false,
        "baremetal_smartnic": false,
        "in_distributed_mode": false,
        "devices": 0,
    })
}
