//! Conntrack helpers of routers (neutron/services/conntrack_helper).

use super::attributes::{Body, HIDDEN_PROJECT, ID, ResourceType, read_only, settable};
use super::children::{self, Child};
use super::convert::{to_int, to_protocol, to_string};
use super::listing::Query;
use super::policy::Target;
use super::record::Record;
use super::resource::{Resource, create, delete, show, update, update_row};
use super::routers::{self, Routers};
use super::valid::Valid;
use super::{Neutron, errors};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::repr;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of conntrack helpers.
pub static KIND: ResourceType = ResourceType::new(
    "conntrack_helper",
    "conntrack_helpers",
    &[
        ID,
        HIDDEN_PROJECT,
        settable("protocol").convert(to_protocol).valid(PROTOCOLS).filter().sort(),
        settable("port").convert(to_int).valid(Valid::Range(1, 65_535)).filter().sort(),
        settable("helper").convert(to_string).valid(Valid::Text(64)).filter().sort(),
        read_only("router_id").hidden(),
    ],
)
.ruled_as("router_conntrack_helper")
.indexes(&[BY_ROUTER]);

const BY_ROUTER: Index<Record> = Index::new("router_id", |helper, key| helper.ids_in("router_id", key));

/// The protocols of port forwardings and conntrack helpers.
pub const PROTOCOLS: Valid = Valid::OneOf(&["dccp", "icmp", "ipv6-icmp", "sctp", "tcp", "udp"]);

/// The operations on conntrack helpers.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get(
        "/routers/{router_id}/conntrack_helpers",
        "neutron.conntrack_helper.list",
        children::list_of_any::<ConntrackHelpers>,
    )
    .summary("Lists the conntrack helpers of a router.")
    .policy_on_target("get_router_conntrack_helper"),
    post("/routers/{router_id}/conntrack_helpers", "neutron.conntrack_helper.create", create::<ConntrackHelpers>)
        .summary("Creates a conntrack helper of a router.")
        .policy_on_target("create_router_conntrack_helper")
        .answers(201),
    get("/routers/{router_id}/conntrack_helpers/{id}", "neutron.conntrack_helper.show", show::<ConntrackHelpers>)
        .summary("Shows a conntrack helper of a router.")
        .policy_on_target("get_router_conntrack_helper"),
    put("/routers/{router_id}/conntrack_helpers/{id}", "neutron.conntrack_helper.update", update::<ConntrackHelpers>)
        .summary("Updates a conntrack helper of a router.")
        .policy_on_target("update_router_conntrack_helper"),
    crate::engine::delete(
        "/routers/{router_id}/conntrack_helpers/{id}",
        "neutron.conntrack_helper.delete",
        delete::<ConntrackHelpers>,
    )
    .summary("Deletes a conntrack helper of a router.")
    .policy_on_target("delete_router_conntrack_helper"),
];

/// Helpers with their protocols (neutron/conf/extensions/conntrack_helper.py).
const HELPERS: &[(&str, &[&str])] = &[
    ("tftp", &["udp"]),
    ("ftp", &["tcp"]),
    ("sip", &["tcp", "udp"]),
    ("h323", &["udp"]),
    ("irc", &["tcp"]),
    ("pptp", &["tcp"]),
    ("sane", &["tcp"]),
    ("amanda", &["tcp", "udp"]),
    ("snmp", &["udp"]),
    ("netbios-ns", &["udp"]),
];

/// The resource type of conntrack helpers.
pub struct ConntrackHelpers;

impl Child for ConntrackHelpers {
    type Parent = Routers;
    const PARENT: &'static str = "router_id";
    const BY_PARENT: Index<Record> = BY_ROUTER;
}

impl Resource for ConntrackHelpers {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.conntrack_helpers
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.conntrack_helpers
    }

    fn not_found(id: &str) -> Problem {
        errors::conntrack_helper_not_found(id)
    }

    fn sees(call: &Call, _os: &OpenStack, record: &Record) -> bool {
        children::belongs_to_parent::<ConntrackHelpers>(call, record)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        children::of_parent::<ConntrackHelpers>(call, os)
    }

    fn target(call: &Call, os: &OpenStack, _record: &Record) -> Target {
        children::target::<ConntrackHelpers>(call, os)
    }

    fn target_of_body(call: &Call, os: &OpenStack, _body: &Body) -> Target {
        children::target::<ConntrackHelpers>(call, os)
    }

    fn check(call: &Call, os: &OpenStack, _body: &mut Body, is_create: bool) -> Result<(), Problem> {
        if is_create { children::ensure_parent_exists::<ConntrackHelpers>(call, os) } else { Ok(()) }
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let router = children::parent::<ConntrackHelpers>(call, os)?;
        body.insert("router_id".into(), json!(router.id));
        let mut record = Record::new(&KIND, ctx, &body);
        record.project = router.project.clone();
        ensure_allowed(&record)?;
        refuse_duplicate(os, &record)?;
        let (id, router) = (record.id.clone(), record.text("router_id").to_owned());
        os.neutron.conntrack_helpers.insert(record);
        routers::touch(os, ctx, &router);
        Ok(id)
    }

    /// Changes of a helper count in the revision number of its router.
    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let Some(helper) = os.neutron.conntrack_helpers.get(id).cloned() else { return Ok(()) };
        let mut changed = helper.clone();
        changed.merge(&body);
        ensure_allowed(&changed)?;
        refuse_duplicate(os, &changed)?;
        update_row::<ConntrackHelpers>(os, ctx, id, &body);
        if changed.differs_from(&helper) {
            routers::touch(os, ctx, helper.text("router_id"));
        }
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if let Some(helper) = os.neutron.conntrack_helpers.remove(id) {
            routers::touch(os, ctx, helper.text("router_id"));
        }
        Ok(())
    }
}

/// The conntrack helpers of a router.
pub fn of_router<'o>(os: &'o OpenStack, router: &str) -> impl Iterator<Item = &'o Record> + use<'o> {
    os.neutron.conntrack_helpers.by(&BY_ROUTER, router)
}

/// The value of `conntrack_helpers` of a router.
pub fn within_router(os: &OpenStack, router: &str) -> Value {
    let shown = |helper: &Record| json!({"protocol": helper.get("protocol"), "port": helper.get("port"), "helper": helper.get("helper")});
    of_router(os, router).map(shown).collect()
}

fn ensure_allowed(record: &Record) -> Result<(), Problem> {
    let (helper, protocol) = (record.text("helper"), record.text("protocol"));
    let known = HELPERS.iter().find(|(name, _)| *name == helper);
    let (_, protocols) = known.ok_or_else(|| errors::conntrack_helper_not_allowed(helper))?;
    if protocols.contains(&protocol) {
        return Ok(());
    }
    Err(errors::protocol_not_for_helper(helper, protocol, &protocols.join(", ")))
}

fn refuse_duplicate(os: &OpenStack, record: &Record) -> Result<(), Problem> {
    let same = |other: &Record| {
        other.id != record.id && ["protocol", "port", "helper"].iter().all(|name| other.get(name) == record.get(name))
    };
    if !of_router(os, record.text("router_id")).any(same) {
        return Ok(());
    }
    let values = json!({
        "router_id": record.get("router_id"),
        "protocol": record.get("protocol"),
        "port": record.get("port"),
        "helper": record.get("helper"),
    });
    Err(errors::duplicate_conntrack_helper(&repr(&values)))
}
