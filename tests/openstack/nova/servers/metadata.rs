//! Metadata, tags, names and descriptions of servers.

use super::{active, show};
use crate::support::Cloud;
use serde_json::json;

#[test]
fn metadata_is_added_changed_and_deleted() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({"metadata": {"a": "1"}}));
    let path = format!("/v2.1/servers/{id}/metadata");
    let added = cloud.post("nova", &path, json!({"metadata": {"b": "2"}})).send();
    assert_eq!(added.body["metadata"], json!({"a": "1", "b": "2"}));
    let changed = cloud.put("nova", &format!("{path}/a"), json!({"meta": {"a": "3"}})).send();
    assert_eq!(changed.body, json!({"meta": {"a": "3"}}));
    let mismatch = cloud.put("nova", &format!("{path}/a"), json!({"meta": {"b": "3"}})).send();
    assert_eq!((mismatch.status, mismatch.message()), (400, "Request body and URI mismatch"));
    assert_eq!(cloud.delete("nova", &format!("{path}/b")).send().status, 204);
    let gone = cloud.get("nova", &format!("{path}/b")).send();
    assert_eq!((gone.status, gone.message()), (404, "Metadata item was not found"));
    assert_eq!(show(&cloud, &id)["metadata"], json!({"a": "3"}));
}

#[test]
fn tags_require_2_26() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({}));
    let one = format!("/v2.1/servers/{id}/tags/blue");
    assert_eq!(cloud.put("nova", &one, json!({})).send().status, 404);
    let put = || cloud.put("nova", &one, json!({})).version("compute 2.26").send();
    let made = put();
    assert_eq!(made.status, 201);
    assert!(made.header("Location").is_some_and(|location| location.ends_with("/tags/blue")));
    assert_eq!(put().status, 204);
    assert_eq!(show(&cloud, &id)["tags"], json!(["blue"]));
    assert_eq!(cloud.delete("nova", &one).version("compute 2.26").send().status, 204);
    assert_eq!(cloud.delete("nova", &one).version("compute 2.26").send().status, 404);
}

#[test]
fn a_server_is_renamed_and_gets_a_description() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({}));
    let path = format!("/v2.1/servers/{id}");
    let answer = cloud.put("nova", &path, json!({"server": {"name": "new"}})).send();
    assert_eq!((answer.status, &answer.body["server"]["name"]), (200, &json!("new")));
    assert!(answer.body["server"].get("key_name").is_none(), "the full response starts at 2.75");
    let unknown = cloud.put("nova", &path, json!({"server": {"description": "d"}})).send();
    assert_eq!(unknown.status, 400);
    let updated = cloud.put("nova", &path, json!({"server": {"description": "d"}})).version("compute 2.75").send();
    assert_eq!(updated.body["server"]["description"], "d");
    assert!(updated.body["server"].get("key_name").is_some());
}
