//! Tokens and passwords.

use crate::support::{Answered, Cloud};
use nephos::clouds::openstack::keystone::tokens::validity;
use nephos::clouds::openstack::{OpenStack, ids};
use serde_json::{Value, json};

/// The body of a token request with name and password. A null `scope` is left out.
pub fn by_password(user: &str, password: &str, scope: Value) -> Value {
    let user = json!({"name": user, "domain": {"id": "default"}, "password": password});
    let mut auth = json!({"identity": {"methods": ["password"], "password": {"user": user}}});
    if !scope.is_null() {
        auth["scope"] = scope;
    }
    json!({"auth": auth})
}

/// Requests a token.
pub fn log_in(cloud: &Cloud, body: Value) -> Answered {
    cloud.post("keystone", "/v3/auth/tokens", body).nobody().send()
}

/// The body of a token request with a token.
fn by_token(token: &str, scope: Value) -> Value {
    json!({"auth": {"identity": {"methods": ["token"], "token": {"id": token}}, "scope": scope}})
}

/// The scope of a project, by name.
fn project(name: &str) -> Value {
    json!({"project": {"name": name, "domain": {"name": "Default"}}})
}

/// The token in a successful response.
fn subject(answer: &Answered) -> String {
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.header("x-subject-token").unwrap().to_owned()
}

/// Shows a token to the administrator.
fn validate(cloud: &Cloud, token: &str) -> Answered {
    cloud.get("keystone", "/v3/auth/tokens").user("admin").header("X-Subject-Token", token).send()
}

/// Changes the state of the cloud directly.
fn change(cloud: &Cloud, change: impl FnOnce(&mut OpenStack)) {
    let changed = cloud.live.write(|world| {
        let (os, _) = world.cloud_mut::<OpenStack>(crate::support::CLOUD).ok_or(())?;
        change(os);
        Ok::<_, ()>(())
    });
    changed.unwrap();
}

#[test]
fn a_token_has_user_scope_roles_and_catalog() {
    let cloud = Cloud::new();
    let answer = log_in(&cloud, by_password("admin", "nephos", project("admin")));
    let token = &answer.body["token"];
    assert_eq!(token["methods"], json!(["password"]));
    assert_eq!(token["project"]["domain"], json!({"id": "default", "name": "Default"}));
    assert_eq!(
        (&token["issued_at"], &token["expires_at"]),
        (&json!("2030-01-01T12:00:00.000000Z"), &json!("2030-01-01T13:00:00.000000Z"))
    );
    let mut roles: Vec<_> =
        token["roles"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["admin", "manager", "member", "reader"]);
    let urls: Vec<_> = token["catalog"][0]["endpoints"].as_array().unwrap().iter().map(|one| &one["url"]).collect();
    assert_eq!(urls, ["http://cloud.example/keystone/v3"; 3]);
    let shown = validate(&cloud, &subject(&answer));
    assert_eq!(shown.body["token"]["audit_ids"], token["audit_ids"]);
}

#[test]
fn scopes_are_granted_by_role_and_tokens_can_be_rescoped() {
    let cloud = Cloud::new();
    let unscoped = log_in(&cloud, by_password("demo", "nephos", Value::Null));
    assert_eq!((unscoped.status, unscoped.body["token"].get("roles")), (201, None));
    let system = log_in(&cloud, by_password("admin", "nephos", json!({"system": {"all": true}})));
    assert_eq!(system.body["token"]["system"], json!({"all": true}));
    for scope in
        [json!({"system": {"all": true}}), json!({"domain": {"id": "default"}}), project("admin"), project("none")]
    {
        let refused = log_in(&cloud, by_password("demo", "nephos", scope));
        assert_eq!((refused.status, refused.message()), (401, "The request you have made requires authentication."));
        assert_eq!(refused.header("www-authenticate"), Some("Keystone uri=\"http://cloud.example/v3\""));
    }
    let rescoped = log_in(&cloud, by_token(&subject(&unscoped), project("demo")));
    assert_eq!(rescoped.body["token"]["methods"], json!(["token", "password"]));
    assert_eq!(rescoped.body["token"]["audit_ids"][1], unscoped.body["token"]["audit_ids"][0]);
    assert_eq!(log_in(&cloud, by_token(&subject(&system), project("admin"))).status, 403);
}

#[test]
fn a_token_ends_after_an_hour_or_when_it_is_revoked() {
    let cloud = Cloud::new();
    let token = subject(&log_in(&cloud, by_password("demo", "nephos", project("demo"))));
    let volumes = || cloud.get("cinder", "/v3/volumes").nobody().header("X-Auth-Token", &token).send().status;
    assert_eq!(volumes(), 200);
    let answer = cloud.delete("keystone", "/v3/auth/tokens").user("demo").header("X-Subject-Token", &token).send();
    assert_eq!((answer.status, volumes()), (204, 401));
    assert_eq!(validate(&cloud, &token).message(), "Failed to validate token");
    let token = subject(&log_in(&cloud, by_password("demo", "nephos", project("demo"))));
    cloud.pass(3600);
    let answer = cloud.get("cinder", "/v3/volumes").nobody().header("X-Auth-Token", &token).send();
    assert_eq!(answer.status, 401);
}

#[test]
fn an_expired_token_can_be_shown_with_allow_expired() {
    let cloud = Cloud::new();
    let old = subject(&log_in(&cloud, by_password("demo", "nephos", project("demo"))));
    cloud.pass(3700);
    let admin = subject(&log_in(&cloud, by_password("admin", "nephos", project("admin"))));
    let status = |path: &str| {
        let request = cloud.get("keystone", path).nobody().header("X-Auth-Token", &admin);
        request.header("X-Subject-Token", &old).send().status
    };
    assert_eq!((status("/v3/auth/tokens"), status("/v3/auth/tokens?allow_expired=1")), (404, 200));
}

#[test]
fn a_token_is_not_valid_while_its_project_is_disabled() {
    let cloud = Cloud::new();
    let token = subject(&log_in(&cloud, by_password("demo", "nephos", project("demo"))));
    let status = || cloud.get("cinder", "/v3/volumes").nobody().header("X-Auth-Token", &token).send().status;
    let enable = |on: bool| {
        change(&cloud, |os| {
            os.keystone.projects.get_mut(&ids::id("project", "demo")).unwrap().enabled = on;
            validity::reassess_all(os);
        });
    };
    enable(false);
    assert_eq!(status(), 401);
    assert_eq!(log_in(&cloud, by_password("demo", "nephos", project("demo"))).status, 401);
    enable(true);
    assert_eq!(status(), 200);
}

#[test]
fn an_invalid_body_is_reported_with_the_schema() {
    let cloud = Cloud::new();
    let answer = log_in(&cloud, json!({"auth": {"identity": "x"}}));
    assert_eq!(answer.status, 400);
    assert!(answer.message().starts_with(
        "Invalid input for field 'identity': 'x' is not of type 'object'\n\nFailed validating 'type' in \
         schema['properties']['identity']:\n    {'type': 'object',\n     'properties': {'methods': {'type': 'array',"
    ));
    assert!(answer.message().ends_with("\n\nOn instance['identity']:\n    'x'"));
    let nothing = log_in(&cloud, json!({}));
    assert!(nothing.message().starts_with("Expecting to find auth in request body."));
}

#[test]
fn changing_the_password_revokes_the_tokens_of_the_user() {
    let cloud = Cloud::new();
    let token = subject(&log_in(&cloud, by_password("demo", "nephos", project("demo"))));
    let path = format!("/v3/users/{}/password", ids::id("user", "demo"));
    let change = |old: &str, new: &str| {
        let body = json!({"user": {"original_password": old, "password": new}});
        cloud.post("keystone", &path, body).nobody().send().status
    };
    assert_eq!(change("wrong", "new"), 401);
    assert_eq!(change("nephos", "new"), 204);
    assert_eq!(validate(&cloud, &token).status, 404);
    assert_eq!(log_in(&cloud, by_password("demo", "nephos", Value::Null)).status, 401);
    assert_eq!(log_in(&cloud, by_password("demo", "new", Value::Null)).status, 201);
}

#[test]
fn too_many_wrong_passwords_lock_a_user_out_for_the_lockout_duration() {
    let cloud = Cloud::new();
    change(&cloud, |os| {
        let mut site = (*os.site).clone();
        (site.passwords.lockout_failure_attempts, site.passwords.lockout_duration) = (2, 60);
        os.site = site.into();
    });
    let try_with = |password: &str| log_in(&cloud, by_password("demo", password, Value::Null)).status;
    assert_eq!((try_with("a"), try_with("b"), try_with("nephos")), (401, 401, 401));
    cloud.pass(61);
    assert_eq!(try_with("nephos"), 201);
}

#[test]
fn a_user_can_show_only_tokens_of_the_same_user() {
    let cloud = Cloud::new();
    let (admin, _) = cloud.token("admin");
    let (own, _) = cloud.token("demo");
    let show = |token: &str| cloud.get("keystone", "/v3/auth/tokens").header("X-Subject-Token", token).send();
    assert_eq!(show(&own).status, 200);
    let refused = show(&admin);
    let text = "You are not authorized to perform the requested action: identity:validate_token.";
    assert_eq!((refused.status, refused.message()), (403, text));
}

/// The id of a new network, and the token of a login before it.
fn first_network(before: impl Fn(&Cloud)) -> (Value, String) {
    let cloud = Cloud::new();
    let (token, _) = cloud.token("admin");
    before(&cloud);
    let answer = cloud.post("neutron", "/v2.0/networks", json!({"network": {}})).user("admin").send();
    (answer.body["network"]["id"].clone(), token)
}

#[test]
fn a_login_more_or_less_changes_no_ids() {
    let (one, token) = first_network(|_| ());
    let (other, same_token) = first_network(|cloud| drop(cloud.token("demo")));
    assert_eq!((one, token), (other, same_token));
}

#[test]
fn tokens_depend_on_passwords_that_were_set_before() {
    let token = |password: &str| {
        let cloud = Cloud::new();
        let (_, admin) = cloud.token("admin");
        assert!(!admin.is_empty());
        let user = json!({"user": {"name": "new", "password": password}});
        assert_eq!(cloud.post("keystone", "/v3/users", user).user("admin").send().status, 201);
        subject(&log_in(&cloud, by_password("demo", "nephos", project("demo"))))
    };
    assert_eq!(token("one"), token("one"));
    assert_ne!(token("one"), token("two"));
}
