//! The attachments API.

use super::volumes::volume;
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

const SERVER: &str = "0badc0de-0000-4000-8000-000000000bad";

fn create(cloud: &Cloud, volume: &str, fields: Value) -> Answered {
    let mut body = json!({"attachment": {"volume_uuid": volume.rsplit('/').next(), "instance_uuid": SERVER}});
    body["attachment"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    cloud.post("cinder", "/v3/attachments", body).version("volume 3.54").send()
}

fn path(answer: &Answered) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    format!("/v3/attachments/{}", answer.body["attachment"]["id"].as_str().unwrap())
}

fn show_volume(cloud: &Cloud, volume: &str) -> Value {
    cloud.get("cinder", volume).send().body["volume"].take()
}

#[test]
fn an_attachment_is_reserved_connected_completed_and_deleted() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let created = create(&cloud, &volume, json!({}));
    let attachment = path(&created);
    let shown = &created.body["attachment"];
    assert_eq!((&shown["status"], &shown["attach_mode"]), (&json!("reserved"), &json!("null")));
    assert_eq!(show_volume(&cloud, &volume)["status"], "reserved");
    let connector = json!({"attachment": {"connector": {"host": "h1", "mountpoint": "/dev/vdb"}}});
    let updated = cloud.put("cinder", &attachment, connector).version("volume 3.54").send();
    assert_eq!(updated.body["attachment"]["connection_info"]["driver_volume_type"], "local");
    assert_eq!(show_volume(&cloud, &volume)["status"], "attaching");
    let complete = json!({"os-complete": {}});
    let answer = cloud.post("cinder", &format!("{attachment}/action"), complete).version("volume 3.54").send();
    assert_eq!(answer.status, 204);
    let attached = show_volume(&cloud, &volume);
    assert_eq!(attached["status"], "in-use");
    assert_eq!(attached["attachments"][0]["server_id"], SERVER);
    assert_eq!(attached["attachments"][0]["device"], "/dev/vdb");
    let gone = cloud.delete("cinder", &attachment).version("volume 3.54").send();
    assert_eq!((gone.status, &gone.body), (200, &json!({"attachments": []})));
    assert_eq!(show_volume(&cloud, &volume)["status"], "available");
    let again = cloud.delete("cinder", &attachment).version("volume 3.54").send();
    assert!(again.message().starts_with("Volume attachment could not be found with filter: attachment_id = "));
}

#[test]
fn only_the_same_server_can_reserve_a_volume_again() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    path(&create(&cloud, &volume, json!({})));
    let other = create(&cloud, &volume, json!({"instance_uuid": "0badc0de-0000-4000-8000-000000000baa"}));
    assert!(
        other
            .message()
            .ends_with("status must be available or downloading to reserve, but the current status is reserved.")
    );
    path(&create(&cloud, &volume, json!({})));
}

#[test]
fn attachments_exist_since_3_27_and_their_mode_since_3_54() {
    let cloud = Cloud::new();
    let list = |version: &str| cloud.get("cinder", "/v3/attachments").version(version).send().status;
    assert_eq!((list("volume 3.26"), list("volume 3.27")), (404, 200));
    let body = json!({"attachment": {"volume_uuid": SERVER, "mode": "ro"}});
    let answer = cloud.post("cinder", "/v3/attachments", body).version("volume 3.53").send();
    assert!(answer.message().ends_with("Additional properties are not allowed ('mode' was unexpected)"));
}

#[test]
fn attachments_of_other_projects_are_not_listed() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let attachment = path(&create(&cloud, &volume, json!({})));
    let list = |user: &str, query: &str| {
        let path = format!("/v3/attachments{query}");
        cloud.get("cinder", &path).user(user).version("volume 3.27").send().body["attachments"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((list("demo", ""), list("admin", ""), list("admin", "?all_tenants=1")), (1, 0, 1));
    assert_eq!(cloud.get("cinder", &attachment).user("admin").version("volume 3.27").send().status, 200);
}

#[test]
fn a_project_with_a_volume_sees_the_attachments_of_others_but_cannot_change_them() {
    let cloud = Cloud::new();
    let body = json!({"volume": {"size": 1}});
    let of_admin = cloud.post("cinder", "/v3/volumes", body).user("admin").send();
    cloud.pass(60);
    let volume = &of_admin.body["volume"]["id"];
    let body = json!({"attachment": {"volume_uuid": volume, "instance_uuid": SERVER}});
    let attachment = path(&cloud.post("cinder", "/v3/attachments", body).user("admin").version("volume 3.54").send());
    let show = || cloud.get("cinder", &attachment).version("volume 3.54").send().status;
    assert_eq!(show(), 404);
    super::volumes::volume(&cloud, 1);
    assert_eq!(show(), 200);
    assert_eq!(cloud.delete("cinder", &attachment).version("volume 3.54").send().status, 403);
}
