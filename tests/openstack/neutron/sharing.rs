//! RBAC policies, and the smaller resources: address groups, QoS policies, trunks, auto-allocated topologies.

use super::{made, make, network, port, refusal, subnet, text};
use crate::support::Cloud;
use serde_json::json;

/// Creates a network of the administrator that the demo project does not see, and returns its id.
fn foreign_network(cloud: &Cloud) -> String {
    let body = json!({"network": {"name": "foreign"}});
    text(&made(cloud.post("neutron", "/v2.0/networks", body).user("admin").send())["id"])
}

#[test]
fn a_shared_network_is_visible_until_its_policy_is_deleted() {
    let cloud = Cloud::new();
    let net = foreign_network(&cloud);
    let path = format!("/v2.0/networks/{net}");
    assert_eq!(cloud.get("neutron", &path).send().status, 404);
    let demo = text(&make(&cloud, "networks", "network", json!({}))["project_id"]);
    let body = json!({"rbac_policy": {
        "object_type": "network", "object_id": net, "target_tenant": demo, "action": "access_as_shared",
    }});
    let policy = made(cloud.post("neutron", "/v2.0/rbac-policies", body.clone()).user("admin").send());
    let again = cloud.post("neutron", "/v2.0/rbac-policies", body).user("admin").send();
    assert_eq!(refusal(&again).1, "DuplicateRbacPolicy");
    assert_eq!(made(cloud.get("neutron", &path).send())["shared"], true);
    let port = port(&cloud, json!({"network_id": net}));
    let policy = format!("/v2.0/rbac-policies/{}", text(&policy["id"]));
    let answer = cloud.delete("neutron", &policy).user("admin").send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "RbacPolicyInUse"));
    cloud.delete("neutron", &format!("/v2.0/ports/{}", text(&port["id"]))).send();
    assert_eq!(cloud.delete("neutron", &policy).user("admin").send().status, 204);
    assert_eq!(cloud.get("neutron", &path).send().status, 404);
}

#[test]
fn only_administrators_share_with_everybody() {
    let cloud = Cloud::new();
    let net = network(&cloud);
    let body = json!({"rbac_policy": {
        "object_type": "network", "object_id": net, "target_tenant": "*", "action": "access_as_shared",
    }});
    let answer = cloud.post("neutron", "/v2.0/rbac-policies", body.clone()).send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (403, "PolicyNotAuthorized"));
    assert_eq!(cloud.post("neutron", "/v2.0/rbac-policies", body).user("admin").send().status, 201);
}

#[test]
fn an_address_group_has_no_duplicates_and_stays_while_a_rule_uses_it() {
    let cloud = Cloud::new();
    let group = make(&cloud, "address-groups", "address_group", json!({"addresses": ["10.0.0.1/8", "2001:db8::/32"]}));
    assert_eq!(group["addresses"], json!(["10.0.0.0/8", "2001:db8::/32"]));
    let path = format!("/v2.0/address-groups/{}", text(&group["id"]));
    let twice = cloud.put("neutron", &format!("{path}/add_addresses"), json!({"addresses": ["10.0.0.0/8"]})).send();
    assert_eq!((twice.status, refusal(&twice).1.as_str()), (400, "AddressesAlreadyExist"));
    let less = cloud.put("neutron", &format!("{path}/remove_addresses"), json!({"addresses": ["10.0.0.0/8"]})).send();
    assert_eq!(made(less)["addresses"], json!(["2001:db8::/32"]));
    let security_group = make(&cloud, "security-groups", "security_group", json!({"name": "sg"}));
    let rule = json!({
        "security_group_id": security_group["id"], "direction": "ingress", "remote_address_group_id": group["id"],
    });
    make(&cloud, "security-group-rules", "security_group_rule", rule);
    assert_eq!(refusal(&cloud.delete("neutron", &path).send()).1, "AddressGroupInUse");
}

#[test]
fn a_qos_policy_has_one_rule_of_each_type_and_stays_while_it_is_used() {
    let cloud = Cloud::new();
    let body = json!({"policy": {"name": "gold"}});
    assert_eq!(cloud.post("neutron", "/v2.0/qos/policies", body.clone()).send().status, 403);
    let policy = made(cloud.post("neutron", "/v2.0/qos/policies", body).user("admin").send());
    let id = text(&policy["id"]);
    let rules = format!("/v2.0/qos/policies/{id}/bandwidth_limit_rules");
    let limit = json!({"bandwidth_limit_rule": {"max_kbps": 1000}});
    let rule = made(cloud.post("neutron", &rules, limit.clone()).user("admin").send());
    assert_eq!((&rule["direction"], &rule["max_burst_kbps"]), (&json!("egress"), &json!(0)));
    assert_eq!(refusal(&cloud.post("neutron", &rules, limit).user("admin").send()).1, "QoSRulesConflict");
    let guarantee = json!({"minimum_bandwidth_rule": {"min_kbps": 2000}});
    let guarantees = format!("/v2.0/qos/policies/{id}/minimum_bandwidth_rules");
    let answer = cloud.post("neutron", &guarantees, guarantee).user("admin").send();
    assert_eq!(refusal(&answer).1, "QoSRuleParameterConflict");
    let net =
        made(cloud.post("neutron", "/v2.0/networks", json!({"network": {"qos_policy_id": id}})).user("admin").send());
    let path = format!("/v2.0/qos/policies/{id}");
    let answer = cloud.delete("neutron", &path).user("admin").send();
    let message = format!("QoS Policy {id} is used by network {}.", text(&net["id"]));
    assert_eq!(refusal(&answer), (409, "QosPolicyInUse".into(), message));
    let shown = made(cloud.get("neutron", &path).user("admin").send());
    assert_eq!(shown["rules"][0]["type"], "bandwidth_limit");
}

#[test]
fn subports_have_different_vlans_and_ports_of_a_trunk_cannot_be_deleted() {
    let cloud = Cloud::new();
    let net = network(&cloud);
    subnet(&cloud, &net, "10.1.0.0/24");
    let ports: Vec<_> = (0..3).map(|_| port(&cloud, json!({"network_id": net}))).collect();
    let subport = |at: usize, vlan: i64| json!({"port_id": ports[at]["id"], "segmentation_type": "vlan", "segmentation_id": vlan});
    let trunk = make(&cloud, "trunks", "trunk", json!({"port_id": ports[0]["id"], "sub_ports": [subport(1, 5)]}));
    assert_eq!(trunk["status"], "DOWN");
    let add = format!("/v2.0/trunks/{}/add_subports", text(&trunk["id"]));
    let same = cloud.put("neutron", &add, json!({"sub_ports": [subport(2, 5)]})).send();
    assert_eq!((same.status, refusal(&same).1.as_str()), (409, "DuplicateSubPort"));
    let added = cloud.put("neutron", &add, json!({"sub_ports": [subport(2, 6)]})).send();
    assert_eq!(added.body["sub_ports"].as_array().map(Vec::len), Some(2));
    for (at, kind) in [(0, "PortInUseAsTrunkParent"), (1, "PortInUseAsSubPort")] {
        let answer = cloud.delete("neutron", &format!("/v2.0/ports/{}", text(&ports[at]["id"]))).send();
        assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, kind));
    }
    let parent = made(cloud.get("neutron", &format!("/v2.0/ports/{}", text(&ports[0]["id"]))).send());
    assert_eq!(parent["trunk_details"]["sub_ports"][0]["mac_address"], ports[1]["mac_address"]);
}

#[test]
fn a_project_has_one_auto_allocated_topology() {
    let cloud = Cloud::new();
    let path = "/v2.0/auto-allocated-topology/None";
    let first = cloud.get("neutron", path).send();
    assert_eq!(first.status, 200, "{}", first.text);
    let id = first.body["auto_allocated_topology"]["id"].clone();
    assert_eq!(cloud.get("neutron", path).send().body["auto_allocated_topology"]["id"], id);
    let net = made(cloud.get("neutron", &format!("/v2.0/networks/{}", text(&id))).send());
    assert_eq!(net["name"], "auto_allocated_network");
    assert_eq!(cloud.delete("neutron", path).send().status, 204);
    assert_eq!(cloud.get("neutron", &format!("/v2.0/networks/{}", text(&id))).send().status, 404);
}

#[test]
fn a_topology_whose_network_was_deleted_is_created_again() {
    let cloud = Cloud::new();
    let path = "/v2.0/auto-allocated-topology/None";
    let topology_network = || text(&cloud.get("neutron", path).send().body["auto_allocated_topology"]["id"]);
    let first = topology_network();
    let net = made(cloud.get("neutron", &format!("/v2.0/networks/{first}")).send());
    assert_eq!((&net["admin_state_up"], net["subnets"].as_array().map(Vec::len)), (&json!(true), Some(2)));
    let routers = cloud.get("neutron", "/v2.0/routers?name=auto_allocated_router").send().body;
    let router = format!("/v2.0/routers/{}", text(&routers["routers"][0]["id"]));
    assert!(routers["routers"][0]["external_gateway_info"]["network_id"].is_string());
    for subnet in net["subnets"].as_array().unwrap() {
        let body = json!({"subnet_id": subnet});
        assert_eq!(cloud.put("neutron", &format!("{router}/remove_router_interface"), body).send().status, 200);
    }
    assert_eq!(cloud.delete("neutron", &router).send().status, 204);
    assert_eq!(cloud.delete("neutron", &format!("/v2.0/networks/{first}")).send().status, 204);
    assert_ne!(topology_network(), first);
}

#[test]
fn a_topology_that_cannot_be_completed_leaves_no_network() {
    let cloud = Cloud::new();
    let pools = cloud.get("neutron", "/v2.0/subnetpools").user("admin").send().body;
    for pool in pools["subnetpools"].as_array().unwrap() {
        let path = format!("/v2.0/subnetpools/{}", text(&pool["id"]));
        assert_eq!(cloud.delete("neutron", &path).user("admin").send().status, 204);
    }
    let dry = cloud.get("neutron", "/v2.0/auto-allocated-topology/None?fields=dry-run").send();
    assert_eq!((dry.status, refusal(&dry).1.as_str()), (409, "AutoAllocationFailure"));
    let answer = cloud.get("neutron", "/v2.0/auto-allocated-topology/None").send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "AutoAllocationFailure"));
    let left = cloud.get("neutron", "/v2.0/networks?name=auto_allocated_network").send().body;
    assert_eq!(left["networks"], json!([]));
}

#[test]
fn rbac_policies_are_not_paged_but_sort_keys_are_checked() {
    let cloud = Cloud::new();
    let list = |query: &str| cloud.get("neutron", &format!("/v2.0/rbac-policies?{query}")).user("admin").send();
    assert_eq!(list("limit=-1").status, 200);
    let alone = list("sort_key=id");
    assert_eq!((alone.status, refusal(&alone).2.as_str()), (400, "The number of sort_keys and sort_dirs must be same"));
    assert_eq!(list("sort_key=id&sort_dir=asc").status, 400);
}

#[test]
fn only_administrators_may_name_the_topology_of_another_project() {
    let cloud = Cloud::new();
    let path = "/v2.0/auto-allocated-topology/0badc0de000040008000000000000bad";
    let update = |user: &str| {
        let request = cloud.put("neutron", path, json!({"auto_allocated_topology": {}}));
        request.user(user).send().status
    };
    assert_eq!((update("demo"), update("admin")), (403, 400));
}

/// A token of a new user with the role reader on the project demo.
fn reader_token(cloud: &Cloud) -> String {
    let admin = |path: &str, body| made(cloud.post("keystone", path, body).user("admin").send());
    let user = text(&admin("/v3/users", json!({"user": {"name": "rd", "password": "nephos"}}))["id"]);
    let roles = cloud.get("keystone", "/v3/roles?name=reader").user("admin").send();
    let (role, project) = (text(&roles.body["roles"][0]["id"]), cloud.token("demo").1);
    let grant = format!("/v3/projects/{project}/users/{user}/roles/{role}");
    assert_eq!(cloud.ask("PUT", "keystone", &grant).user("admin").send().status, 204);
    let login = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {"id": user, "password": "nephos"}}},
        "scope": {"project": {"id": project}},
    }});
    cloud.post("keystone", "/v3/auth/tokens", login).nobody().send().header("x-subject-token").unwrap().to_owned()
}

#[test]
fn a_reader_sees_the_topology_of_its_project_and_does_not_delete_it() {
    let cloud = Cloud::new();
    let path = format!("/v2.0/auto-allocated-topology/{}", cloud.token("demo").1);
    let token = reader_token(&cloud);
    let reader = |method| cloud.ask(method, "neutron", &path).nobody().header("X-Auth-Token", &token).send();
    let network = text(&made(cloud.get("neutron", &path).send())["id"]);
    assert_eq!(made(reader("GET"))["id"], network);
    assert_eq!(reader("DELETE").status, 403);
    let network = format!("/v2.0/networks/{network}");
    assert_eq!(cloud.get("neutron", &network).send().status, 200);
    assert_eq!(cloud.delete("neutron", &path).send().status, 204);
    assert_eq!(cloud.get("neutron", &network).send().status, 404);
}

#[test]
fn a_rule_names_only_groups_that_the_project_sees() {
    let cloud = Cloud::new();
    let foreign = |path: &str, body| text(&made(cloud.post("neutron", path, body).user("admin").send())["id"]);
    let group = foreign("/v2.0/security-groups", json!({"security_group": {"name": "a"}}));
    let addresses = json!({"address_group": {"name": "a", "addresses": ["10.0.0.0/8"]}});
    let addresses = foreign("/v2.0/address-groups", addresses);
    let own = text(&make(&cloud, "security-groups", "security_group", json!({"name": "own"}))["id"]);
    let rule = |field: &str, id: &str| {
        let mut rule = json!({"security_group_id": own, "direction": "ingress"});
        rule[field] = json!(id);
        cloud.post("neutron", "/v2.0/security-group-rules", json!({"security_group_rule": rule})).send()
    };
    assert_eq!(refusal(&rule("remote_group_id", &group)).1, "SecurityGroupNotFound");
    assert_eq!(refusal(&rule("remote_address_group_id", &addresses)).1, "AddressGroupNotFound");
    for (kind, id) in [("security_group", &group), ("address_group", &addresses)] {
        let share = json!({"object_type": kind, "object_id": id, "target_tenant": "*", "action": "access_as_shared"});
        foreign("/v2.0/rbac-policies", json!({"rbac_policy": share}));
    }
    assert_eq!(rule("remote_group_id", &group).status, 201);
    assert_eq!(rule("remote_address_group_id", &addresses).status, 201);
}

#[test]
fn a_local_ip_names_only_ports_and_networks_that_the_project_sees() {
    let cloud = Cloud::new();
    let net = foreign_network(&cloud);
    let subnet = json!({"subnet": {"network_id": net, "ip_version": 4, "cidr": "10.77.0.0/24"}});
    made(cloud.post("neutron", "/v2.0/subnets", subnet).user("admin").send());
    let port = made(cloud.post("neutron", "/v2.0/ports", json!({"port": {"network_id": net}})).user("admin").send());
    let local_ip = |fields| cloud.post("neutron", "/v2.0/local-ips", json!({"local_ip": fields})).send();
    assert_eq!(refusal(&local_ip(json!({"local_port_id": port["id"]}))).1, "BadRequest");
    assert_eq!(refusal(&local_ip(json!({"network_id": net}))).1, "NetworkNotFound");
}
