//! Networking, API v2.0.

pub mod address_scopes;
pub mod addresses;
pub mod attributes;
pub mod convert;
mod dialect;
pub mod dns;
pub mod errors;
pub mod links;
pub mod listing;
pub mod networks;
pub mod policy;
pub mod ports;
pub mod provider;
pub mod quotas;
pub mod rbac;
pub mod record;
pub mod resource;
pub mod security_groups;
pub mod seed;
pub mod subnet_pools;
pub mod subnets;
pub mod tags;
pub mod valid;
pub mod versions;

use super::OpenStack;
use crate::engine::{AnyTable, Service, Table, Transition};
use attributes::Kind;
use links::Link;
use record::Record;

#[derive(Clone, Default)]
pub struct Neutron {
    pub networks: Table<Record>,
    pub subnets: Table<Record>,
    pub subnets_by_network: Table<Link>,
    pub subnet_pools: Table<Record>,
    pub address_scopes: Table<Record>,
    pub ports: Table<Record>,
    pub ports_by_network: Table<Link>,
    /// Ports by what is plugged in: a server, a router.
    pub ports_by_device: Table<Link>,
    /// Addresses that ports have.
    pub allocations: Table<ports::ipam::Allocation>,
    pub security_groups: Table<Record>,
    pub security_group_rules: Table<Record>,
    pub rules_by_group: Table<Link>,
    pub rbac_policies: Table<Record>,
    /// RBAC policies by the object that they share.
    pub rbac_by_object: Table<Link>,
    pub quotas: Table<quotas::Limits>,
}

impl Neutron {
    /// Taken apart without `..`, so that a table that is forgotten here does not compile.
    pub fn tables(&mut self) -> Vec<(&'static str, &mut dyn AnyTable)> {
        let Neutron {
            networks,
            subnets,
            subnets_by_network,
            subnet_pools,
            address_scopes,
            ports,
            ports_by_network,
            ports_by_device,
            allocations,
            security_groups,
            security_group_rules,
            rules_by_group,
            rbac_policies,
            rbac_by_object,
            quotas,
        } = self;
        vec![
            ("networks", networks),
            ("subnets", subnets),
            ("subnets_by_network", subnets_by_network),
            ("subnet_pools", subnet_pools),
            ("address_scopes", address_scopes),
            ("ports", ports),
            ("ports_by_network", ports_by_network),
            ("ports_by_device", ports_by_device),
            ("allocations", allocations),
            ("security_groups", security_groups),
            ("security_group_rules", security_group_rules),
            ("rules_by_group", rules_by_group),
            ("rbac_policies", rbac_policies),
            ("rbac_by_object", rbac_by_object),
            ("quotas", quotas),
        ]
    }
}

/// Every kind of resource, by which saved records are read.
static KINDS: &[&Kind] = &[
    &networks::KIND,
    &subnets::KIND,
    &subnet_pools::KIND,
    &address_scopes::KIND,
    &ports::KIND,
    &security_groups::KIND,
    &security_groups::rules::KIND,
    &rbac::KIND,
];

pub fn kinds() -> &'static [&'static Kind] {
    KINDS
}

pub const TRANSITIONS: &[&[Transition<OpenStack>]] = &[ports::TRANSITIONS];

/// True where Pecan itself reads request bodies, and not the older layer behind it.
fn is_core_path(path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/').skip(1);
    let collection = parts.next().unwrap_or_default();
    matches!(collection, "networks" | "subnets" | "ports") && parts.count() < 2
}

/// True for actions on one resource, whose bodies are of no form that all of them share.
fn is_member_action(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    MEMBER_ACTIONS.contains(&last)
}

const MEMBER_ACTIONS: [&str; 17] = [
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
    "dhcp-networks",
    "add_prefixes",
    "remove_prefixes",
    "onboard_network_subnets",
    "tags",
];

pub fn service() -> Service<OpenStack> {
    let resources = [
        versions::OPERATIONS,
        networks::OPERATIONS,
        subnets::OPERATIONS,
        address_scopes::OPERATIONS,
        ports::OPERATIONS,
        security_groups::OPERATIONS,
        security_groups::rules::OPERATIONS,
    ];
    let resources = [&resources[..], subnet_pools::OPERATIONS].concat();
    Service::new("neutron", &dialect::Speaks, &["/v2.0"], &resources)
}
