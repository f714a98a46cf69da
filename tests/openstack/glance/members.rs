//! Members of images.

use super::{active, queued, user_of_another_project};
use crate::support::Cloud;
use serde_json::json;

#[test]
fn a_shared_image_is_listed_for_a_member_that_has_accepted_it() {
    let cloud = Cloud::new();
    user_of_another_project(&cloud, "eve", "member");
    let path = active(&cloud, json!({"name": "shared"}));
    let eve = cloud.token("eve").1;
    assert_eq!(cloud.get("glance", &path).user("eve").send().status, 404);
    let created = cloud.post("glance", &format!("{path}/members"), json!({"member": eve})).send();
    assert_eq!((created.status, &created.body["status"]), (200, &json!("pending")));
    assert_eq!(cloud.get("glance", &path).user("eve").send().status, 200);
    let listed = |query: &str| {
        let body = cloud.get("glance", &format!("/v2/images?name=shared{query}")).user("eve").send().body;
        body["images"].as_array().unwrap().len()
    };
    assert_eq!((listed(""), listed("&member_status=pending"), listed("&member_status=all")), (0, 1, 1));
    let accept = |user: &str| {
        let member = format!("{path}/members/{eve}");
        cloud.put("glance", &member, json!({"status": "accepted"})).user(user).send().status
    };
    assert_eq!((accept("demo"), accept("eve"), listed("")), (403, 200, 1));
    assert_eq!(cloud.delete("glance", &path).user("eve").send().status, 403);
    assert_eq!(cloud.delete("glance", &format!("{path}/members/{eve}")).send().status, 204);
    assert_eq!(cloud.get("glance", &path).user("eve").send().status, 404);
}

#[test]
fn only_shared_images_have_members_and_no_duplicates() {
    let cloud = Cloud::new();
    let member = |path: &str| cloud.post("glance", &format!("{path}/members"), json!({"member": "x"})).send().status;
    assert_eq!(member(&queued(&cloud, json!({"visibility": "private"}))), 403);
    let shared = queued(&cloud, json!({}));
    assert_eq!((member(&shared), member(&shared)), (200, 409));
}
