//! QoS policies and their rules (neutron/services/qos).

use super::{made, make, network, port, refusal, text};
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

fn policy(cloud: &Cloud, body: Value) -> String {
    text(&made(cloud.post("neutron", "/v2.0/qos/policies", json!({"policy": body})).user("admin").send())["id"])
}

fn rule(cloud: &Cloud, policy: &str, kind: &str, body: Value) -> Answered {
    let path = format!("/v2.0/qos/policies/{policy}/{kind}s");
    cloud.post("neutron", &path, json!({kind: body})).user("admin").send()
}

#[test]
fn packet_rates_for_one_direction_exclude_those_for_both_together() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p"}));
    let kind = "minimum_packet_rate_rule";
    made(rule(&cloud, &id, kind, json!({"min_kpps": 200, "direction": "egress"})));
    let answer = refusal(&rule(&cloud, &id, kind, json!({"min_kpps": 201, "direction": "any"})));
    assert_eq!((answer.0, answer.1.as_str()), (409, "QoSRuleParameterConflict"));
    let other = made(rule(&cloud, &id, kind, json!({"min_kpps": 200, "direction": "ingress"})));
    let path = format!("/v2.0/qos/policies/{id}/{kind}s/{}", text(&other["id"]));
    let answer = cloud.put("neutron", &path, json!({kind: {"direction": "any"}})).user("admin").send();
    assert_eq!(answer.status, 409, "{}", answer.text);
}

#[test]
fn a_limit_contradicts_only_a_guarantee_for_the_same_direction() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p"}));
    made(rule(&cloud, &id, "minimum_bandwidth_rule", json!({"min_kbps": 2000, "direction": "egress"})));
    let limit = |direction: &str| json!({"max_kbps": 1000, "direction": direction});
    made(rule(&cloud, &id, "bandwidth_limit_rule", limit("ingress")));
    let answer = rule(&cloud, &id, "bandwidth_limit_rule", limit("egress"));
    assert_eq!(refusal(&answer).1, "QoSRuleParameterConflict");
}

#[test]
fn a_policy_that_a_project_does_not_see_is_neither_given_nor_taken() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p"}));
    let new = cloud.post("neutron", "/v2.0/networks", json!({"network": {"qos_policy_id": id}})).send();
    assert_eq!(refusal(&new).1, "QosPolicyNotFound");
    let net = network(&cloud);
    let path = format!("/v2.0/networks/{net}");
    made(cloud.put("neutron", &path, json!({"network": {"qos_policy_id": id}})).user("admin").send());
    let taken = cloud.put("neutron", &path, json!({"network": {"qos_policy_id": null}})).send();
    assert_eq!((taken.status, refusal(&taken).1.as_str()), (403, "PolicyRemoveAuthorizationError"));
    let shared = json!({"policy": {"shared": true}});
    made(cloud.put("neutron", &format!("/v2.0/qos/policies/{id}"), shared).user("admin").send());
    made(cloud.put("neutron", &path, json!({"network": {"qos_policy_id": null}})).send());
}

#[test]
fn a_rule_in_a_policy_of_another_project_is_forbidden() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p"}));
    let path = |id: &str| format!("/v2.0/qos/policies/{id}/bandwidth_limit_rules");
    let body = json!({"bandwidth_limit_rule": {"max_kbps": 1}});
    assert_eq!(cloud.post("neutron", &path(&id), body.clone()).send().status, 403);
    let unknown = path("11111111-2222-3333-4444-555555555555");
    assert_eq!(refusal(&cloud.post("neutron", &unknown, body).send()).1, "QosPolicyNotFound");
    assert_eq!(cloud.get("neutron", &path(&id)).send().status, 404);
}

#[test]
fn a_port_requests_the_guarantees_of_its_policy_from_placement() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p", "shared": true}));
    made(rule(&cloud, &id, "minimum_bandwidth_rule", json!({"min_kbps": 1000, "direction": "egress"})));
    made(rule(&cloud, &id, "minimum_packet_rate_rule", json!({"min_kpps": 500, "direction": "any"})));
    let net = network(&cloud);
    let port = port(&cloud, json!({"network_id": net, "qos_policy_id": id}));
    assert_eq!(port.get("resource_request"), None);
    let shown = made(cloud.get("neutron", &format!("/v2.0/ports/{}", text(&port["id"]))).user("admin").send());
    let request = &shown["resource_request"];
    let [bandwidth, packets] = [&request["request_groups"][0], &request["request_groups"][1]];
    assert_eq!(bandwidth["resources"], json!({"NET_BW_EGR_KILOBIT_PER_SEC": 1000}));
    assert_eq!(bandwidth["required"], json!(["CUSTOM_NETWORK_TUNNEL_PROVIDER", "CUSTOM_VNIC_TYPE_NORMAL"]));
    assert_eq!(packets["resources"], json!({"NET_PACKET_RATE_KILOPACKET_PER_SEC": 500}));
    assert_eq!(request["same_subtree"], json!([bandwidth["id"], packets["id"]]));
    assert_eq!(text(&bandwidth["id"]).as_bytes().get(14), Some(&b'5'));
}

#[test]
fn a_policy_stays_shared_while_other_projects_use_it() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p", "shared": true}));
    make(&cloud, "networks", "network", json!({"qos_policy_id": id}));
    let path = format!("/v2.0/qos/policies/{id}");
    let answer = cloud.put("neutron", &path, json!({"policy": {"shared": false}})).user("admin").send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "RbacPolicyInUse"));
}

#[test]
fn an_alias_of_a_rule_needs_the_policy_of_the_rule() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p"}));
    let made = made(rule(&cloud, &id, "minimum_packet_rate_rule", json!({"min_kpps": 200, "direction": "egress"})));
    let path = format!("/v2.0/qos/alias-minimum-packet-rate-rules/{}", text(&made["id"]));
    let kind = "alias_minimum_packet_rate_rule";
    let hidden = (404, "QosPolicyNotFound".to_owned(), format!("QoS policy {id} could not be found."));
    assert_eq!(refusal(&cloud.get("neutron", &path).send()), hidden);
    assert_eq!(refusal(&cloud.put("neutron", &path, json!({kind: {"min_kpps": 1}})).send()), hidden);
    assert_eq!(refusal(&cloud.delete("neutron", &path).send()), hidden);
    assert_eq!(cloud.delete("neutron", &path).user("admin").send().status, 204);
}

#[test]
fn a_change_of_a_collection_is_one_of_no_member() {
    let cloud = Cloud::new();
    let id = policy(&cloud, json!({"name": "p"}));
    let aliases = "/v2.0/qos/alias-dscp-marking-rules";
    let message = |method: &'static str, path: &str, body: Value| {
        refusal(&cloud.ask(method, "neutron", path).json(body).user("admin").send()).2
    };
    let nothing = "QoS rule None for policy  could not be found.";
    assert_eq!(message("DELETE", aliases, json!({"alias_dscp_marking_rule": {}})), nothing);
    assert_eq!(message("PUT", aliases, json!({})), nothing);
    let rules = format!("/v2.0/qos/policies/{id}/dscp_marking_rules");
    let nothing = format!("QoS rule {id} for policy {id} could not be found.");
    assert_eq!(message("PUT", &rules, json!({})), nothing);
    assert_eq!(message("DELETE", &rules, json!({"x": 1})), nothing);
    let network = format!("/v2.0/networks/{id}");
    assert_eq!(message("DELETE", &network, json!({"x": 1})), format!("Network {id} could not be found."));
    let network = format!("/v2.0/networks/{}", super::network(&cloud));
    assert_eq!(message("DELETE", &network, json!({"x": 1})), "Request body is not supported in DELETE.");
}

#[test]
fn a_rule_type_has_the_fields_that_are_asked_for() {
    let cloud = Cloud::new();
    let show = |query: &str| {
        let path = format!("/v2.0/qos/rule-types/dscp_marking?{query}");
        cloud.get("neutron", &path).user("admin").send().body["rule_type"].clone()
    };
    assert_eq!(show("fields=nonsense"), json!({}));
    assert_eq!(show("fields=type"), json!({"type": "dscp_marking"}));
    assert!(show("")["drivers"].is_array());
}
