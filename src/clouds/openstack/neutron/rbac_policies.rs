//! The resource of RBAC policies (neutron/db/rbac_db_mixin.py). Module `rbac` evaluates them.

use super::attributes::{Body, ResourceType};
use super::rbac::{self, EVERYBODY, SHARED};
use super::record::Record;
use super::resource::{self, Resource, create, delete, list, show, update};
use super::{Neutron, errors, policy, ports, subnets};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Operation, Problem, Table, get, post, put};
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

/// The name of upstream's callback that checks policies of networks, with its priority. Error messages contain it.
const NETWORK_CALLBACK: &str =
    "neutron.plugins.ml2.plugin.NeutronDbPluginV2.validate_network_rbac_policy_change-9223372036854775807";

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
        let actions = rbac::TYPES.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, actions)| actions);
        if !actions.contains(&action) {
            return Err(errors::invalid_rbac_action(action, kind, &tuple(actions)));
        }
        let owner = table(&os.neutron, kind).get(object).map(|record| record.project.clone());
        match owner {
            Some(owner) if policy::is_admin(call) || *owner == *call.project() => {}
            _ => return Err(no_such_object(kind, object)),
        }
        let target = text(&body, "target_tenant");
        if rbac::policies_of(os, object, action).any(|one| one.text("target_tenant") == target) {
            return Err(errors::duplicate_rbac_policy());
        }
        let record = Record::new(&rbac::KIND, ctx, &body);
        let id = rbac::insert(os, record);
        rbac::count_in_object(os, ctx, &id);
        Ok(id)
    }

    fn change(call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id, body: Body) -> Result<(), Problem> {
        let target = policy::Target::of(&call.project()).with("target_tenant", text(&body, "target_tenant"));
        policy::enforce(call, "update_rbac_policy:target_tenant", &target)?;
        refuse_if_in_use(os, id)?;
        resource::update_row::<RbacPolicies>(os, ctx, id, &body);
        rbac::count_in_object(os, ctx, id);
        Ok(())
    }

    fn remove(_call: &Call, os: &mut OpenStack, ctx: &mut Context, id: &Id) -> Result<(), Problem> {
        refuse_if_in_use(os, id)?;
        rbac::count_in_object(os, ctx, id);
        rbac::remove(os, id);
        Ok(())
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

/// The problem for an unknown object. For networks, upstream's callback adds its name.
fn no_such_object(kind: &str, object: &str) -> Problem {
    match kind {
        "network" => errors::rbac_policy_refused(NETWORK_CALLBACK, &errors::network_not_found(object).message),
        "qos_policy" => errors::qos_policy_not_found(object),
        "security_group" => errors::security_group_not_found(object),
        "address_group" => errors::address_group_not_found(object),
        "address_scope" => errors::address_scope_not_found(object),
        _ => errors::subnet_pool_not_found(object),
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

/// Refuses to change a policy of a network while its target has ports or subnets on the network.
fn refuse_if_in_use(os: &OpenStack, id: &Id) -> Result<(), Problem> {
    let Some(policy) = os.neutron.rbac_policies.get(id) else { return Ok(()) };
    if policy.text("object_type") != "network" || policy.text("action") != SHARED {
        return Ok(());
    }
    let (object, target) = (policy.text("object_id"), policy.text("target_tenant"));
    let Some(network) = os.neutron.networks.get(object) else { return Ok(()) };
    let by_another = |project: &str| {
        rbac::policies_of(os, object, SHARED).any(|other| {
            other.id != *id && matches!(other.text("target_tenant"), to if to == EVERYBODY || to == project)
        })
    };
    let depends = |record: &Record| {
        let project = &*record.project;
        let concerned = target == EVERYBODY || target == project;
        let foreign = !project.is_empty() && project != &*network.project;
        foreign && concerned && !by_another(project)
    };
    if ports::of_network(os, object).any(depends) || subnets::of_network(os, object).any(depends) {
        let reason = errors::shared_in_use(network.text("name")).message;
        let details = format!("Callback {NETWORK_CALLBACK} failed with \"{reason}\"");
        return Err(errors::rbac_policy_in_use(object, &details));
    }
    Ok(())
}
