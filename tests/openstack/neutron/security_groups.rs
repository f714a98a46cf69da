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

#[test]
fn rules_say_whether_their_group_is_the_default_one_except_in_lists() {
    let cloud = Cloud::new();
    let group = make(&cloud, "security-groups", "security_group", json!({"name": "x"}));
    let path = format!("/v2.0/security-groups/{}", text(&group["id"]));
    let shown = cloud.get("neutron", &path).send().body["security_group"]["security_group_rules"][0].clone();
    assert_eq!(shown["belongs_to_default_sg"], false);
    let listed = cloud.get("neutron", &format!("/v2.0/security-groups?id={}", text(&group["id"]))).send();
    let rule = &listed.body["security_groups"][0]["security_group_rules"][0];
    assert_eq!(rule["belongs_to_default_sg"], json!(null));
}

#[test]
fn the_owner_of_a_group_sees_rules_that_others_added() {
    let cloud = Cloud::new();
    let group = text(&make(&cloud, "security-groups", "security_group", json!({"name": "x"}))["id"]);
    let admin = cloud.post("neutron", "/v2.0/networks", json!({"network": {}})).user("admin").send();
    let rule = json!({"security_group_rule": {
        "security_group_id": group, "direction": "ingress", "protocol": "tcp",
        "project_id": admin.body["network"]["project_id"],
    }});
    let rule = cloud.post("neutron", "/v2.0/security-group-rules", rule).user("admin").send();
    let id = rule.body["security_group_rule"]["id"].clone();
    let all = cloud.get("neutron", "/v2.0/security-group-rules").send().body["security_group_rules"].clone();
    assert!(all.as_array().is_some_and(|all| all.iter().any(|one| one["id"] == id)), "{all}");
}

#[test]
fn a_log_goes_with_its_security_group() {
    let cloud = Cloud::new();
    let body = json!({"security_group": {"name": "x"}});
    let group = cloud.post("neutron", "/v2.0/security-groups", body).user("admin").send();
    let group = text(&group.body["security_group"]["id"]);
    let log = json!({"log": {"name": "l", "resource_type": "security_group", "resource_id": group}});
    let log = cloud.post("neutron", "/v2.0/log/logs", log).user("admin").send();
    let path = format!("/v2.0/log/logs/{}", text(&log.body["log"]["id"]));
    assert_eq!(cloud.get("neutron", &path).user("admin").send().status, 200);
    cloud.delete("neutron", &format!("/v2.0/security-groups/{group}")).user("admin").send();
    assert_eq!(cloud.get("neutron", &path).user("admin").send().status, 404);
}

#[test]
fn a_default_rule_repeats_one_of_other_groups_whatever_its_use() {
    let cloud = Cloud::new();
    let create = |default: bool, others: bool| {
        let rule = json!({"default_security_group_rule": {
            "direction": "ingress", "protocol": "tcp", "port_range_min": 80, "port_range_max": 80,
            "used_in_default_sg": default, "used_in_non_default_sg": others,
        }});
        cloud.post("neutron", "/v2.0/default-security-group-rules", rule).user("admin").send()
    };
    assert_eq!(create(true, true).status, 201);
    for (default, others) in [(true, false), (false, true)] {
        assert_eq!(refusal(&create(default, others)).1, "DefaultSecurityGroupRuleExists");
    }
}
