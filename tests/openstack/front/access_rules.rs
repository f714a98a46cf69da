//! The requests that the access rules of an application credential allow.

use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::json;

/// The status of a GET of Neutron with a credential that has one rule.
fn status(cloud: &Cloud, rule: &str, path: &str) -> u16 {
    let credentials = format!("/v3/users/{}/application_credentials", ids::id("user", "demo"));
    let rules = json!([{"service": "network", "method": "GET", "path": rule}]);
    let name = format!("{rule} {path}");
    let body = json!({"application_credential": {"name": name, "access_rules": rules}});
    let created = cloud.post("keystone", &credentials, body).send();
    assert_eq!(created.status, 201, "{}", created.text);
    let credential = &created.body["application_credential"];
    let part = json!({"id": credential["id"], "secret": credential["secret"]});
    let body = json!({"auth": {"identity": {"methods": ["application_credential"], "application_credential": part}}});
    let answer = cloud.post("keystone", "/v3/auth/tokens", body).nobody().send();
    let token = answer.header("x-subject-token").unwrap().to_owned();
    let status = cloud.get("neutron", path).nobody().header("X-Auth-Token", &token).send().status;
    // Keystone shows a token to anybody who has it.
    let own = cloud.get("keystone", "/v3/auth/tokens").nobody().header("X-Auth-Token", &token);
    let own = own.header("OpenStack-Identity-Access-Rules", "1.0");
    assert_eq!(own.header("X-Subject-Token", &token).send().status, 200);
    status
}

#[test]
fn a_rule_is_compared_with_the_path_as_the_middleware_sees_it() {
    let cloud = Cloud::new();
    for (rule, path, wanted) in [
        ("/v2.0/**", "/v2.0/networks", 200),
        ("/v2.0/**", "/v2.0", 401),
        ("/v2.0/net*", "/v2.0/networks", 200),
        ("/v2.0/networks*", "/v2.0/networks", 401),
        ("/v2.0/{what}s", "/v2.0/networks", 200),
        ("/v2.0/networks", "/v2.0/networks/", 401),
        ("/v2.0/networks", "/v2.0/networks.json", 401),
        ("/v2.0/networks", "//v2.0//networks", 200),
        ("/v2.0/networks", "/v2.0/net%77orks", 200),
        ("/v2.0/*", "/v2.0/networks/1", 401),
    ] {
        assert_eq!(status(&cloud, rule, path), wanted, "{rule} {path}");
    }
}
