//! Managing and unmanaging volumes and snapshots.

use super::faults;
use super::snapshots::snapshot;
use super::volumes::volume;
use crate::support::Cloud;
use serde_json::{Value, json};

const HOST: &str = "cinder@lvmdriver-1#lvmdriver-1";

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Unmanages a volume or snapshot and waits until it is gone.
fn unmanage(cloud: &Cloud, path: &str) {
    let answer = cloud.post("cinder", &format!("{path}/action"), json!({"os-unmanage": {}})).user("admin").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", path).user("admin").send().status, 404);
}

/// Manages the disk with that name on the backend and returns the volume after the transition.
fn manage(cloud: &Cloud, name: &str) -> Value {
    let body = json!({"volume": {"host": HOST, "ref": {"source-name": name}}});
    let answer = cloud.post("cinder", "/v3/os-volume-manage", body).user("admin").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    let path = format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap());
    cloud.get("cinder", &path).user("admin").send().body["volume"].take()
}

#[test]
fn an_unmanaged_volume_can_be_managed_again_with_its_size() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 3);
    unmanage(&cloud, &volume);
    let managed = manage(&cloud, &format!("volume-{}", id(&volume)));
    assert_eq!((&managed["status"], &managed["size"]), (&json!("available"), &json!(3)));
    assert_ne!(managed["id"], json!(id(&volume)));
}

#[test]
fn a_missing_disk_cannot_be_managed() {
    let cloud = Cloud::new();
    let volume = manage(&cloud, "nothing");
    assert_eq!(volume["size"], 0);
    assert!(["error", "error_managing"].contains(&volume["status"].as_str().unwrap()));
    faults::fail(&cloud, "cinder.volume.manage");
    assert_ne!(manage(&cloud, "volume-legacy-lvmdriver-1-www")["status"], "available");
}

#[test]
fn the_list_contains_managed_and_unmanaged_volumes() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let path = format!("/v3/manageable_volumes/detail?host={HOST}&sort=size:asc");
    let listed = cloud.get("cinder", &path).user("admin").version("volume 3.8").send();
    let entries = listed.body["manageable-volumes"].as_array().unwrap();
    assert_eq!(entries.iter().map(|one| &one["size"]).collect::<Vec<_>>(), [&json!(1), &json!(2), &json!(10)]);
    assert_eq!(entries[0]["cinder_id"], json!(id(&volume)));
    assert_eq!((&entries[0]["safe_to_manage"], &entries[1]["safe_to_manage"]), (&json!(false), &json!(true)));
    assert_eq!(cloud.get("cinder", &path).version("volume 3.8").send().status, 403);
    let nowhere = cloud.get("cinder", "/v3/os-volume-manage?host=nowhere").user("admin").send();
    assert_eq!(nowhere.message(), "Service cinder-volume could not be found on host nowhere.");
}

#[test]
fn an_unmanaged_snapshot_can_be_managed_again() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let snapshot = snapshot(&cloud, &volume);
    unmanage(&cloud, &snapshot);
    let reference = json!({"source-name": format!("_snapshot-{}", id(&snapshot))});
    let body = json!({"snapshot": {"volume_id": id(&volume), "ref": reference}});
    let answer = cloud.post("cinder", "/v3/os-snapshot-manage", body).user("admin").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    let path = format!("/v3/snapshots/{}", answer.body["snapshot"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("cinder", &path).user("admin").send().body["snapshot"]["status"], "available");
}
