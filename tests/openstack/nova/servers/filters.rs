//! Lists of servers: filters, pages and invalid queries.

use super::active;
use crate::support::Cloud;
use serde_json::{Value, json};

fn names(cloud: &Cloud, query: &str, version: &str) -> Vec<String> {
    let answer = cloud.get("nova", &format!("/v2.1/servers?{query}")).version(version).send();
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let servers = answer.body["servers"].as_array().unwrap().iter();
    servers.map(|server| server["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn lists_are_filtered() {
    let cloud = Cloud::new();
    active(&cloud, json!({"name": "web-a", "tags": ["blue", "big"]}));
    active(&cloud, json!({"name": "db-b", "tags": ["blue"]}));
    let list = |query| names(&cloud, query, "compute 2.90");
    assert_eq!(list(""), ["db-b", "web-a"]);
    assert_eq!(list("name=^web"), ["web-a"]);
    assert_eq!(list("status=ACTIVE&name=b"), ["db-b", "web-a"]);
    assert_eq!(list("status=ERROR"), Vec::<String>::new());
    assert_eq!(list("tags=blue,big"), ["web-a"]);
    assert_eq!(list("not-tags=blue,big"), ["db-b"]);
    assert_eq!(list("changes-since=2040-01-01T00:00:00Z"), Vec::<String>::new());
    assert_eq!(list("flavor=1&limit=1"), ["db-b"]);
    // Filters for administrators are ignored.
    assert_eq!(names(&cloud, "host=nowhere", "compute 2.1"), ["db-b", "web-a"]);
}

#[test]
fn pages_link_to_the_next_page() {
    let cloud = Cloud::new();
    for name in ["a", "b", "c"] {
        active(&cloud, json!({"name": name}));
    }
    let first = cloud.get("nova", "/v2.1/servers?limit=2").send().body;
    let next = first["servers_links"][0]["href"].as_str().unwrap();
    assert_eq!(first["servers"].as_array().unwrap().len(), 2);
    let (_, path) = next.split_once("/v2.1").unwrap();
    let second = cloud.get("nova", &format!("/v2.1{path}")).send().body;
    let left: Vec<&Value> = second["servers"].as_array().unwrap().iter().map(|server| &server["name"]).collect();
    assert_eq!(left, ["a"]);
    assert!(second.get("servers_links").is_none());
}

#[test]
fn invalid_queries_are_refused() {
    let cloud = Cloud::new();
    let assert_refused = |query: &str, version: &str, status: u16, message: &str| {
        let answer = cloud.get("nova", &format!("/v2.1/servers?{query}")).version(version).send();
        assert_eq!((answer.status, answer.message()), (status, message));
    };
    assert_refused(
        "limit=x",
        "compute 2.1",
        400,
        "Invalid input for query parameters limit. Value: x. 'x' does not match '^[0-9]*$'",
    );
    assert_refused("nonsense=1", "compute 2.75", 400, "'nonsense' does not match any of the regexes: '^_'");
    assert_refused("status=nonsense", "compute 2.38", 400, "Invalid status value");
    assert_refused(
        "all_tenants=1",
        "compute 2.1",
        403,
        "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.",
    );
    assert_refused("status=deleted", "compute 2.1", 403, "Only administrators may list deleted instances");
    let marker = "0badc0de-0000-4000-8000-000000000bad";
    assert_refused(&format!("marker={marker}"), "compute 2.1", 400, &format!("marker [{marker}] not found"));
}
