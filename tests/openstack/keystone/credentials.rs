//! Credentials and EC2 keys.

use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::json;

#[test]
fn an_ec2_key_is_listed_among_the_credentials() {
    let cloud = Cloud::new();
    let keys = format!("/v3/users/{}/credentials/OS-EC2", ids::id("user", "demo"));
    let created = cloud.post("keystone", &keys, json!({"tenant_id": &*ids::id("project", "demo")})).send();
    assert_eq!(created.status, 201, "{}", created.text);
    let access = created.body["credential"]["access"].as_str().unwrap();
    assert_eq!(cloud.get("keystone", &format!("{keys}/{access}")).send().body, created.body);
    let listed = cloud.get("keystone", "/v3/credentials?type=ec2").send();
    assert!(listed.body["credentials"][0]["blob"].as_str().unwrap().contains(access));
    assert_eq!(cloud.delete("keystone", &format!("{keys}/{access}")).send().status, 204);
    assert_eq!(cloud.get("keystone", &format!("{keys}/{access}")).send().status, 404);
}

#[test]
fn only_its_user_and_the_administrator_see_a_credential() {
    let cloud = Cloud::new();
    let body = json!({"credential": {"type": "cert", "blob": "secret", "user_id": &*ids::id("user", "admin")}});
    let refused = cloud.post("keystone", "/v3/credentials", body.clone()).send();
    assert_eq!(refused.status, 403);
    let created = cloud.post("keystone", "/v3/credentials", body).user("admin").send();
    let path = format!("/v3/credentials/{}", created.body["credential"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("keystone", &path).send().status, 403);
    assert_eq!(cloud.get("keystone", "/v3/credentials").send().body["credentials"], json!([]));
    let changed = cloud.patch("keystone", &path, json!({"credential": {"blob": "other"}})).user("admin").send();
    assert_eq!(changed.body["credential"]["blob"], "other");
}

#[test]
fn a_body_is_validated_before_authentication() {
    let cloud = Cloud::new();
    let answer = cloud.post("keystone", "/v3/credentials", json!({"credential": {}})).nobody().send();
    let text = "Invalid input for field/attribute credential. Value: {}. 'blob' is a required property";
    assert_eq!((answer.status, answer.message()), (400, text));
}
