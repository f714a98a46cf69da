//! Registered limits and limits.

use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::json;

#[test]
fn a_limit_requires_a_registered_limit() {
    let cloud = Cloud::new();
    let service = &*ids::id("service", "block-storage");
    let of_demo = json!({"limits": [{
        "project_id": &*ids::id("project", "demo"), "service_id": service, "resource_name": "volumes", "resource_limit": 5,
    }]});
    let limit = || cloud.post("keystone", "/v3/limits", of_demo.clone()).user("admin").send();
    let text = "Unable to create a limit that has no corresponding registered limit.";
    assert_eq!((limit().status, limit().message()), (403, text));
    let registered =
        json!({"registered_limits": [{"service_id": service, "resource_name": "volumes", "default_limit": 10}]});
    let created = cloud.post("keystone", "/v3/registered_limits", registered).user("admin").send();
    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(limit().status, 201);
    assert_eq!(cloud.get("keystone", "/v3/limits").send().body["limits"][0]["resource_limit"], 5);
    let path = format!("/v3/registered_limits/{}", created.body["registered_limits"][0]["id"].as_str().unwrap());
    assert_eq!(cloud.delete("keystone", &path).user("admin").send().status, 403);
}

#[test]
fn a_missing_field_of_a_limit_is_told_before_a_missing_alternative() {
    let cloud = Cloud::new();
    let refusal = |limit: serde_json::Value| {
        let answer = cloud.post("keystone", "/v3/limits", json!({"limits": [limit]})).user("admin").send();
        answer.message().to_owned()
    };
    let without_service = refusal(json!({"resource_name": "volumes", "resource_limit": 5}));
    assert!(without_service.ends_with("'service_id' is a required property"), "{without_service}");
    let service = &*ids::id("service", "block-storage");
    let of_nobody = refusal(json!({"service_id": service, "resource_name": "volumes", "resource_limit": 5}));
    assert!(of_nobody.ends_with("is not valid under any of the given schemas"), "{of_nobody}");
}
