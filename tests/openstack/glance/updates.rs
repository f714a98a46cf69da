//! Updates of images and their tags.

use super::{active, queued, show};
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

fn patch(cloud: &Cloud, user: &str, path: &str, changes: Value) -> Answered {
    let request = cloud.ask("PATCH", "glance", path).user(user);
    let request = request.header("Content-Type", "application/openstack-images-v2.1-json-patch");
    request.bytes(changes.to_string().into_bytes()).send()
}

#[test]
fn a_patch_adds_replaces_and_removes_properties() {
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
fn if_one_change_fails_none_is_applied() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({"name": "old"}));
    let changes =
        json!([{"op": "replace", "path": "/name", "value": "new"}, {"op": "replace", "path": "/none", "value": "x"}]);
    assert_eq!(patch(&cloud, "demo", &path, changes).status, 409);
    assert_eq!(show(&cloud, &path)["name"], "old");
}

#[test]
fn formats_of_active_images_and_read_only_attributes_are_not_changed() {
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
fn only_an_administrator_changes_the_owner() {
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
fn a_tag_is_added_only_once_and_can_be_removed() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let tag = |method: &'static str| cloud.ask(method, "glance", &format!("{path}/tags/blue")).send().status;
    assert_eq!((tag("PUT"), tag("PUT")), (204, 204));
    assert_eq!(show(&cloud, &path)["tags"], json!(["blue"]));
    assert_eq!((tag("DELETE"), tag("DELETE")), (204, 404));
}
