//! Managing what the backends have, and letting it go.

use super::faults;
use super::snapshots::snapshot;
use super::volumes::volume;
use crate::support::Cloud;
use serde_json::{Value, json};

const HOST: &str = "cinder@lvmdriver-1#lvmdriver-1";

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn let_go(cloud: &Cloud, path: &str) {
    let answer = cloud.post("cinder", &format!("{path}/action"), json!({"os-unmanage": {}})).user("admin").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", path).user("admin").send().status, 404);
}

/// Makes a volume of what has that name on the backend; the volume some time later.
fn manage(cloud: &Cloud, name: &str) -> Value {
    let body = json!({"volume": {"host": HOST, "ref": {"source-name": name}}});
    let answer = cloud.post("cinder", "/v3/os-volume-manage", body).user("admin").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    let path = format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap());
    cloud.get("cinder", &path).user("admin").send().body["volume"].take()
}

#[test]
fn a_volume_that_was_let_go_is_taken_back_at_its_size() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 3);
    let_go(&cloud, &volume);
    let back = manage(&cloud, &format!("volume-{}", id(&volume)));
    assert_eq!((&back["status"], &back["size"]), (&json!("available"), &json!(3)));
    assert_ne!(back["id"], json!(id(&volume)));
}

#[test]
fn what_is_not_there_cannot_be_managed() {
    let cloud = Cloud::new();
    let volume = manage(&cloud, "nothing");
    assert_eq!(volume["size"], 0);
    assert!(["error", "error_managing"].contains(&volume["status"].as_str().unwrap()));
    faults::fail(&cloud, "cinder.volume.manage");
    assert_ne!(manage(&cloud, "volume-legacy-lvmdriver-1-www")["status"], "available");
}

#[test]
fn the_backend_lists_what_is_managed_and_what_is_not() {
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
fn a_snapshot_that_was_let_go_is_taken_back() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let snapshot = snapshot(&cloud, &volume);
    let_go(&cloud, &snapshot);
    let reference = json!({"source-name": format!("_snapshot-{}", id(&snapshot))});
    let body = json!({"snapshot": {"volume_id": id(&volume), "ref": reference}});
    let answer = cloud.post("cinder", "/v3/os-snapshot-manage", body).user("admin").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    let path = format!("/v3/snapshots/{}", answer.body["snapshot"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("cinder", &path).user("admin").send().body["snapshot"]["status"], "available");
}
