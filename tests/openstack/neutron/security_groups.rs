//! Security groups and their rules.

use super::{make, refusal, text};
use crate::support::Cloud;
use serde_json::json;

#[test]
fn every_project_has_a_default_group_that_allows_traffic_between_its_members() {
    let cloud = Cloud::new();
    let groups = cloud.get("neutron", "/v2.0/security-groups").send().body["security_groups"].clone();
    assert_eq!(groups.as_array().map(Vec::len), Some(1));
    let default = &groups[0];
    assert_eq!(
        (&default["name"], default["security_group_rules"].as_array().map(Vec::len)),
        (&json!("default"), Some(4))
    );
    let members = |rule: &&serde_json::Value| rule["remote_group_id"] == default["id"];
    assert_eq!(default["security_group_rules"].as_array().unwrap().iter().filter(members).count(), 2);
    let path = format!("/v2.0/security-groups/{}", text(&default["id"]));
    assert_eq!(refusal(&cloud.delete("neutron", &path).send()).1, "SecurityGroupCannotRemoveDefault");
    let again = cloud.post("neutron", "/v2.0/security-groups", json!({"security_group": {"name": "default"}})).send();
    assert_eq!(refusal(&again).1, "SecurityGroupDefaultAlreadyExists");
}

#[test]
fn rules_are_validated_and_unique() {
    let cloud = Cloud::new();
    let group = text(&make(&cloud, "security-groups", "security_group", json!({"name": "web"}))["id"]);
    let create = |fields: serde_json::Value| {
        let mut rule = json!({"security_group_id": group, "direction": "ingress"});
        for (name, value) in fields.as_object().unwrap() {
            rule[name] = value.clone();
        }
        cloud.post("neutron", "/v2.0/security-group-rules", json!({"security_group_rule": rule})).send()
    };
    let http = json!({"protocol": "tcp", "port_range_min": 80, "port_range_max": 80});
    assert_eq!(create(http.clone()).status, 201);
    assert_eq!((create(http.clone()).status, refusal(&create(http)).1.as_str()), (409, "SecurityGroupRuleExists"));
    let cases = [
        (json!({"port_range_min": 80, "port_range_max": 80}), "SecurityGroupProtocolRequiredWithPorts"),
        (json!({"protocol": "tcp", "port_range_min": 9, "port_range_max": 8}), "SecurityGroupInvalidPortRange"),
        (json!({"protocol": "icmp", "port_range_max": 8}), "SecurityGroupMissingIcmpType"),
        (json!({"protocol": "carrots"}), "SecurityGroupRuleInvalidProtocol"),
        (json!({"ethertype": "IPv4", "remote_ip_prefix": "fd00::/8"}), "SecurityGroupRuleParameterConflict"),
        (json!({"ethertype": "IPv9"}), "SecurityGroupRuleInvalidEtherType"),
        (json!({"protocol": "icmpv6"}), "SecurityGroupEthertypeConflictWithProtocol"),
    ];
    for (fields, kind) in cases {
        assert_eq!(refusal(&create(fields)).1, kind);
    }
}

#[test]
fn new_groups_have_the_default_rules_and_statefulness_that_administrators_set() {
    let cloud = Cloud::new();
    let rule = json!({"direction": "ingress", "protocol": "icmp", "used_in_non_default_sg": true, "used_in_default_sg": false});
    let body = json!({"default_security_group_rule": rule});
    let template = cloud.post("neutron", "/v2.0/default-security-group-rules", body).user("admin").send();
    assert_eq!(template.status, 201, "{}", template.text);
    let setting = json!({"security_groups_default_statefulness": {"stateful": false}});
    let set = || {
        let path = "/v2.0/security-groups-default-statefulness";
        cloud.post("neutron", path, setting.clone()).user("admin").send()
    };
    assert_eq!(set().status, 201);
    assert_eq!(refusal(&set()).1, "SecurityGroupDefaultStatefulnessAlreadyExists");
    let group = make(&cloud, "security-groups", "security_group", json!({"name": "web"}));
    let rules = group["security_group_rules"].as_array().unwrap();
    let pings = rules.iter().filter(|rule| rule["protocol"] == "icmp" && rule["direction"] == "ingress").count();
    // The other two rules allow all egress traffic.
    assert_eq!((rules.len(), pings), (3, 1));
    let group = text(&group["id"]);
    let shown = cloud.get("neutron", &format!("/v2.0/security-groups/{group}")).user("admin").send();
    assert_eq!(shown.body["security_group"]["name"], "web");
}
