//! Projects and domains.

use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

/// Creates a project as the administrator and returns its id.
pub fn project(cloud: &Cloud, attributes: Value) -> String {
    create(cloud, "/v3/projects", "project", attributes)
}

/// Creates a domain as the administrator and returns its id.
pub fn domain(cloud: &Cloud, name: &str) -> String {
    create(cloud, "/v3/domains", "domain", json!({"name": name}))
}

/// Creates a resource as the administrator and returns its id. `key` is the name of the resource in the body.
pub fn create(cloud: &Cloud, path: &str, key: &str, attributes: Value) -> String {
    let answer = cloud.post("keystone", path, json!({key: attributes})).user("admin").send();
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.body[key]["id"].as_str().unwrap().to_owned()
}

/// Sends a PATCH as the administrator.
fn patch(cloud: &Cloud, path: &str, body: Value) -> Answered {
    cloud.patch("keystone", path, body).user("admin").send()
}

#[test]
fn a_project_stores_undefined_attributes() {
    let cloud = Cloud::new();
    let id = project(&cloud, json!({"name": " ship ", "colour": "red"}));
    let shown = cloud.get("keystone", &format!("/v3/projects/{id}")).user("admin").send().body;
    assert_eq!((&shown["project"]["name"], &shown["project"]["colour"]), (&json!("ship"), &json!("red")));
    assert_eq!(shown["project"]["parent_id"], "default");
}

#[test]
fn a_tree_is_shown_upwards_and_downwards_and_restricts_changes() {
    let cloud = Cloud::new();
    let top = project(&cloud, json!({"name": "top"}));
    let mid = project(&cloud, json!({"name": "mid", "parent_id": top}));
    let low = project(&cloud, json!({"name": "low", "parent_id": mid}));
    let show = |id: &str, query: &str| {
        let answer = cloud.get("keystone", &format!("/v3/projects/{id}?{query}")).user("admin").send();
        answer.body["project"].clone()
    };
    assert_eq!(show(&low, "parents_as_ids")["parents"], json!({mid.clone(): {top.clone(): {"default": null}}}));
    assert_eq!(show(&top, "subtree_as_ids")["subtree"], json!({mid.clone(): {low: null}}));

    let removed = cloud.delete("keystone", &format!("/v3/projects/{top}")).user("admin").send();
    assert_eq!(removed.status, 403);
    assert!(removed.message().contains("not a leaf"));
    let disabled = patch(&cloud, &format!("/v3/projects/{mid}"), json!({"project": {"enabled": false}}));
    assert_eq!(
        disabled.message(),
        format!("Cannot disable project {mid} since its subtree contains enabled projects.")
    );
    let moved = patch(&cloud, &format!("/v3/projects/{mid}"), json!({"project": {"parent_id": "default"}}));
    assert_eq!(moved.message(), "Update of `parent_id` is not allowed.");
}

#[test]
fn a_tree_has_at_most_five_levels() {
    let cloud = Cloud::new();
    let mut parent = "default".to_owned();
    for level in 1..=5 {
        parent = project(&cloud, json!({"name": format!("level {level}"), "parent_id": parent}));
    }
    let body = json!({"project": {"name": "too deep", "parent_id": parent}});
    let answer = cloud.post("keystone", "/v3/projects", body).user("admin").send();
    assert_eq!((answer.status, answer.message()), (403, &*format!("Max hierarchy depth reached for {parent} branch.")));
}

#[test]
fn an_immutable_project_must_be_made_mutable_before_other_changes() {
    let cloud = Cloud::new();
    let id = project(&cloud, json!({"name": "rock", "options": {"immutable": true}}));
    let path = format!("/v3/projects/{id}");
    assert_eq!(patch(&cloud, &path, json!({"project": {"description": "new"}})).status, 403);
    assert_eq!(cloud.delete("keystone", &path).user("admin").send().status, 403);
    assert_eq!(patch(&cloud, &path, json!({"project": {"options": {"immutable": false}}})).status, 200);
    assert_eq!(cloud.delete("keystone", &path).user("admin").send().status, 204);
}

#[test]
fn projects_are_found_by_their_tags() {
    let cloud = Cloud::new();
    let id = project(&cloud, json!({"name": "tagged", "tags": ["red"]}));
    let answer = cloud.ask("PUT", "keystone", &format!("/v3/projects/{id}/tags/blue")).user("admin").send();
    assert_eq!(answer.status, 201);
    let names = |query: &str| {
        let answer = cloud.get("keystone", &format!("/v3/projects?{query}")).user("admin").send();
        answer.body["projects"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("tags=red,blue"), ["tagged"]);
    assert!(names("tags=red,green").is_empty());
    assert_eq!(names("tags-any=green,blue"), ["tagged"]);
    assert!(!names("not-tags-any=blue").contains(&json!("tagged")));
    assert_eq!(names("name__icontains=TAG"), ["tagged"]);
}

#[test]
fn a_page_of_a_list_links_to_the_next() {
    let cloud = Cloud::new();
    for name in ["one", "two", "three"] {
        project(&cloud, json!({"name": name}));
    }
    let mut path = "/v3/projects?limit=2".to_owned();
    let mut seen = 0;
    loop {
        let page = cloud.get("keystone", &path).user("admin").send().body;
        seen += page["projects"].as_array().unwrap().len();
        let Some(next) = page["links"]["next"].as_str() else { break };
        path = next.split_once("cloud.example").unwrap().1.to_owned();
    }
    assert_eq!(seen, 5);
    let lost = cloud.get("keystone", "/v3/projects?marker=nothing").user("admin").send();
    assert_eq!((lost.status, lost.message()), (404, "Marker nothing could not be found."));
}

#[test]
fn only_a_disabled_domain_can_be_deleted_with_its_contents() {
    let cloud = Cloud::new();
    let id = domain(&cloud, "realm");
    let inside = project(&cloud, json!({"name": "inside", "domain_id": id}));
    let user = create(&cloud, "/v3/users", "user", json!({"name": "ann", "domain_id": id}));
    let path = format!("/v3/domains/{id}");
    let refused = cloud.delete("keystone", &path).user("admin").send();
    assert_eq!(refused.message(), "Cannot delete a domain that is enabled, please disable it first.");
    assert_eq!(patch(&cloud, &path, json!({"domain": {"enabled": false}})).status, 200);
    assert_eq!(cloud.delete("keystone", &path).user("admin").send().status, 204);
    for deleted in [format!("/v3/projects/{inside}"), format!("/v3/users/{user}"), path] {
        assert_eq!(cloud.get("keystone", &deleted).user("admin").send().status, 404, "{deleted}");
    }
}

#[test]
fn names_are_unique_in_a_domain() {
    let cloud = Cloud::new();
    let second = json!({"project": {"name": "demo"}});
    let answer = cloud.post("keystone", "/v3/projects", second).user("admin").send();
    assert_eq!(answer.status, 409);
    project(&cloud, json!({"name": "demo", "domain_id": domain(&cloud, "realm")}));
}

#[test]
fn a_user_without_the_admin_role_cannot_create_or_list() {
    let cloud = Cloud::new();
    for path in ["/v3/projects", "/v3/domains", "/v3/users", "/v3/groups", "/v3/roles", "/v3/role_assignments"] {
        let answer = cloud.get("keystone", path).send();
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
    }
    let answer = cloud.post("keystone", "/v3/projects", json!({"project": {"name": "mine"}})).send();
    assert_eq!(answer.message(), "You are not authorized to perform the requested action: identity:create_project.");
}

#[test]
fn a_domain_configuration_is_shown_without_its_secret() {
    let cloud = Cloud::new();
    let path = format!("/v3/domains/{}/config", domain(&cloud, "realm"));
    let config = json!({"config": {"ldap": {"url": "ldap://x", "password": "secret"}}});
    let answer = cloud.put("keystone", &path, config).user("admin").send();
    assert_eq!((answer.status, &answer.body), (201, &json!({"config": {"ldap": {"url": "ldap://x"}}})));
    let one = format!("{path}/ldap/url");
    assert_eq!(patch(&cloud, &one, json!({"config": {"url": "ldap://y"}})).status, 200);
    assert_eq!(cloud.get("keystone", &one).user("admin").send().body, json!({"config": {"url": "ldap://y"}}));
    let unknown = patch(&cloud, &path, json!({"config": {"ldap": {"colour": "red"}}}));
    assert_eq!(unknown.status, 403);
    assert_eq!(cloud.delete("keystone", &path).user("admin").send().status, 204);
    assert_eq!(cloud.get("keystone", &path).user("admin").send().status, 404);
}

/// The names of the projects that a query selects.
fn selected(cloud: &Cloud, query: &str) -> Vec<String> {
    let answer = cloud.get("keystone", &format!("/v3/projects?{query}")).user("admin").send();
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let names = answer.body["projects"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
    let mut names: Vec<_> = names.filter(|name| name.starts_with("tagged")).collect();
    names.sort();
    names
}

#[test]
fn tags_select_projects_with_upstreams_peculiarities() {
    let cloud = Cloud::new();
    for (name, tags) in [("tagged a", json!(["t1", "t2"])), ("tagged b", json!(["t1"])), ("tagged c", json!([]))] {
        project(&cloud, json!({"name": name, "tags": tags}));
    }
    let (a, b, c) = ("tagged a", "tagged b", "tagged c");
    for (query, names) in [
        ("tags=t1", vec![a, b]),
        ("tags=t1,t2", vec![a]),
        ("tags-any=t2,t3", vec![a]),
        ("not-tags=t1,t2", vec![b, c]),
        ("not-tags-any=t2", vec![b, c]),
        ("tags=t1&not-tags=t2", vec![b]),
        ("tags=t1&not-tags=t1", vec![]),
        ("tags=none&not-tags=t2", vec![b, c]),
        ("not-tags=t1&not-tags-any=t2", vec![a, c]),
        ("tags=", vec![]),
    ] {
        assert_eq!(selected(&cloud, query), names, "{query}");
    }
}

#[test]
fn flags_of_a_list_that_cannot_be_read_are_refused() {
    let cloud = Cloud::new();
    for path in [
        "projects?enabled=x",
        "projects?is_domain=maybe",
        "projects?parent_id=x",
        "users?enabled=x",
        "domains?enabled=x",
    ] {
        assert_eq!(cloud.get("keystone", &format!("/v3/{path}")).user("admin").send().status, 400, "{path}");
    }
    assert_eq!(selected(&cloud, "enabled=1&is_domain=0").len(), 0);
}

#[test]
fn names_are_found_without_regard_to_case() {
    let cloud = Cloud::new();
    project(&cloud, json!({"name": "tagged"}));
    assert_eq!((selected(&cloud, "name=TAGGED").len(), selected(&cloud, "name=tagge").len()), (1, 0));
}

#[test]
fn a_limit_shortens_lists_and_0_is_no_limit_for_projects() {
    let cloud = Cloud::new();
    let list = |path: &str| cloud.get("keystone", &format!("/v3/{path}")).user("admin").send().body;
    let all = list("projects")["projects"].as_array().unwrap().len();
    let (zero, full) = (list("projects?limit=0"), list(&format!("projects?limit={all}")));
    assert_eq!((zero["projects"].as_array().unwrap().len(), &zero["truncated"]), (all, &json!(true)));
    assert_eq!((full["projects"].as_array().unwrap().len(), &full["truncated"]), (all, &json!(true)));
    let none = list("users?limit=0");
    assert_eq!((&none["users"], &none["truncated"], &none["links"]["next"]), (&json!([]), &json!(true), &Value::Null));
    let services = list("services?limit=1");
    assert_eq!((&services["truncated"], services["links"]["next"].is_string()), (&json!(true), true));
}

#[test]
fn any_word_makes_a_domain_of_a_project_with_a_parent() {
    let cloud = Cloud::new();
    for word in ["n", "False", "true"] {
        let body = json!({"project": {"name": "p", "domain_id": "default", "is_domain": word}});
        let answer = cloud.post("keystone", "/v3/projects", body).user("admin").send();
        assert_eq!((answer.status, answer.message()), (400, "only root projects are allowed to act as domains."));
    }
}

#[test]
fn the_link_of_tags_is_that_of_the_api() {
    let cloud = Cloud::new();
    let id = project(&cloud, json!({"name": "p"}));
    let shown = cloud.get("keystone", &format!("/v3/projects/{id}/tags?x=1")).user("admin").send().body;
    assert!(shown["links"]["self"].as_str().unwrap().ends_with("/v3?x=1"), "{shown}");
}
