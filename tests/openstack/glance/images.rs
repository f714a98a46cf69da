//! Images: upload, download, visibility, validation and deletion.

use super::{active, queued, show, upload};
use crate::support::Cloud;
use nephos::engine::Unstored;
use serde_json::json;

#[test]
fn an_image_is_created_uploaded_downloaded_and_deleted() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({"name": "mine", "colour": "red"}));
    let image = show(&cloud, &path);
    assert_eq!((&image["status"], &image["colour"]), (&json!("queued"), &json!("red")));
    let file = format!("{path}/file");
    assert_eq!(cloud.get("glance", &file).send().status, 204);
    assert_eq!((upload(&cloud, &file, b"bytes").status, upload(&cloud, &file, b"x").status), (204, 409));
    let image = show(&cloud, &path);
    assert_eq!((&image["status"], &image["size"], &image["stores"]), (&json!("active"), &json!(5), &json!("fast")));
    assert_eq!(image["checksum"], "4b3a6218bb3e3a7303e8a171a60fcf92");
    assert_eq!((&image["os_hash_algo"], image["os_hash_value"].as_str().unwrap().len()), (&json!("sha512"), 128));
    assert_eq!(cloud.get("glance", &file).send().text, "bytes");
    assert_eq!(cloud.delete("glance", &path).send().status, 204);
    assert_eq!(cloud.get("glance", &path).send().status, 404);
}

#[test]
fn a_range_of_the_data_can_be_downloaded() {
    let cloud = Cloud::new();
    let file = format!("{}/file", active(&cloud, json!({})));
    let part = |range: &str| cloud.get("glance", &file).header("Range", range).send();
    let some = part("bytes=2-4");
    assert_eq!((some.status, some.text.as_str(), some.header("Content-Range")), (206, "234", Some("bytes 2-4/10")));
    assert_eq!((part("bytes=8-").text.as_str(), part("bytes=-3").text.as_str()), ("89", "789"));
    assert_eq!((part("bytes=10-").status, part("bytes=0-1,3-4").status, part("bytes=9-3").status), (416, 400, 416));
}

#[test]
fn all_projects_see_public_images_and_only_the_owner_sees_others() {
    let cloud = Cloud::new();
    let mine = queued(&cloud, json!({"name": "mine"}));
    let names = |user: &str| {
        let body = cloud.get("glance", "/v2/images?visibility=public").user(user).send().body;
        body["images"].as_array().unwrap().len()
    };
    assert_eq!((names("demo"), names("admin")), (4, 4));
    let public = cloud.get("glance", "/v2/images?visibility=public").send().body["images"][0]["self"].clone();
    assert_eq!(cloud.delete("glance", public.as_str().unwrap()).send().status, 403);
    assert_eq!(cloud.get("glance", &mine).user("admin").send().status, 200);
    assert_eq!(cloud.post("glance", "/v2/images", json!({"visibility": "public"})).send().status, 403);
}

#[test]
fn only_administrators_download_a_deactivated_image() {
    let cloud = Cloud::new();
    let path = active(&cloud, json!({}));
    let act = |action: &str| cloud.ask("POST", "glance", &format!("{path}/actions/{action}")).send().status;
    assert_eq!((act("deactivate"), act("deactivate")), (204, 204));
    let download = |user: &str| cloud.get("glance", &format!("{path}/file")).user(user).send().status;
    assert_eq!((download("demo"), download("admin")), (403, 200));
    assert_eq!((act("reactivate"), download("demo")), (204, 200));
    let queued = queued(&cloud, json!({}));
    assert_eq!(cloud.ask("POST", "glance", &format!("{queued}/actions/deactivate")).send().status, 403);
}

#[test]
fn the_error_for_an_invalid_body_quotes_the_violated_schema() {
    let cloud = Cloud::new();
    let request = cloud.post("glance", "/v2/images", json!({"visibility": "x"}));
    let refused = request.header("Accept", "application/json").send();
    let message = refused.body["message"].as_str().unwrap().to_owned();
    assert_eq!(refused.status, 400);
    assert!(message.contains("'x' is not one of ['community', 'public', 'private', 'shared']"), "{message}");
    assert!(message.contains("Failed validating 'enum' in schema['properties']['visibility']:"), "{message}");
}

#[test]
fn an_image_without_formats_accepts_no_data() {
    let cloud = Cloud::new();
    let path = cloud.post("glance", "/v2/images", json!({})).send().body["file"].as_str().unwrap().to_owned();
    let refused = upload(&cloud, &path, b"x");
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("Properties disk_format, container_format must be set prior to saving data."));
}

#[test]
fn the_first_property_that_a_new_image_may_not_have_is_told() {
    let cloud = Cloud::new();
    let send = |fields: serde_json::Value| {
        let answer = cloud.post("glance", "/v2/images", fields).send();
        assert_eq!(answer.status, 403, "{}", answer.text);
        answer.text
    };
    let locations = json!([{"url": "http://192.0.2.1/", "metadata": {}}]);
    assert!(send(json!({"locations": locations})).contains("Attribute 'locations' is reserved."));
    assert!(send(json!({"locations": [], "size": 1})).contains("Attribute 'size' is read-only."));
    assert!(send(json!({"locations": [], "owner": "x"})).contains("images owned by 'x'"));
    assert!(send(json!({"locations": [], "self": "x"})).contains("Attribute 'self' is read-only."));
}

#[test]
fn the_refusal_of_data_shows_the_content_type_as_it_was_sent() {
    let cloud = Cloud::new();
    let path = format!("{}/file", queued(&cloud, json!({})));
    let request = cloud.ask("PUT", "glance", &path).header("Content-Type", "text/plain; charset=utf-8");
    let answer = request.bytes(b"data".to_vec()).send();
    assert_eq!(answer.status, 415);
    assert!(answer.text.contains("The request media type text/plain; charset=utf-8 is not"), "{}", answer.text);
    assert!(answer.text.contains("Invalid content type text/plain"), "{}", answer.text);
}

#[test]
fn data_that_cannot_be_stored_are_refused_and_the_image_stays_queued() {
    let cloud = Cloud::new();
    let path = queued(&cloud, json!({}));
    for action in ["file", "stage"] {
        let refused = |reason: Unstored| {
            let upload = cloud.ask("PUT", "glance", &format!("{path}/{action}")).unstored(reason);
            let answer = upload.header("Content-Type", "application/octet-stream").send();
            assert_eq!(show(&cloud, &path)["status"], "queued");
            (answer.status, answer.text)
        };
        let (status, text) = refused(Unstored::TooLarge(10));
        assert!(status == 413 && text.contains("The incoming image is too large"), "{status} {text}");
        let (status, text) = refused(Unstored::NoRoom);
        assert!(status == 413 && text.contains("Image storage media is full"), "{status} {text}");
        let (status, text) = refused(Unstored::Failed);
        assert!(status == 503 && text.contains("Insufficient permissions on image storage media"), "{status} {text}");
    }
    assert_eq!(upload(&cloud, &format!("{path}/file"), b"bytes").status, 204);
}
