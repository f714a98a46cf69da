//! Neutron: networking API v2.0 with the ML2 plugin, L3, QoS, trunks and the smaller service plugins. Most resources
//! are described by an attribute table ([`attributes`]) and share the handlers in [`resource`].

pub mod address_groups;
pub mod address_scopes;
pub mod addresses;
pub mod agents;
pub mod attributes;
pub mod auto_allocation;
pub mod availability_zones;
pub mod children;
pub mod conntrack_helpers;
pub mod convert;
pub mod default_security_group_rules;
mod devstack;
pub mod dhcp_agents;
pub mod dhcp_ports;
mod dialect;
pub mod dns;
pub mod errors;
pub mod extensions;
pub mod flavors;
pub mod floating_ip_pools;
pub mod floating_ips;
pub mod ip_availability;
pub mod listing;
pub mod local_ips;
pub mod logs;
pub mod members;
pub mod metering;
pub mod ndp_proxies;
pub mod networks;
mod paths;
pub mod policy;
pub mod port_forwardings;
pub mod ports;
pub mod provider;
pub mod qos;
pub mod quotas;
pub mod rbac;
pub mod rbac_policies;
pub mod read_only;
pub mod record;
pub mod resource;
pub mod routers;
pub mod security_groups;
pub mod seed;
pub mod segment_ranges;
pub mod segments;
pub mod service_providers;
pub mod subnet_pools;
pub mod subnets;
pub mod tags;
pub mod trunks;
pub mod valid;
pub mod versions;

use super::OpenStack;
use super::descriptor::{BODY_LIMIT, CatalogEntry, ServiceDescriptor};
use crate::engine::{AnyTable, Call, Operation, Table, Transition};
use attributes::ResourceType;
use record::Record;
use std::sync::OnceLock;

/// The tables of Neutron. Most rows are [`Record`]s; their type says which attributes they have.
#[derive(Clone, Default)]
pub struct Neutron {
    pub networks: Table<Record>,
    pub subnets: Table<Record>,
    pub subnet_pools: Table<Record>,
    pub address_scopes: Table<Record>,
    pub ports: Table<Record>,
    /// The fixed IP addresses that ports have.
    pub allocations: Table<ports::ipam::Allocation>,
    pub security_groups: Table<Record>,
    pub security_group_rules: Table<Record>,
    pub agents: Table<Record>,
    pub address_groups: Table<Record>,
    pub auto_allocated: Table<Record>,
    pub conntrack_helpers: Table<Record>,
    pub default_security_group_rules: Table<Record>,
    pub default_statefulness: Table<Record>,
    pub flavors: Table<Record>,
    pub floating_ips: Table<Record>,
    pub local_ip_associations: Table<Record>,
    pub local_ips: Table<Record>,
    pub logs: Table<Record>,
    pub metering_label_rules: Table<Record>,
    pub metering_labels: Table<Record>,
    pub ndp_proxies: Table<Record>,
    pub port_forwardings: Table<Record>,
    pub qos_policies: Table<Record>,
    pub qos_rules: Table<Record>,
    pub routers: Table<Record>,
    pub segment_ranges: Table<Record>,
    pub segments: Table<Record>,
    pub service_profiles: Table<Record>,
    pub trunks: Table<Record>,
    pub rbac_policies: Table<Record>,
    pub quotas: Table<quotas::Limits>,
}

impl Neutron {
    /// All tables with their names. The pattern has no `..`, so that a table missing here does not compile.
    #[allow(clippy::too_many_lines, reason = "a list")]
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Neutron {
            networks,
            subnets,
            subnet_pools,
            address_scopes,
            ports,
            allocations,
            security_groups,
            security_group_rules,
            agents,
            address_groups,
            auto_allocated,
            conntrack_helpers,
            default_security_group_rules,
            default_statefulness,
            flavors,
            floating_ips,
            local_ip_associations,
            local_ips,
            logs,
            metering_label_rules,
            metering_labels,
            ndp_proxies,
            port_forwardings,
            qos_policies,
            qos_rules,
            routers,
            segment_ranges,
            segments,
            service_profiles,
            trunks,
            rbac_policies,
            quotas,
        } = self;
        vec![
            ("networks", networks),
            ("subnets", subnets),
            ("subnet_pools", subnet_pools),
            ("address_scopes", address_scopes),
            ("ports", ports),
            ("allocations", allocations),
            ("security_groups", security_groups),
            ("security_group_rules", security_group_rules),
            ("agents", agents),
            ("address_groups", address_groups),
            ("auto_allocated", auto_allocated),
            ("conntrack_helpers", conntrack_helpers),
            ("default_security_group_rules", default_security_group_rules),
            ("default_statefulness", default_statefulness),
            ("flavors", flavors),
            ("floating_ips", floating_ips),
            ("local_ip_associations", local_ip_associations),
            ("local_ips", local_ips),
            ("logs", logs),
            ("metering_label_rules", metering_label_rules),
            ("metering_labels", metering_labels),
            ("ndp_proxies", ndp_proxies),
            ("port_forwardings", port_forwardings),
            ("qos_policies", qos_policies),
            ("qos_rules", qos_rules),
            ("routers", routers),
            ("segment_ranges", segment_ranges),
            ("segments", segments),
            ("service_profiles", service_profiles),
            ("trunks", trunks),
            ("rbac_policies", rbac_policies),
            ("quotas", quotas),
        ]
    }
}

/// Tables that are indexes now.
pub const FORMER_TABLES: &[&str] = &[
    "floating_ips_by_port",
    "ports_by_device",
    "ports_by_network",
    "rbac_by_object",
    "rules_by_group",
    "subnets_by_network",
];

/// The types of all stored resources. A saved record names its type.
static KINDS: &[&ResourceType] = &[
    &networks::KIND,
    &subnets::KIND,
    &subnet_pools::KIND,
    &address_scopes::KIND,
    &ports::KIND,
    &security_groups::KIND,
    &security_groups::rules::KIND,
    &agents::KIND,
    &rbac::KIND,
    &address_groups::KIND,
    &auto_allocation::KIND,
    &conntrack_helpers::KIND,
    &default_security_group_rules::KIND,
    &default_security_group_rules::STATEFULNESS,
    &flavors::FLAVOR,
    &flavors::PROFILE,
    &floating_ips::KIND,
    &local_ips::KIND,
    &local_ips::ASSOCIATION,
    &logs::KIND,
    &metering::LABEL,
    &metering::RULE,
    &ndp_proxies::KIND,
    &port_forwardings::KIND,
    &qos::KIND,
    &qos::rules::BANDWIDTH_LIMIT,
    &qos::rules::DSCP_MARKING,
    &qos::rules::MINIMUM_BANDWIDTH,
    &qos::rules::MINIMUM_PACKET_RATE,
    &qos::rules::PACKET_RATE_LIMIT,
    &routers::KIND,
    &segment_ranges::KIND,
    &segments::KIND,
    &trunks::KIND,
];

/// The types of all stored resources.
pub fn kinds() -> &'static [&'static ResourceType] {
    KINDS
}

/// What happens to ports, floating IPs, routers and networks some time after a request.
pub const TRANSITIONS: &[&[&Transition<OpenStack>]] =
    &[ports::TRANSITIONS, floating_ips::TRANSITIONS, routers::agents::TRANSITIONS, dhcp_ports::TRANSITIONS];

/// True for paths whose bodies Pecan itself reads. Other bodies are read by the older layer behind it.
fn is_core_path(path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/').skip(1);
    let collection = parts.next().unwrap_or_default();
    let core = matches!(collection, "networks" | "subnets" | "ports") || PECAN_COLLECTIONS.contains(&collection);
    core && parts.count() < 2
}

/// Names with underscores of collections that the older layer has with hyphens: requests for them do not reach it.
const PECAN_COLLECTIONS: [&str; 4] =
    ["local_ips", "ndp_proxies", "network_segment_ranges", "minimum_packet_rate_rules"];

/// True if Pecan itself serves the request, not the older layer.
fn is_served_by_pecan(call: &Call, kind: &ResourceType) -> bool {
    // The older layer has packet rate limits below `/policies` only.
    let limits = call.path.contains("/qos/") && call.path.contains("/packet_rate_limit_rules");
    kind.core
        || limits
        || paths::is_of_no_member(call)
        || call.path.split('/').any(|part| PECAN_COLLECTIONS.contains(&part))
}

/// True for member actions: the body of each has its own form.
fn is_member_action(path: &str) -> bool {
    path.trim_end_matches('/').split('/').skip(2).any(|part| MEMBER_ACTIONS.contains(&part))
}

const MEMBER_ACTIONS: [&str; 21] = [
    "add_addresses",
    "remove_addresses",
    "add_router_interface",
    "remove_router_interface",
    "add_extraroutes",
    "remove_extraroutes",
    "add_external_gateways",
    "update_external_gateways",
    "remove_external_gateways",
    "add_subports",
    "remove_subports",
    "l3-routers",
    "l3-agents",
    "dhcp-networks",
    "dhcp-agents",
    "activate",
    "quotas",
    "add_prefixes",
    "remove_prefixes",
    "onboard_network_subnets",
    "tags",
];

/// The networking service.
pub static SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "neutron",
    catalog: &[CatalogEntry { service_type: "network", name: "neutron", description: "", path: "" }],
    type_aliases: &[],
    port: 9696,
    path: "/networking",
    dialect: &dialect::NeutronDialect,
    prefixes: &["/v2.0"],
    body_limit: BODY_LIMIT,
    operations,
    microversions: None,
    tables: |os| os.neutron.tables(),
    transitions: || TRANSITIONS.to_vec(),
    policy: &policy::POLICY,
    quotas: Some(quotas::QUOTAS),
    seed: seed::seed,
    population: Some(devstack::populate),
    on_event: None,
    instance: OnceLock::new(),
};

fn operations() -> Vec<&'static [Operation<OpenStack>]> {
    let resources = [
        versions::OPERATIONS,
        networks::OPERATIONS,
        subnets::OPERATIONS,
        address_scopes::OPERATIONS,
        ports::OPERATIONS,
        ports::bindings::OPERATIONS,
        quotas::OPERATIONS,
        extensions::OPERATIONS,
        availability_zones::OPERATIONS,
        agents::OPERATIONS,
        dhcp_agents::OPERATIONS,
        security_groups::OPERATIONS,
        security_groups::rules::OPERATIONS,
        rbac_policies::OPERATIONS,
        routers::OPERATIONS,
        routers::agents::OPERATIONS,
        conntrack_helpers::OPERATIONS,
        floating_ips::OPERATIONS,
        port_forwardings::OPERATIONS,
        floating_ip_pools::OPERATIONS,
        ndp_proxies::OPERATIONS,
        ndp_proxies::UNDERSCORED,
        local_ips::OPERATIONS,
        local_ips::PORT_ASSOCIATIONS,
        local_ips::UNDERSCORED,
        qos::OPERATIONS,
        qos::rule_types::OPERATIONS,
        trunks::OPERATIONS,
        segments::OPERATIONS,
        segment_ranges::OPERATIONS,
        segment_ranges::UNDERSCORED,
        address_groups::OPERATIONS,
        default_security_group_rules::OPERATIONS,
        logs::OPERATIONS,
        metering::OPERATIONS,
        flavors::OPERATIONS,
        service_providers::OPERATIONS,
        auto_allocation::OPERATIONS,
        ip_availability::OPERATIONS,
    ];
    let resources = [&resources[..], &qos::rules::OPERATIONS, &qos::aliases::OPERATIONS].concat();
    [&resources[..], subnet_pools::OPERATIONS, &[tags::operations()]].concat()
}
