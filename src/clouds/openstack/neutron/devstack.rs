//! The networks of DevStack that a new cloud does not have: an IPv6 subnet of the network `private`
//! (lib/neutron_plugins/services/l3), and the network `shared` (lib/tempest).

use super::provider::{self, Segment};
use super::rbac::SHARED;
use super::seed::{Device, device_port, id, network, share, subnet};
use super::{dhcp_ports, routers, subnet_pools};
use crate::clouds::openstack::descriptor::Population;
use crate::clouds::openstack::{OpenStack, ids};
use crate::engine::{Context, Id, Problem};
use chrono::{DateTime, Utc};
use serde_json::json;

/// The prefix of `ipv6-private-subnet`, the first one of the default subnet pool.
const PRIVATE_V6: &str = "fdc0:ffee::/64";

/// Adds the networks of a populated cloud.
pub fn populate(os: &mut OpenStack, ctx: &mut Context, population: Population) -> Result<(), String> {
    if population == Population::DevStack {
        private(os, ctx.now());
        let shared = shared(os, ctx.now()).map_err(|problem| problem.message)?;
        dhcp_ports::refresh(os, ctx, &id("network", "private"));
        dhcp_ports::refresh(os, ctx, &shared);
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
    let device = Device {
        name: "router1 ipv6",
        id: &router,
        owner: routers::INTERFACE,
        project: &demo,
        mac: "fa:16:3e:00:00:04",
    };
    device_port(os, now, &network, &device, &addresses);
}

/// Adds a network that all projects can use, and returns its id.
fn shared(os: &mut OpenStack, now: DateTime<Utc>) -> Result<Id, Problem> {
    let admin = ids::id("project", "admin");
    let tunnel = provider::reserve(os, &admin, Segment { kind: "vxlan".into(), physical: None, id: None })?;
    let network = network(os, now, &admin, json!({"name": "shared", "mtu": 1450}), &tunnel);
    share(os, now, "shared", &admin, (&network, "network", SHARED));
    let fields = json!({"name": "shared-subnet", "description": "shared-subnet", "cidr": "192.168.233.0/24"});
    subnet(os, now, &admin, &network, fields);
    Ok(network)
}
