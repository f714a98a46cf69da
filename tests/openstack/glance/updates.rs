//! Changes of images, and their tags.

use super::{active, queued, show};
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

fn patch(cloud: &Cloud, user: &str, path: &str, changes: Value) -> Answered {
    let asking = cloud.ask("PATCH", "glance", path).user(user);
    let asking = asking.header("Content-Type", "application/openstack-images-v2.1-json-patch");
    asking.bytes(changes.to_string().into_bytes()).send()
}

#[test]
fn a_patch_adds_replaces_and_removes() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({"name": "old", "colour": "red"}));
    let changed = patch(
        &cloud,
        "demo",
        &path,
        json!([
            {"op": "replace", "path": "/name", "value": "new"},
            {"op": "add", "path": "/a~1b", "value": "c"},
            {"op": "remove", "path": "/colour"},
        ]),
    );
    assert_eq!((changed.status, &changed.body["name"], &changed.body["a/b"]), (200, &json!("new"), &json!("c")));
    assert!(changed.body.get("colour").is_none());
}

#[test]
fn of_several_changes_all_are_made_or_none() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({"name": "old"}));
    let changes =
        json!([{"op": "replace", "path": "/name", "value": "new"}, {"op": "replace", "path": "/none", "value": "x"}]);
    assert_eq!(patch(&cloud, "demo", &path, changes).status, 409);
    assert_eq!(show(&cloud, &path)["name"], "old");
}

#[test]
fn formats_stay_once_there_are_bytes_and_attributes_for_good() {
    let cloud = Cloud::new();
    let path = active(&cloud, json!({}));
    let status = |change: Value| patch(&cloud, "demo", &path, json!([change])).status;
    assert_eq!(status(json!({"op": "replace", "path": "/disk_format", "value": "qcow2"})), 403);
    assert_eq!(status(json!({"op": "remove", "path": "/name"})), 403);
    assert_eq!(status(json!({"op": "replace", "path": "/status", "value": "queued"})), 403);
    assert_eq!(status(json!({"op": "replace", "path": "/min_disk", "value": -1})), 400);
    assert_eq!(status(json!({"op": "replace", "path": "/visibility", "value": "public"})), 403);
}

#[test]
fn an_administrator_gives_an_image_to_another_project() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let admin = cloud.token("admin").1;
    let change = json!([{"op": "replace", "path": "/owner", "value": admin}]);
    assert_eq!(patch(&cloud, "demo", &path, change.clone()).status, 403);
    assert_eq!(patch(&cloud, "admin", &path, change).status, 200);
    assert_eq!(cloud.get("glance", &path).send().status, 404);
}

#[test]
fn a_protected_image_is_not_deleted() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({"protected": true}));
    assert_eq!(cloud.delete("glance", &path).send().status, 403);
    patch(&cloud, "demo", &path, json!([{"op": "replace", "path": "/protected", "value": false}]));
    assert_eq!(cloud.delete("glance", &path).send().status, 204);
}

#[test]
fn a_tag_is_there_once_until_it_is_removed() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let tag = |method: &'static str| cloud.ask(method, "glance", &format!("{path}/tags/blue")).send().status;
    assert_eq!((tag("PUT"), tag("PUT")), (204, 204));
    assert_eq!(show(&cloud, &path)["tags"], json!(["blue"]));
    assert_eq!((tag("DELETE"), tag("DELETE")), (204, 404));
}
