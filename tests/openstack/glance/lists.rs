//! Lists of images: filters, sorting and paging.

use super::{active, queued};
use crate::support::Cloud;
use serde_json::{Value, json};

fn names(cloud: &Cloud, query: &str) -> Vec<String> {
    let answer = cloud.get("glance", &format!("/v2/images?{query}")).send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let images = answer.body["images"].as_array().unwrap().clone();
    images.iter().map(|image| image["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_full_page_links_to_the_next_one() {
    let cloud = Cloud::new();
    let first = cloud.get("glance", "/v2/images?limit=3").send().body;
    let second = cloud.get("glance", first["next"].as_str().unwrap()).send().body;
    assert_eq!((first["images"].as_array().unwrap().len(), second["images"].as_array().unwrap().len()), (3, 1));
    assert!(second.get("next").is_none());
}

#[test]
fn both_sort_syntaxes_order_images_and_their_pages() {
    let cloud = Cloud::new();
    assert_eq!(names(&cloud, "sort=name:asc"), ["cirros", "Debian 12", "Rocky 9", "Ubuntu 24.04"]);
    assert_eq!(names(&cloud, "sort_key=size&sort_dir=desc&limit=2"), ["Ubuntu 24.04", "Debian 12"]);
    let first = cloud.get("glance", "/v2/images?sort=name:asc&limit=3").send().body;
    let next = first["next"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
    assert_eq!(names(&cloud, &next.replace("%3A", ":")), ["Ubuntu 24.04"]);
    assert_eq!(cloud.get("glance", "/v2/images?sort=name&sort_key=id").send().status, 400);
}

#[test]
fn filters_match_attributes_tags_and_properties() {
    let cloud = Cloud::new();
    active(&cloud, json!({"name": "a, b", "tags": ["x", "y"], "colour": "red"}));
    queued(&cloud, json!({"name": "hidden", "os_hidden": true}));
    let one = |query: &str| names(&cloud, query) == ["a, b"];
    assert!(one("colour=red") && one("tag=x&tag=y") && one("size_max=10") && one("status=in:active,queued&size=10"));
    assert!(one("name=in:\"a, b\",nothing") && one("visibility=shared"));
    assert_eq!(names(&cloud, "os_hidden=true"), ["hidden"]);
    assert!(names(&cloud, "tag=x&tag=z").is_empty() && names(&cloud, "created_at=gt:2030-01-01T12:00:00Z").is_empty());
    let refused = |query: &str| cloud.get("glance", &format!("/v2/images?{query}")).send().status;
    assert_eq!((refused("created_at=gt:x"), refused("name=like:x"), refused("size_min=x")), (400, 400, 400));
}

#[test]
fn community_images_are_listed_for_their_owner_and_on_request() {
    let cloud = Cloud::new();
    queued(&cloud, json!({"name": "ours", "visibility": "community"}));
    let count = |user: &str, query: &str| {
        let body: Value = cloud.get("glance", &format!("/v2/images?name=ours&{query}")).user(user).send().body;
        body["images"].as_array().unwrap().len()
    };
    assert_eq!((count("demo", ""), count("admin", ""), count("admin", "visibility=community")), (1, 0, 1));
    assert_eq!(count("admin", "visibility=all"), 1);
}
