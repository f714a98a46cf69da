//! Users and groups.

use super::projects::{create, domain};
use super::tokens::{by_password, log_in};
use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::{Value, json};

#[test]
fn a_disabled_user_cannot_log_in() {
    let cloud = Cloud::new();
    let id = create(&cloud, "/v3/users", "user", json!({"name": "ann", "password": "secret", "email": "a@b.c"}));
    assert_eq!(log_in(&cloud, by_password("ann", "secret", Value::Null)).status, 201);
    let path = format!("/v3/users/{id}");
    let shown = cloud.patch("keystone", &path, json!({"user": {"enabled": false}})).user("admin").send();
    assert_eq!((shown.status, &shown.body["user"]["email"]), (200, &json!("a@b.c")));
    assert_eq!(log_in(&cloud, by_password("ann", "secret", Value::Null)).status, 401);
}

#[test]
fn a_new_password_replaces_the_old_one() {
    let cloud = Cloud::new();
    let id = create(&cloud, "/v3/users", "user", json!({"name": "ann", "password": "old"}));
    let body = json!({"user": {"password": "new"}});
    assert_eq!(cloud.patch("keystone", &format!("/v3/users/{id}"), body).user("admin").send().status, 200);
    assert_eq!(log_in(&cloud, by_password("ann", "old", Value::Null)).status, 401);
    assert_eq!(log_in(&cloud, by_password("ann", "new", Value::Null)).status, 201);
}

#[test]
fn users_cannot_move_to_another_domain_and_names_are_unique_in_it() {
    let cloud = Cloud::new();
    let realm = domain(&cloud, "realm");
    let id = create(&cloud, "/v3/users", "user", json!({"name": "demo", "domain_id": realm}));
    let answer = cloud.patch("keystone", &format!("/v3/users/{id}"), json!({"user": {"domain_id": "default"}}));
    assert_eq!(answer.user("admin").send().message(), "Cannot change Domain ID");
    let found = cloud.get("keystone", &format!("/v3/users?domain_id={realm}")).user("admin").send().body;
    assert_eq!(found["users"].as_array().unwrap().len(), 1);
    let taken = cloud.post("keystone", "/v3/users", json!({"user": {"name": "demo", "domain_id": realm}}));
    assert_eq!(
        taken.user("admin").send().message(),
        format!(
            "Conflict occurred attempting to store user - Duplicate entry found with name demo at domain ID {realm}."
        )
    );
}

#[test]
fn a_user_can_show_only_their_own_account() {
    let cloud = Cloud::new();
    let (_, project) = cloud.token("demo");
    let users = cloud.get("keystone", "/v3/users").user("admin").send().body;
    let id = |name: &str| {
        let user = users["users"].as_array().unwrap().iter().find(|user| user["name"] == name).unwrap();
        user["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(cloud.get("keystone", &format!("/v3/users/{}", id("demo"))).send().status, 200);
    assert_eq!(cloud.get("keystone", &format!("/v3/users/{}", id("admin"))).send().status, 403);
    let projects = cloud.get("keystone", &format!("/v3/users/{}/projects", id("demo"))).send().body;
    assert_eq!(projects["projects"][0]["id"], project);
}

#[test]
fn members_of_a_group_have_the_roles_of_the_group() {
    let cloud = Cloud::new();
    let user = create(&cloud, "/v3/users", "user", json!({"name": "ann", "password": "secret"}));
    let group = create(&cloud, "/v3/groups", "group", json!({"name": "crew"}));
    let project = create(&cloud, "/v3/projects", "project", json!({"name": "ship"}));
    let role = create(&cloud, "/v3/roles", "role", json!({"name": "sailor"}));
    let put = |path: &str| assert_eq!(cloud.ask("PUT", "keystone", path).user("admin").send().status, 204, "{path}");
    put(&format!("/v3/projects/{project}/groups/{group}/roles/{role}"));
    let scope = json!({"project": {"id": project}});
    assert_eq!(log_in(&cloud, by_password("ann", "secret", scope.clone())).status, 401);
    let membership = format!("/v3/groups/{group}/users/{user}");
    put(&membership);
    let token = log_in(&cloud, by_password("ann", "secret", scope.clone()));
    assert_eq!(token.body["token"]["roles"][0]["name"], "sailor");
    assert_eq!(cloud.delete("keystone", &membership).user("admin").send().status, 204);
    let again = cloud.delete("keystone", &membership).user("admin").send();
    assert_eq!(again.message(), format!("User '{user}' not found in group '{group}'"));
    assert_eq!(log_in(&cloud, by_password("ann", "secret", scope)).status, 401);
}

#[test]
fn leaving_a_group_revokes_all_tokens_of_the_user() {
    let cloud = Cloud::new();
    let user = create(&cloud, "/v3/users", "user", json!({"name": "ann", "password": "secret"}));
    let group = create(&cloud, "/v3/groups", "group", json!({"name": "crew"}));
    let other = create(&cloud, "/v3/groups", "group", json!({"name": "idle"}));
    let project = create(&cloud, "/v3/projects", "project", json!({"name": "ship"}));
    let role = create(&cloud, "/v3/roles", "role", json!({"name": "sailor"}));
    let put = |path: &str| assert_eq!(cloud.ask("PUT", "keystone", path).user("admin").send().status, 204, "{path}");
    let delete = |path: &str| assert_eq!(cloud.delete("keystone", path).user("admin").send().status, 204, "{path}");
    let log_in = || {
        let answer = log_in(&cloud, by_password("ann", "secret", json!({"project": {"id": project}})));
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.header("x-subject-token").unwrap().to_owned()
    };
    let status = |token: &str| {
        let request = cloud.get("keystone", "/v3/auth/tokens").user("admin").header("X-Subject-Token", token);
        request.send().status
    };
    put(&format!("/v3/projects/{project}/users/{user}/roles/{role}"));
    put(&format!("/v3/projects/{project}/groups/{group}/roles/{role}"));
    for group in [&group, &other] {
        put(&format!("/v3/groups/{group}/users/{user}"));
    }
    let token = log_in();
    delete(&format!("/v3/groups/{group}/users/{user}"));
    assert_eq!(status(&token), 404);
    let token = log_in();
    delete(&format!("/v3/groups/{other}"));
    assert_eq!(status(&token), 200, "a group without roles");
    put(&format!("/v3/groups/{group}/users/{user}"));
    delete(&format!("/v3/groups/{group}"));
    assert_eq!(status(&token), 404);
}

#[test]
fn identities_of_providers_that_do_not_exist_are_refused() {
    let cloud = Cloud::new();
    let federated = json!([{"idp_id": "corp", "protocols": [{"protocol_id": "saml2", "unique_id": "u"}]}]);
    let body = json!({"user": {"name": "u", "federated": federated}});
    let answer = cloud.post("keystone", "/v3/users", body).user("admin").send();
    assert_eq!((answer.status, answer.message()), (400, "Could not find Identity Provider: corp"));
    let body = json!({"user": {"name": "u", "federated": []}});
    assert_eq!(cloud.post("keystone", "/v3/users", body).user("admin").send().status, 201);
}

#[test]
fn tokens_of_a_user_who_was_disabled_stay_revoked() {
    let cloud = Cloud::new();
    let (token, _) = cloud.token("demo");
    let path = format!("/v3/users/{}", ids::id("user", "demo"));
    let servers = || cloud.get("nova", "/v2.1/servers").nobody().header("X-Auth-Token", &token).send().status;
    let enable =
        |on: bool| cloud.patch("keystone", &path, json!({"user": {"enabled": on}})).user("admin").send().status;
    assert_eq!((servers(), enable(false), servers()), (200, 200, 401));
    assert_eq!((enable(true), servers()), (200, 401));
}
