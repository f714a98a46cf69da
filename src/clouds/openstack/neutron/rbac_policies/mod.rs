//! The resource of RBAC policies (neutron/db/rbac_db_mixin.py). Module `rbac` evaluates them.

mod callbacks;
pub mod dependents;

use super::attributes::{Body, ResourceType};
use super::rbac;
use super::record::Record;
use super::resource::{self, Resource, create, delete, list, show, update};
use super::{Neutron, errors, policy, ports, routers};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Operation, Problem, Table, get, post, put};
use callbacks::{Change, Subject};
use serde_json::Value;

/// The operations on RBAC policies.
pub const OPERATIONS: &[Operation<OpenStack>] = &[
    get("/rbac-policies", "neutron.rbac_policy.list", list::<RbacPolicies>)
        .summary("Lists RBAC policies.")
        .policy_on_target("get_rbac_policy"),
    post("/rbac-policies", "neutron.rbac_policy.create", create::<RbacPolicies>)
        .summary("Creates an RBAC policy.")
        .policy_on_target("create_rbac_policy")
        .answers(201),
    get("/rbac-policies/{id}", "neutron.rbac_policy.show", show::<RbacPolicies>)
        .summary("Shows an RBAC policy.")
        .policy_on_target("get_rbac_policy"),
    put("/rbac-policies/{id}", "neutron.rbac_policy.update", update::<RbacPolicies>)
        .summary("Updates an RBAC policy.")
        .policy_on_target("update_rbac_policy"),
    crate::engine::delete("/rbac-policies/{id}", "neutron.rbac_policy.delete", delete::<RbacPolicies>)
        .summary("Deletes an RBAC policy.")
        .policy_on_target("delete_rbac_policy"),
];

/// The resource type of RBAC policies.
pub struct RbacPolicies;

impl Resource for RbacPolicies {
    const KIND: &'static ResourceType = &rbac::KIND;

    fn rows(neutron: &Neutron) -> &Table<Record> {
        &neutron.rbac_policies
    }

    fn rows_mut(neutron: &mut Neutron) -> &mut Table<Record> {
        &mut neutron.rbac_policies
    }

    fn not_found(id: &str) -> Problem {
        errors::rbac_policy_not_found(id)
    }

    fn target_of_body(_call: &Call, _os: &OpenStack, body: &Body) -> policy::Target {
        policy::Target::of(text(body, "project_id")).with("target_tenant", text(body, "target_tenant"))
    }

    fn make(call: &Call, os: &mut OpenStack, ctx: &mut Context, body: Body) -> Result<Id, Problem> {
        let (kind, object, action) = (text(&body, "object_type"), text(&body, "object_id"), text(&body, "action"));
        let target = text(&body, "target_tenant");
        let subject = Subject { kind, object, action, target };
        if let Some(objections) = callbacks::objections(call, os, &subject, Change::Create) {
            return Err(errors::invalid_input(objections));
        }
        let actions = rbac::TYPES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, actions)| actions);
        if !actions.contains(&action) {
            return Err(errors::invalid_rbac_action(action, kind, &tuple(actions)));
        }
        if !table(&os.neutron, kind).contains(object) {
            return Err(no_such_object(kind, object));
        }
        if rbac::policies_of(os, object, action).any(|one| one.text("target_tenant") == target) {
            return Err(errors::duplicate_rbac_policy());
        }
        let record = Record::new(&rbac::KIND, ctx, &body);
        let (network, is_external) = (Id::from(object), action == rbac::EXTERNAL);
        let id = rbac::insert(os, record);
        if is_external {
            set_external(os, &network, true);
        }
        rbac::count_in_object(os, ctx, &id);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let target = policy::Target::of(&call.project()).with("target_tenant", text(&body, "target_tenant"));
        policy::enforce(call, "update_rbac_policy:target_tenant", &target)?;
        let Some(record) = os.neutron.rbac_policies.get(id).cloned() else { return Ok(()) };
        let new = body.get("target_tenant").and_then(Value::as_str).unwrap_or(record.text("target_tenant"));
        refuse_if_in_use(call, os, &record, Change::Update(new))?;
        resource::update_row::<RbacPolicies>(os, ctx, id, &body);
        rbac::count_in_object(os, ctx, id);
        Ok(())
    }

    fn remove(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        let Some(record) = os.neutron.rbac_policies.get(id).cloned() else { return Ok(()) };
        refuse_if_in_use(call, os, &record, Change::Delete)?;
        rbac::count_in_object(os, ctx, id);
        rbac::remove(os, id);
        let network = record.text("object_id");
        let was_external = record.text("action") == rbac::EXTERNAL;
        let has_gateways = ports::of_network(os, network).any(|port| port.text("device_owner") == routers::GATEWAY);
        if was_external && rbac::policies_of(os, network, rbac::EXTERNAL).next().is_none() && !has_gateways {
            set_external(os, network, false);
        }
        Ok(())
    }
}

/// A network becomes external with its first policy for that, and internal again without one
/// (`_process_ext_policy_create`, `_process_ext_policy_delete`).
fn set_external(os: &mut OpenStack, network: &str, external: bool) {
    if let Some(network) = os.neutron.networks.get_mut(network) {
        network.set("router:external", external);
    }
}

fn text<'b>(body: &'b Body, name: &str) -> &'b str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A Python tuple: `('access_as_shared',)`.
fn tuple(actions: &[&str]) -> String {
    let items: Vec<_> = actions.iter().map(|action| format!("'{action}'")).collect();
    match &items[..] {
        [one] => format!("({one},)"),
        _ => format!("({})", items.join(", ")),
    }
}

/// The problem for an unknown object. Upstream answers 500 to administrators.
fn no_such_object(kind: &str, object: &str) -> Problem {
    match kind {
        "qos_policy" => errors::qos_policy_not_found(object),
        "security_group" => errors::security_group_not_found(object),
        "address_group" => errors::address_group_not_found(object),
        _ => errors::address_scope_not_found(object),
    }
}

fn table<'o>(neutron: &'o Neutron, object_type: &str) -> &'o Table<Record> {
    match object_type {
        "address_group" => &neutron.address_groups,
        "address_scope" => &neutron.address_scopes,
        "qos_policy" => &neutron.qos_policies,
        "security_group" => &neutron.security_groups,
        "subnetpool" => &neutron.subnet_pools,
        _ => &neutron.networks,
    }
}

/// Refuses a change of a policy on which something depends.
fn refuse_if_in_use(call: &Call, os: &OpenStack, policy: &Record, change: Change) -> Result<(), Problem> {
    let text = |name: &str| policy.text(name);
    let subject = Subject {
        kind: text("object_type"),
        object: text("object_id"),
        action: text("action"),
        target: text("target_tenant"),
    };
    match callbacks::objections(call, os, &subject, change) {
        Some(objections) => Err(errors::rbac_policy_in_use(subject.object, &objections)),
        None => Ok(()),
    }
}
