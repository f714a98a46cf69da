//! Server groups.

use crate::support::Cloud;
use serde_json::{Value, json};

fn create(cloud: &Cloud, body: Value, version: &str) -> crate::support::Answered {
    cloud.post("nova", "/v2.1/os-server-groups", json!({"server_group": body})).version(version).send()
}

#[test]
fn the_policy_has_the_format_of_the_microversion() {
    let cloud = Cloud::new();
    let body = json!({"name": "g", "policy": "anti-affinity", "rules": {"max_server_per_host": 3}});
    let created = create(&cloud, body, "compute 2.64").body["server_group"].clone();
    assert_eq!((&created["policy"], &created["rules"]), (&json!("anti-affinity"), &json!({"max_server_per_host": 3})));
    let path = format!("/v2.1/os-server-groups/{}", created["id"].as_str().unwrap());
    let old = cloud.get("nova", &path).send().body["server_group"].clone();
    assert_eq!((&old["policies"], &old["metadata"]), (&json!(["anti-affinity"]), &json!({})));
    assert_eq!(cloud.delete("nova", &path).send().status, 204);
    assert_eq!(cloud.get("nova", "/v2.1/os-server-groups").send().body, json!({"server_groups": []}));
}

#[test]
fn soft_policies_require_2_15_and_rules_require_anti_affinity() {
    let cloud = Cloud::new();
    let soft = json!({"name": "g", "policies": ["soft-affinity"]});
    assert!(
        create(&cloud, soft.clone(), "compute 2.14").message().ends_with("is not one of ['anti-affinity', 'affinity']")
    );
    assert_eq!(create(&cloud, soft, "compute 2.15").status, 200);
    let rules = json!({"name": "g", "policy": "affinity", "rules": {"max_server_per_host": 3}});
    assert_eq!(create(&cloud, rules, "compute 2.64").message(), "Only anti-affinity policy supports rules.");
}
