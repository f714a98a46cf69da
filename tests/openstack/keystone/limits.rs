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
