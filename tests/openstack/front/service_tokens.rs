//! A second token, by which a service shows that it passes on the request of a user.

use crate::support::Cloud;
use serde_json::json;

const PATHS: [(&str, &str); 4] = [
    ("nova", "/v2.1/servers"),
    ("cinder", "/v3/{project}/volumes"),
    ("neutron", "/v2.0/networks"),
    ("glance", "/v2/images"),
];

/// A token of `admin` in its project, where the user also has the role `service`.
fn token_of_a_service(cloud: &Cloud) -> String {
    let find = |path: &str, key: &str| {
        cloud.get("keystone", path).user("admin").send().body[key][0]["id"].as_str().unwrap().to_owned()
    };
    let (user, role) = (find("/v3/users?name=admin", "users"), find("/v3/roles?name=service", "roles"));
    let project = cloud.token("admin").1;
    let path = format!("/v3/projects/{project}/users/{user}/roles/{role}");
    assert_eq!(cloud.put("keystone", &path, json!({})).user("admin").send().status, 204);
    let domain = json!({"id": "default"});
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {"name": "admin", "domain": domain, "password": "nephos"}}},
        "scope": {"project": {"name": "admin", "domain": domain}},
    }});
    let answer = cloud.post("keystone", "/v3/auth/tokens", body).nobody().send();
    answer.header("x-subject-token").unwrap().to_owned()
}

#[test]
fn a_token_that_is_not_that_of_a_service_is_refused() {
    let cloud = Cloud::new();
    let own = cloud.token("demo").0;
    for (service, path) in PATHS {
        for token in ["no-such-token", &own] {
            let answer = cloud.get(service, path).header("X-Service-Token", token).send();
            assert_eq!(answer.status, 401, "{service}: {}", answer.text);
        }
        let answer = cloud.get(service, path).header("X-Service-Token", "").send();
        assert_eq!(answer.status, 200, "{service}: {}", answer.text);
    }
}

#[test]
fn with_a_services_token_an_expired_one_is_good_for_two_more_days() {
    let cloud = Cloud::new();
    let old = cloud.token("demo").0;
    let ask = |service: &str| {
        let request = cloud.get("neutron", "/v2.0/networks").nobody().header("X-Auth-Token", &old);
        request.header("X-Service-Token", service).send().status
    };
    cloud.pass(25 * 3600);
    assert_eq!(ask(""), 401);
    assert_eq!(ask(&token_after_expiry(&cloud)), 200);
    cloud.pass(48 * 3600);
    assert_eq!(ask(&token_after_expiry(&cloud)), 401);
}

/// As [`token_of_a_service`], when the tokens that the cloud of the test remembers have expired.
fn token_after_expiry(cloud: &Cloud) -> String {
    cloud.forget_tokens();
    token_of_a_service(cloud)
}
