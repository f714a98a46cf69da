//! Floating IPs: addresses of an external network that are associated with ports of internal networks
//! (neutron/db/l3_db.py).

use super::addresses::parse_ip;
use super::attributes::{Absent, Attribute, Body, ID, PROJECT, ResourceType, read_only, set_once, settable};
use super::convert::to_lower_case;
use super::networks::Networks;
use super::ports::{self, Ports, devices};
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::routers::{self, Routers, fixed_ips};
use super::valid::Valid;
use super::{Neutron, dns, errors, policy, port_forwardings, qos, subnets};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, Transition, get, post, put, transition};
use serde_json::{Value, json};

const ATTRIBUTES: &[Attribute] = &[
    ID,
    set_once("floating_ip_address").default(Absent::Null).valid(Valid::IpOrNone).filter().sort().enforced(),
    set_once("subnet_id").default(Absent::Null).valid(Valid::UuidOrNone).hidden(),
    set_once("floating_network_id").valid(Valid::Uuid).filter().sort(),
    settable("router_id").default(Absent::Null).valid(Valid::UuidOrNone).filter().sort(),
    settable("port_id").default(Absent::Null).valid(Valid::UuidOrNone).filter(),
    settable("fixed_ip_address").default(Absent::Null).valid(Valid::IpOrNone).filter().sort(),
    PROJECT,
    read_only("status").filter().sort(),
    read_only("port_details").derived(),
    read_only("port_forwardings").derived(),
    settable("qos_policy_id").default(Absent::Null).valid(Valid::UuidOrNone).enforced(),
    set_once("dns_name").default(Absent::Text("")).convert(to_lower_case).valid(Valid::Reason(dns::name)),
    set_once("dns_domain").default(Absent::Text("")).convert(to_lower_case).valid(Valid::Reason(dns::domain)),
    // The port on the external network that has the address.
    read_only("floating_port_id").hidden(),
    // The router before the last update.
    read_only("last_known_router_id").hidden(),
];

/// The attribute table of floating IPs.
pub static KIND: ResourceType =
    ResourceType::new("floatingip", "floatingips", ATTRIBUTES).standard().tags().indexes(INDEXES);

const INDEXES: &[Index<Record>] = &[BY_NETWORK, BY_PORT, BY_ROUTER, qos::BY_POLICY];
const BY_NETWORK: Index<Record> =
    Index::new("floating_network_id", |floating, key| floating.ids_in("floating_network_id", key));
const BY_PORT: Index<Record> = Index::new("port_id", |floating, key| floating.ids_in("port_id", key));
const BY_ROUTER: Index<Record> = Index::new("router_id", |floating, key| floating.ids_in("router_id", key));

/// The operations on floating IPs.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/floatingips", "neutron.floatingip.list", list::<FloatingIps>)
        .summary("Lists floating IPs.")
        .policy_on_target("get_floatingip"),
    post("/floatingips", "neutron.floatingip.create", create::<FloatingIps>)
        .summary("Creates a floating IP.")
        .policy_on_target("create_floatingip")
        .answers(201),
    get("/floatingips/{floatingip_id}", "neutron.floatingip.show", show::<FloatingIps>)
        .summary("Shows a floating IP.")
        .policy_on_target("get_floatingip"),
    put("/floatingips/{floatingip_id}", "neutron.floatingip.update", update::<FloatingIps>)
        .summary("Updates a floating IP.")
        .policy_on_target("update_floatingip"),
    crate::engine::delete("/floatingips/{floatingip_id}", "neutron.floatingip.delete", delete::<FloatingIps>)
        .summary("Deletes a floating IP.")
        .policy_on_target("delete_floatingip"),
];

/// The L3 agent has processed a changed association.
pub const ASSOCIATE: Transition<OpenStack> = transition("neutron.floatingip.associate", is_wired, is_not_wired);

/// The transitions of floating IPs.
pub const TRANSITIONS: &[&Transition<OpenStack>] = &[&ASSOCIATE];

/// The device owner of the port that has a floating IP's address.
const OWNER: &str = "network:floatingip";

/// The resource type of floating IPs.
pub struct FloatingIps;

impl Resource for FloatingIps {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.floating_ips
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.floating_ips
    }

    fn not_found(id: &str) -> Problem {
        errors::floating_ip_not_found(id)
    }

    fn derive(_call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        match name {
            "port_details" => Some(port_details(os, record)),
            "port_forwardings" => Some(port_forwardings::within_floating_ip(os, &record.id)),
            _ => None,
        }
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let network = text("floating_network_id");
        ensure_external(call, os, network)?;
        qos::check_reference(call, os, &body)?;
        let mut record = Record::new(&KIND, ctx, &body);
        let mut requested = json!({});
        for (attribute, name) in [("subnet_id", "subnet_id"), ("floating_ip_address", "ip_address")] {
            if !text(attribute).is_empty() {
                requested[name] = json!(text(attribute));
            }
        }
        let requested = Some(json!([requested])).filter(|requested| requested != &json!([{}]));
        let device = devices::Device { id: &record.id, owner: OWNER, project: "" };
        let port = devices::make(os, ctx, network, &device, requested)?;
        let address = os.neutron.ports.get(&port).and_then(|port| fixed_ips(port).find(|(_, ip)| !ip.contains(':')));
        let address = address.map(|(_, ip)| ip.to_owned()).ok_or_else(|| errors::no_external_address(network))?;
        record.set("floating_ip_address", address);
        record.set("floating_port_id", json!(port));
        record.set("subnet_id", Value::Null);
        record.set("status", "DOWN");
        // Without an external DNS service upstream forgets the name (`_process_dns_floatingip_create_precommit`).
        record.set("dns_name", "");
        record.set("dns_domain", "");
        record.revision = u32::from(!record.get("qos_policy_id").is_null());
        let association = requested_association(call, os, &record, &body)?;
        associate(&mut record, association);
        let id = insert::<FloatingIps>(os, record);
        wire(os, ctx, &id);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
        let Some(mut record) = os.neutron.floating_ips.get(id).cloned() else { return Ok(()) };
        qos::check_reference(call, os, &body)?;
        if body.get("port_id").is_some_and(|port| !port.is_null()) && port_forwardings::of(os, id).next().is_some() {
            return Err(errors::floating_ip_has_port_forwardings(id));
        }
        // An empty body removes the association, as it did before floating IPs had other attributes.
        let keeps_port = !body.is_empty() && !body.contains_key("port_id");
        let stays_associated = keeps_port && !record.text("port_id").is_empty();
        if stays_associated && body.get("fixed_ip_address").is_none() {
            body.insert("fixed_ip_address".into(), record.get("fixed_ip_address").clone());
        }
        if stays_associated {
            body.insert("port_id".into(), record.get("port_id").clone());
        }
        let association = requested_association(call, os, &record, &body)?;
        for name in ["port_id", "fixed_ip_address", "router_id"] {
            body.shift_remove(name);
        }
        let before = record.clone();
        let old_port = record.text("port_id").to_owned();
        record.set("last_known_router_id", record.get("router_id").clone());
        record.merge(&body);
        // Port forwardings keep the router.
        let router = record.get("router_id").clone();
        let keeps_router = association.is_none() && old_port.is_empty();
        associate(&mut record, association);
        if keeps_router {
            record.set("router_id", router);
        }
        if qos::is_attached_anew(&before, &body) || record.differs_from(&before) {
            record.bump(ctx.now());
        }
        let stays = record.text("port_id") == old_port;
        match os.neutron.floating_ips.get_mut(id).filter(|_| stays) {
            Some(known) => *known = record,
            // Inserted again as the newest: the floating IPs of a port are listed in the order of their association.
            None => _ = os.neutron.floating_ips.insert(record),
        }
        wire(os, ctx, id);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if port_forwardings::of(os, id).next().is_some() {
            return Err(errors::floating_ip_has_port_forwardings(id));
        }
        delete_with_port(os, ctx, id);
        Ok(())
    }
}

/// Deletes a floating IP with its port and its port forwardings.
fn delete_with_port(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    let gone: Vec<Id> = port_forwardings::of(os, id).map(|forwarding| forwarding.id.clone()).collect();
    for forwarding in gone {
        os.neutron.port_forwardings.remove(&forwarding);
    }
    let Some(record) = os.neutron.floating_ips.remove(id) else { return };
    devices::discard(os, ctx, &record.text("floating_port_id").into());
}

fn ensure_external(call: &Call, os: &OpenStack, network: &str) -> Result<(), Problem> {
    let record = find::<Networks>(call, os, network)?;
    if !record.flag("router:external") {
        let reason = format_args!("Network {network} is not a valid external network");
        return Err(errors::bad_floating_ip(reason));
    }
    if subnets::of_network(os, network).any(|subnet| subnet.int("ip_version") == Some(4)) {
        return Ok(());
    }
    Err(errors::bad_floating_ip(format_args!("Network {network} does not contain any IPv4 subnet")))
}

/// The internal end of a floating IP: a port, one of its addresses, and the router in between.
pub struct Association {
    port: Id,
    address: String,
    router: Id,
}

/// The association that the body requests (`_check_and_get_fip_assoc`).
fn requested_association(
    call: &Call,
    os: &OpenStack,
    record: &Record,
    body: &Body,
) -> Result<Option<Association>, Problem> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let (port, requested) = (text("port_id"), text("fixed_ip_address"));
    if port.is_empty() {
        return match requested {
            "" => Ok(None),
            _ => Err(errors::bad_floating_ip("fixed_ip_address cannot be specified without a port_id")),
        };
    }
    let port = find::<Ports>(call, os, port)?;
    if !policy::is_admin(call) && port.project != record.project {
        return Err(errors::bad_floating_ip(format_args!(
            "Cannot process floating IP association with Port {}, since that port is owned by a different project",
            port.id
        )));
    }
    let (subnet, address) = address_of(port, requested)?;
    let network = record.text("floating_network_id");
    let router = match text("router_id") {
        "" => router_between(os, port, &subnet, network)
            .ok_or_else(|| errors::external_network_unreachable(network, &subnet, &port.id))?,
        requested => requested_router(call, os, requested, network)?,
    };
    let taken = |other: &Record| {
        other.id != record.id
            && other.text("fixed_ip_address") == address
            && other.text("floating_network_id") == network
    };
    if of_port(os, &port.id).any(taken) {
        let own = record.text("floating_ip_address");
        return Err(errors::already_associated(own, &record.id, &port.id, &address, network));
    }
    if os.neutron.port_forwardings.by(&port_forwardings::BY_INTERNAL_PORT, &port.id).next().is_some() {
        return Err(errors::port_has_port_forwarding(&port.id));
    }
    Ok(Some(Association { port: port.id.clone(), address, router }))
}

/// The requested router, if it has a gateway on the floating IP's network (`_validate_requested_floatingip_router`).
fn requested_router(call: &Call, os: &OpenStack, router: &str, network: &str) -> Result<Id, Problem> {
    let router = find::<Routers>(call, os, router)?;
    match routers::gateway_port(os, router).filter(|gateway| gateway.text("network_id") == network) {
        Some(_) => Ok(router.id.clone()),
        None => Err(errors::router_without_gateway()),
    }
}

/// Subnet and address of the port: the requested address, or the only IPv4 address.
fn address_of(port: &Record, requested: &str) -> Result<(String, String), Problem> {
    let owned = |(subnet, ip): (&str, &str)| (subnet.to_owned(), ip.to_owned());
    if port.text("device_owner") == "network:dhcp" {
        return Err(errors::bad_floating_ip(format_args!("Port {} is unable to be assigned a floating IP", port.id)));
    }
    if !requested.is_empty() {
        if requested.contains(':') {
            let reason = "since that is not an IPv4 address";
            return Err(errors::bad_floating_ip(format_args!(
                "Cannot process floating IP association with {requested}, {reason}"
            )));
        }
        let found = fixed_ips(port).find(|(_, ip)| parse_ip(ip) == parse_ip(requested));
        let missing = || errors::bad_floating_ip(format_args!("Port {} does not have fixed ip {requested}", port.id));
        return found.map(owned).ok_or_else(missing);
    }
    let v4: Vec<_> = fixed_ips(port).filter(|(_, ip)| !ip.contains(':')).collect();
    match v4[..] {
        [only] => Ok(owned(only)),
        [] => Err(errors::bad_floating_ip(format_args!(
            "Cannot add floating IP to port {} that has no fixed IPv4 addresses",
            port.id
        ))),
        _ => Err(errors::bad_floating_ip(format_args!(
            "Port {} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating \
             IP",
            port.id
        ))),
    }
}

/// The router that connects a port's subnet with an external network. The router at the subnet's gateway address is
/// preferred.
pub fn router_between(os: &OpenStack, port: &Record, subnet: &str, network: &str) -> Option<Id> {
    let leads_out = |router: &str| {
        let router = os.neutron.routers.get(router)?;
        routers::gateway_port(os, router).filter(|gateway| gateway.text("network_id") == network)
    };
    let gateway = os.neutron.subnets.get(subnet).map_or("", |subnet| subnet.text("gateway_ip"));
    let interfaces = ports::of_network(os, port.text("network_id")).filter(|port| routers::is_interface(port));
    let mut first = None;
    for interface in interfaces {
        let router = interface.text("device_id");
        let Some((_, ip)) = fixed_ips(interface).find(|(one, _)| *one == subnet) else { continue };
        if leads_out(router).is_none() {
            continue;
        }
        if ip == gateway {
            return Some(router.into());
        }
        first.get_or_insert_with(|| Id::from(router));
    }
    first
}

fn associate(record: &mut Record, association: Option<Association>) {
    let (port, address, router) = match association {
        Some(it) => (json!(it.port), json!(it.address), json!(it.router)),
        None => Default::default(),
    };
    record.set("port_id", port);
    record.set("fixed_ip_address", address);
    record.set("router_id", router);
}

/// Deletes the floating IPs of a network that are not associated (`delete_disassociated_floatingips`).
pub fn delete_unassociated(os: &mut OpenStack, ctx: &mut Context, network: &str) {
    let unused = os.neutron.floating_ips.by(&BY_NETWORK, network).filter(|record| record.text("port_id").is_empty());
    let unused: Vec<Id> = unused.map(|record| record.id.clone()).collect();
    unused.iter().for_each(|id| delete_with_port(os, ctx, id));
}

/// The floating IPs that are associated with a port, oldest first.
pub fn of_port<'o>(os: &'o OpenStack, port: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.floating_ips.by(&BY_PORT, port).rev()
}

fn port_details(os: &OpenStack, record: &Record) -> Value {
    let Some(port) = os.neutron.ports.get(record.text("port_id")) else { return Value::Null };
    let shown = ["name", "network_id", "mac_address", "admin_state_up", "status", "device_id", "device_owner"];
    shown.into_iter().map(|name| (name.to_owned(), port.get(name).clone())).collect::<serde_json::Map<_, _>>().into()
}

/// The L3 agent sets the status some time after an association changed.
fn wire(os: &OpenStack, ctx: &mut Context, id: &Id) {
    let Some(record) = os.neutron.floating_ips.get(id) else { return };
    if (record.text("status") == "ACTIVE") == record.text("port_id").is_empty() {
        ctx.later(&ASSOCIATE, id);
    }
}

fn is_wired(os: &mut OpenStack, ctx: &mut Context, id: &Id) {
    set_status(os, ctx, id, "ACTIVE");
}

fn is_not_wired(os: &mut OpenStack, ctx: &mut Context, id: &Id, _reason: &str) {
    set_status(os, ctx, id, "ERROR");
}

/// A floating IP without an association is DOWN, whatever the agent reports.
fn set_status(os: &mut OpenStack, ctx: &Context, id: &str, status: &str) {
    let Some(record) = os.neutron.floating_ips.get_mut(id) else { return };
    let status = if record.text("port_id").is_empty() { "DOWN" } else { status };
    let before = record.clone();
    record.set("status", status);
    record.bump_if_changed(&before, ctx.now());
}

/// The floating IPs that use a router.
pub fn of_router<'o>(os: &'o OpenStack, router: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.floating_ips.by(&BY_ROUTER, router)
}

/// Port id and address of all internal ends of floating IPs and port forwardings that use a router.
pub fn internal_addresses<'o>(os: &'o OpenStack, router: &str) -> impl Iterator<Item = (&'o str, &'o str)> + use<'o> {
    of_router(os, router).flat_map(|record| {
        let own = Some((record.text("port_id"), record.text("fixed_ip_address"))).filter(|(port, _)| !port.is_empty());
        let forwarded = port_forwardings::of(os, &record.id)
            .map(|forwarding| (forwarding.text("internal_port_id"), forwarding.text("internal_ip_address")));
        own.into_iter().chain(forwarded)
    })
}

/// Disassociates the floating IPs and deletes the port forwardings of a port, except those of the addresses in
/// `remaining`.
pub fn disassociate_port(os: &mut OpenStack, ctx: &mut Context, port: &str, remaining: &[&str]) {
    port_forwardings::delete_of_port(os, port, remaining);
    let lost = |record: &&Record| !remaining.contains(&record.text("fixed_ip_address"));
    let concerned: Vec<Id> = of_port(os, port).filter(lost).map(|record| record.id.clone()).collect();
    for id in concerned {
        // Upstream writes these rows in bulk, which does not count.
        if let Some(record) = os.neutron.floating_ips.get_mut(&id) {
            associate(record, None);
        }
        wire(os, ctx, &id);
    }
}
