//! Credentials and EC2 keys.

use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::json;

#[test]
fn an_ec2_key_is_a_credential_too() {
    let cloud = Cloud::new();
    let keys = format!("/v3/users/{}/credentials/OS-EC2", ids::id("user", "demo"));
    let made = cloud.post("keystone", &keys, json!({"tenant_id": &*ids::id("project", "demo")})).send();
    assert_eq!(made.status, 201, "{}", made.text);
    let access = made.body["credential"]["access"].as_str().unwrap();
    assert_eq!(cloud.get("keystone", &format!("{keys}/{access}")).send().body, made.body);
    let listed = cloud.get("keystone", "/v3/credentials?type=ec2").send();
    assert!(listed.body["credentials"][0]["blob"].as_str().unwrap().contains(access));
    assert_eq!(cloud.delete("keystone", &format!("{keys}/{access}")).send().status, 204);
    assert_eq!(cloud.get("keystone", &format!("{keys}/{access}")).send().status, 404);
}

#[test]
fn credentials_are_seen_by_their_user_alone() {
    let cloud = Cloud::new();
    let body = json!({"credential": {"type": "cert", "blob": "secret", "user_id": &*ids::id("user", "admin")}});
    let refused = cloud.post("keystone", "/v3/credentials", body.clone()).send();
    assert_eq!(refused.status, 403);
    let made = cloud.post("keystone", "/v3/credentials", body).user("admin").send();
    let path = format!("/v3/credentials/{}", made.body["credential"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("keystone", &path).send().status, 403);
    assert_eq!(cloud.get("keystone", "/v3/credentials").send().body["credentials"], json!([]));
    let changed = cloud.patch("keystone", &path, json!({"credential": {"blob": "other"}})).user("admin").send();
    assert_eq!(changed.body["credential"]["blob"], "other");
}

#[test]
fn a_body_is_checked_before_anybody_is_asked_who_they_are() {
    let cloud = Cloud::new();
    let answer = cloud.post("keystone", "/v3/credentials", json!({"credential": {}})).nobody().send();
    let text = "Invalid input for field/attribute credential. Value: {}. 'blob' is a required property";
    assert_eq!((answer.status, answer.message()), (400, text));
}
