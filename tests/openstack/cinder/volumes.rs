//! Volumes.

use crate::support::Cloud;
use serde_json::json;

/// An available volume; its path.
pub fn volume(cloud: &Cloud, size: u32) -> String {
    let answer = cloud.post("cinder", "/v3/{project}/volumes", json!({"volume": {"size": size}})).send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap())
}

#[test]
fn extending_a_volume_grows_it_when_done() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let extend = json!({"os-extend": {"new_size": 3}});
    assert_eq!(cloud.post("cinder", &format!("{volume}/action"), extend).send().status, 202);
    let during = cloud.get("cinder", &volume).send().body;
    assert_eq!((&during["volume"]["status"], &during["volume"]["size"]), (&json!("extending"), &json!(1)));
    cloud.pass(1);
    let after = cloud.get("cinder", &volume).send().body;
    assert_eq!((&after["volume"]["status"], &after["volume"]["size"]), (&json!("available"), &json!(3)));
}

#[test]
fn a_volume_cannot_shrink() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 2);
    let answer = cloud.post("cinder", &format!("{volume}/action"), json!({"os-extend": {"new_size": 1}})).send();
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.message(),
        "Invalid volume: New size for extend must be greater than current size. (current: 2, extended: 1)."
    );
    assert_eq!(cloud.get("cinder", &volume).send().body["volume"]["status"], "available");
}

#[test]
fn a_wrong_size_is_refused_in_cinders_words() {
    let cloud = Cloud::new();
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 0}})).send();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.message(), "Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1");
}

#[test]
fn unknown_fields_are_refused_from_3_53_on() {
    let cloud = Cloud::new();
    let ask = |version: &str| {
        let body = json!({"volume": {"size": 1, "colour": "red"}});
        cloud.post("cinder", "/v3/volumes", body).version(version).send()
    };
    assert_eq!(ask("volume 3.52").status, 202);
    let answer = ask("volume 3.53");
    assert_eq!(answer.status, 400);
    assert!(answer.message().ends_with("Additional properties are not allowed ('colour' was unexpected)"));
}

#[test]
fn a_restored_snapshot_undoes_what_came_after() {
    let cloud = Cloud::new();
    cloud.token("demo");
    let before = cloud.live.snapshot();
    let volume = volume(&cloud, 1);
    cloud.live.restore(before);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
}
