//! Roles, implied roles and role assignments.

use super::projects::{create, domain, project};
use crate::support::Cloud;
use serde_json::{Value, json};

/// Sends a PUT as the administrator and asserts the status.
fn put(cloud: &Cloud, path: &str, status: u16) {
    let answer = cloud.ask("PUT", "keystone", path).user("admin").send();
    assert_eq!(answer.status, status, "{path}: {}", answer.text);
}

/// The role assignments that match the query.
fn assignments(cloud: &Cloud, query: &str) -> Vec<Value> {
    let answer = cloud.get("keystone", &format!("/v3/role_assignments?{query}")).user("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["role_assignments"].as_array().unwrap().clone()
}

#[test]
fn a_grant_is_listed_checked_and_revoked() {
    let cloud = Cloud::new();
    let user = create(&cloud, "/v3/users", "user", json!({"name": "ann"}));
    let role = create(&cloud, "/v3/roles", "role", json!({"name": "sailor"}));
    for place in [
        format!("/v3/projects/{}", project(&cloud, json!({"name": "ship"}))),
        "/v3/domains/default".into(),
        "/v3/system".into(),
    ] {
        let grants = format!("{place}/users/{user}/roles");
        let one = format!("{grants}/{role}");
        assert_eq!(cloud.ask("HEAD", "keystone", &one).user("admin").send().status, 404);
        put(&cloud, &one, 204);
        assert_eq!(cloud.ask("HEAD", "keystone", &one).user("admin").send().status, 204);
        assert_eq!(cloud.get("keystone", &grants).user("admin").send().body["roles"][0]["name"], "sailor");
        assert_eq!(cloud.delete("keystone", &one).user("admin").send().status, 204);
        let again = cloud.delete("keystone", &one).user("admin").send();
        assert!(again.message().starts_with(&format!("Could not find role assignment with role: {role}")));
    }
}

#[test]
fn an_inherited_grant_applies_to_the_projects_below_only() {
    let cloud = Cloud::new();
    let user = create(&cloud, "/v3/users", "user", json!({"name": "ann"}));
    let role = create(&cloud, "/v3/roles", "role", json!({"name": "sailor"}));
    let top = project(&cloud, json!({"name": "top"}));
    let low = project(&cloud, json!({"name": "low", "parent_id": top}));
    put(&cloud, &format!("/v3/OS-INHERIT/projects/{top}/users/{user}/roles/{role}/inherited_to_projects"), 204);
    let granted = assignments(&cloud, &format!("user.id={user}"));
    assert_eq!(granted[0]["scope"], json!({"project": {"id": top}, "OS-INHERIT:inherited_to": "projects"}));
    let effective = assignments(&cloud, &format!("user.id={user}&effective"));
    assert_eq!(effective.len(), 1);
    assert_eq!(effective[0]["scope"], json!({"project": {"id": low}, "OS-INHERIT:inherited_to": "projects"}));
    let link = effective[0]["links"]["assignment"].as_str().unwrap();
    assert!(link.ends_with(&format!("/v3/OS-INHERIT/projects/{top}/users/{user}/roles/{role}/inherited_to_projects")));
}

#[test]
fn an_inherited_grant_is_looked_for_before_its_target_is() {
    let cloud = Cloud::new();
    let role = create(&cloud, "/v3/roles", "role", json!({"name": "sailor"}));
    for target in ["domains/nowhere/users/nobody", "domains/default/groups/nobody", "projects/nowhere/users/nobody"] {
        let path = format!("/v3/OS-INHERIT/{target}/roles/{role}/inherited_to_projects");
        let answer = cloud.delete("keystone", &path).user("admin").send();
        let text = format!("Could not find role assignment with role: {role}, user or group: nobody");
        assert!(answer.status == 404 && answer.message().starts_with(&text), "{path}: {}", answer.text);
    }
    let missing = format!("/v3/OS-INHERIT/domains/nowhere/users/nobody/roles/{role}/inherited_to_projects");
    let answer = cloud.get("keystone", &missing).user("admin").send();
    assert_eq!(answer.message(), "Could not find domain: nowhere.");
}

#[test]
fn effective_assignments_include_implied_roles() {
    let cloud = Cloud::new();
    let user = create(&cloud, "/v3/users", "user", json!({"name": "ann"}));
    let captain = create(&cloud, "/v3/roles", "role", json!({"name": "captain"}));
    let sailor = create(&cloud, "/v3/roles", "role", json!({"name": "sailor"}));
    let rule = format!("/v3/roles/{captain}/implies/{sailor}");
    put(&cloud, &rule, 201);
    let twice = cloud.ask("PUT", "keystone", &rule).user("admin").send();
    assert_eq!(twice.message(), "Conflict occurred attempting to store implied_role - Duplicate entry.");
    put(&cloud, &format!("/v3/domains/default/users/{user}/roles/{captain}"), 204);
    let names = |query: &str| {
        let rows = assignments(&cloud, &format!("user.id={user}&include_names&{query}"));
        rows.iter().map(|row| row["role"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["captain"]);
    assert_eq!(names("effective"), ["captain", "sailor"]);
    assert_eq!(cloud.delete("keystone", &rule).user("admin").send().status, 204);
    assert_eq!(names("effective"), ["captain"]);
}

#[test]
fn a_domain_role_is_granted_in_its_domain_only_and_never_effective() {
    let cloud = Cloud::new();
    let realm = domain(&cloud, "realm");
    let role = create(&cloud, "/v3/roles", "role", json!({"name": "local", "domain_id": realm}));
    let user = create(&cloud, "/v3/users", "user", json!({"name": "ann"}));
    let elsewhere = project(&cloud, json!({"name": "elsewhere"}));
    let inside = project(&cloud, json!({"name": "inside", "domain_id": realm}));
    put(&cloud, &format!("/v3/projects/{elsewhere}/users/{user}/roles/{role}"), 403);
    put(&cloud, &format!("/v3/projects/{inside}/users/{user}/roles/{role}"), 204);
    assert_eq!(assignments(&cloud, &format!("user.id={user}")).len(), 1);
    assert!(assignments(&cloud, &format!("user.id={user}&effective")).is_empty());
}

#[test]
fn filters_that_cannot_be_combined_are_refused() {
    let cloud = Cloud::new();
    for (query, message) in [
        ("scope.project.id=a&scope.domain.id=b", "Specify a domain or project, not both"),
        ("scope.system=all&scope.domain.id=b", "Specify system or domain, not both"),
        ("effective&group.id=a", "Combining effective and group filter will always result in an empty list."),
    ] {
        let answer = cloud.get("keystone", &format!("/v3/role_assignments?{query}")).user("admin").send();
        assert_eq!((answer.status, answer.message()), (400, message));
    }
}

#[test]
fn the_roles_of_the_bootstrap_are_immutable() {
    let cloud = Cloud::new();
    let roles = cloud.get("keystone", "/v3/roles?name=member").user("admin").send().body;
    let path = format!("/v3/roles/{}", roles["roles"][0]["id"].as_str().unwrap());
    assert_eq!(cloud.patch("keystone", &path, json!({"role": {"name": "x"}})).user("admin").send().status, 403);
    assert_eq!(cloud.delete("keystone", &path).user("admin").send().status, 403);
}
