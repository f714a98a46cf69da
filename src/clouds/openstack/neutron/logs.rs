//! Logs of packets that security groups accept or drop (neutron/services/logapi).

use super::attributes::{Absent, Body, ID, NAME, PROJECT, ResourceType, read_only as attribute, set_once, settable};
use super::listing::Query;
use super::policy::{self, Target};
use super::ports::Ports;
use super::read_only::{self, ListOnly};
use super::record::Record;
use super::resource::{Resource, create, delete, find, insert, list, show, update};
use super::security_groups::SecurityGroups;
use super::valid::Valid;
use super::{Neutron, convert, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Answer, Call, Context, Id, Operation, Problem, Response, Table, get, post, put};
use serde_json::Value;

/// The attribute table of logs.
pub static KIND: ResourceType = ResourceType::new(
    "log",
    "logs",
    &[
        ID,
        PROJECT,
        NAME,
        set_once("resource_type").valid(Valid::Text(255)).filter().sort(),
        set_once("resource_id").default(Absent::Null).valid(Valid::UuidOrNone).filter().sort(),
        set_once("event").default(Absent::Text("ALL")).valid(Valid::OneOf(&["ACCEPT", "DROP", "ALL"])).filter(),
        set_once("target_id").default(Absent::Null).valid(Valid::UuidOrNone).filter().sort(),
        settable("enabled").default(Absent::True).convert(convert::to_boolean).filter().sort(),
    ],
)
.standard()
.owner("project_id");

static LOGGABLE: ResourceType = ResourceType::new("loggable_resource", "loggable_resources", &[attribute("type")]);

/// The operations on logs and loggable resources.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/log/logs", "neutron.log.list", list::<Logs>).summary("Lists logs.").policy_on_target("get_log"),
    post("/log/logs", "neutron.log.create", create::<Logs>)
        .summary("Creates a log.")
        .policy_on_target("create_log")
        .answers(201),
    get("/log/logs/{id}", "neutron.log.show", show::<Logs>).summary("Shows a log.").policy_on_target("get_log"),
    put("/log/logs/{id}", "neutron.log.update", update::<Logs>)
        .summary("Updates a log.")
        .policy_on_target("update_log"),
    crate::engine::delete("/log/logs/{id}", "neutron.log.delete", delete::<Logs>)
        .summary("Deletes a log.")
        .policy_on_target("delete_log"),
    get("/log/loggable-resources", "neutron.loggable_resource.list", loggable)
        .summary("Lists the types of resources that can be logged.")
        .policy_on_target("get_loggable_resource"),
    post("/log/loggable-resources", "neutron.loggable_resource.create", read_only::create::<Loggable>)
        .summary("Refuses to create a loggable resource."),
    get("/log/loggable-resources/{id}", "neutron.loggable_resource.show", read_only::show::<Loggable>)
        .summary("Refuses to show a loggable resource."),
    put("/log/loggable-resources/{id}", "neutron.loggable_resource.update", read_only::update::<Loggable>)
        .summary("Refuses to update a loggable resource."),
    crate::engine::delete(
        "/log/loggable-resources/{id}",
        "neutron.loggable_resource.delete",
        read_only::delete::<Loggable>,
    )
    .summary("Refuses to delete a loggable resource."),
];

/// The only type of resources that can be logged.
const LOGGABLE_TYPE: &str = "security_group";

/// The resource type of logs.
pub struct Logs;

impl Resource for Logs {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.logs
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.logs
    }

    fn not_found(id: &str) -> Problem {
        errors::log_not_found(id)
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (kind, group, port) = (text("resource_type"), text("resource_id"), text("target_id"));
        if kind != LOGGABLE_TYPE {
            return Err(errors::invalid_log_type(kind));
        }
        if !group.is_empty() {
            find::<SecurityGroups>(call, os, group).map_err(|_| errors::logged_resource_not_found(group))?;
        }
        if !port.is_empty() {
            let record = find::<Ports>(call, os, port).map_err(|_| errors::log_target_not_found(port))?;
            if !group.is_empty() && !record.texts("security_groups").any(|one| one == group) {
                return Err(errors::log_resources_apart(group, port));
            }
        }
        let record = Record::new(&KIND, ctx, &body);
        Ok(insert::<Logs>(os, record))
    }
}

struct Loggable;

impl ListOnly for Loggable {
    const KIND: &'static ResourceType = &LOGGABLE;
}

fn loggable(call: &Call, _os: &OpenStack) -> Answer {
    Query::of(call, &LOGGABLE)?;
    let allowed = policy::allows(call, "get_loggable_resource", &Target::default());
    Ok(Response::many("loggable_resources", allowed.then_some(LOGGABLE_TYPE), |o, name| o.set("type", name)))
}

/// Deletes the enabled logs of a security group (`resource_id`) or a port (`target_id`) that is deleted.
pub fn delete_of(os: &mut OpenStack, attribute: &str, id: &str) {
    let is_bound = |log: &&Record| log.flag("enabled") && log.text(attribute) == id;
    let gone: Vec<Id> = os.neutron.logs.all().filter(is_bound).map(|log| log.id.clone()).collect();
    gone.iter().for_each(|log| _ = os.neutron.logs.remove(log));
}
