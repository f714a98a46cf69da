//! Application credentials and access rules.

use super::tokens::log_in;
use crate::support::{Answered, Cloud};
use nephos::clouds::openstack::ids;
use serde_json::{Value, json};

fn path() -> String {
    format!("/v3/users/{}/application_credentials", ids::id("user", "demo"))
}

fn create(cloud: &Cloud, body: Value) -> Answered {
    cloud.post("keystone", &path(), json!({"application_credential": body})).send()
}

fn log_in_with(cloud: &Cloud, credential: &Value) -> Answered {
    let part = json!({"id": credential["id"], "secret": credential["secret"]});
    log_in(
        cloud,
        json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": part}}}),
    )
}

#[test]
fn a_token_of_an_application_credential_has_the_requested_roles() {
    let cloud = Cloud::new();
    let created = create(&cloud, json!({"name": "reads", "roles": [{"name": "reader"}]}));
    assert_eq!(created.status, 201, "{}", created.text);
    let credential = &created.body["application_credential"];
    let answer = log_in_with(&cloud, credential);
    let token = &answer.body["token"];
    assert_eq!(token["roles"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&token["project"]["name"], &token["application_credential"]["restricted"]),
        (&json!("demo"), &json!(true))
    );
    let shown = cloud.get("keystone", &format!("{}/{}", path(), credential["id"].as_str().unwrap())).send();
    assert!(shown.body["application_credential"].get("secret").is_none());
}

#[test]
fn an_application_credential_and_its_tokens_expire_together() {
    let cloud = Cloud::new();
    let created = create(&cloud, json!({"name": "short", "expires_at": "2030-01-01T12:10:00.000000"}));
    let credential = &created.body["application_credential"];
    let token = log_in_with(&cloud, credential);
    assert_eq!(token.body["token"]["expires_at"], "2030-01-01T12:10:00.000000Z");
    cloud.pass(601);
    assert_eq!(log_in_with(&cloud, credential).status, 401);
    let past = create(&cloud, json!({"name": "past", "expires_at": "2029-01-01T00:00:00"}));
    assert!(past.status == 400 && past.message().starts_with("The 'expires_at' must not be before now."));
}

#[test]
fn a_restricted_application_credential_cannot_create_another() {
    let cloud = Cloud::new();
    let try_with = |name: &str, unrestricted: bool| {
        let created = create(&cloud, json!({"name": name, "unrestricted": unrestricted}));
        let answer = log_in_with(&cloud, &created.body["application_credential"]);
        let token = answer.header("x-subject-token").unwrap().to_owned();
        let body = json!({"application_credential": {"name": format!("of {name}")}});
        cloud.post("keystone", &path(), body).nobody().header("X-Auth-Token", &token).send().status
    };
    assert_eq!((try_with("bound", false), try_with("free", true)), (403, 201));
}

#[test]
fn access_rules_limit_the_requests_of_a_token() {
    let cloud = Cloud::new();
    let rules = json!([{"service": "block-storage", "method": "GET", "path": "/v3/volumes"}]);
    let created = create(&cloud, json!({"name": "lists", "access_rules": rules}));
    let credential = &created.body["application_credential"];
    let token = log_in_with(&cloud, credential).header("x-subject-token").unwrap().to_owned();
    let status = |path: &str| cloud.get("cinder", path).nobody().header("X-Auth-Token", &token).send().status;
    assert_eq!((status("/v3/volumes"), status("/v3/volumes/detail")), (200, 401));
    let rule = format!(
        "/v3/users/{}/access_rules/{}",
        ids::id("user", "demo"),
        credential["access_rules"][0]["id"].as_str().unwrap()
    );
    let used = cloud.delete("keystone", &rule).send();
    assert_eq!((used.status, used.message()), (403, "May not delete access rule in use"));
    let id = credential["id"].as_str().unwrap();
    assert_eq!(cloud.delete("keystone", &format!("{}/{id}", path())).send().status, 204);
    assert_eq!((status("/v3/volumes"), cloud.delete("keystone", &rule).send().status), (401, 204));
}

#[test]
fn names_are_unique_and_roles_must_be_held() {
    let cloud = Cloud::new();
    assert_eq!(create(&cloud, json!({"name": "one"})).status, 201);
    let again = create(&cloud, json!({"name": "one"}));
    let text = "Conflict occurred attempting to store application_credential - Duplicate entry found with name one.";
    assert_eq!((again.status, again.message()), (409, text));
    let more = create(&cloud, json!({"name": "two", "roles": [{"name": "admin"}]}));
    let text = "Invalid application credential: Cannot create an application credential with unassigned role";
    assert_eq!((more.status, more.message()), (400, text));
}
