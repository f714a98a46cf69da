//! One of everything, so that there is something to find.

use crate::support::Cloud;
use serde_json::{Value, json};

/// What every service has when the requests begin.
pub fn populate(cloud: &Cloud) {
    blocks(cloud);
    let network = networks(cloud);
    servers(cloud, &network);
    images(cloud);
    identities(cloud);
    cloud.token("demo");
    cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).send();
    cloud.pass(60);
}

/// Makes something and waits for it; its id, if it has one.
fn made(cloud: &Cloud, service: &'static str, path: &str, body: Value) -> String {
    // Since 2.92 Nova generates no key pairs.
    let versions = "compute 2.91, placement latest, volume latest";
    let answer = cloud.post(service, path, body).user("admin").version(versions).send();
    assert!(answer.status < 300, "{path}: {}", answer.text);
    cloud.pass(60);
    let id = |value: &Value| value.get("id").and_then(Value::as_str).map(str::to_owned);
    let within = answer.body.as_object().and_then(|body| body.values().next()).and_then(id);
    within.or_else(|| id(&answer.body)).unwrap_or_default()
}

/// The id of what has this name in the list at `path`.
fn named(cloud: &Cloud, service: &'static str, path: &str, list: &str, name: &str) -> String {
    let answer = cloud.get(service, path).user("admin").send();
    let found = answer.body[list].as_array().into_iter().flatten().find(|one| one["name"] == name);
    found.and_then(|one| one["id"].as_str()).unwrap_or_else(|| panic!("no {name} in {}", answer.text)).to_owned()
}

fn blocks(cloud: &Cloud) {
    let volume = json!({"volume": {"size": 1, "name": "one", "metadata": {"a": "b"}}});
    let volume = made(cloud, "cinder", "/v3/volumes", volume);
    let snapshot = made(cloud, "cinder", "/v3/snapshots", json!({"snapshot": {"volume_id": volume}}));
    made(cloud, "cinder", "/v3/volumes", json!({"volume": {"size": 2, "snapshot_id": snapshot}}));
    made(cloud, "cinder", "/v3/backups", json!({"backup": {"volume_id": volume}}));
    let kind = json!({"volume_type": {"name": "kind", "extra_specs": {"a": "b"}}});
    let kind = made(cloud, "cinder", "/v3/types", kind);
    let group_type = made(cloud, "cinder", "/v3/group_types", json!({"group_type": {"name": "group-kind"}}));
    let group = json!({"group": {"name": "g", "group_type": group_type, "volume_types": [kind]}});
    made(cloud, "cinder", "/v3/groups", group);
    made(cloud, "cinder", "/v3/qos-specs", json!({"qos_specs": {"name": "fast", "a": "b"}}));
    let spare = made(cloud, "cinder", "/v3/volumes", json!({"volume": {"size": 1, "name": "spare"}}));
    made(cloud, "cinder", "/v3/volume-transfers", json!({"transfer": {"volume_id": spare}}));
}

/// Networks and what belongs to them; the id of one that servers can be on.
fn networks(cloud: &Cloud) -> String {
    let neutron = |path: &str, body: Value| made(cloud, "neutron", &format!("/v2.0{path}"), body);
    let public = named(cloud, "neutron", "/v2.0/networks", "networks", "public");
    let network = neutron("/networks", json!({"network": {"name": "own"}}));
    let scope = neutron("/address-scopes", json!({"address_scope": {"name": "scope", "ip_version": 4}}));
    let pool = json!({"name": "pool", "prefixes": ["10.9.0.0/16"], "default_prefixlen": 24, "address_scope_id": scope});
    neutron("/subnetpools", json!({"subnetpool": pool}));
    let subnet = json!({"network_id": network, "ip_version": 4, "cidr": "10.5.0.0/24"});
    let subnet = neutron("/subnets", json!({"subnet": subnet}));
    let router = json!({"router": {"name": "own", "external_gateway_info": {"network_id": public}}});
    let router = neutron("/routers", router);
    let join =
        cloud.put("neutron", &format!("/v2.0/routers/{router}/add_router_interface"), json!({"subnet_id": subnet}));
    assert_eq!(join.user("admin").send().status, 200);
    let port = neutron("/ports", json!({"port": {"network_id": network, "name": "lone"}}));
    let floating = json!({"floating_network_id": public, "port_id": port});
    neutron("/floatingips", json!({"floatingip": floating}));
    let forwarding = neutron("/floatingips", json!({"floatingip": {"floating_network_id": public}}));
    let inside = neutron("/ports", json!({"port": {"network_id": network}}));
    let address = cloud.get("neutron", &format!("/v2.0/ports/{inside}")).user("admin").send();
    let address = &address.body["port"]["fixed_ips"][0]["ip_address"];
    let forward = json!({"port_forwarding": {"internal_port_id": inside, "internal_ip_address": address,
        "internal_port": 80, "external_port": 8080, "protocol": "tcp"}});
    neutron(&format!("/floatingips/{forwarding}/port_forwardings"), forward);
    let group = neutron("/security-groups", json!({"security_group": {"name": "web"}}));
    let rule = json!({"security_group_id": group, "direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22});
    neutron("/security-group-rules", json!({"security_group_rule": rule}));
    let policy = neutron("/qos/policies", json!({"policy": {"name": "gold"}}));
    let limit = json!({"bandwidth_limit_rule": {"max_kbps": 1000}});
    neutron(&format!("/qos/policies/{policy}/bandwidth_limit_rules"), limit);
    let share =
        json!({"object_type": "network", "object_id": network, "action": "access_as_shared", "target_tenant": "*"});
    neutron("/rbac-policies", json!({"rbac_policy": share}));
    let parent = neutron("/ports", json!({"port": {"network_id": network, "name": "parent"}}));
    neutron("/trunks", json!({"trunk": {"port_id": parent, "name": "trunk"}}));
    neutron("/address-groups", json!({"address_group": {"name": "all", "addresses": ["10.0.0.0/8"]}}));
    neutron("/metering/metering-labels", json!({"metering_label": {"name": "metered"}}));
    network
}

fn servers(cloud: &Cloud, network: &str) {
    let nova = |path: &str, body: Value| made(cloud, "nova", &format!("/v2.1{path}"), body);
    nova("/os-keypairs", json!({"keypair": {"name": "key"}}));
    nova("/os-server-groups", json!({"server_group": {"name": "apart", "policy": "soft-anti-affinity"}}));
    nova("/os-aggregates", json!({"aggregate": {"name": "rack", "availability_zone": "nova"}}));
    nova(
        "/flavors",
        json!({"flavor": {"name": "own", "ram": 64, "vcpus": 1, "disk": 1, "os-flavor-access:is_public": false}}),
    );
    let flavor = named(cloud, "nova", "/v2.1/flavors", "flavors", "m1.tiny");
    let image = named(cloud, "glance", "/v2/images", "images", "cirros");
    let wanted = |name: &str| {
        json!({"server": {"name": name, "flavorRef": flavor, "imageRef": image, "metadata": {"a": "b"}, "tags": ["t"],
            "networks": [{"uuid": network}]}})
    };
    let server = nova("/servers", wanted("one"));
    let stopped = nova("/servers", wanted("stopped"));
    nova(&format!("/servers/{stopped}/action"), json!({"os-stop": null}));
    let resized = nova("/servers", wanted("resized"));
    let larger = named(cloud, "nova", "/v2.1/flavors", "flavors", "m1.small");
    nova(&format!("/servers/{resized}/action"), json!({"resize": {"flavorRef": larger}}));
    let volume = made(cloud, "cinder", "/v3/volumes", json!({"volume": {"size": 1, "name": "attached"}}));
    nova(&format!("/servers/{server}/os-volume_attachments"), json!({"volumeAttachment": {"volumeId": volume}}));
}

fn images(cloud: &Cloud) {
    let image = json!({"name": "own", "disk_format": "raw", "container_format": "bare", "tags": ["t"]});
    made(cloud, "glance", "/v2/images", image);
    made(cloud, "glance", "/v2/metadefs/namespaces", json!({"namespace": "Own::Space"}));
    made(cloud, "glance", "/v2/metadefs/namespaces/Own::Space/objects", json!({"name": "thing"}));
    let provider = json!({"name": "nested", "uuid": "6a1d0000-0000-4000-8000-000000000001"});
    made(cloud, "placement", "/resource_providers", provider);
}

fn identities(cloud: &Cloud) {
    let keystone = |path: &str, body: Value| made(cloud, "keystone", &format!("/v3{path}"), body);
    let domain = keystone("/domains", json!({"domain": {"name": "own", "enabled": false}}));
    keystone("/projects", json!({"project": {"name": "own", "tags": ["t"]}}));
    keystone("/users", json!({"user": {"name": "own", "password": "secret", "domain_id": domain}}));
    keystone("/groups", json!({"group": {"name": "own"}}));
    keystone("/roles", json!({"role": {"name": "own"}}));
}
