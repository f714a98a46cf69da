//! QoS policies: sets of rules about bandwidth, packet rates and DSCP marks for networks, ports, floating IPs and
//! router gateways (neutron/services/qos).

pub mod aliases;
pub mod resource_requests;
pub mod rule_types;
pub mod rules;

use super::attributes::{Absent, Body, ID, NAME, PROJECT, ResourceType, read_only, settable};
use super::listing::Query;
use super::policy::{self, Target};
use super::rbac_policies::dependents;
use super::record::Record;
use super::resource::{Resource, create, delete, insert, list, show, update, update_row};
use super::{Neutron, convert, errors, rbac, routers};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Index, Operation, Problem, Table, get, post, put};
use serde_json::{Value, json};

/// The attribute table of QoS policies.
pub static KIND: ResourceType = ResourceType::new(
    "policy",
    "policies",
    &[
        ID,
        NAME,
        settable("shared").default(Absent::False).convert(convert::to_boolean).filter().derived(),
        PROJECT,
        read_only("rules").derived(),
        settable("is_default").default(Absent::False).convert(convert::to_boolean).filter().idle_filter(),
    ],
)
.standard()
.tags();

/// Networks, ports and floating IPs by QoS policy.
pub const BY_POLICY: Index<Record> = Index::new("qos_policy_id", |user, key| user.ids_in("qos_policy_id", key));

pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/qos/policies", "neutron.qos_policy.list", list::<Policies>)
        .summary("Lists QoS policies.")
        .policy_on_target("get_policy"),
    post("/qos/policies", "neutron.qos_policy.create", create::<Policies>)
        .summary("Creates a QoS policy.")
        .policy_on_target("create_policy")
        .answers(201),
    get("/qos/policies/{policy_id}", "neutron.qos_policy.show", show::<Policies>)
        .summary("Shows a QoS policy.")
        .policy_on_target("get_policy"),
    put("/qos/policies/{policy_id}", "neutron.qos_policy.update", update::<Policies>)
        .summary("Updates a QoS policy.")
        .policy_on_target("update_policy"),
    crate::engine::delete("/qos/policies/{policy_id}", "neutron.qos_policy.delete", delete::<Policies>)
        .summary("Deletes a QoS policy.")
        .policy_on_target("delete_policy"),
];

/// The resource type of QoS policies.
pub struct Policies;

impl Resource for Policies {
    const KIND: &'static ResourceType = &KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.qos_policies
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.qos_policies
    }

    fn not_found(id: &str) -> Problem {
        errors::qos_policy_not_found(id)
    }

    fn sees(call: &Call, os: &OpenStack, record: &Record) -> bool {
        rbac::sees(call, os, record)
    }

    fn candidates<'o>(call: &Call, os: &'o OpenStack, _query: &Query) -> Vec<&'o Record> {
        rbac::candidates(call, os, "qos_policy", &os.neutron.qos_policies)
    }

    fn target(call: &Call, os: &OpenStack, record: &Record) -> Target {
        policy::target_of(record).flag("shared", rbac::is_shared(call, os, &record.id))
    }

    fn target_of_update(_call: &Call, _os: &OpenStack, record: &Record, body: &Body) -> Target {
        policy::target_of(record).flag("shared", body.get("shared") == Some(&json!(true)))
    }

    fn derive(call: &Call, os: &OpenStack, record: &Record, name: &str) -> Option<Value> {
        match name {
            "shared" => Some(json!(rbac::is_shared(call, os, &record.id))),
            "rules" => Some(rules::of_policy(os, &record.id).map(rules::within_policy).collect()),
            _ => None,
        }
    }

    fn make(_call: &Call, os: &mut OpenStack, ctx: &mut Context, mut body: Body) -> Result<Id, Problem> {
        let shared = body.shift_remove("shared") == Some(json!(true));
        let record = Record::new(&KIND, ctx, &body);
        if record.flag("is_default") && default_of(os, &record.project).is_some() {
            return Err(errors::default_qos_policy_exists(&record.project));
        }
        let id = insert::<Policies>(os, record.clone());
        rbac::share(os, ctx, &record, rbac::SHARED, shared);
        Ok(id)
    }

    fn change(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, mut body: Body) -> Result<(), Problem> {
        let Some(record) = os.neutron.qos_policies.get(id).cloned() else { return Ok(()) };
        let other = default_of(os, &record.project).filter(|other| other.id != *id);
        if body.get("is_default") == Some(&json!(true)) && other.is_some() {
            return Err(errors::default_qos_policy_exists(&record.project));
        }
        if let Some(shared) = body.shift_remove("shared") {
            if shared == json!(false) && rbac::is_shared_with(os, id, rbac::SHARED, rbac::EVERYBODY) {
                dependents::ensure_unused(os, "qos_policy", id, rbac::EVERYBODY)?;
            }
            rbac::share(os, ctx, &record, rbac::SHARED, shared == json!(true));
        }
        update_row::<Policies>(os, ctx, id, &body);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, _ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        if let Some((what, user)) = user_of(os, id) {
            return Err(errors::qos_policy_in_use(id, what, &user));
        }
        let gone: Vec<Id> = rules::of_policy(os, id).map(|rule| rule.id.clone()).collect();
        for rule in gone {
            os.neutron.qos_rules.remove(&rule);
        }
        rbac::forget(os, id);
        os.neutron.qos_policies.remove(id);
        Ok(())
    }
}

/// The default policy of a project, which its new networks get.
pub fn default_of<'o>(os: &'o OpenStack, project: &str) -> Option<&'o Record> {
    os.neutron.qos_policies.of(project).find(|policy| policy.flag("is_default"))
}

/// A resource that uses the policy: its type and its id.
fn user_of(os: &OpenStack, policy: &str) -> Option<(&'static str, Id)> {
    let neutron = &os.neutron;
    let tables = [
        ("network", &neutron.networks, &BY_POLICY),
        ("port", &neutron.ports, &BY_POLICY),
        ("fip", &neutron.floating_ips, &BY_POLICY),
        ("router", &neutron.routers, &routers::BY_GATEWAY_QOS_POLICY),
    ];
    tables.into_iter().find_map(|(what, table, index)| Some((what, table.by(index, policy).next()?.id.clone())))
}

/// Refuses a body that takes away from a network or a port a policy that the caller may not use
/// (`_check_policy_change_permission`, neutron/core_extensions/qos.py), or that names one.
pub fn check_change(call: &Call, os: &OpenStack, user: &Record, body: &Body) -> Result<(), Problem> {
    let old = os.neutron.qos_policies.get(user.text("qos_policy_id"));
    match old.filter(|old| body.contains_key("qos_policy_id") && !rbac::sees(call, os, old)) {
        Some(old) => Err(errors::qos_policy_not_removable(&old.id)),
        None => check_reference(call, os, body),
    }
}

/// True if a change attaches or detaches a policy. Upstream detaches and attaches also the policy that a resource has
/// already (`_update_port_policy`), which counts in its revision number.
pub fn is_attached_anew(user: &Record, changes: &Body) -> bool {
    let new = changes.get("qos_policy_id");
    new.is_some_and(|new| !new.is_null() || !user.get("qos_policy_id").is_null())
}

/// Refuses a body with a policy that the caller does not see.
pub fn check_reference(call: &Call, os: &OpenStack, body: &Body) -> Result<(), Problem> {
    match body.get("qos_policy_id").and_then(Value::as_str) {
        Some(id) => super::resource::find::<Policies>(call, os, id).map(drop),
        None => Ok(()),
    }
}
