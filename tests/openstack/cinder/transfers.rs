//! Transfers of volumes.

use super::snapshots::snapshot;
use super::volumes::volume;
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

fn offer(cloud: &Cloud, volume: &str, fields: Value) -> Answered {
    let mut body = json!({"transfer": {"volume_id": volume.rsplit('/').next()}});
    body["transfer"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    cloud.post("cinder", "/v3/volume-transfers", body).version("volume 3.57").send()
}

fn accept(cloud: &Cloud, transfer: &Value, key: &Value) -> Answered {
    let path = format!("/v3/os-volume-transfer/{}/accept", transfer["id"].as_str().unwrap());
    cloud.post("cinder", &path, json!({"accept": {"auth_key": key}})).user("admin").send()
}

#[test]
fn who_knows_the_key_takes_the_volume_and_its_snapshots() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 2);
    let snapshot = snapshot(&cloud, &volume);
    let offered = offer(&cloud, &volume, json!({"name": " gift "}));
    let transfer = &offered.body["transfer"];
    assert_eq!((offered.status, &transfer["name"], &transfer["accepted"]), (202, &json!("gift"), &json!(false)));
    assert_eq!(cloud.get("cinder", &volume).send().body["volume"]["status"], "awaiting-transfer");
    assert!(accept(&cloud, transfer, &json!("wrong")).message().starts_with("Invalid auth key: Attempt to transfer"));
    assert_eq!(accept(&cloud, transfer, &transfer["auth_key"]).status, 202);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
    assert_eq!(cloud.get("cinder", &snapshot).send().status, 404);
    let (_, admin) = cloud.token("admin");
    let taken = cloud.get("cinder", &volume).user("admin").send();
    assert_eq!(taken.body["volume"]["os-vol-tenant-attr:tenant_id"], json!(admin));
    assert_eq!(taken.body["volume"]["status"], "available");
    assert_eq!(accept(&cloud, transfer, &transfer["auth_key"]).status, 404);
}

#[test]
fn a_volume_is_offered_once_and_kept_when_the_offer_is_withdrawn() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let offered = offer(&cloud, &volume, json!({}));
    let id = offered.body["transfer"]["id"].as_str().unwrap();
    assert_eq!(offer(&cloud, &volume, json!({})).message(), "Invalid volume: status must be available");
    let listed = cloud.get("cinder", "/v3/os-volume-transfer").send();
    assert_eq!(listed.body["transfers"][0]["id"], json!(id));
    assert!(listed.body["transfers"][0].get("auth_key").is_none());
    assert_eq!(cloud.delete("cinder", &format!("/v3/volume-transfers/{id}")).send().status, 202);
    assert_eq!(cloud.get("cinder", &volume).send().body["volume"]["status"], "available");
}

#[test]
fn snapshots_stay_behind_where_that_is_asked() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let snapshot = snapshot(&cloud, &volume);
    let transfer = offer(&cloud, &volume, json!({"no_snapshots": true})).body["transfer"].take();
    assert_eq!(accept(&cloud, &transfer, &transfer["auth_key"]).status, 202);
    assert_eq!(cloud.get("cinder", &snapshot).send().status, 200);
}
