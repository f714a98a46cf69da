//! Revision numbers: which requests count, in which resources, and by how much (neutron/services/revisions).

use super::{external_network, made, make, network, port, subnet, text};
use crate::support::Cloud;
use serde_json::{Value, json};

/// Changes a resource and returns the revision number in the answer.
fn change(cloud: &Cloud, path: &str, resource: &str, body: Value) -> i64 {
    revision(&made(cloud.put("neutron", &format!("/v2.0/{path}"), json!({resource: body})).send()))
}

fn change_as_admin(cloud: &Cloud, path: &str, resource: &str, body: Value) -> i64 {
    revision(&made(cloud.put("neutron", &format!("/v2.0/{path}"), json!({resource: body})).user("admin").send()))
}

fn shown(cloud: &Cloud, path: &str) -> Value {
    made(cloud.get("neutron", &format!("/v2.0/{path}")).send())
}

fn revision(resource: &Value) -> i64 {
    resource["revision_number"].as_i64().unwrap_or(-1)
}

#[test]
fn a_request_that_changes_nothing_does_not_count() {
    let cloud = Cloud::new();
    let path = format!("networks/{}", network(&cloud));
    let bodies = [json!({}), json!({"name": "net"}), json!({"admin_state_up": true}), json!({"dns_domain": ""})];
    for body in bodies {
        assert_eq!(change(&cloud, &path, "network", body), 1);
    }
    assert_eq!(change(&cloud, &path, "network", json!({"name": "other", "description": "text", "mtu": 1400})), 2);
    assert_eq!(change(&cloud, &path, "network", json!({"description": "text"})), 2);
}

#[test]
fn sharing_a_network_counts_when_it_begins_and_ends() {
    let cloud = Cloud::new();
    let path = format!("networks/{}", network(&cloud));
    let steps = [
        (json!({"shared": true}), 2),
        (json!({"shared": true}), 2),
        (json!({"shared": false}), 3),
        (json!({"router:external": true}), 4),
        (json!({"router:external": true}), 4),
    ];
    for (body, expected) in steps {
        assert_eq!(change_as_admin(&cloud, &path, "network", body), expected);
    }
}

#[test]
fn a_subnet_counts_in_its_network_unless_other_tables_change() {
    let cloud = Cloud::new();
    let id = network(&cloud);
    let made = subnet(&cloud, &id, "10.9.0.0/24");
    assert_eq!(revision(&made), 0);
    let (path, network) = (format!("subnets/{}", text(&made["id"])), format!("networks/{id}"));
    let steps = [
        (json!({"name": "one"}), 1, 3),
        (json!({"name": "one"}), 1, 3),
        (json!({"description": "text"}), 2, 3),
        (json!({"dns_nameservers": ["1.1.1.1"]}), 2, 3),
        (json!({"host_routes": [{"destination": "10.0.0.0/8", "nexthop": "10.9.0.9"}]}), 2, 3),
        (json!({"service_types": ["compute:nova"]}), 3, 4),
        // Service types are written anew with each request that has them.
        (json!({"service_types": ["compute:nova"]}), 4, 5),
        (json!({"service_types": []}), 5, 6),
        (json!({"service_types": []}), 5, 6),
    ];
    for (body, in_subnet, in_network) in steps {
        assert_eq!(change(&cloud, &path, "subnet", body.clone()), in_subnet, "{body}");
        assert_eq!(revision(&shown(&cloud, &network)), in_network, "{body}");
    }
}

#[test]
fn address_pairs_of_a_port_count_each_time() {
    let cloud = Cloud::new();
    let id = network(&cloud);
    subnet(&cloud, &id, "10.9.0.0/24");
    let path = format!("ports/{}", text(&port(&cloud, json!({"network_id": id}))["id"]));
    let pairs = json!({"allowed_address_pairs": [{"ip_address": "10.9.0.99"}]});
    let steps = [
        (json!({"allowed_address_pairs": []}), 1),
        (pairs.clone(), 2),
        (pairs, 3),
        (json!({"allowed_address_pairs": []}), 4),
        (json!({"extra_dhcp_opts": [{"opt_name": "mtu", "opt_value": "1400"}]}), 5),
        (json!({"extra_dhcp_opts": [{"opt_name": "mtu", "opt_value": "1400"}]}), 5),
        (json!({"fixed_ips": [{"ip_address": "10.9.0.50"}]}), 6),
        (json!({"fixed_ips": [{"ip_address": "10.9.0.50"}]}), 6),
    ];
    for (body, expected) in steps {
        assert_eq!(change(&cloud, &path, "port", body.clone()), expected, "{body}");
    }
}

#[test]
fn a_change_of_the_binding_counts_after_the_answer() {
    let cloud = Cloud::new();
    let id = network(&cloud);
    let path = format!("ports/{}", text(&port(&cloud, json!({"network_id": id}))["id"]));
    assert_eq!(change(&cloud, &path, "port", json!({"binding:vnic_type": "direct"})), 1);
    assert_eq!(revision(&shown(&cloud, &path)), 2);
    assert_eq!(change(&cloud, &path, "port", json!({"binding:vnic_type": "normal", "name": "two"})), 3);
}

#[test]
fn a_router_counts_its_gateway_and_its_first_update() {
    let cloud = Cloud::new();
    let outside = external_network(&cloud);
    let plain = make(&cloud, "routers", "router", json!({"name": "r"}));
    assert_eq!(revision(&plain), 1);
    let path = format!("routers/{}", text(&plain["id"]));
    let gateway = json!({"external_gateway_info": {"network_id": outside}});
    let steps = [
        (json!({}), 2),
        (json!({}), 2),
        (gateway.clone(), 3),
        (gateway.clone(), 3),
        (json!({"external_gateway_info": {}}), 6),
        (json!({"external_gateway_info": null}), 6),
    ];
    for (body, expected) in steps {
        assert_eq!(change(&cloud, &path, "router", body.clone()), expected, "{body}");
    }
    assert_eq!(revision(&make(&cloud, "routers", "router", gateway)), 2);
}

#[test]
fn addresses_of_a_group_count_one_by_one() {
    let cloud = Cloud::new();
    let addresses = json!({"addresses": ["198.51.100.0/24", "10.0.0.1/32"]});
    let group = make(&cloud, "address-groups", "address_group", addresses);
    assert_eq!((revision(&group), &group["addresses"]), (2, &json!(["10.0.0.1/32", "198.51.100.0/24"])));
    let path = format!("/v2.0/address-groups/{}/add_addresses", text(&group["id"]));
    let more = cloud.put("neutron", &path, json!({"addresses": ["10.0.0.9", "10.0.0.8"]})).send();
    assert_eq!(revision(&made(more)), 4);
}

#[test]
fn tags_count_when_they_change_and_are_sorted() {
    let cloud = Cloud::new();
    let path = format!("networks/{}", network(&cloud));
    let tags = |tags: Value| {
        let answer = cloud.put("neutron", &format!("/v2.0/{path}/tags"), json!({"tags": tags})).send();
        assert_eq!((answer.status, &answer.body["tags"]), (200, &tags));
    };
    tags(json!(["z", "a", "Q"]));
    tags(json!(["z", "a", "Q"]));
    let network = shown(&cloud, &path);
    assert_eq!((revision(&network), &network["tags"]), (2, &json!(["Q", "a", "z"])));
}

#[test]
fn a_floating_ip_counts_its_association_and_its_status() {
    let cloud = Cloud::new();
    let outside = external_network(&cloud);
    let inside = network(&cloud);
    let subnet = text(&subnet(&cloud, &inside, "10.9.0.0/24")["id"]);
    let gateway = json!({"external_gateway_info": {"network_id": outside}});
    let router = text(&make(&cloud, "routers", "router", gateway)["id"]);
    let path = format!("/v2.0/routers/{router}/add_router_interface");
    assert_eq!(cloud.put("neutron", &path, json!({"subnet_id": subnet})).send().status, 200);
    let port = text(&port(&cloud, json!({"network_id": inside}))["id"]);
    let floating = make(&cloud, "floatingips", "floatingip", json!({"floating_network_id": outside}));
    let path = format!("floatingips/{}", text(&floating["id"]));
    assert_eq!(change(&cloud, &path, "floatingip", json!({})), 0);
    assert_eq!(change(&cloud, &path, "floatingip", json!({"port_id": port})), 1);
    cloud.pass(60);
    let wired = shown(&cloud, &path);
    assert_eq!((revision(&wired), &wired["status"]), (2, &json!("ACTIVE")));
    // The router that the floating IP had before the update is stored, too.
    assert_eq!(change(&cloud, &path, "floatingip", json!({"port_id": port})), 3);
    assert_eq!(change(&cloud, &path, "floatingip", json!({"port_id": port})), 3);
}

#[test]
fn rules_of_a_qos_policy_count_when_they_change() {
    let cloud = Cloud::new();
    let body = json!({"policy": {"name": "q"}});
    let id = text(&made(cloud.post("neutron", "/v2.0/qos/policies", body).user("admin").send())["id"]);
    let path = format!("qos/policies/{id}");
    assert_eq!(change_as_admin(&cloud, &path, "policy", json!({"shared": true, "name": "q"})), 0);
    let rules = format!("/v2.0/{path}/bandwidth_limit_rules");
    let rule = json!({"bandwidth_limit_rule": {"max_kbps": 1000}});
    let rule_id = text(&made(cloud.post("neutron", &rules, rule.clone()).user("admin").send())["id"]);
    let put = |body: Value| made(cloud.put("neutron", &format!("{rules}/{rule_id}"), body).user("admin").send());
    let now = || revision(&made(cloud.get("neutron", &format!("/v2.0/{path}")).user("admin").send()));
    put(rule);
    assert_eq!(now(), 1);
    put(json!({"bandwidth_limit_rule": {"max_kbps": 1001}}));
    assert_eq!(now(), 2);
}

#[test]
fn tags_of_if_match_are_in_quotes_behind_a_space() {
    let cloud = Cloud::new();
    let path = format!("/v2.0/networks/{}", network(&cloud));
    let put = |tags: &str| {
        let body = json!({"network": {"name": "n"}});
        cloud.put("neutron", &path, body).header("If-Match", tags).send().status
    };
    assert_eq!(put("\"revision_number=99\",\"revision_number=1\""), 412);
    assert_eq!(put("\"revision_number=99\", \"revision_number=1\""), 400);
    assert_eq!(put("W/\"revision_number=99\""), 200);
    let show = |tags: &str| cloud.get("neutron", &path).header("If-Match", tags).send().status;
    assert_eq!((show("revision_number=abc"), show("revision_number=99")), (400, 200));
}
