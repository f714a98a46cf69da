//! The networks of DevStack that a new cloud does not have: an IPv6 subnet of the network `private`
//! (lib/neutron_plugins/services/l3), and the network `shared` (lib/tempest).

use super::attributes::Body;
use super::rbac::{EVERYBODY, SHARED};
use super::seed::{id, network, router_port, segment, share, subnet};
use super::{provider, routers, subnet_pools};
use crate::clouds::openstack::descriptor::Population;
use crate::clouds::openstack::{OpenStack, ids};
use crate::engine::{Context, Problem};
use chrono::{DateTime, Utc};
use serde_json::json;

/// The prefix of `ipv6-private-subnet`, the first one of the default subnet pool.
const PRIVATE_V6: &str = "fdc0:ffee::/64";

/// Adds the networks of a populated cloud.
pub fn populate(os: &mut OpenStack, ctx: &mut Context, population: Population) -> Result<(), String> {
    if population == Population::DevStack {
        private(os, ctx.now());
        shared(os, ctx).map_err(|problem| problem.message)?;
    }
    Ok(())
}

/// Adds an IPv6 subnet to the network of the project `demo` and connects it to the router. Does nothing if a client has
/// deleted one of them.
fn private(os: &mut OpenStack, now: DateTime<Utc>) {
    let (network, router) = (id("network", "private"), id("router", "router1"));
    if !os.neutron.networks.contains(&network) || !os.neutron.routers.contains(&router) {
        return;
    }
    let demo = ids::id("project", "demo");
    let fields = json!({
        "name": "ipv6-private-subnet", "cidr": PRIVATE_V6, "ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac",
        "subnetpool_id": id(subnet_pools::KIND.resource, "shared-default-subnetpool-v6"),
    });
    subnet(os, now, &demo, &network, fields);
    let addresses = [("ipv6-private-subnet", "fdc0:ffee::1")];
    router_port(os, now, ("router1 ipv6", &network), (&router, routers::INTERFACE, &demo), &addresses);
}

/// Adds a network that all projects can use.
fn shared(os: &mut OpenStack, ctx: &mut Context) -> Result<(), Problem> {
    let (admin, now) = (ids::id("project", "admin"), ctx.now());
    let mut body = Body::from_iter([("name".to_owned(), json!("shared"))]);
    provider::choose(os, ctx, &mut body)?;
    let network = network(os, now, &admin, body.into());
    share(os, now, ("shared", &network), (SHARED, EVERYBODY), &admin);
    let fields = json!({"name": "shared-subnet", "description": "shared-subnet", "cidr": "192.168.233.0/24"});
    subnet(os, now, &admin, &network, fields);
    segment(os, now, &network);
    Ok(())
}
