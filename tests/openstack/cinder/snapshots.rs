//! Snapshots.

use super::faults;
use super::volumes::volume;
use crate::support::Cloud;
use serde_json::{Value, json};

/// Creates a snapshot of a volume, waits until it is available, and returns its path.
pub fn snapshot(cloud: &Cloud, volume: &str) -> String {
    let answer = take(cloud, volume, json!({}), "volume 3.0");
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    format!("/v3/snapshots/{}", answer.body["snapshot"]["id"].as_str().unwrap())
}

fn take(cloud: &Cloud, volume: &str, fields: Value, version: &str) -> crate::support::Answered {
    let mut body = json!({"snapshot": {"volume_id": volume.rsplit('/').next()}});
    body["snapshot"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    cloud.post("cinder", "/v3/snapshots", body).version(version).send()
}

fn show(cloud: &Cloud, path: &str) -> Value {
    cloud.get("cinder", path).send().body["snapshot"].take()
}

#[test]
fn a_snapshot_is_created_and_deleted() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 2);
    let answer = take(&cloud, &volume, json!({"name": " s ", "metadata": {"a": "b"}}), "volume 3.0");
    let created = &answer.body["snapshot"];
    assert_eq!((&created["status"], &created["name"], &created["size"]), (&json!("creating"), &json!("s"), &json!(2)));
    assert_eq!(created["metadata"], json!({"a": "b"}));
    assert!(created.get("os-extended-snapshot-attributes:progress").is_none());
    cloud.pass(1);
    let path = format!("/v3/snapshots/{}", created["id"].as_str().unwrap());
    assert_eq!(show(&cloud, &path)["status"], "available");
    assert_eq!(show(&cloud, &path)["os-extended-snapshot-attributes:progress"], "100%");
    assert_eq!(cloud.delete("cinder", &path).send().status, 202);
    assert_eq!(show(&cloud, &path)["status"], "deleting");
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", &path).send().status, 404);
}

#[test]
fn a_failed_snapshot_is_in_error_and_creates_a_message() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    faults::fail(&cloud, "cinder.snapshot.create");
    let path = snapshot(&cloud, &volume);
    assert_eq!(show(&cloud, &path)["status"], "error");
    let messages = cloud.get("cinder", "/v3/messages").version("volume 3.3").send().body;
    assert_eq!(messages["messages"][0]["event_id"], "VOLUME_VOLUME_SNAPSHOT_009_013");
    assert_eq!(messages["messages"][0]["user_message"], "create snapshot:Snapshot failed to create.");
}

#[test]
fn force_is_obsolete_since_3_66() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let send = |force: bool, version: &str| take(&cloud, &volume, json!({"force": force}), version);
    assert_eq!(send(false, "volume 3.65").status, 202);
    assert_eq!(send(true, "volume 3.66").status, 202);
    let answer = send(false, "volume 3.66");
    assert_eq!(answer.status, 400);
    assert!(answer.message().starts_with("Since microversion 3.66 the 'force' flag is invalid"));
}

#[test]
fn a_busy_volume_cannot_be_snapshotted() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    cloud.post("cinder", &format!("{volume}/action"), json!({"os-extend": {"new_size": 2}})).send();
    let answer = take(&cloud, &volume, json!({}), "volume 3.66");
    assert_eq!(answer.status, 400);
    assert!(answer.message().ends_with("status must be available, in-use, but current status is: extending."));
}

#[test]
fn snapshots_use_the_quota_until_they_are_deleted() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let paths: Vec<_> = (0..10).map(|_| snapshot(&cloud, &volume)).collect();
    assert_eq!(take(&cloud, &volume, json!({}), "volume 3.0").status, 413);
    cloud.delete("cinder", &paths[0]).send();
    cloud.pass(1);
    assert_eq!(take(&cloud, &volume, json!({}), "volume 3.0").status, 202);
}

#[test]
fn metadata_can_be_changed_by_key() {
    let cloud = Cloud::new();
    let path = format!("{}/metadata", snapshot(&cloud, &volume(&cloud, 1)));
    let put = |path: &str, body: Value| cloud.put("cinder", path, body).send();
    assert_eq!(put(&path, json!({"metadata": {"a": "1", "b": "2"}})).body, json!({"metadata": {"a": "1", "b": "2"}}));
    let one = format!("{path}/a");
    assert_eq!(put(&one, json!({"meta": {"a": "3"}})).body, json!({"meta": {"a": "3"}}));
    assert_eq!(put(&one, json!({"meta": {"c": "3"}})).message(), "Request body and URI mismatch");
    let answer = cloud.post("cinder", &path, json!({"metadata": {"c": "4"}})).send();
    assert_eq!(answer.body, json!({"metadata": {"a": "3", "b": "2", "c": "4"}}));
    assert_eq!(cloud.delete("cinder", &one).send().status, 200);
    assert_eq!(cloud.get("cinder", &one).send().status, 404);
}

#[test]
fn snapshots_of_other_projects_are_not_listed() {
    let cloud = Cloud::new();
    let path = snapshot(&cloud, &volume(&cloud, 1));
    cloud.state(|os| assert_eq!(os.cinder.snapshots.len(), 1));
    let admins = cloud.get("cinder", "/v3/snapshots").user("admin").send().body;
    assert_eq!(admins["snapshots"], json!([]));
    let all = cloud.get("cinder", "/v3/snapshots?all_tenants=1").user("admin").send().body;
    assert_eq!(all["snapshots"].as_array().unwrap().len(), 1);
    assert_eq!(cloud.get("cinder", &path).user("admin").send().status, 200);
}

#[test]
fn only_administrators_can_reset_the_status_and_force_delete() {
    let cloud = Cloud::new();
    let path = snapshot(&cloud, &volume(&cloud, 1));
    let action = format!("{path}/action");
    let reset = |status: &str| cloud.post("cinder", &action, json!({"os-reset_status": {"status": status}}));
    assert_eq!(reset("error").send().status, 403);
    assert_eq!(reset("creating").user("admin").send().status, 202);
    let answer = reset("nonsense").user("admin").send();
    assert!(answer.message().starts_with("Snapshot status: nonsense is invalid, valid statuses are: ('error',"));
    assert_eq!(cloud.delete("cinder", &path).send().status, 400);
    let update = json!({"os-update_snapshot_status": {"status": "error", "progress": "80%"}});
    assert_eq!(cloud.post("cinder", &action, update).send().status, 202);
    assert_eq!(show(&cloud, &path)["os-extended-snapshot-attributes:progress"], "80%");
    reset("deleting").user("admin").send();
    assert_eq!(cloud.post("cinder", &action, json!({"os-force_delete": {}})).user("admin").send().status, 202);
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", &path).send().status, 404);
}

#[test]
fn lists_can_be_filtered_by_status_and_metadata() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    take(&cloud, &volume, json!({"name": "one", "metadata": {"a": "b"}}), "volume 3.0");
    take(&cloud, &volume, json!({"name": "two"}), "volume 3.0");
    let names = |query: &str| {
        let answer = cloud.get("cinder", &format!("/v3/snapshots?{query}")).version("volume 3.45").send();
        let names: Vec<_> =
            answer.body["snapshots"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        json!(names)
    };
    assert_eq!(names("status=creating&sort=name:asc"), json!(["one", "two"]));
    assert_eq!(names("status=available"), json!([]));
    assert_eq!(names("metadata={'a': 'b'}"), json!(["one"]));
    assert_eq!(names("name=two"), json!(["two"]));
}
