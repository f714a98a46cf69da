//! Local IPs: one address on many hosts, which each host translates to a local port (neutron/db/local_ip_db.py).

use super::attributes::{Absent, Body, HIDDEN_PROJECT, ID, NAME, PROJECT, ResourceType, read_only, set_once};
use super::children::{self, Child};
use super::listing::Query;
use super::networks::Networks;
use super::policy::Target;
use super::ports::{Ports, devices};
use super::record::Record;
use super::resource::{self, Resource, create, delete, find, list, show, update};
use super::valid::Valid;
use super::{Neutron, errors, subnets};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Index, Operation, Problem, Response, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of local IPs.
pub static KIND: ResourceType = ResourceType::new(
    "local_ip",
    "local_ips",
    &[
        ID,
        NAME,
        PROJECT,
        set_once("local_port_id").default(Absent::Unset).valid(Valid::Uuid).filter().sort(),
        set_once("network_id").default(Absent::Unset).valid(Valid::Uuid).filter().sort(),
        set_once("local_ip_address").default(Absent::Unset).valid(Valid::IpOrNone).filter().sort().enforced(),
        set_once("ip_mode")
            .default(Absent::Text("translate"))
            .valid(Valid::OneOf(&["translate", "passthrough"]))
            .filter()
            .sort(),
    ],
)
.standard()
.owner("project_id");

/// The attribute table of associations of local IPs with ports.
pub static ASSOCIATION: ResourceType = ResourceType::new(
    "port_association",
    "port_associations",
    &[
        read_only("local_ip_id"),
        read_only("local_ip_address").filter().sort().derived(),
        set_once("fixed_port_id").valid(Valid::Uuid).filter().sort(),
        set_once("fixed_ip").default(Absent::Null).valid(Valid::IpOrNone).filter().sort(),
        read_only("host").filter().sort().derived(),
        HIDDEN_PROJECT,
    ],
)
.ruled_as("local_ip_port_association")
.indexes(&[BY_LOCAL_IP]);

const BY_LOCAL_IP: Index<Record> = Index::new("local_ip_id", |association, key| association.ids_in("local_ip_id", key));

/// The operations on local IPs.
pub const OPERATIONS: &[Operation<OpenStack>] = &rows("/local-ips", "/local-ips/{id}");

/// The same operations at paths with underscores, which the SDK uses. Upstream accepts both.
pub const UNDERSCORED: &[Operation<OpenStack>] = &rows("/local_ips", "/local_ips/{id}");

const fn rows(collection: &'static str, member: &'static str) -> [Operation<OpenStack>; 5] {
    [
        get(collection, "neutron.local_ip.list", list::<LocalIps>)
            .summary("Lists local IPs.")
            .policy_on_target("get_local_ip"),
        post(collection, "neutron.local_ip.create", create::<LocalIps>)
            .summary("Creates a local IP.")
            .policy_on_target("create_local_ip")
            .answers(201),
        get(member, "neutron.local_ip.show", show::<LocalIps>)
            .summary("Shows a local IP.")
            .policy_on_target("get_local_ip"),
        put(member, "neutron.local_ip.update", update::<LocalIps>)
            .summary("Updates a local IP.")
            .policy_on_target("update_local_ip"),
        crate::engine::delete(member, "neutron.local_ip.delete", delete::<LocalIps>)
            .summary("Deletes a local IP.")
            .policy_on_target("delete_local_ip"),
    ]
}

/// The operations on associations of local IPs with ports.
pub const PORT_ASSOCIATIONS: &[Operation<OpenStack>] = &[
    get(
        "/local_ips/{local_ip_id}/port_associations",
        "neutron.local_ip.port_association.list",
        children::list_of_any::<Associations>,
    )
    .summary("Lists the ports of a local IP.")
    .policy_on_target("get_local_ip_port_association"),
    post(
        "/local_ips/{local_ip_id}/port_associations",
        "neutron.local_ip.port_association.create",
        create::<Associations>,
    )
    .summary("Associates a local IP with a port.")
    .policy_on_target("create_local_ip_port_association")
    .answers(201),
    get("/local_ips/{local_ip_id}/port_associations/{id}", "neutron.local_ip.port_association.show", show_association)
        .summary("Shows an association of a local IP with a port.")
        .policy_on_target("get_local_ip_port_association"),
    put(
        "/local_ips/{local_ip_id}/port_associations/{id}",
        "neutron.local_ip.port_association.update",
        update_association,
    )
    .summary("Refuses to update an association of a local IP with a port.")
    .policy_on_target("get_local_ip_port_association"),
    crate::engine::delete(
        "/local_ips/{local_ip_id}/port_associations/{id}",
        "neutron.local_ip.port_association.delete",
        delete_association,
    )
    .summary("Disassociates a local IP from a port.")
    .policy_on_target("delete_local_ip_port_association"),
];

/// The device owner of a port that Neutron created for a local IP.
const OWNER: &str = "network:local_ip";

/// The resource type of local IPs.
pub struct LocalIps;

impl Resource for LocalIps {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.local_ips
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.local_ips
    }

    fn not_found(id: &str) -> Problem {
        errors::local_ip_not_found(id)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (port, network, requested) = (text("local_port_id"), text("network_id"), text("local_ip_address"));
        let mut record = Record::new(&KIND, ctx, &body);
        let port: Id = match (port, network) {
            ("", "") => return Err(errors::local_ip_needs_port_or_network()),
            ("", network) => {
                find::<Networks>(call, os, network)?;
                own_port(os, ctx, &record, network, requested)?
            }
            (port, _) => visible_port(call, os, "local_ip", port)?.id.clone(),
        };
        let found = os.neutron.ports.get(&port).ok_or_else(|| errors::port_not_found(&port))?;
        let address = address_of(found, requested)?;
        record.set("local_port_id", json!(port));
        record.set("network_id", found.get("network_id").clone());
        record.set("local_ip_address", address);
        Ok(resource::insert::<LocalIps>(os, record))
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if os.neutron.local_ip_associations.by(&BY_LOCAL_IP, id).next().is_some() {
            return Err(errors::local_ip_in_use(id));
        }
        let port: Id = os.neutron.local_ips.get(id).map_or("", |record| record.text("local_port_id")).into();
        os.neutron.local_ips.remove(id);
        if os.neutron.ports.get(&port).is_some_and(|port| port.text("device_owner") == OWNER) {
            devices::discard(os, ctx, &port);
        }
        Ok(())
    }
}

/// A port that the caller sees. `what` is the resource that refuses others.
fn visible_port<'o>(call: &Call, os: &'o OpenStack, what: &str, port: &str) -> Result<&'o Record, Problem> {
    find::<Ports>(call, os, port).map_err(|_| errors::bad(what, format_args!("Port {port} not found")))
}

/// Creates a port for the local IP on a network with IPv4 addresses.
fn own_port(
    os: &mut OpenStack,
    ctx: &mut Context,
    record: &Record,
    network: &str,
    requested: &str,
) -> Result<Id, Problem> {
    if !subnets::of_network(os, network).any(|subnet| subnet.int("ip_version") == Some(4)) {
        let reason = format_args!("Network {network} does not contain any IPv4 subnet");
        return Err(errors::bad("local_ip", reason));
    }
    let fixed_ips = if requested.is_empty() { None } else { Some(json!([{"ip_address": requested}])) };
    let device = devices::Device { id: &record.id, owner: OWNER, project: &record.project };
    devices::make(os, ctx, network, &device, fixed_ips)
}

/// The requested address of a port, or its only address.
fn address_of(port: &Record, requested: &str) -> Result<Value, Problem> {
    let all: Vec<_> = port.list("fixed_ips").iter().map(|fixed| &fixed["ip_address"]).collect();
    match &all[..] {
        [] => Err(errors::local_ip_port_without_ip(&port.id)),
        [only] if requested.is_empty() => Ok((*only).clone()),
        _ if requested.is_empty() => Err(errors::local_ip_of_several(&port.id)),
        all => {
            let found = all.iter().find(|address| address.as_str() == Some(requested));
            found.map(|address| (*address).clone()).ok_or_else(|| errors::local_ip_not_of_port(&port.id, requested))
        }
    }
}

/// The resource type of associations of local IPs with ports.
pub struct Associations;

impl Child for Associations {
    type Parent = LocalIps;
    const PARENT: &'static str = "local_ip_id";
    const BY_PARENT: Index<Record> = BY_LOCAL_IP;
}

impl Resource for Associations {
    const KIND: &'static ResourceType = &ASSOCIATION;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.local_ip_associations
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.local_ip_associations
    }

    fn not_found(id: &str) -> Problem {
        errors::local_ip_association_not_found("", id)
    }

    fn sees(call: &Call, _os: &OpenStack, record: &Record) -> bool {
        children::belongs_to_parent::<Associations>(call, record)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        children::of_parent::<Associations>(call, os)
    }

    fn target(call: &Call, os: &OpenStack, _record: &Record) -> Target {
        children::target::<Associations>(call, os)
    }

    fn target_of_body(call: &Call, os: &OpenStack, _body: &Body) -> Target {
        children::target::<Associations>(call, os)
    }

    fn derive(_call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        let neutron = &os.neutron;
        match name {
            "local_ip_address" => {
                Some(neutron.local_ips.get(record.text("local_ip_id"))?.get("local_ip_address").clone())
            }
            "host" => Some(neutron.ports.get(record.text("fixed_port_id"))?.text("binding:host_id").into()),
            _ => None,
        }
    }

    fn check(call: &Call, os: &OpenStack, _body: &mut Body, is_create: bool) -> Result<(), Problem> {
        if is_create { children::ensure_parent_exists::<Associations>(call, os) } else { Ok(()) }
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let local_ip = children::parent::<Associations>(call, os)?.id.clone();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (port, requested) = (text("fixed_port_id").to_owned(), text("fixed_ip").to_owned());
        let address = address_of(visible_port(call, os, "local_ip_port_association", &port)?, &requested)?;
        body.insert("local_ip_id".into(), json!(local_ip));
        body.insert("fixed_ip".into(), address);
        // A port is associated with a local IP once; both ids make up the id of the row.
        let record = Record::with_id(&ASSOCIATION, format!("{local_ip}/{port}").into(), ctx.now(), &body);
        Ok(resource::insert::<Associations>(os, record))
    }
}

/// The association of the local IP and the port in the path.
fn association<'o>(call: &Call, os: &'o OpenStack) -> Result<&'o Record, Problem> {
    let (local_ip, port) = (call.param("local_ip_id"), call.param("id"));
    let found = os.neutron.local_ip_associations.get(&format!("{local_ip}/{port}"));
    found.ok_or_else(|| errors::local_ip_association_not_found(local_ip, port))
}

fn show_association(call: &Call, os: &OpenStack) -> Answer {
    let id = &association(call, os)?.id;
    super::members::answer::<Associations>(call, os, id, &[])
}

/// Associations have no attributes to update. Upstream answers 500.
fn update_association(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let body = call.json.get("port_association").unwrap_or(&Value::Null);
    super::attributes::prepare(call, &ASSOCIATION, body, false)?;
    association(call, os)?;
    Err(errors::method_not_allowed())
}

fn delete_association(call: &Call, os: &mut OpenStack, _ctx: &mut Context) -> Answer {
    let record = association(call, os)?;
    let id = record.id.clone();
    resource::enforce_on::<Associations>(call, os, record, "delete", None)?;
    os.neutron.local_ip_associations.remove(&id);
    Ok(Response::empty())
}
