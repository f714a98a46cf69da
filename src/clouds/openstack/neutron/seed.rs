//! The networks of a new cloud: `public`, which is external, the demo project's `private`, and a router between them.

use super::addresses::Cidr;
use super::attributes::{Absent, Body, ResourceType};
use super::provider::{self, Segment};
use super::rbac::{self, EVERYBODY, EXTERNAL, SHARED};
use super::record::Record;
use super::{
    agents, default_security_group_rules, dhcp_ports, networks, ports, routers, segment_ranges, segments, subnet_pools,
    subnets,
};
use crate::clouds::openstack::{OpenStack, ids};
use crate::engine::{Id, Table};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub fn seed(os: &mut OpenStack, now: DateTime<Utc>) {
    agents::seed(os, now);
    let (admin, demo) = (ids::id("project", "admin"), ids::id("project", "demo"));
    let public = json!({
        "name": "public", "router:external": true, "is_default": true, "mtu": 1500,
    });
    let flat = Segment { kind: "flat".into(), physical: Some(provider::PHYSICAL.into()), id: None };
    let public = network(os, now, &admin, public, &flat);
    share(os, now, "public", &admin, (&public, "network", EXTERNAL));
    subnet(os, now, &admin, &public, json!({"name": "public-subnet", "cidr": "172.24.4.0/22", "enable_dhcp": false}));
    let v6 = json!({
        "name": "ipv6-public-subnet", "cidr": "2001:db8::/64", "gateway_ip": "2001:db8::2", "enable_dhcp": false,
    });
    subnet(os, now, &admin, &public, v6);
    let tunnel = Segment { kind: "vxlan".into(), physical: None, id: Some(1) };
    let private = network(os, now, &demo, json!({"name": "private", "mtu": 1450}), &tunnel);
    let body = json!({"name": "private-subnet", "cidr": "10.11.0.0/24", "dns_nameservers": ["1.1.1.1"]});
    subnet(os, now, &demo, &private, body);
    router(os, now, &demo, &public, &private);
    if os.site.agents.dhcp_ports {
        let device = dhcp_ports::device(agents::NETWORK_HOST, &private);
        let dhcp = Device {
            name: dhcp_ports::OWNER,
            id: &device,
            owner: dhcp_ports::OWNER,
            project: &demo,
            mac: "fa:16:3e:00:00:03",
        };
        device_port(os, now, &private, &dhcp, &[("private-subnet", "10.11.0.2")]);
    }
    default_security_group_rules::seed(os, now);
    segment_ranges::seed(os, now);
    pool(os, now, &admin, "shared-default-subnetpool-v4", "10.0.0.0/16", (26, 8, 32));
    pool(os, now, &admin, "shared-default-subnetpool-v6", "fdc0:ffee::/48", (64, 64, 128));
}

/// The id of a seeded resource: a hash of its name, formatted as a UUID.
pub fn id(kind: &str, name: &str) -> Id {
    let hex = ids::id(kind, name);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-").into()
}

/// A record with these fields and the defaults of its type.
fn record(kind: &'static ResourceType, name: &str, project: &Id, now: DateTime<Utc>, fields: Value) -> Record {
    let mut body = Body::new();
    for row in kind.rows().filter(|row| row.default != Absent::Required) {
        body.extend(row.default.value().map(|value| (row.name.to_owned(), value)));
    }
    body.extend(fields.as_object().cloned().unwrap_or_default());
    body.insert("project_id".into(), json!(project));
    Record::with_id(kind, id(kind.resource, name), now, &body)
}

fn insert(table: &mut Table<Record>, record: Record) -> Id {
    table.insert(record).id.clone()
}

/// A network with one segment.
pub(super) fn network(os: &mut OpenStack, now: DateTime<Utc>, project: &Id, fields: Value, segment: &Segment) -> Id {
    let name = fields["name"].as_str().unwrap_or_default().to_owned();
    let mut network = record(&networks::KIND, &name, project, now, fields);
    network.revision = 1;
    let id = insert(&mut os.neutron.networks, network);
    let body = segments::body(&id, 0, segment);
    os.neutron.segments.insert(record(&segments::KIND, &name, &"".into(), now, body.into()));
    id
}

/// Lets all projects use an object. The tuple is its id, its type and the action.
pub(super) fn share(
    os: &mut OpenStack,
    now: DateTime<Utc>,
    name: &str,
    project: &Id,
    (id, kind, action): (&Id, &str, &str),
) {
    let body = json!({"object_type": kind, "object_id": id, "target_tenant": EVERYBODY, "action": action});
    rbac::insert(os, record(&rbac::KIND, name, project, now, body));
}

pub(super) fn subnet(os: &mut OpenStack, now: DateTime<Utc>, project: &Id, network: &Id, fields: Value) {
    let Some(cidr) = fields["cidr"].as_str().and_then(Cidr::parse) else { return };
    let mut body = fields.as_object().cloned().unwrap_or_default();
    body.insert("network_id".into(), json!(network));
    body.insert("ip_version".into(), cidr.version().into());
    if subnets::pools::complete(&mut body, &cidr).is_err() {
        return;
    }
    let name = fields["name"].as_str().unwrap_or_default();
    super::dhcp_agents::schedule(os, network);
    insert(&mut os.neutron.subnets, record(&subnets::KIND, name, project, now, body.into()));
}

/// The router between the demo project's network and the external one.
fn router(os: &mut OpenStack, now: DateTime<Utc>, project: &Id, public: &Id, private: &Id) {
    let agent = id(agents::L3, agents::NETWORK_HOST);
    let fields = json!({"name": "router1", "status": "ACTIVE", "l3_agents": [agent]});
    let router = insert(&mut os.neutron.routers, record(&routers::KIND, "router1", project, now, fields));
    let outside = [("public-subnet", "172.24.4.2"), ("ipv6-public-subnet", "2001:db8::1")];
    let gateway = Device {
        name: routers::GATEWAY,
        id: &router,
        owner: routers::GATEWAY,
        project: &"".into(),
        mac: "fa:16:3e:00:00:02",
    };
    device_port(os, now, public, &gateway, &outside);
    let interface =
        Device { name: routers::INTERFACE, id: &router, owner: routers::INTERFACE, project, mac: "fa:16:3e:00:00:01" };
    device_port(os, now, private, &interface, &[("private-subnet", "10.11.0.1")]);
}

/// What a seeded port is for.
pub(super) struct Device<'d> {
    /// The name from which the id of the port is made.
    pub name: &'d str,
    /// The id of the device.
    pub id: &'d str,
    pub owner: &'d str,
    /// The owner of the port; empty for a port that projects do not see.
    pub project: &'d Id,
    pub mac: &'d str,
}

/// A port of a device with these subnets and addresses.
pub(super) fn device_port(
    os: &mut OpenStack,
    now: DateTime<Utc>,
    network: &Id,
    device: &Device,
    addresses: &[(&str, &str)],
) {
    let fixed: Vec<_> = addresses.iter().map(|(subnet, ip)| (id("subnet", subnet), *ip)).collect();
    let shown: Vec<_> = fixed.iter().map(|(subnet, ip)| json!({"subnet_id": subnet, "ip_address": ip})).collect();
    let fields = json!({
        "name": "", "network_id": network, "device_id": device.id, "device_owner": device.owner,
        "mac_address": device.mac,
        "fixed_ips": shown, "status": "ACTIVE", "binding:host_id": agents::NETWORK_HOST, "security_groups": [],
        "port_security_enabled": false,
    });
    let port = insert(&mut os.neutron.ports, record(&ports::KIND, device.name, device.project, now, fields));
    for (subnet, ip) in fixed {
        ports::ipam::record_allocation(os, &subnet, ip, &port);
    }
}

/// A default subnet pool. `lengths` are the default, minimal and maximal prefix lengths.
fn pool(os: &mut OpenStack, now: DateTime<Utc>, project: &Id, name: &str, prefix: &str, lengths: (u8, u8, u8)) {
    let body = json!({
        "name": name, "prefixes": [prefix], "default_prefixlen": lengths.0, "min_prefixlen": lengths.1,
        "max_prefixlen": lengths.2, "ip_version": if prefix.contains(':') { 6 } else { 4 },
        "is_default": true,
    });
    let pool = insert(&mut os.neutron.subnet_pools, record(&subnet_pools::KIND, name, project, now, body));
    share(os, now, name, project, (&pool, "subnetpool", SHARED));
}
