//! Who depends on an RBAC policy: the projects that use a shared object (neutron/objects/rbac_db.py).

use super::super::rbac::{self, EVERYBODY, EXTERNAL, SHARED};
use super::super::record::Record;
use super::super::{errors, ports, qos, routers, security_groups, subnet_pools, subnets};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Id, Problem};
use std::collections::BTreeSet;

/// Refuses to take an object from a project, or from everybody, while resources of the project use it
/// (`_validate_rbac_policy_delete`).
pub fn ensure_unused(os: &OpenStack, kind: &str, object: &str, target: &str) -> Result<(), Problem> {
    let users = users(os, kind, object);
    let targets: BTreeSet<&str> = rbac::policies_of(os, object, SHARED).map(|one| one.text("target_tenant")).collect();
    let used = if target == EVERYBODY {
        users.iter().any(|project| !targets.contains(&**project))
    } else {
        !targets.contains(EVERYBODY) && users.contains(target)
    };
    if used { Err(errors::rbac_policy_in_use(object, &format!("project_id={target}"))) } else { Ok(()) }
}

/// The projects whose resources use an object (`get_bound_project_ids`). Networks are looked after by
/// [`ensure_no_ports`].
fn users(os: &OpenStack, kind: &str, object: &str) -> BTreeSet<Id> {
    let neutron = &os.neutron;
    match kind {
        "address_group" => owners(neutron.security_group_rules.by(&security_groups::rules::BY_ADDRESS_GROUP, object)),
        "address_scope" => owners(neutron.subnet_pools.by(&subnet_pools::BY_ADDRESS_SCOPE, object)),
        "qos_policy" => owners(
            (neutron.networks.by(&qos::BY_POLICY, object))
                .chain(neutron.ports.by(&qos::BY_POLICY, object))
                .chain(neutron.floating_ips.by(&qos::BY_POLICY, object))
                .chain(neutron.routers.by(&routers::BY_GATEWAY_QOS_POLICY, object)),
        ),
        "security_group" => owners(neutron.ports.by(&ports::BY_SECURITY_GROUP, object)),
        "subnetpool" => owners(neutron.subnets.by(&subnets::BY_POOL, object)),
        _ => BTreeSet::new(),
    }
}

fn owners<'o>(records: impl Iterator<Item = &'o Record>) -> BTreeSet<Id> {
    records.map(|one| one.project.clone()).collect()
}

/// Refuses to take a network from a project, or from everybody, while the project has ports on it
/// (`ensure_no_project_ports_on_network`).
pub fn ensure_no_ports(os: &OpenStack, network: &Record, target: &str) -> Result<(), Problem> {
    let targets: BTreeSet<&str> =
        rbac::policies_of(os, &network.id, SHARED).map(|one| one.text("target_tenant")).collect();
    if target != EVERYBODY && targets.contains(EVERYBODY) {
        return Ok(());
    }
    let depends = |port: &Record| {
        let project = &*port.project;
        if target != EVERYBODY {
            return project == target;
        }
        // Ports of floating IPs and routers have no owner.
        !project.is_empty() && project != &*network.project && !targets.contains(project)
    };
    if ports::of_network(os, &network.id).any(depends) { Err(errors::shared_in_use(&network.id)) } else { Ok(()) }
}

/// Refuses to take an external network from a project, or from everybody, while routers of the project have their
/// gateway on it. The default external network is everybody's (`_validate_ext_not_in_use_by_project`).
pub fn ensure_no_gateways(
    os: &OpenStack,
    network: &Record,
    target: &str,
    new_target: Option<&str>,
) -> Result<(), Problem> {
    let policies = || rbac::policies_of(os, &network.id, EXTERNAL).map(|one| one.text("target_tenant"));
    let mut owners = ports::of_network(os, &network.id)
        .filter(|port| port.text("device_owner") == routers::GATEWAY)
        .filter_map(|port| os.neutron.routers.get(port.text("device_id")))
        .map(|router| &*router.project);
    let used = if target != EVERYBODY {
        !policies().any(|one| one == EVERYBODY) && owners.any(|project| project == target)
    } else if network.flag("is_default") {
        return Err(errors::rbac_policy_in_use(&network.id, "Default external networks must be shared to everyone."));
    } else {
        owners.any(|project| !policies().chain(new_target).any(|one| one == project))
    };
    let details = "There are routers attached to this network that depend on this policy for access.";
    if used { Err(errors::rbac_policy_in_use(&network.id, details)) } else { Ok(()) }
}
