//! Port forwardings: ports of a floating IP that are forwarded to ports of internal addresses
//! (neutron/services/portforwarding).

use super::addresses::parse_ip;
use super::attributes::{Absent, Attribute, Body, HIDDEN_PROJECT, ID, ResourceType, read_only, settable};
use super::children::{self, Child};
use super::conntrack_helpers::PROTOCOLS;
use super::convert::{integer, to_protocol};
use super::floating_ips::{self, FloatingIps};
use super::listing::Query;
use super::policy::Target;
use super::ports::Ports;
use super::record::Record;
use super::resource::{Resource, create, find, update, update_row};
use super::routers::fixed_ips;
use super::valid::Valid;
use super::{Neutron, errors};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::{repr, str};
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

const PORT: Valid = Valid::RangeOrNone(1, 65_535);

const ATTRIBUTES: &[Attribute] = &[
    ID,
    HIDDEN_PROJECT,
    settable("external_port").default(Absent::Null).valid(PORT).filter().sort().derived(),
    settable("internal_port").default(Absent::Null).valid(PORT).derived(),
    settable("internal_ip_address").valid(Valid::Ip),
    settable("protocol").convert(to_protocol).valid(PROTOCOLS).filter().sort(),
    settable("internal_port_id").valid(Valid::Uuid).filter().sort(),
    settable("description").default(Absent::Text("")).valid(Valid::Text(1024)).filter(),
    settable("external_port_range").default(Absent::Null).valid(Valid::Reason(why_not_range)).filter().sort(),
    settable("internal_port_range").default(Absent::Null).valid(Valid::Reason(why_not_range)),
    read_only("floatingip_id").hidden(),
];

/// The attribute table of port forwardings.
pub static KIND: ResourceType = ResourceType::new("port_forwarding", "port_forwardings", ATTRIBUTES)
    .ruled_as("floatingip_port_forwarding")
    .indexes(&[BY_FLOATING_IP, BY_INTERNAL_PORT]);

const BY_FLOATING_IP: Index<Record> = Index::new("floatingip_id", |record, key| record.ids_in("floatingip_id", key));
/// Port forwardings by internal port.
pub const BY_INTERNAL_PORT: Index<Record> =
    Index::new("internal_port_id", |record, key| record.ids_in("internal_port_id", key));

/// The operations on port forwardings.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(
        "/floatingips/{floatingip_id}/port_forwardings",
        "neutron.port_forwarding.list",
        children::list::<PortForwardings>,
    )
    .summary("Lists the port forwardings of a floating IP.")
    .policy_on_target("get_floatingip_port_forwarding"),
    post("/floatingips/{floatingip_id}/port_forwardings", "neutron.port_forwarding.create", create::<PortForwardings>)
        .summary("Creates a port forwarding of a floating IP.")
        .policy_on_target("create_floatingip_port_forwarding")
        .answers(201),
    get(
        "/floatingips/{floatingip_id}/port_forwardings/{id}",
        "neutron.port_forwarding.show",
        children::show::<PortForwardings>,
    )
    .summary("Shows a port forwarding of a floating IP.")
    .policy_on_target("get_floatingip_port_forwarding"),
    put(
        "/floatingips/{floatingip_id}/port_forwardings/{id}",
        "neutron.port_forwarding.update",
        update::<PortForwardings>,
    )
    .summary("Updates a port forwarding of a floating IP.")
    .policy_on_target("update_floatingip_port_forwarding"),
    crate::engine::delete(
        "/floatingips/{floatingip_id}/port_forwardings/{id}",
        "neutron.port_forwarding.delete",
        children::delete::<PortForwardings>,
    )
    .summary("Deletes a port forwarding of a floating IP.")
    .policy_on_target("delete_floatingip_port_forwarding"),
];

/// The resource type of port forwardings.
pub struct PortForwardings;

impl Child for PortForwardings {
    type Parent = FloatingIps;
    const PARENT: &'static str = "floatingip_id";
    const BY_PARENT: Index<Record> = BY_FLOATING_IP;
}

impl Resource for PortForwardings {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.port_forwardings
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.port_forwardings
    }

    fn not_found(id: &str) -> Problem {
        errors::port_forwarding_not_found(id)
    }

    fn sees(call: &Call, _os: &OpenStack, record: &Record) -> bool {
        children::belongs_to_parent::<PortForwardings>(call, record)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        children::of_parent::<PortForwardings>(call, os)
    }

    fn target(call: &Call, os: &OpenStack, _record: &Record) -> Target {
        children::target::<PortForwardings>(call, os)
    }

    fn target_of_body(call: &Call, os: &OpenStack, _body: &Body) -> Target {
        children::target::<PortForwardings>(call, os)
    }

    /// A forwarding of a range has no single port. Only the answers that create or change it say so.
    fn derive(call: &Call, _os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        let port = record.get(name);
        if port.is_null() && call.method == "GET" { None } else { Some(port.clone()) }
    }

    fn check(call: &Call, os: &OpenStack, _body: &mut Body, is_create: bool) -> Result<(), Problem> {
        children::check_parent::<PortForwardings>(call, os, is_create)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let floating = children::parent::<PortForwardings>(call, os)?.clone();
        complete(&mut body);
        body.insert("floatingip_id".into(), json!(floating.id));
        let mut record = Record::new(&KIND, ctx, &body);
        record.project = floating.project.clone();
        refuse_collision(os, &record)?;
        refuse_floating_ip_of_port(os, &record)?;
        if !floating.text("port_id").is_empty() {
            let (port, ip) = (record.text("internal_port_id"), record.text("internal_ip_address"));
            let (address, network) = (floating.text("floating_ip_address"), floating.text("floating_network_id"));
            return Err(errors::already_associated(address, &floating.id, port, ip, network));
        }
        let router = router_for(call, os, &record, &floating)?;
        if let Some(floating) = os.neutron.floating_ips.get_mut(&floating.id) {
            floating.set("router_id", json!(router));
        }
        let id = record.id.clone();
        count_change(os, ctx, &record);
        os.neutron.port_forwardings.insert(record);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
        let floating = children::parent::<PortForwardings>(call, os)?.clone();
        let Some(old) = os.neutron.port_forwardings.get(id).cloned() else { return Ok(()) };
        let mut changed = old.clone();
        complete(&mut body);
        changed.merge(&body);
        if body.contains_key("internal_port_id") {
            refuse_floating_ip_of_port(os, &changed)?;
            router_for(call, os, &changed, &floating)?;
        }
        let port = find::<Ports>(call, os, changed.text("internal_port_id"))?;
        let requested = parse_ip(changed.text("internal_ip_address"));
        if !fixed_ips(port).any(|(_, ip)| parse_ip(ip) == requested) {
            return Err(errors::bad_port_forwarding(format_args!(
                "The internal IP does not correspond to an address on the internal port, which has fixed_ips {}",
                repr(port.get("fixed_ips"))
            )));
        }
        refuse_collision(os, &changed)?;
        update_row::<PortForwardings>(os, ctx, id, &body);
        // The description is in another table.
        changed.set("description", old.get("description").clone());
        if changed.differs_from(&old) {
            count_change(os, ctx, &changed);
        }
        Ok(())
    }

    /// With its last port forwarding, a floating IP loses its router.
    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if let Some(record) = os.neutron.port_forwardings.get(id).cloned() {
            count_change(os, ctx, &record);
        }
        delete_row(os, id);
        Ok(())
    }
}

/// Counts a change of a port forwarding in the revision numbers of its floating IP and of its port.
fn count_change(os: &mut OpenStack, ctx: &Context, forwarding: &Record) {
    if let Some(floating) = os.neutron.floating_ips.get_mut(forwarding.text("floatingip_id")) {
        floating.bump(ctx.now());
    }
    if let Some(port) = os.neutron.ports.get_mut(forwarding.text("internal_port_id")) {
        port.bump(ctx.now());
    }
}

/// The port forwardings of a floating IP.
pub fn of<'o>(os: &'o OpenStack, floating: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.port_forwardings.by(&BY_FLOATING_IP, floating)
}

/// The value of `port_forwardings` of a floating IP.
pub fn within_floating_ip(os: &OpenStack, floating: &str) -> Value {
    let names = ["protocol", "internal_ip_address", "internal_port_id", "internal_port", "external_port"];
    let shown = |record: &Record| {
        let mut shown = json!({"id": record.id});
        // Port forwardings of ranges have no single port.
        for name in names.into_iter().filter(|name| !record.get(name).is_null()) {
            shown[name] = record.get(name).clone();
        }
        shown
    };
    let mut all: Vec<_> = of(os, floating).collect();
    all.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    all.into_iter().map(shown).collect()
}

fn delete_row(os: &mut OpenStack, id: &Id) {
    let Some(record) = os.neutron.port_forwardings.remove(id) else { return };
    let floating = record.text("floatingip_id");
    if of(os, floating).next().is_none()
        && let Some(floating) = os.neutron.floating_ips.get_mut(floating)
    {
        floating.set("router_id", Value::Null);
    }
}

/// Deletes the port forwardings to a port, except those to the addresses in `remaining`.
pub fn delete_of_port(os: &mut OpenStack, port: &str, remaining: &[&str]) {
    let leading_there = os.neutron.port_forwardings.by(&BY_INTERNAL_PORT, port);
    let gone = leading_there.filter(|record| !remaining.contains(&record.text("internal_ip_address")));
    let gone: Vec<Id> = gone.map(|record| record.id.clone()).collect();
    gone.iter().for_each(|id| delete_row(os, id));
}

/// Completes the pairs of attributes: a single port is also a range of one port, and the reverse.
fn complete(body: &mut Body) {
    for (single, range) in [("external_port", "external_port_range"), ("internal_port", "internal_port_range")] {
        if let Some(port) = body.get(single).and_then(integer) {
            body.insert(single.into(), json!(port));
            body.insert(range.into(), json!(format!("{port}:{port}")));
        } else if let Some((low, high)) = body.get(range).and_then(bounds) {
            body.insert(range.into(), json!(format!("{low}:{high}")));
            body.insert(single.into(), if low == high { json!(low) } else { Value::Null });
        }
    }
}

/// Parses `80:90` or `80`.
fn bounds(range: &Value) -> Option<(i64, i64)> {
    let text = str(range);
    let (low, high) = text.split_once(':').unwrap_or((&text, &text));
    Some((low.parse().ok()?, high.parse().ok()?))
}

/// Refuses ranges of different lengths, and ranges that collide with other port forwardings.
fn refuse_collision(os: &OpenStack, record: &Record) -> Result<(), Problem> {
    let range = |record: &Record, name: &str| bounds(record.get(name));
    let length = |name: &str| range(record, name).map_or(0, |(low, high)| high - low);
    let inside = length("internal_port_range");
    if inside > 0 && inside != length("external_port_range") {
        return Err(errors::bad_port_forwarding(
            "Invalid ranges of internal and/or external ports. The relation between internal and external ports must be \
             N-N or 1-N",
        ));
    }
    let same = |other: &Record, names: &[&str]| {
        other.id != record.id && names.iter().all(|name| other.get(name) == record.get(name))
    };
    let keys: [(&str, Index<Record>, &[&str]); 2] = [
        ("internal_port_range", BY_INTERNAL_PORT, &["internal_port_id", "protocol", "internal_ip_address"]),
        ("external_port_range", BY_FLOATING_IP, &["floatingip_id", "protocol"]),
    ];
    for (name, index, names) in keys {
        let Some((low, high)) = range(record, name) else { continue };
        let collides = |other: &&Record| {
            same(other, names) && range(other, name).is_some_and(|(first, last)| first <= high && low <= last)
        };
        if let Some(other) = os.neutron.port_forwardings.by(&index, record.text(names[0])).find(collides) {
            return Err(errors::ports_collide(name, other.text(name), record.text(name)));
        }
    }
    Ok(())
}

/// Refuses a port that has a floating IP.
fn refuse_floating_ip_of_port(os: &OpenStack, record: &Record) -> Result<(), Problem> {
    let (port, ip) = (record.text("internal_port_id"), record.text("internal_ip_address"));
    match floating_ips::of_port(os, port).next() {
        Some(floating) => {
            Err(errors::port_has_floating_ip(floating.text("floating_ip_address"), &floating.id, port, ip))
        }
        None => Ok(()),
    }
}

/// The router between the internal port and the floating IP's network.
fn router_for(call: &Call, os: &OpenStack, record: &Record, floating: &Record) -> Result<Id, Problem> {
    let port = find::<Ports>(call, os, record.text("internal_port_id"))?;
    let v4: Vec<_> = fixed_ips(port).filter(|(_, ip)| !ip.contains(':')).collect();
    if v4.is_empty() {
        let reason = format_args!("Requested internal port {} must allocate an IPv4 address at least.", port.id);
        return Err(errors::bad_port_forwarding(reason));
    }
    let requested = record.text("internal_ip_address");
    let Some((subnet, _)) = v4.iter().find(|(_, ip)| parse_ip(ip) == parse_ip(requested)) else {
        let all: Vec<_> = v4.iter().map(|(subnet, ip)| json!({"subnet_id": subnet, "ip_address": ip})).collect();
        return Err(errors::bad_port_forwarding(format_args!(
            "Requested internal IP address {requested} is not suitable for internal neutron port {}, as its fixed_ips are {}",
            port.id,
            repr(&json!(all))
        )));
    };
    let network = floating.text("floating_network_id");
    let router = floating_ips::router_between(os, port, subnet, network);
    let router = router.ok_or_else(|| {
        errors::bad_port_forwarding(format_args!(
            "External network {network} is not reachable from subnet {subnet}. Cannot set Port forwarding for port {} \
             with Floating IP {}",
            port.id, floating.id
        ))
    })?;
    let known = floating.text("router_id");
    if !known.is_empty() && *known != *router {
        return Err(errors::bad_port_forwarding(format_args!(
            "The Floating IP {} had been set on router {known}, the internal Neutron port {} can not reach it",
            floating.id, port.id
        )));
    }
    Ok(router)
}

/// Why the value is not a port range (`type:port_range`).
fn why_not_range(value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let text = str(value);
    let parts: Vec<_> = text.split(':').collect();
    if parts.len() > 2 {
        return Some("Port range must be two integers separated by a colon".into());
    }
    let mut ports = vec![];
    for part in &parts {
        match part.parse::<i64>() {
            Err(_) => return Some(format!("Invalid port: {part}")),
            Ok(port) if !(1..=65_535).contains(&port) => {
                return Some(format!("Invalid port: {part}, the port must be in the range [1, 65535]"));
            }
            Ok(port) => ports.push(port),
        }
    }
    match ports[..] {
        [low, high] if low > high => Some("First port in a port range must be lower than the second port".into()),
        _ => None,
    }
}
