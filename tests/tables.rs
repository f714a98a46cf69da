//! No table is left out of saving: one of everything is made through the APIs, every table is saved,
//! loaded into an empty cloud, and compared.

#[path = "support/mod.rs"]
mod support;

use nephos::clouds::openstack::{OpenStack, ids};
use nephos::engine::Cloud as _;
use serde_json::{Value, json};
use support::{Answered, Cloud};

/// Makes something as the administrator; what was made.
fn make(cloud: &Cloud, service: &'static str, path: &str, body: Value) -> Value {
    done(cloud.post(service, path, body).user("admin").version("volume latest").send())
}

fn put(cloud: &Cloud, service: &'static str, path: &str, body: Value) {
    done(cloud.put(service, path, body).user("admin").version("volume latest").send());
}

/// The object in the answer, whatever it is called.
fn done(answer: Answered) -> Value {
    assert!((200..300).contains(&answer.status), "{} {}", answer.status, answer.text);
    answer.body.as_object().and_then(|body| body.values().next()).cloned().unwrap_or_default()
}

fn id(made: &Value) -> &str {
    made["id"].as_str().unwrap_or_default()
}

fn fill_keystone(cloud: &Cloud) {
    let (admin, demo, project) = (ids::id("user", "admin"), ids::id("user", "demo"), ids::id("project", "demo"));
    let group = make(cloud, "keystone", "/v3/groups", json!({"group": {"name": "g"}}));
    put(cloud, "keystone", &format!("/v3/groups/{}/users/{demo}", id(&group)), json!({}));
    put(cloud, "keystone", "/v3/domains/default/config", json!({"config": {"identity": {"driver": "sql"}}}));
    let policy = json!({"policy": {"blob": "{}", "type": "application/json"}});
    make(cloud, "keystone", "/v3/policies", policy);
    let password = json!({"user": {"password": "Other-1", "original_password": "nephos"}});
    done(cloud.post("keystone", &format!("/v3/users/{demo}/password"), password).send());
    let rule = json!({"path": "/v3/volumes", "method": "GET", "service": "block-storage"});
    let credential = json!({"application_credential": {"name": "a", "access_rules": [rule]}});
    make(cloud, "keystone", &format!("/v3/users/{admin}/application_credentials"), credential);
    make(cloud, "keystone", &format!("/v3/users/{admin}/credentials/OS-EC2"), json!({"tenant_id": project}));
    let trust = json!({
        "trustor_user_id": admin, "trustee_user_id": demo, "project_id": ids::id("project", "admin"),
        "roles": [{"name": "reader"}], "impersonation": false,
    });
    make(cloud, "keystone", "/v3/OS-TRUST/trusts", json!({"trust": trust}));
    let service = ids::id("service", "block-storage");
    let limit = json!({"service_id": service, "resource_name": "volumes", "default_limit": 5});
    make(cloud, "keystone", "/v3/registered_limits", json!({"registered_limits": [limit]}));
    let limit = json!({"service_id": service, "resource_name": "volumes", "resource_limit": 3, "project_id": project});
    make(cloud, "keystone", "/v3/limits", json!({"limits": [limit]}));
}

fn fill_nova(cloud: &Cloud) {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgfWVyaODmGbLrZTuCm4RNLkxzo4hYJm9wE0bGFoLZi";
    make(cloud, "nova", "/v2.1/os-keypairs", json!({"keypair": {"name": "k", "public_key": key}}));
    let group = json!({"server_group": {"name": "g", "policies": ["affinity"]}});
    make(cloud, "nova", "/v2.1/os-server-groups", group);
    make(cloud, "nova", "/v2.1/os-aggregates", json!({"aggregate": {"name": "a"}}));
    let project = ids::id("project", "demo");
    put(cloud, "nova", &format!("/v2.1/os-quota-sets/{project}"), json!({"quota_set": {"cores": 5}}));
    put(cloud, "nova", "/v2.1/os-quota-class-sets/default", json!({"quota_class_set": {"cores": 30}}));
    let images = cloud.get("glance", "/v2/images").user("admin").send().body;
    let server = |name: &str| {
        let server = json!({"name": name, "flavorRef": "1", "imageRef": images["images"][0]["id"]});
        let made = make(cloud, "nova", "/v2.1/servers", json!({"server": server}));
        cloud.pass(5);
        format!("/v2.1/servers/{}", id(&made))
    };
    let (kept, gone, copied) = (server("kept"), server("gone"), server("copied"));
    done(cloud.delete("nova", &gone).user("admin").send());
    make(cloud, "nova", &format!("{kept}/action"), json!({"migrate": null}));
    make(cloud, "nova", &format!("{kept}/action"), json!({"os-getVNCConsole": {"type": "novnc"}}));
    cloud.pass(5);
    // A snapshot that is not ready yet.
    make(cloud, "nova", &format!("{copied}/action"), json!({"createImage": {"name": "copy"}}));
}

fn fill_placement(cloud: &Cloud) {
    let send = |path: &str, body: Value| {
        done(cloud.put("placement", path, body).user("admin").version("placement latest").send());
    };
    send("/traits/CUSTOM_FAST", json!({}));
    send("/resource_classes/CUSTOM_GOLD", json!({}));
    let host = cloud.state(|os| os.placement.providers.all().map(|one| one.uuid.clone()).next()).unwrap();
    let allocation = json!({
        "allocations": {&*host: {"resources": {"VCPU": 1}}}, "project_id": "p", "user_id": "u",
        "consumer_generation": null, "consumer_type": "INSTANCE",
    });
    send("/allocations/0badc0de-0000-4000-8000-000000000001", allocation);
}

fn fill_cinder(cloud: &Cloud) {
    let project = ids::id("project", "admin");
    let volume = |name: &str| {
        let made = make(cloud, "cinder", "/v3/volumes", json!({"volume": {"size": 1, "name": name}}));
        cloud.pass(1);
        made
    };
    let (kept, given, attached) = (volume("kept"), volume("given"), volume("attached"));
    make(cloud, "cinder", "/v3/snapshots", json!({"snapshot": {"volume_id": id(&kept)}}));
    make(cloud, "cinder", "/v3/backups", json!({"backup": {"volume_id": id(&kept)}}));
    make(cloud, "cinder", "/v3/volume-transfers", json!({"transfer": {"volume_id": id(&given)}}));
    let server = "7d4ee1ac-2bcf-4d5e-8f9b-6e0c0f6d0001";
    let attachment = json!({"attachment": {"volume_uuid": id(&attached), "instance_uuid": server}});
    make(cloud, "cinder", "/v3/attachments", attachment);
    let types = done(cloud.get("cinder", "/v3/types").user("admin").send());
    let volume_type = types[0]["id"].as_str().unwrap_or_default();
    put(
        cloud,
        "cinder",
        &format!("/v3/default-types/{project}"),
        json!({"default_type": {"volume_type": volume_type}}),
    );
    make(cloud, "cinder", "/v3/qos-specs", json!({"qos_specs": {"name": "fast"}}));
    let group_type = make(cloud, "cinder", "/v3/group_types", json!({"group_type": {"name": "t"}}));
    let group = json!({"group": {"group_type": id(&group_type), "volume_types": [volume_type]}});
    let group = make(cloud, "cinder", "/v3/groups", group);
    cloud.pass(1);
    let member = json!({"volume": {"size": 1, "group_id": id(&group), "volume_type": volume_type}});
    make(cloud, "cinder", "/v3/volumes", member);
    cloud.pass(1);
    make(cloud, "cinder", "/v3/group_snapshots", json!({"group_snapshot": {"group_id": id(&group)}}));
    put(cloud, "cinder", &format!("/v3/os-quota-sets/{project}"), json!({"quota_set": {"volumes": 20}}));
    put(cloud, "cinder", "/v3/os-quota-class-sets/default", json!({"quota_class_set": {"volumes": 20}}));
    // A volume that cannot be made leaves a message.
    cloud.fail("cinder.volume.create", "No valid host");
    volume("failed");
}

/// One of everything around the networks of the seed.
fn fill_neutron(cloud: &Cloud) {
    let new = |collection: &str, resource: &str, body: Value| {
        make(cloud, "neutron", &format!("/v2.0/{collection}"), json!({resource: body}))
    };
    let named = |name: &str| {
        let found = cloud.get("neutron", &format!("/v2.0/networks?name={name}")).user("admin").send();
        found.body["networks"][0].clone()
    };
    let (public, private) = (named("public"), named("private"));
    let port = new("ports", "port", json!({"network_id": id(&private)}));
    new("address-scopes", "address_scope", json!({"name": "s", "ip_version": 4}));
    let group = new("security-groups", "security_group", json!({"name": "g"}));
    let addresses = new("address-groups", "address_group", json!({"name": "a", "addresses": ["10.0.0.0/8"]}));
    let rule = json!({
        "security_group_id": id(&group), "direction": "ingress", "remote_address_group_id": id(&addresses),
    });
    new("security-group-rules", "security_group_rule", rule);
    new("security-groups-default-statefulness", "security_groups_default_statefulness", json!({"stateful": false}));
    let policy = new("qos/policies", "policy", json!({"name": "p"}));
    let path = format!("qos/policies/{}/bandwidth_limit_rules", id(&policy));
    new(&path, "bandwidth_limit_rule", json!({"max_kbps": 1000}));
    let label = new("metering/metering-labels", "metering_label", json!({"name": "l"}));
    let rule = json!({"metering_label_id": id(&label), "direction": "ingress", "remote_ip_prefix": "10.0.0.0/24"});
    new("metering/metering-label-rules", "metering_label_rule", rule);
    new("flavors", "flavor", json!({"name": "f", "service_type": "L3_ROUTER_NAT"}));
    new("service_profiles", "service_profile", json!({"metainfo": "{}"}));
    new("log/logs", "log", json!({"name": "l", "resource_type": "security_group"}));
    new("trunks", "trunk", json!({"port_id": id(&port)}));
    let routers = cloud.get("neutron", "/v2.0/routers").user("admin").send().body;
    let router = id(&routers["routers"][0]);
    let helper = json!({"protocol": "udp", "port": 69, "helper": "tftp"});
    new(&format!("routers/{router}/conntrack_helpers"), "conntrack_helper", helper);
    let server = new("ports", "port", json!({"network_id": id(&private)}));
    let floating = json!({"floating_network_id": id(&public), "port_id": id(&server)});
    new("floatingips", "floatingip", floating);
    let shared = new("floatingips", "floatingip", json!({"floating_network_id": id(&public)}));
    let inside = new("ports", "port", json!({"network_id": id(&private)}));
    let forwarding = json!({
        "internal_port_id": id(&inside), "internal_ip_address": inside["fixed_ips"][0]["ip_address"],
        "internal_port": 22, "external_port": 2222, "protocol": "tcp",
    });
    new(&format!("floatingips/{}/port_forwardings", id(&shared)), "port_forwarding", forwarding);
    let local = new("local-ips", "local_ip", json!({"network_id": id(&private)}));
    let path = format!("local_ips/{}/port_associations", id(&local));
    new(&path, "port_association", json!({"fixed_port_id": id(&inside)}));
    let project = ids::id("project", "admin");
    put(cloud, "neutron", &format!("/v2.0/quotas/{project}"), json!({"quota": {"network": 200}}));
    fill_ipv6_routing(cloud);
    done(cloud.get("neutron", &format!("/v2.0/auto-allocated-topology/{project}")).user("admin").send());
}

/// An IPv6 address that is announced outside.
fn fill_ipv6_routing(cloud: &Cloud) {
    let new = |collection: &str, resource: &str, body: Value| {
        make(cloud, "neutron", &format!("/v2.0/{collection}"), json!({resource: body}))
    };
    let scope = new("address-scopes", "address_scope", json!({"name": "v6", "ip_version": 6}));
    let pool = |name: &str, prefix: &str| {
        let body = json!({"name": name, "prefixes": [prefix], "address_scope_id": id(&scope)});
        new("subnetpools", "subnetpool", body)
    };
    let (outer, inner) = (pool("outer", "2001:db8:100::/48"), pool("inner", "2001:db8:200::/48"));
    let outside = new("networks", "network", json!({"name": "v6 outside", "router:external": true}));
    let subnet = |network: &Value, pool: &Value| {
        let body = json!({"network_id": id(network), "ip_version": 6, "subnetpool_id": id(pool), "prefixlen": 64});
        new("subnets", "subnet", body)
    };
    subnet(&outside, &outer);
    let network = new("networks", "network", json!({"name": "v6"}));
    let inside = subnet(&network, &inner);
    let gateway = json!({"network_id": id(&outside)});
    let router = new("routers", "router", json!({"external_gateway_info": gateway, "enable_ndp_proxy": true}));
    let path = format!("/v2.0/routers/{}/add_router_interface", id(&router));
    put(cloud, "neutron", &path, json!({"subnet_id": id(&inside)}));
    let port = new("ports", "port", json!({"network_id": id(&network)}));
    let proxy = json!({"router_id": id(&router), "port_id": id(&port)});
    new("ndp-proxies", "ndp_proxy", proxy);
}

fn fill_glance(cloud: &Cloud) {
    let image = cloud.get("glance", "/v2/images?status=active").user("admin").send().body["images"][0].clone();
    let asked = |method, path: &str| cloud.ask(method, "glance", path).user("admin").send().status;
    assert_eq!(asked("PUT", &format!("/v2/cache/{}", id(&image))), 202);
    let copy = json!({"method": {"name": "copy-image"}, "stores": ["slow"]});
    done(cloud.post("glance", &format!("/v2/images/{}/import", id(&image)), copy).user("admin").send());
}

#[test]
fn a_file_with_rows_of_a_former_table_loads() {
    let file = Cloud::new().live.snapshot().save().unwrap();
    let mut old = file.clone();
    old.as_object_mut().expect("a file is an object").remove("sha256");
    let link = json!({"id": "7d4ee1ac-2bcf-4d5e-8f9b-6e0c0f6d0001", "owner": "7d4ee1ac-2bcf-4d5e-8f9b-6e0c0f6d0002"});
    old["clouds"][support::CLOUD]["neutron"]["ports_by_device"] = json!([link]);
    let loaded = Cloud::new().live.snapshot().load(old.clone()).expect("the file is one of an earlier version");
    assert_eq!(loaded.save().unwrap(), file);
    old["clouds"][support::CLOUD]["neutron"]["ports_by_colour"] = json!([link]);
    assert!(Cloud::new().live.snapshot().load(old).is_err());
}

#[test]
fn every_table_is_saved_and_loaded() {
    let cloud = Cloud::new();
    fill_cinder(&cloud);
    fill_nova(&cloud);
    fill_placement(&cloud);
    fill_glance(&cloud);
    fill_neutron(&cloud);
    fill_keystone(&cloud);
    let saved = cloud.saved();
    let empty: Vec<_> = saved.iter().filter(|(_, rows)| *rows == json!([])).map(|(name, _)| name).collect();
    assert!(empty.is_empty(), "nothing was made that these tables hold: {empty:?}");
    // The whole world once through a file, into a world that knows nothing of it.
    let file = cloud.live.snapshot().save().unwrap();
    let loaded = Cloud::new().live.snapshot().load(file.clone()).expect("the file is whole");
    assert_eq!(loaded.save().unwrap(), file);
    let mut fresh = OpenStack::default();
    let mut saved = saved.iter();
    fresh.each_table(&mut |service, resource, table| {
        let (name, rows) = saved.next().expect("as many tables as were saved");
        assert_eq!(*name, format!("{service}/{resource}"));
        table.load(rows.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(table.save().unwrap(), *rows, "{name}");
    });
}
