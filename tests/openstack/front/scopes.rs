//! Tokens of the system and of a domain in front of rules for projects (`scope_types` of oslo.policy).

use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

/// A token of `admin` with another scope than its project.
fn token(cloud: &Cloud, scope: &Value) -> String {
    let domain = json!({"id": "default"});
    let user = json!({"name": "admin", "domain": domain, "password": "nephos"});
    let identity = json!({"methods": ["password"], "password": {"user": user}});
    let body = json!({"auth": {"identity": identity, "scope": scope}});
    let answer = cloud.post("keystone", "/v3/auth/tokens", body).nobody().send();
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.header("x-subject-token").unwrap().to_owned()
}

/// The tokens of the system and of the domain `default`, with the name of the scope.
fn tokens(cloud: &Cloud) -> [(&'static str, String); 2] {
    let found = cloud.get("keystone", "/v3/users?name=admin").user("admin").send();
    let user = found.body["users"][0]["id"].as_str().unwrap().to_owned();
    let roles = cloud.get("keystone", "/v3/roles?name=admin").user("admin").send();
    let role = roles.body["roles"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v3/domains/default/users/{user}/roles/{role}");
    assert_eq!(cloud.put("keystone", &path, json!({})).user("admin").send().status, 204);
    let domain = token(cloud, &json!({"domain": {"id": "default"}}));
    [("system", token(cloud, &json!({"system": {"all": true}}))), ("domain", domain)]
}

fn get(cloud: &Cloud, service: &'static str, path: &str, token: &str) -> Answered {
    cloud.get(service, path).nobody().header("X-Auth-Token", token).send()
}

#[test]
fn rules_for_projects_refuse_the_administrator_of_the_system_and_of_a_domain() {
    let cloud = Cloud::new();
    let nova = [
        ("/v2.1/servers", "os_compute_api:servers:index"),
        ("/v2.1/os-hypervisors", "os_compute_api:os-hypervisors:list"),
        ("/v2.1/os-services", "os_compute_api:os-services:list"),
        ("/v2.1/limits", "os_compute_api:limits"),
        ("/v2.1/os-keypairs", "os_compute_api:os-keypairs:index"),
        ("/v2.1/flavors", "os_compute_api:flavors"),
    ];
    for (scope, token) in tokens(&cloud) {
        for (path, rule) in nova {
            let answer = get(&cloud, "nova", path, &token);
            if path == "/v2.1/flavors" {
                // Upstream has no rule for the list of flavors.
                assert_eq!(answer.status, 200, "{scope} {path}: {}", answer.text);
                continue;
            }
            let text = format!("Policy doesn't allow {rule} to be performed.");
            assert_eq!((answer.status, answer.message()), (403, &*text), "{scope} {path}");
        }
        for path in ["/v2/images", "/v2/tasks", "/v2/metadefs/namespaces"] {
            assert_eq!(get(&cloud, "glance", path, &token).status, 403, "{scope} {path}");
        }
        let answer = get(&cloud, "placement", "/resource_providers", &token);
        assert_eq!(answer.status, 403, "{scope}: {}", answer.text);
        assert!(answer.text.contains("placement:resource_providers:list"), "{}", answer.text);
        // Cinder's rules have no scopes.
        assert_eq!(get(&cloud, "cinder", "/v3/os-services", &token).status, 200, "{scope}");
    }
}

#[test]
fn rules_for_projects_do_not_change_the_answers_to_an_administrator_of_a_project() {
    let cloud = Cloud::new();
    for (service, path) in [
        ("nova", "/v2.1/os-hypervisors"),
        ("glance", "/v2/images"),
        ("glance", "/v2/metadefs/namespaces"),
        ("placement", "/resource_providers"),
        ("neutron", "/v2.0/networks"),
    ] {
        assert_eq!(cloud.get(service, path).user("admin").send().status, 200, "{service} {path}");
    }
}

#[test]
fn neutron_hides_everything_from_tokens_without_a_project() {
    let cloud = Cloud::new();
    let networks = cloud.get("neutron", "/v2.0/networks").user("admin").send();
    let network = networks.body["networks"][0].clone();
    let path = format!("/v2.0/networks/{}", network["id"].as_str().unwrap());
    for (scope, token) in tokens(&cloud) {
        assert_eq!(get(&cloud, "neutron", "/v2.0/networks", &token).body, json!({"networks": []}), "{scope}");
        assert_eq!(get(&cloud, "neutron", "/v2.0/agents", &token).body, json!({"agents": []}), "{scope}");
        let shown = get(&cloud, "neutron", &path, &token);
        let text = json!({"type": "HTTPNotFound", "message": "The resource could not be found.", "detail": ""});
        assert_eq!((shown.status, shown.body), (404, text), "{scope}");
        let create = |network: Value| {
            let body = json!({"network": network});
            cloud.post("neutron", "/v2.0/networks", body).nobody().header("X-Auth-Token", &token).send()
        };
        let text = "Running without keystone AuthN requires that project_id is specified";
        let refused = create(json!({"name": "x"}));
        assert_eq!((refused.status, &refused.body["NeutronError"]["message"]), (400, &json!(text)), "{scope}");
        let refused = create(json!({"name": "x", "project_id": network["project_id"]}));
        let text = format!("rule:create_network requires a scope of ['project'], request was made with {scope} scope.");
        let expected = json!({"type": "InvalidScope", "message": text, "detail": ""});
        assert_eq!((refused.status, &refused.body["NeutronError"]), (403, &expected));
        // A conjunction of rules has no scope.
        let made = create(json!({"name": "x", "project_id": network["project_id"], "shared": true}));
        assert_eq!(made.status, 201, "{}", made.text);
    }
}
