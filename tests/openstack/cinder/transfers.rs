//! Transfers of volumes.

use super::snapshots::snapshot;
use super::volumes::volume;
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

fn create(cloud: &Cloud, volume: &str, fields: Value) -> Answered {
    let mut body = json!({"transfer": {"volume_id": volume.rsplit('/').next()}});
    body["transfer"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    cloud.post("cinder", "/v3/volume-transfers", body).version("volume 3.57").send()
}

fn accept(cloud: &Cloud, transfer: &Value, key: &Value) -> Answered {
    let path = format!("/v3/os-volume-transfer/{}/accept", transfer["id"].as_str().unwrap());
    cloud.post("cinder", &path, json!({"accept": {"auth_key": key}})).user("admin").send()
}

#[test]
fn whoever_knows_the_key_can_accept_the_volume_with_its_snapshots() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 2);
    let snapshot = snapshot(&cloud, &volume);
    let created = create(&cloud, &volume, json!({"name": " gift "}));
    let transfer = &created.body["transfer"];
    assert_eq!((created.status, &transfer["name"], &transfer["accepted"]), (202, &json!("gift"), &json!(false)));
    assert_eq!(cloud.get("cinder", &volume).send().body["volume"]["status"], "awaiting-transfer");
    assert!(accept(&cloud, transfer, &json!("wrong")).message().starts_with("Invalid auth key: Attempt to transfer"));
    assert_eq!(accept(&cloud, transfer, &transfer["auth_key"]).status, 202);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
    assert_eq!(cloud.get("cinder", &snapshot).send().status, 404);
    let (_, admin) = cloud.token("admin");
    let accepted = cloud.get("cinder", &volume).user("admin").send();
    assert_eq!(accepted.body["volume"]["os-vol-tenant-attr:tenant_id"], json!(admin));
    assert_eq!(accepted.body["volume"]["status"], "available");
    assert_eq!(accept(&cloud, transfer, &transfer["auth_key"]).status, 404);
}

#[test]
fn a_volume_has_one_transfer_and_is_available_when_it_is_deleted() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let created = create(&cloud, &volume, json!({}));
    let id = created.body["transfer"]["id"].as_str().unwrap();
    assert_eq!(create(&cloud, &volume, json!({})).message(), "Invalid volume: status must be available");
    let listed = cloud.get("cinder", "/v3/os-volume-transfer").send();
    assert_eq!(listed.body["transfers"][0]["id"], json!(id));
    assert!(listed.body["transfers"][0].get("auth_key").is_none());
    assert_eq!(cloud.delete("cinder", &format!("/v3/volume-transfers/{id}")).send().status, 202);
    assert_eq!(cloud.get("cinder", &volume).send().body["volume"]["status"], "available");
}

#[test]
fn no_snapshots_leaves_the_snapshots_in_the_project() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let snapshot = snapshot(&cloud, &volume);
    let transfer = create(&cloud, &volume, json!({"no_snapshots": true})).body["transfer"].take();
    assert_eq!(accept(&cloud, &transfer, &transfer["auth_key"]).status, 202);
    assert_eq!(cloud.get("cinder", &snapshot).send().status, 200);
}

#[test]
fn paging_exists_at_the_new_path_since_3_59_and_is_a_filter_elsewhere() {
    let cloud = Cloud::new();
    for _ in 0..3 {
        create(&cloud, &volume(&cloud, 1), json!({}));
    }
    let rows = |path: &str, version: &str| {
        let answer = cloud.get("cinder", path).version(version).send();
        answer.body["transfers"].as_array().map_or(answer.status, |rows| rows.len() as u16)
    };
    assert_eq!(rows("/v3/volume-transfers?limit=2", "volume 3.59"), 2);
    assert_eq!(rows("/v3/volume-transfers?offset=1", "volume 3.59"), 1, "the offset counts twice");
    assert_eq!(rows("/v3/volume-transfers?limit=2", "volume 3.58"), 0);
    for query in ["limit=2", "sort_dir=sideways", "marker=x", "sort_key=name"] {
        assert_eq!(rows(&format!("/v3/os-volume-transfer?{query}"), "volume 3.71"), 0, "{query}");
    }
    assert_eq!(rows("/v3/os-volume-transfer?project_id=x", "volume 3.71"), 3);
}
