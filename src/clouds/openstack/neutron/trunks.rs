//! Trunks: a parent port with subports, which are distinguished by VLAN ids (neutron/services/trunk).

use super::attributes::{Absent, Body, ID, NAME, PROJECT, ResourceType, read_only, set_once, settable};
use super::ports::Ports;
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::valid::{self, Valid};
use super::{Neutron, convert, errors, members, segments};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::{repr, str};
use crate::engine::{Answer, Call, Context, Id, Index, Operation, Problem, Response, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of trunks.
pub static KIND: ResourceType = ResourceType::new(
    "trunk",
    "trunks",
    &[
        settable("admin_state_up").default(Absent::True).convert(convert::to_boolean).filter().sort(),
        ID,
        NAME,
        PROJECT,
        set_once("port_id").valid(Valid::Uuid).filter().sort(),
        read_only("status").filter().sort(),
        set_once("sub_ports")
            .default(Absent::EmptyList)
            .valid(Valid::Reason(reason_against_subports))
            .enforced()
            .ordered_by(&["port_id"]),
    ],
)
.standard()
.tags()
.indexes(&[BY_PARENT, BY_SUBPORT]);

const BY_PARENT: Index<Record> = Index::new("port_id", |trunk, key| trunk.ids_in("port_id", key));
const BY_SUBPORT: Index<Record> = Index::new("sub_ports", |trunk, key| {
    trunk.list("sub_ports").iter().filter_map(|subport| subport["port_id"].as_str()).for_each(key);
});

/// The operations on trunks.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/trunks", "neutron.trunk.list", list::<Trunks>).summary("Lists trunks.").policy_on_target("get_trunk"),
    post("/trunks", "neutron.trunk.create", create::<Trunks>)
        .summary("Creates a trunk.")
        .policy_on_target("create_trunk")
        .answers(201),
    get("/trunks/{trunk_id}", "neutron.trunk.show", show::<Trunks>)
        .summary("Shows a trunk.")
        .policy_on_target("get_trunk"),
    put("/trunks/{trunk_id}", "neutron.trunk.update", update::<Trunks>)
        .summary("Updates a trunk.")
        .policy_on_target("update_trunk"),
    crate::engine::delete("/trunks/{trunk_id}", "neutron.trunk.delete", delete::<Trunks>)
        .summary("Deletes a trunk.")
        .policy_on_target("delete_trunk"),
    get("/trunks/{trunk_id}/get_subports", "neutron.trunk.get_subports", get_subports)
        .summary("Lists the subports of a trunk.")
        .policy_on_target("get_subports"),
    put("/trunks/{trunk_id}/add_subports", "neutron.trunk.add_subports", add_subports)
        .summary("Adds subports to a trunk.")
        .policy_on_target("add_subports"),
    put("/trunks/{trunk_id}/remove_subports", "neutron.trunk.remove_subports", remove_subports)
        .summary("Removes subports from a trunk.")
        .policy_on_target("remove_subports"),
];

const VLANS: std::ops::RangeInclusive<i64> = 1..=4_094;

/// The resource type of trunks.
pub struct Trunks;

impl Resource for Trunks {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.trunks
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.trunks
    }

    fn not_found(id: &str) -> Problem {
        errors::trunk_not_found(id)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let parent: Id = body.get("port_id").and_then(Value::as_str).unwrap_or_default().into();
        refuse_trunk_port(os, &parent)?;
        find::<Ports>(call, os, &parent)?;
        let requested = body.shift_remove("sub_ports").unwrap_or_default();
        let mut trunk = Record::new(&KIND, ctx, &body);
        trunk.set("status", "DOWN");
        let subports = validate_subports(call, os, &trunk, requested.as_array().map_or(&[], Vec::as_slice))?;
        trunk.set("sub_ports", json!(subports));
        Ok(insert::<Trunks>(os, trunk))
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let Some(trunk) = os.neutron.trunks.get(id) else { return Ok(()) };
        ensure_manageable(trunk)?;
        // Upstream's Open vSwitch driver releases a bound parent port when its agent has; here that happens at once.
        os.neutron.trunks.remove(id);
        Ok(())
    }
}

fn get_subports(call: &Call, os: &OpenStack) -> Answer {
    let trunk = members::find_allowed::<Trunks>(call, os, "get_subports")?;
    Ok(Response::object(|o| o.set("sub_ports", trunk.get("sub_ports"))))
}

fn add_subports(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let trunk = members::find_allowed::<Trunks>(call, os, "add_subports")?.clone();
    let added = validate_subports(call, os, &trunk, subports_in_body(call)?)?;
    ensure_manageable(&trunk)?;
    if trunk.text("status") == "ERROR" {
        return Err(errors::trunk_in_error(&trunk.id));
    }
    let all: Vec<_> = trunk.list("sub_ports").iter().cloned().chain(added).collect();
    set_subports(os, ctx, &trunk.id, all);
    members::bare_answer::<Trunks>(call, os, &trunk.id)
}

fn remove_subports(call: &Call, os: &mut OpenStack, ctx: &mut Context) -> Answer {
    let trunk = members::find_allowed::<Trunks>(call, os, "remove_subports")?.clone();
    let removed = subports_in_body(call)?;
    ensure_manageable(&trunk)?;
    let mut left = trunk.list("sub_ports").to_vec();
    for subport in removed {
        let port = str(subport.get("port_id").unwrap_or(&Value::Null));
        let at = left.iter().position(|one| one["port_id"] == port);
        left.remove(at.ok_or_else(|| errors::subport_not_found(&port, &trunk.id))?);
    }
    set_subports(os, ctx, &trunk.id, left);
    members::bare_answer::<Trunks>(call, os, &trunk.id)
}

/// Reads `{"sub_ports": […]}`.
fn subports_in_body(call: &Call) -> Result<&[Value], Problem> {
    let subports = call.json.get("sub_ports").unwrap_or(&Value::Null);
    match reason_against_subports(subports) {
        Some(reason) => Err(errors::invalid_input(reason)),
        None => Ok(subports.as_array().map_or(&[], Vec::as_slice)),
    }
}

/// Stores the subports. The trunk is DOWN until its port is wired again.
fn set_subports(os: &mut OpenStack, ctx: &Context, id: &str, subports: Vec<Value>) {
    if let Some(trunk) = os.neutron.trunks.get_mut(id) {
        trunk.set("sub_ports", Value::Array(subports));
        trunk.set("status", "DOWN");
        // Upstream sets `updated_at` without a new revision number.
        trunk.updated_at = ctx.now();
    }
}

fn ensure_manageable(trunk: &Record) -> Result<(), Problem> {
    if trunk.flag("admin_state_up") { Ok(()) } else { Err(errors::trunk_disabled(&trunk.id)) }
}

/// The trunk with this port as a subport.
pub fn of_subport<'o>(os: &'o OpenStack, port: &str) -> Option<&'o Record> {
    os.neutron.trunks.by(&BY_SUBPORT, port).next()
}

/// The trunk with this parent port.
pub fn of_parent<'o>(os: &'o OpenStack, port: &str) -> Option<&'o Record> {
    os.neutron.trunks.by(&BY_PARENT, port).next()
}

/// Refuses to delete the parent or a subport of a trunk.
pub fn refuse_port_in_use(os: &OpenStack, port: &str) -> Result<(), Problem> {
    if let Some(trunk) = of_parent(os, port) {
        return Err(errors::port_is_trunk_parent(port, &trunk.id));
    }
    match of_subport(os, port) {
        Some(trunk) => Err(errors::port_is_subport(port, &trunk.id)),
        None => Ok(()),
    }
}

/// The value of `trunk_details` of a parent port.
pub fn details(os: &OpenStack, port: &str) -> Option<Value> {
    let trunk = of_parent(os, port)?;
    let mac = |subport: &Value| {
        let port = os.neutron.ports.get(subport["port_id"].as_str()?)?;
        Some(port.get("mac_address").clone())
    };
    let subports = trunk.list("sub_ports").iter().map(|subport| {
        let mut shown = subport.clone();
        shown["mac_address"] = mac(subport).unwrap_or_default();
        shown
    });
    Some(json!({"trunk_id": trunk.id, "sub_ports": subports.collect::<Vec<_>>()}))
}

/// Validates new subports and completes their segmentation (neutron/services/trunk/rules.py).
fn validate_subports(call: &Call, os: &OpenStack, trunk: &Record, requested: &[Value]) -> Result<Vec<Value>, Problem> {
    let mut subports: Vec<Value> = vec![];
    for subport in requested {
        let port = str(subport.get("port_id").unwrap_or(&Value::Null));
        if port == trunk.text("port_id") {
            return Err(errors::not_eligible_as_parent(&port));
        }
        check_mtu(os, trunk, &port)?;
        let (kind, segmentation) = segmentation(os, subport, &port)?;
        refuse_trunk_port(os, &port)?;
        let record = find::<Ports>(call, os, &port)?;
        let device = record.text("device_id");
        if !device.is_empty() {
            return Err(errors::port_in_use(&port, record.text("network_id"), device));
        }
        let taken = |one: &Value| one["segmentation_id"] == segmentation && one["segmentation_type"] == kind;
        if trunk.list("sub_ports").iter().chain(&subports).any(taken) {
            return Err(errors::duplicate_subport(&kind, segmentation, &trunk.id));
        }
        subports.push(json!({"segmentation_id": segmentation, "segmentation_type": kind, "port_id": port}));
    }
    Ok(subports)
}

/// Refuses a subport with a larger MTU than the trunk.
fn check_mtu(os: &OpenStack, trunk: &Record, port: &str) -> Result<(), Problem> {
    let mtu = |port: &str| {
        let port = os.neutron.ports.get(port)?;
        os.neutron.networks.get(port.text("network_id"))?.int("mtu")
    };
    match (mtu(port), mtu(trunk.text("port_id"))) {
        (Some(own), Some(most)) if own > most => Err(errors::subport_mtu_too_large(port, own, &trunk.id, most)),
        _ => Ok(()),
    }
}

/// Type and id of a subport's segmentation: the requested ones, or with `inherit` those of its network.
fn segmentation(os: &OpenStack, subport: &Value, port: &str) -> Result<(String, i64), Problem> {
    let (kind, id) = (subport.get("segmentation_type"), subport.get("segmentation_id"));
    if kind.is_some_and(|kind| *kind == "inherit") {
        let network = os.neutron.ports.get(port).and_then(|port| os.neutron.networks.get(port.text("network_id")));
        let network = network.ok_or_else(|| errors::port_not_found(port))?;
        let segment = segments::ordered(os, &network.id).next();
        let kind = segment.map_or("", |segment| segment.text("network_type"));
        let id = segment.and_then(|segment| segment.int("segmentation_id"));
        return in_range(kind, id.unwrap_or_default());
    }
    let (Some(kind), Some(id)) = (kind, id) else {
        return Err(errors::invalid_input(missing_segmentation(subport)));
    };
    let number = convert::integer(id).ok_or_else(|| {
        errors::invalid_input(format!("Invalid subport details: segmentation_id '{}' is not an integer", str(id)))
    })?;
    in_range(&str(kind), number)
}

fn in_range(kind: &str, id: i64) -> Result<(String, i64), Problem> {
    match kind {
        "vlan" if VLANS.contains(&id) => Ok((kind.to_owned(), id)),
        "vlan" => Err(errors::segmentation_out_of_range(id)),
        _ => Err(errors::unknown_segmentation_type(kind)),
    }
}

/// Refuses a port that is the parent or a subport of a trunk.
fn refuse_trunk_port(os: &OpenStack, port: &str) -> Result<(), Problem> {
    if of_subport(os, port).is_some() {
        return Err(errors::used_by_another_trunk(port));
    }
    if of_parent(os, port).is_some() { Err(errors::not_eligible_as_parent(port)) } else { Ok(()) }
}

/// Why the value is not a list of subports (`validate_subports`).
fn reason_against_subports(value: &Value) -> Option<String> {
    let Some(subports) = value.as_array() else {
        return Some(format!("Invalid data format for subports: '{}' is not a list", str(value)));
    };
    let mut ports: Vec<&Value> = vec![];
    let mut segmentations: Vec<(&Value, &Value)> = vec![];
    for subport in subports {
        let Some(fields) = subport.as_object() else {
            return Some(format!("Invalid data format for subport: '{}' is not a dict", str(subport)));
        };
        let Some(port) = fields.get("port_id") else { return Some("A valid port UUID must be specified".into()) };
        if valid::uuid(port).is_some() {
            return Some(format!("Invalid UUID for subport: '{}'", str(port)));
        }
        if ports.contains(&port) {
            return Some(format!("Non unique UUID for subport: '{}'", str(port)));
        }
        ports.push(port);
        let kind = fields.get("segmentation_type").unwrap_or(&Value::Null);
        let id = fields.get("segmentation_id").unwrap_or(&Value::Null);
        // Upstream validates no subport after one with `inherit`.
        if *kind == "inherit" {
            return None;
        }
        if (kind.as_str().is_none_or(|text| text.is_empty()) || id.is_null()) && fields.len() > 1 {
            return Some(missing_segmentation(subport));
        }
        if segmentations.contains(&(kind, id)) {
            return Some(format!("Segmentation ID '{}' for '{}' is not unique", str(id), str(port)));
        }
        if !id.is_null() {
            segmentations.push((kind, id));
        }
    }
    None
}

fn missing_segmentation(subport: &Value) -> String {
    format!(
        "Invalid subport details '{}': missing segmentation information. Must specify both segmentation_id and \
         segmentation_type",
        repr(subport)
    )
}
