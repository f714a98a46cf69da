//! Trusts.

use super::tokens::{by_password, log_in};
use crate::support::{Answered, Cloud};
use nephos::clouds::openstack::ids;
use serde_json::{Value, json};

/// Creates a trust from demo to admin with the role reader on the project demo. `changes` overrides fields.
fn trust(cloud: &Cloud, changes: Value) -> Answered {
    let mut trust = json!({
        "trustor_user_id": &*ids::id("user", "demo"),
        "trustee_user_id": &*ids::id("user", "admin"),
        "project_id": &*ids::id("project", "demo"),
        "roles": [{"name": "reader"}],
        "impersonation": true,
    });
    if let (Some(trust), Some(changes)) = (trust.as_object_mut(), changes.as_object()) {
        trust.extend(changes.clone());
    }
    cloud.post("keystone", "/v3/OS-TRUST/trusts", json!({"trust": trust})).send()
}

/// Requests a token of the trust.
fn use_trust(cloud: &Cloud, user: &str, trust: &Answered) -> Answered {
    log_in(cloud, by_password(user, "nephos", json!({"OS-TRUST:trust": {"id": trust.body["trust"]["id"]}})))
}

#[test]
fn the_trustee_acts_as_the_trustor_with_the_roles_of_the_trust() {
    let cloud = Cloud::new();
    let created = trust(&cloud, json!({}));
    assert_eq!(created.status, 201, "{}", created.text);
    let answer = use_trust(&cloud, "admin", &created);
    let token = &answer.body["token"];
    assert_eq!((&token["user"]["name"], &token["roles"][0]["name"]), (&json!("demo"), &json!("reader")));
    assert_eq!(token["roles"].as_array().unwrap().len(), 1);
    assert_eq!(token["OS-TRUST:trust"]["trustee_user"]["id"], json!(&*ids::id("user", "admin")));
    let token_id = answer.header("x-subject-token").unwrap();
    let status = || cloud.get("cinder", "/v3/volumes").nobody().header("X-Auth-Token", token_id).send().status;
    assert_eq!(status(), 200);
    let path = format!("/v3/OS-TRUST/trusts/{}", created.body["trust"]["id"].as_str().unwrap());
    assert_eq!(cloud.delete("keystone", &path).send().status, 204);
    assert_eq!((status(), cloud.get("keystone", &path).send().status), (401, 404));
}

#[test]
fn a_trust_is_used_up_after_its_remaining_uses() {
    let cloud = Cloud::new();
    let created = trust(&cloud, json!({"remaining_uses": 1}));
    assert_eq!(use_trust(&cloud, "demo", &created).status, 403);
    let statuses = [(); 2].map(|()| use_trust(&cloud, "admin", &created).status);
    assert_eq!(statuses, [201, 401]);
}

#[test]
fn a_user_cannot_delegate_roles_that_the_user_does_not_have() {
    let cloud = Cloud::new();
    let created = trust(&cloud, json!({"roles": [{"name": "admin"}]}));
    let text = format!("Could not find role: {}.", ids::id("role", "admin"));
    assert_eq!((created.status, created.message()), (404, text.as_str()));
    let other = trust(&cloud, json!({"trustor_user_id": &*ids::id("user", "admin")}));
    let text = "You are not authorized to perform the requested action: identity:create_trust.";
    assert_eq!((other.status, other.message()), (403, text));
}
