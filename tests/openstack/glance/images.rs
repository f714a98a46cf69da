//! Images.

use crate::support::Cloud;
use serde_json::json;

#[test]
fn an_image_is_made_uploaded_downloaded_and_deleted() {
    let cloud = Cloud::new();
    let body = json!({"name": "mine", "disk_format": "raw", "container_format": "bare", "colour": "red"});
    let made = cloud.post("glance", "/v2/images", body).send();
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((&made.body["status"], &made.body["colour"]), (&json!("queued"), &json!("red")));
    let path = made.body["self"].as_str().unwrap().to_owned();
    assert_eq!(cloud.get("glance", &format!("{path}/file")).send().status, 204);
    let upload = || {
        let file = cloud.ask("PUT", "glance", &format!("{path}/file"));
        file.header("Content-Type", "application/octet-stream").bytes(b"bytes".to_vec()).send()
    };
    assert_eq!((upload().status, upload().status), (204, 409));
    let image = cloud.get("glance", &path).send().body;
    assert_eq!((&image["status"], &image["size"]), (&json!("active"), &json!(5)));
    assert_eq!(image["checksum"], "4b3a6218bb3e3a7303e8a171a60fcf92");
    assert_eq!(cloud.get("glance", &format!("{path}/file")).send().text, "bytes");
    assert_eq!(cloud.delete("glance", &path).send().status, 204);
    assert_eq!(cloud.get("glance", &path).send().status, 404);
}

#[test]
fn everybody_sees_public_images_and_nobody_but_the_owner_the_others() {
    let cloud = Cloud::new();
    let mine = cloud.post("glance", "/v2/images", json!({"name": "mine"})).send().body["self"].clone();
    let names = |user: &str| {
        let body = cloud.get("glance", "/v2/images?visibility=public").user(user).send().body;
        body["images"].as_array().unwrap().len()
    };
    assert_eq!((names("demo"), names("admin")), (4, 4));
    let public = cloud.get("glance", "/v2/images?visibility=public").send().body["images"][0]["self"].clone();
    assert_eq!(cloud.delete("glance", public.as_str().unwrap()).send().status, 403);
    assert_eq!(cloud.get("glance", mine.as_str().unwrap()).user("admin").send().status, 200);
    assert_eq!(cloud.post("glance", "/v2/images", json!({"visibility": "public"})).send().status, 403);
}

#[test]
fn pages_of_images_lead_to_the_next() {
    let cloud = Cloud::new();
    let first = cloud.get("glance", "/v2/images?limit=3").send().body;
    let second = cloud.get("glance", first["next"].as_str().unwrap()).send().body;
    assert_eq!((first["images"].as_array().unwrap().len(), second["images"].as_array().unwrap().len()), (3, 1));
    assert!(second.get("next").is_none());
}
