//! QoS specs.

use super::types::volume_type;
use crate::support::{Cloud, RequestBuilder};
use serde_json::{Value, json};

/// Sends a request as administrator and returns status, body and message.
fn admin(request: RequestBuilder<'_>) -> (u16, Value, String) {
    let answer = request.user("admin").send();
    (answer.status, answer.body.clone(), answer.message().to_owned())
}

/// Creates QoS specs and returns their path.
fn specs(cloud: &Cloud, fields: Value) -> String {
    let (status, body, message) = admin(cloud.post("cinder", "/v3/qos-specs", json!({"qos_specs": fields})));
    assert_eq!(status, 200, "{message}");
    format!("/v3/qos-specs/{}", body["qos_specs"]["id"].as_str().unwrap())
}

#[test]
fn fields_other_than_name_and_consumer_are_specs() {
    let cloud = Cloud::new();
    let path = specs(&cloud, json!({"name": " gold ", "consumer": "both", "read_iops_sec": "2000"}));
    let shown = admin(cloud.get("cinder", &path)).1;
    assert_eq!(shown["qos_specs"]["name"], "gold");
    assert_eq!(shown["qos_specs"]["consumer"], "both");
    assert_eq!(shown["qos_specs"]["specs"], json!({"read_iops_sec": "2000"}));
    assert_eq!(cloud.get("cinder", &path).send().status, 403);
}

#[test]
fn keys_can_be_set_and_deleted() {
    let cloud = Cloud::new();
    let path = specs(&cloud, json!({"name": "gold"}));
    let set = json!({"qos_specs": {"a": "1", "consumer": "front-end"}});
    assert_eq!(admin(cloud.put("cinder", &path, set.clone())).1, set);
    let unset = |key: &str| admin(cloud.put("cinder", &format!("{path}/delete_keys"), json!({"keys": [key]})));
    assert_eq!(unset("a").0, 202);
    assert_eq!(unset("a").0, 404);
    let shown = admin(cloud.get("cinder", &path)).1;
    assert_eq!((&shown["qos_specs"]["specs"], &shown["qos_specs"]["consumer"]), (&json!({}), &json!("front-end")));
}

#[test]
fn a_type_has_one_set_of_specs_which_is_deleted_only_by_force() {
    let cloud = Cloud::new();
    let (gold, silver) = (specs(&cloud, json!({"name": "gold"})), specs(&cloud, json!({"name": "silver"})));
    let volume_type_path = volume_type(&cloud, json!({"name": "fast"}));
    let id = volume_type_path.rsplit('/').next().unwrap();
    let get = |path: &str, what: &str| admin(cloud.get("cinder", &format!("{path}/{what}?vol_type_id={id}")));
    assert_eq!(get(&gold, "associate").0, 202);
    assert_eq!(get(&silver, "associate").0, 400);
    assert_eq!(get(&gold, "associations").1["qos_associations"][0]["name"], "fast");
    assert_eq!(admin(cloud.delete("cinder", &gold)).2, "Qos specs still in use.");
    assert_eq!(admin(cloud.delete("cinder", &format!("{gold}?force=true"))).0, 202);
    assert_eq!(admin(cloud.get("cinder", &volume_type_path)).1["volume_type"]["qos_specs_id"], Value::Null);
    assert_eq!(get(&silver, "associate").0, 202);
    assert_eq!(get(&silver, "disassociate").0, 202);
    assert_eq!(get(&silver, "associations").1, json!({"qos_associations": []}));
}

#[test]
fn an_unknown_consumer_is_rejected() {
    let cloud = Cloud::new();
    let body = json!({"qos_specs": {"name": "gold", "consumer": "me"}});
    let (status, _, message) = admin(cloud.post("cinder", "/v3/qos-specs", body));
    assert_eq!(status, 400);
    assert!(message.starts_with("Invalid qos specs: Valid consumer of QoS specs are: "));
}
