//! What upstream's callbacks say to changes of RBAC policies. Each of them that refuses is named in the answer
//! (neutron_lib/callbacks).

use super::super::rbac::{self, EVERYBODY, EXTERNAL, SHARED};
use super::super::record::Record;
use super::super::{errors, networks, policy};
use super::dependents;
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Problem};

/// A change of an RBAC policy.
#[derive(Clone, Copy)]
pub enum Change<'c> {
    Create,
    /// The new target.
    Update(&'c str),
    Delete,
}

/// The policy that is created or changed.
pub struct Subject<'c> {
    /// The type of the object, as RBAC policies name it.
    pub kind: &'c str,
    /// The id of the object.
    pub object: &'c str,
    pub action: &'c str,
    pub target: &'c str,
}

/// The number at the end of a callback's name differs between upstream's processes.
const NUMBER: &str = "-9223372036854775807";
const OF_NETWORKS: &str = "neutron.plugins.ml2.plugin.NeutronDbPluginV2.validate_network_rbac_policy_change";
const OF_EXTERNAL: &str = "neutron.plugins.ml2.plugin.External_net_db_mixin._process_ext_policy_create";
const OF_EXTERNAL_USE: &str = "neutron.plugins.ml2.plugin.External_net_db_mixin._validate_ext_not_in_use_by_project";

/// The objections of all callbacks as one text; none if nobody objects.
pub fn objections(call: &Call, os: &OpenStack, subject: &Subject, change: Change) -> Option<String> {
    let module = match subject.kind {
        "qos_policy" => "qos.policy".to_owned(),
        kind => kind.replace("security_group", "securitygroup"),
    };
    let of_object = format!("neutron.objects.{module}.RbacNeutronDbObjectMixin.validate_rbac_policy_change");
    let plugin = match (subject.action, change) {
        _ if subject.kind != "network" => "",
        (SHARED, _) => OF_NETWORKS,
        (EXTERNAL, Change::Create) => OF_EXTERNAL,
        _ => OF_EXTERNAL_USE,
    };
    let mut failed = vec![];
    let mut note = |callback: &str, outcome: Result<(), Problem>| {
        if let Err(problem) = outcome {
            failed.push(format!("Callback {callback}{NUMBER} failed with \"{}\"", problem.message));
        }
    };
    note(&of_object, object_callback(call, os, subject, change));
    if subject.kind == "network" {
        note(plugin, network_callback(call, os, subject, change));
    }
    if failed.is_empty() { None } else { Some(failed.join(",")) }
}

/// `validate_rbac_policy_change` of the object's class (neutron/objects/rbac_db.py).
fn object_callback(call: &Call, os: &OpenStack, subject: &Subject, change: Change) -> Result<(), Problem> {
    let object = super::table(&os.neutron, subject.kind).get(subject.object);
    // Upstream looks up the owner of what it did not find.
    let missing = || errors::python_failure("'NoneType' object is not subscriptable");
    if !matches!(change, Change::Delete) && !policy::is_admin(call) {
        ensure_owner(call, object.ok_or_else(missing)?, "objects")?;
    }
    let lost = match change {
        Change::Create if subject.kind == "subnetpool" => {
            return ensure_scope_shared(os, object.ok_or_else(missing)?, subject.target);
        }
        Change::Create => false,
        Change::Update(target) => target != subject.target && target != EVERYBODY,
        Change::Delete => true,
    };
    let is_owner = object.is_some_and(|object| *object.project == *subject.target);
    if lost && subject.action == SHARED && !is_owner {
        dependents::ensure_unused(os, subject.kind, subject.object, subject.target)?;
    }
    Ok(())
}

/// The project that gets a subnet pool must have access to the pool's address scope
/// (`SubnetPool.validate_rbac_policy_create`).
fn ensure_scope_shared(os: &OpenStack, pool: &Record, target: &str) -> Result<(), Problem> {
    let scope = pool.text("address_scope_id");
    let shared = rbac::policies_of(os, scope, SHARED).map(|one| one.text("target_tenant"));
    if scope.is_empty() || shared.into_iter().any(|one| one == EVERYBODY || one == target) {
        return Ok(());
    }
    Err(errors::rbac_policy_impossible(&pool.id, "target project doesn't have access to associated address scope."))
}

/// The callbacks of the plugin about networks (neutron/db/db_base_plugin_v2.py, neutron/db/external_net_db.py).
fn network_callback(call: &Call, os: &OpenStack, subject: &Subject, change: Change) -> Result<(), Problem> {
    let found = os.neutron.networks.get(subject.object);
    let visible = |network: &&Record| policy::is_admin(call) || networks::visible_to(os, network, &call.project());
    let network = found.filter(visible).ok_or_else(|| errors::network_not_found(subject.object))?;
    let checks_owner = match subject.action {
        SHARED => !matches!(change, Change::Delete),
        _ => matches!(change, Change::Create),
    };
    if checks_owner && !policy::is_admin(call) {
        ensure_owner(call, network, "networks")?;
    }
    let new_target = match change {
        Change::Create => return Ok(()),
        Change::Update(target) if target == subject.target => return Ok(()),
        Change::Update(target) => Some(target),
        Change::Delete => None,
    };
    match subject.action {
        SHARED if *network.project == *subject.target => Ok(()),
        SHARED => dependents::ensure_no_ports(os, network, subject.target),
        _ => dependents::ensure_no_gateways(os, network, subject.target, new_target),
    }
}

fn ensure_owner(call: &Call, object: &Record, what: &str) -> Result<(), Problem> {
    if *object.project == *call.project() {
        return Ok(());
    }
    Err(errors::invalid_input(format_args!("Only admins can manipulate policies on {what} they do not own")))
}
