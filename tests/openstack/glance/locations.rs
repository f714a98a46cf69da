//! Locations of images.

use super::{queued, show};
use crate::support::Cloud;
use serde_json::{Value, json};

const URL: &str = "http://127.0.0.1:8999/image";

fn add(cloud: &Cloud, path: &str, validation_data: Value) -> u16 {
    let body = json!({"url": URL, "validation_data": validation_data});
    cloud.post("glance", &format!("{path}/locations"), body).finding(URL, b"bytes").send().status
}

#[test]
fn a_location_activates_an_image_and_its_data_are_hashed() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    assert_eq!(add(&cloud, &path, json!({})), 202);
    cloud.pass(60);
    let image = show(&cloud, &path);
    assert_eq!((&image["status"], &image["checksum"]), (&json!("active"), &json!("4b3a6218bb3e3a7303e8a171a60fcf92")));
    assert_eq!(add(&cloud, &path, json!({})), 409);
    let locations = cloud.get("glance", &format!("{path}/locations")).user("admin").send().body;
    assert_eq!(locations[0]["url"], URL);
    assert_eq!(cloud.get("glance", &format!("{path}/locations")).send().status, 403);
}

#[test]
fn data_that_do_not_match_the_hash_of_the_request_are_refused() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let wrong = json!({"os_hash_algo": "md5", "os_hash_value": "0".repeat(32)});
    assert_eq!(add(&cloud, &path, wrong), 202);
    cloud.pass(60);
    assert_eq!((&show(&cloud, &path)["status"], &show(&cloud, &path)["stores"]), (&json!("queued"), &json!("web")));
    let path = queued(&cloud, json!({}));
    assert_eq!(add(&cloud, &path, json!({"os_hash_algo": "md5", "os_hash_value": "abc"})), 400);
    let right = json!({"os_hash_algo": "md5", "os_hash_value": "4b3a6218bb3e3a7303e8a171a60fcf92"});
    assert_eq!(add(&cloud, &path, right), 202);
    cloud.pass(60);
    assert_eq!(show(&cloud, &path)["status"], "active");
}

#[test]
fn a_patch_adds_only_locations_with_data() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    let patch = |content: &[u8]| {
        let changes = json!([{"op": "add", "path": "/locations/-", "value": {"url": URL, "metadata": {}}}]);
        let request = cloud.ask("PATCH", "glance", &path).finding(URL, content);
        let request = request.header("Content-Type", "application/openstack-images-v2.1-json-patch");
        request.bytes(changes.to_string().into_bytes()).send().status
    };
    assert_eq!((patch(b""), patch(b"bytes"), patch(b"bytes")), (400, 200, 400));
    let image = show(&cloud, &path);
    assert_eq!((&image["status"], &image["os_hash_value"]), (&json!("active"), &json!(null)));
}
