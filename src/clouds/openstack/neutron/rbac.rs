//! Sharing: an RBAC policy lets another project, or all projects, use an object.

use super::attributes::{Absent, Body, ResourceType, read_only, set_once, settable};
use super::record::Record;
use super::valid::{Valid, is_uuid};
use super::{errors, policy};
use crate::clouds::openstack::OpenStack;
use crate::clouds::openstack::python::str;
use crate::engine::{Call, Context, Id, Index, Problem, Table};
use serde_json::{Value, json};

pub static KIND: ResourceType = ResourceType::new(
    "rbac_policy",
    "rbac_policies",
    &[
        read_only("id").filter(),
        set_once("object_type").default(Absent::Null).convert(to_object_type).filter().enforced(),
        set_once("object_id").valid(Valid::Uuid).filter().enforced(),
        settable("target_tenant").valid(Valid::Custom(check_target)).filter().enforced(),
        set_once("tenant_id").valid(Valid::Text(255)).filter(),
        set_once("action").valid(Valid::Text(255)).filter().enforced(),
    ],
)
.unpaged()
.indexes(&[BY_OBJECT]);

const BY_OBJECT: Index<Record> = Index::new("object_id", |policy, key| policy.ids_in("object_id", key));

/// Types of objects that can be shared, with the actions (neutron/db/rbac_db_models.py).
pub const TYPES: &[(&str, &[&str])] = &[
    ("address_group", &[SHARED]),
    ("address_scope", &[SHARED]),
    ("network", &[SHARED, EXTERNAL]),
    ("qos_policy", &[SHARED]),
    ("security_group", &[SHARED]),
    ("subnetpool", &[SHARED]),
];

/// The action of the attribute `shared`.
pub const SHARED: &str = "access_as_shared";
/// The action of the attribute `router:external`.
pub const EXTERNAL: &str = "access_as_external";

/// The target that matches all projects.
pub const EVERYBODY: &str = "*";

/// Converts `' Network '` to `network`, and refuses unknown types.
fn to_object_type(value: Value) -> Result<Value, Problem> {
    let text = str(&value);
    let known = text.trim().to_lowercase();
    if TYPES.iter().any(|(name, _)| *name == known) {
        Ok(known.into())
    } else {
        Err(errors::invalid_input(format_args!("'{text}' is not a valid RBAC object type")))
    }
}

/// Refuses targets that are neither like a UUID nor all projects. Upstream does not check whether the project exists
/// (`_validate_valid_target_project`).
fn check_target(value: &Value) -> Result<(), Problem> {
    let fits = value.as_str().is_some_and(|text| text == EVERYBODY || is_uuid(text));
    let text = str(value);
    let reason = format_args!("'{text}' is not a valid target project ID; expected a UUID or '*'");
    if fits { Ok(()) } else { Err(errors::invalid_input(reason)) }
}

/// The RBAC policies of an object with this action.
pub fn policies_of<'o>(os: &'o OpenStack, object: &str, action: &str) -> impl Iterator<Item = &'o Record> {
    os.neutron.rbac_policies.by(&BY_OBJECT, object).rev().filter(move |record| record.text("action") == action)
}

/// True if an RBAC policy lets `project` do `action` with the object.
pub fn is_shared_with(os: &OpenStack, object: &str, action: &str, project: &str) -> bool {
    policies_of(os, object, action)
        .any(|record| matches!(record.text("target_tenant"), target if target == EVERYBODY || target == project))
}

/// The attribute `shared` as the caller sees it.
pub fn is_shared(call: &Call, os: &OpenStack, object: &str) -> bool {
    is_shared_with(os, object, SHARED, &call.project())
}

/// Sets `shared` or `router:external`: creates or deletes the RBAC policy for all projects. True if that changed
/// something.
pub fn share(os: &mut OpenStack, ctx: &mut Context, object: &Record, action: &str, shared: bool) -> bool {
    let everybody = |record: &&Record| record.text("target_tenant") == EVERYBODY;
    let known: Option<Id> = policies_of(os, &object.id, action).find(everybody).map(|record| record.id.clone());
    let changes = known.is_some() != shared;
    match known {
        Some(id) if changes => remove(os, &id),
        None if changes => {
            let id = ctx.uuid();
            add(os, ctx, id, object, action);
        }
        _ => {}
    }
    changes
}

/// Inserts an RBAC policy that shares an object with all projects.
fn add(os: &mut OpenStack, ctx: &Context, id: Id, object: &Record, action: &str) {
    let body: Body = [
        ("object_type", json!(object_type(object))),
        ("object_id", json!(object.id)),
        ("target_tenant", json!(EVERYBODY)),
        ("project_id", json!(object.project)),
        ("action", json!(action)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    insert(os, Record::with_id(&KIND, id, ctx.now(), &body));
}

/// The type of an object as RBAC policies name it.
fn object_type(object: &Record) -> &'static str {
    if object.kind.resource == "policy" { "qos_policy" } else { object.kind.resource }
}

/// Counts a change of a policy in the revision number of its network. Other objects do not count that.
pub fn count_in_object(os: &mut OpenStack, ctx: &Context, id: &Id) {
    let policy = os.neutron.rbac_policies.get(id).filter(|policy| policy.text("object_type") == "network");
    let Some(network) = policy.map(|policy| policy.text("object_id").to_owned()) else { return };
    if let Some(network) = os.neutron.networks.get_mut(&network) {
        network.bump(ctx.now());
    }
}

/// Inserts an RBAC policy and returns its id.
pub fn insert(os: &mut OpenStack, record: Record) -> Id {
    let id = record.id.clone();
    os.neutron.rbac_policies.insert(record);
    id
}

/// Deletes an RBAC policy.
pub fn remove(os: &mut OpenStack, id: &Id) {
    os.neutron.rbac_policies.remove(id);
}

/// Deletes the RBAC policies of a deleted object.
pub fn forget(os: &mut OpenStack, object: &str) {
    let ids: Vec<Id> = os.neutron.rbac_policies.by(&BY_OBJECT, object).map(|record| record.id.clone()).collect();
    ids.iter().for_each(|id| remove(os, id));
}

/// True if the caller sees an object: as its owner, as an administrator, or because it is shared.
pub fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
    policy::is_own_or_admin(call, &record.project) || is_shared(call, os, &record.id)
}

/// The ids of the objects of a type that are shared with a project.
pub fn shared_objects<'o>(os: &'o OpenStack, kind: &str, project: &str) -> impl Iterator<Item = &'o str> {
    let fits = move |record: &&Record| {
        let target = record.text("target_tenant");
        record.text("object_type") == kind && (target == EVERYBODY || target == project)
    };
    os.neutron.rbac_policies.all().filter(fits).map(|record| record.text("object_id"))
}

/// The rows of a table that the caller sees, ordered by id.
pub fn candidates<'o>(call: &Call, os: &'o OpenStack, kind: &str, rows: &'o Table<Record>) -> Vec<&'o Record> {
    if policy::is_admin(call) {
        return rows.all().collect();
    }
    let project = call.project();
    let shared = shared_objects(os, kind, &project).filter_map(|id| rows.get(id));
    let mut all: Vec<_> = rows.of(&project).chain(shared).collect();
    all.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    all.dedup_by(|one, other| one.id == other.id);
    all
}
