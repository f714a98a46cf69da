//! Imports: the status of images and tasks, and failures.

use super::{active, queued, show, upload, user_of_another_project};
use crate::cinder::faults::fail;
use crate::support::{Answered, Cloud};
use nephos::engine::{Effect, Fault};
use serde_json::{Value, json};

fn import(cloud: &Cloud, user: &str, path: &str, body: Value) -> Answered {
    cloud.post("glance", &format!("{path}/import"), body).user(user).send()
}

fn direct() -> Value {
    json!({"method": {"name": "glance-direct"}, "all_stores": true})
}

#[test]
fn staged_bytes_are_imported_into_all_stores() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    assert_eq!(import(&cloud, "demo", &path, direct()).status, 409);
    assert_eq!(upload(&cloud, &format!("{path}/stage"), b"staged").status, 204);
    assert_eq!((&show(&cloud, &path)["status"], &show(&cloud, &path)["size"]), (&json!("uploading"), &json!(6)));
    assert_eq!(import(&cloud, "demo", &path, direct()).status, 202);
    assert!(show(&cloud, &path)["os_glance_import_task"].is_string());
    cloud.pass(60);
    let image = show(&cloud, &path);
    assert_eq!((&image["status"], &image["stores"]), (&json!("active"), &json!("fast,slow")));
    assert_eq!(image["os_glance_importing_to_stores"], "");
    assert!(image.get("os_glance_import_task").is_none());
    let tasks = cloud.get("glance", &format!("{path}/tasks")).send().body;
    assert_eq!(
        (&tasks["tasks"][0]["status"], &tasks["tasks"][0]["message"]),
        (&json!("success"), &json!("Copied 0 MiB"))
    );
    assert_eq!(cloud.get("glance", &format!("{path}/file")).send().text, "staged");
}

#[test]
fn an_import_that_fails_leaves_the_image_queued() {
    let cloud = Cloud::new();
    fail(&cloud, "glance.import.finish");
    let path = queued(&cloud, json!({}));
    upload(&cloud, &format!("{path}/stage"), b"staged");
    import(&cloud, "demo", &path, direct());
    cloud.pass(60);
    let image = show(&cloud, &path);
    assert_eq!((&image["status"], &image["size"]), (&json!("queued"), &json!(null)));
    assert_eq!(image["os_glance_failed_import"], "fast,slow");
    let tasks = cloud.get("glance", &format!("{path}/tasks")).send().body;
    assert_eq!(tasks["tasks"][0]["status"], "failure");
}

#[test]
fn only_loopback_addresses_are_fetched() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let body = |uri: &str| json!({"method": {"name": "web-download", "uri": uri}});
    let refused = import(&cloud, "demo", &path, body("http://images.example/x"));
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("does not pass filtering: http://images.example/x"));
    let uri = "http://127.0.0.1:8999/x";
    let request = cloud.post("glance", &format!("{path}/import"), body(uri));
    assert_eq!(request.finding(uri, b"from the web").send().status, 202);
    cloud.pass(60);
    assert_eq!(show(&cloud, &path)["size"], 12);
}

#[test]
fn only_who_may_change_the_image_makes_the_server_fetch() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let uri = "http://127.0.0.1:8999/x";
    let body = json!({"method": {"name": "web-download", "uri": uri}});
    let ask = |path: &str| cloud.post("glance", &format!("{path}/import"), body.clone());
    assert_eq!(ask(&path).fetches(), [uri]);
    assert!(ask(&path).nobody().fetches().is_empty());
    assert!(ask(&path).nobody().header("X-Auth-Token", "wrong").fetches().is_empty());
    assert!(ask("/v2/images/nothing").fetches().is_empty());
    // demo sees the images of the cloud, but may not change them.
    let images = cloud.get("glance", "/v2/images?visibility=public").send().body;
    let shared = format!("/v2/images/{}", images["images"][0]["id"].as_str().unwrap());
    assert!(ask(&shared).fetches().is_empty());
    assert_eq!(ask(&shared).user("admin").fetches(), [uri]);
    let location = |path: &str| cloud.post("glance", &format!("{path}/locations"), json!({"url": uri}));
    assert!(location("/v2/images/nothing").fetches().is_empty());
    let task =
        json!({"type": "import", "input": {"import_from": uri, "import_from_format": "raw", "image_properties": {}}});
    assert!(cloud.post("glance", "/v2/tasks", task.clone()).fetches().is_empty());
    assert_eq!(cloud.post("glance", "/v2/tasks", task).user("admin").fetches(), [uri]);
}

#[test]
fn at_most_three_different_addresses_are_fetched_for_a_request() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let url = |number: usize| format!("http://127.0.0.1:8999/{number}");
    let locations: Vec<_> = (0..50).map(|at| json!({"url": url(at / 2), "metadata": {}})).collect();
    let patch = json!([{"op": "replace", "path": "/locations", "value": locations}]);
    let request = cloud
        .ask("PATCH", "glance", &path)
        .user("admin")
        .header("Content-Type", "application/openstack-images-v2.1-json-patch")
        .bytes(patch.to_string().into_bytes());
    assert_eq!(request.fetches(), [url(0), url(1), url(2)]);
}

#[test]
fn a_copy_leaves_the_image_active_and_needs_an_administrator() {
    let cloud = Cloud::new();
    let path = active(&cloud, json!({}));
    let copy = json!({"method": {"name": "copy-image"}, "stores": ["slow"]});
    assert_eq!(import(&cloud, "demo", &path, copy.clone()).status, 403);
    assert_eq!(import(&cloud, "admin", &path, copy.clone()).status, 202);
    assert_eq!(import(&cloud, "admin", &path, copy.clone()).status, 409);
    assert_eq!(show(&cloud, &path)["status"], "active");
    cloud.pass(60);
    assert_eq!(show(&cloud, &path)["stores"], "fast,slow");
    assert_eq!(import(&cloud, "admin", &path, copy).status, 400);
    let id = path.rsplit('/').next().unwrap();
    let delete_from =
        |store: &str| cloud.delete("glance", &format!("/v2/stores/{store}/{id}")).user("admin").send().status;
    assert_eq!((delete_from("fast"), delete_from("slow"), delete_from("none")), (204, 403, 409));
}

#[test]
fn a_task_fails_if_its_image_is_deleted_during_the_import() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    upload(&cloud, &format!("{path}/stage"), b"staged");
    import(&cloud, "demo", &path, direct());
    assert_eq!(cloud.delete("glance", &path).send().status, 204);
    cloud.pass(60);
    let tasks = cloud.get("glance", "/v2/tasks").user("admin").send().body;
    assert_eq!(tasks["tasks"][0]["status"], "failure");
    assert_eq!(cloud.get("glance", "/v2/tasks").send().status, 403);
}

#[test]
fn a_task_is_removed_two_days_after_its_end() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    upload(&cloud, &format!("{path}/stage"), b"staged");
    import(&cloud, "demo", &path, direct());
    let count = || cloud.state(|os| os.glance.tasks.len());
    cloud.pass(47 * 3600);
    assert_eq!(count(), 1);
    cloud.pass(3600 + 60);
    assert_eq!(count(), 0);
}

#[test]
fn a_stuck_import_blocks_others_for_an_hour() {
    let cloud = Cloud::new();
    cloud.add_fault(Fault::new("glance.import.finish", Effect::Stuck));
    let path = queued(&cloud, json!({}));
    upload(&cloud, &format!("{path}/stage"), b"staged");
    import(&cloud, "demo", &path, direct());
    cloud.pass(60);
    assert_eq!(show(&cloud, &path)["status"], "importing");
    let again = direct();
    assert_eq!(import(&cloud, "demo", &path, again).status, 409);
    let other = active(&cloud, json!({}));
    let copy = json!({"method": {"name": "copy-image"}, "stores": ["slow"]});
    assert_eq!(import(&cloud, "admin", &other, copy.clone()).status, 202);
    cloud.pass(59 * 60);
    assert_eq!(import(&cloud, "admin", &other, copy.clone()).status, 409);
    cloud.pass(2 * 60);
    user_of_another_project(&cloud, "late", "admin");
    assert_eq!(import(&cloud, "late", &other, copy).status, 202);
}

#[test]
fn a_task_of_the_type_import_creates_an_image() {
    let cloud = Cloud::new();
    let uri = "http://127.0.0.1:8999/x";
    let input = json!({"import_from": uri, "import_from_format": "raw", "image_properties": {"name": "imported"}});
    let request = cloud.post("glance", "/v2/tasks", json!({"type": "import", "input": input})).user("admin");
    let created = request.finding(uri, b"bytes").send();
    assert_eq!((created.status, &created.body["status"]), (201, &json!("pending")));
    cloud.pass(60);
    let task = show(&cloud, created.body["self"].as_str().unwrap());
    let image = show(&cloud, &format!("/v2/images/{}", task["result"]["image_id"].as_str().unwrap()));
    assert_eq!((&image["name"], &image["status"]), (&json!("imported"), &json!("active")));
}

#[test]
fn no_store_has_failed_if_the_metadata_of_the_other_glance_are_missing() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let source = "0badc0de-0000-4000-8000-000000000bad";
    let method = json!({"name": "glance-download", "glance_region": "elsewhere", "glance_image_id": source});
    let body = json!({"method": method, "all_stores": true});
    assert_eq!(import(&cloud, "demo", &path, body).status, 202);
    cloud.pass(60);
    let image = show(&cloud, &path);
    assert_eq!((&image["status"], &image["os_glance_failed_import"]), (&json!("queued"), &json!("")));
    assert_eq!(image["os_glance_importing_to_stores"], "fast,slow");
    let tasks = cloud.get("glance", &format!("{path}/tasks")).send().body;
    assert_eq!(tasks["tasks"][0]["status"], "failure");
}
