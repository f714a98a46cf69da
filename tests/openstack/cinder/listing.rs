//! What all of Cinder's lists share, seen through volumes.

use crate::support::Cloud;
use serde_json::{Value, json};

/// Volumes of the given names and sizes, one after the other.
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
fn the_newest_come_first_and_every_page_leads_to_the_next() {
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
fn pages_follow_any_order() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 2), ("bee", 3), ("cat", 2), ("dog", 1)]);
    let first = listed(&cloud, "sort=size:asc,name:desc&limit=2", "volume 3.0");
    assert_eq!(names(&first), ["dog", "cat"]);
    let marker = first["volumes"][1]["id"].as_str().unwrap();
    let second = listed(&cloud, &format!("sort=size:asc,name:desc&marker={marker}"), "volume 3.0");
    assert_eq!(names(&second), ["ant", "bee"]);
}

#[test]
fn filters_narrow_a_list_and_its_count() {
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
fn what_a_member_may_not_filter_by_is_passed_over_and_refused_from_3_31_on() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 1)]);
    assert_eq!(names(&listed(&cloud, "host=nowhere", "volume 3.30")), ["ant"]);
    let ask =
        |version: &str| cloud.get("cinder", "/v3/volumes?host=nowhere&name~=a&all_tenants=1").version(version).send();
    assert_eq!(ask("volume 3.31").message(), "Invalid filters host,name~ are found in query options.");
    let answer = cloud.get("cinder", "/v3/volumes?host=nowhere&all_tenants=1").user("admin").send();
    assert_eq!((answer.status, names(&answer.body).len()), (200, 0));
}

#[test]
fn an_administrator_sees_everybodys_and_looks_for_parts_of_names() {
    let cloud = Cloud::new();
    volumes(&cloud, &[("ant", 1), ("bee", 1)]);
    let ask =
        |query: &str| cloud.get("cinder", &format!("/v3/volumes?{query}")).user("admin").version("volume 3.34").send();
    assert_eq!(names(&ask("").body), [""; 0]);
    assert_eq!(names(&ask("all_tenants=1&name~=E").body), ["bee"]);
    assert_eq!(ask("all_tenants=perhaps").message(), "Value 'perhaps' for 'all_tenants' is not a boolean.");
}

#[test]
fn a_wrong_query_is_refused_in_cinders_words() {
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
