//! HA networks: the networks on which the L3 agents of a project's highly available routers watch each other
//! (neutron/db/l3_hamode_db.py). They have no owner, so that projects do not see them.

use super::super::attributes::Body;
use super::super::networks::Networks;
use super::super::ports::{self, devices};
use super::super::record::Record;
use super::super::resource::Resource as _;
use super::super::subnets;
use super::super::{addresses::Cidr, errors};
use crate::clouds::openstack::OpenStack;
use crate::engine::{Call, Context, Id, Problem};
use serde_json::{Value, json};

/// The device owner of the port by which a router is on its HA network.
pub const OWNER: &str = "network:router_ha_interface";
/// `l3_ha_net_cidr` of neutron.conf.
const CIDR: &str = "169.254.192.0/18";

fn named(project: &str) -> String {
    format!("HA network project {project}")
}

fn network_of<'o>(os: &'o OpenStack, project: &str) -> Option<&'o Record> {
    let name = named(project);
    os.neutron.networks.of("").find(|network| network.flag("ha") && network.text("name") == name)
}

/// Gives a router a port on the HA network of its project, which is created with the first such router
/// (`_before_router_create`, `add_ha_port`).
pub fn attach(call: &Call, os: &mut OpenStack, ctx: &mut Context, router: &Id) -> Result<(), Problem> {
    let Some(project) = os.neutron.routers.get(router).map(|router| router.project.clone()) else { return Ok(()) };
    let network = match network_of(os, &project).map(|network| network.id.clone()) {
        Some(network) => network,
        None => create_network(call, os, ctx, &project)?,
    };
    let device = devices::Device { id: router, owner: OWNER, project: "" };
    let port = devices::make(os, ctx, &network, &device, None)?;
    if let Some(port) = os.neutron.ports.get_mut(&port) {
        port.set("name", format!("HA port project {project}"));
    }
    Ok(())
}

fn create_network(call: &Call, os: &mut OpenStack, ctx: &mut Context, project: &str) -> Result<Id, Problem> {
    let fields = |value: Value| value.as_object().cloned().unwrap_or_default();
    let body: Body = fields(json!({"name": named(project), "project_id": "", "admin_state_up": true, "ha": true}));
    let network = Networks::make(call, os, ctx, body)?;
    let mut subnet: Body = fields(json!({
        "name": format!("HA subnet project {project}"), "project_id": "", "network_id": network, "ip_version": 4,
        "cidr": CIDR, "enable_dhcp": false, "gateway_ip": null,
    }));
    let cidr = Cidr::parse(CIDR).ok_or_else(errors::no_cidr)?;
    subnets::pools::complete(&mut subnet, &cidr)?;
    subnets::add(os, ctx, &subnet);
    Ok(network)
}

/// Takes a router off its HA network, which is deleted with the last router of the project
/// (`safe_delete_ha_network`).
pub fn detach(call: &Call, os: &mut OpenStack, ctx: &mut Context, router: &Id, project: &str) -> Result<(), Problem> {
    let own: Vec<Id> = ports::of_device(os, router)
        .filter(|port| port.text("device_owner") == OWNER)
        .map(|port| port.id.clone())
        .collect();
    own.iter().for_each(|port| devices::discard(os, ctx, port));
    let Some(network) = network_of(os, project).map(|network| network.id.clone()) else { return Ok(()) };
    if ports::of_network(os, &network).next().is_some() {
        return Ok(());
    }
    Networks::remove(call, os, ctx, &network)
}
