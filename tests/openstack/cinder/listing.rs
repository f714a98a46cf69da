//! The common parts of all lists, tested with volumes.

use crate::support::Cloud;
use serde_json::{Value, json};

/// Creates volumes with these names and sizes in GiB, one second apart.
fn volumes(cloud: &Cloud, which: &[(&str, u32)]) {
    for (name, size) in which {
        let body = json!({"volume": {"name": name, "size": size, "metadata": {"initial": name[..1]}}});
        assert_eq!(cloud.post("cinder", "/v3/volumes", body).send().status, 202);
        cloud.pass(1);
    }
}

fn names(body: &Value) -> Vec<&str> {
    body["volumes"].as_array().unwrap().iter().map(|volume| volume["name"].as_str().unwrap()).collect()
}

fn listed(cloud: &Cloud, query: &str, version: &str) -> Value {
    let answer = cloud.get("cinder", &format!("/v3/{{project}}/volumes?{query}")).version(version).send();
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.body
}

#[test]
fn the_newest_are_first_and_each_page_links_to_the_next() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 1), ("bee", 3), ("cat", 2)]);
    let first = listed(&cloud, "limit=2", "volume 3.0");
    assert_eq!(names(&first), ["cat", "bee"]);
    let next = first["volumes_links"][0]["href"].as_str().unwrap().to_owned();
    let (_, query) = next.split_once('?').unwrap();
    let second = listed(&cloud, query, "volume 3.0");
    assert_eq!(names(&second), ["ant"]);
    assert!(second.get("volumes_links").is_none());
}

#[test]
fn pages_work_in_any_order() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 2), ("bee", 3), ("cat", 2), ("dog", 1)]);
    let first = listed(&cloud, "sort=size:asc,name:desc&limit=2", "volume 3.0");
    assert_eq!(names(&first), ["dog", "cat"]);
    let marker = first["volumes"][1]["id"].as_str().unwrap();
    let second = listed(&cloud, &format!("sort=size:asc,name:desc&marker={marker}"), "volume 3.0");
    assert_eq!(names(&second), ["ant", "bee"]);
}

#[test]
fn filters_apply_to_the_list_and_its_count() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 1), ("bee", 2), ("cat", 2)]);
    let sized = listed(&cloud, "size=2&with_count=true&limit=1", "volume 3.45");
    assert_eq!((names(&sized), &sized["count"]), (vec!["cat"], &json!(2)));
    assert_eq!(names(&listed(&cloud, "metadata={'initial':+'a'}".replace('+', " ").as_str(), "volume 3.0")), ["ant"]);
    assert_eq!(names(&listed(&cloud, "status=available&name=bee", "volume 3.0")), ["bee"]);
    assert_eq!(names(&listed(&cloud, "bootable=true", "volume 3.2")), [""; 0]);
    assert_eq!(names(&listed(&cloud, "created_at=gte:2030-01-01T12:00:02", "volume 3.60")), ["cat"]);
}

#[test]
fn other_filters_are_ignored_for_members_and_rejected_since_3_31() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 1)]);
    assert_eq!(names(&listed(&cloud, "host=nowhere", "volume 3.30")), ["ant"]);
    let send =
        |version: &str| cloud.get("cinder", "/v3/volumes?host=nowhere&name~=a&all_tenants=1").version(version).send();
    assert_eq!(send("volume 3.31").message(), "Invalid filters host,name~ are found in query options.");
    let answer = cloud.get("cinder", "/v3/volumes?host=nowhere&all_tenants=1").user("admin").send();
    assert_eq!((answer.status, names(&answer.body).len()), (200, 0));
}

#[test]
fn an_administrator_can_list_all_projects_and_search_in_names() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 1), ("bee", 1)]);
    let send =
        |query: &str| cloud.get("cinder", &format!("/v3/volumes?{query}")).user("admin").version("volume 3.34").send();
    assert_eq!(names(&send("").body), [""; 0]);
    assert_eq!(names(&send("all_tenants=1&name~=E").body), ["bee"]);
    assert_eq!(send("all_tenants=perhaps").message(), "Value 'perhaps' for 'all_tenants' is not a boolean.");
}

#[test]
fn an_invalid_query_is_rejected_with_the_message_of_cinder() {
    let cloud = Cloud::new();
    let cases = [
        ("limit=x", 400, "limit param must be an integer"),
        ("limit=-1", 400, "limit param must be positive"),
        ("offset=x", 400, "offset must be an integer"),
        ("offset=-1", 400, "offset must be >= 0"),
        ("offset=99999999999", 400, "offset must be <= 2147483647"),
        ("sort_key=nonsense", 400, "Invalid input received: Invalid sort key"),
        ("sort=name:up", 400, "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'."),
        ("marker=nowhere", 404, "Volume nowhere could not be found."),
        ("created_at=gt:x", 400, "Invalid x value"),
        ("bootable=perhaps", 400, "Invalid input received: 'bootable = perhaps'"),
    ];
    for (query, status, message) in cases {
        let answer = cloud.get("cinder", &format!("/v3/volumes?{query}")).version("volume 3.60").send();
        assert_eq!((answer.status, answer.message()), (status, message), "{query}");
    }
}
