//! User messages.

use super::faults;
use super::snapshots::snapshot;
use super::volumes::volume;
use crate::support::{Answered, Cloud};
use serde_json::Value;

/// A cloud with a failed snapshot, and the message about it.
fn cloud_with_message() -> (Cloud, Value) {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    faults::fail(&cloud, "cinder.snapshot.*");
    snapshot(&cloud, &volume);
    let message = get(&cloud, "/v3/messages", "volume 3.3").body["messages"][0].take();
    (cloud, message)
}

fn get(cloud: &Cloud, path: &str, version: &str) -> Answered {
    cloud.get("cinder", path).version(version).send()
}

#[test]
fn a_message_names_the_failed_request_and_expires_after_30_days() {
    let (cloud, message) = cloud_with_message();
    assert!(message["request_id"].as_str().unwrap().starts_with("req-"));
    assert_eq!(message["resource_type"], "VOLUME_SNAPSHOT");
    assert_eq!(message["guaranteed_until"], "2030-01-31T12:00:01.000000");
    cloud.pass(31 * 86_400);
    cloud.state(|os| assert!(os.cinder.messages.is_empty()));
}

#[test]
fn messages_exist_since_3_3_and_can_be_deleted() {
    let (cloud, message) = cloud_with_message();
    let path = format!("/v3/messages/{}", message["id"].as_str().unwrap());
    assert_eq!(get(&cloud, "/v3/messages", "volume 3.2").status, 404);
    assert_eq!(get(&cloud, &path, "volume 3.3").body["message"], message);
    assert_eq!(cloud.delete("cinder", &path).version("volume 3.3").send().status, 204);
    assert_eq!(get(&cloud, &path, "volume 3.3").status, 404);
}

#[test]
fn messages_can_be_filtered_since_3_5() {
    let (cloud, _) = cloud_with_message();
    let count = |query: &str, version: &str| {
        get(&cloud, &format!("/v3/messages?{query}"), version).body["messages"].as_array().unwrap().len()
    };
    assert_eq!(count("message_level=INFO", "volume 3.5"), 0);
    assert_eq!(count("message_level=INFO", "volume 3.4"), 1);
    assert_eq!(count("resource_type=VOLUME_SNAPSHOT", "volume 3.5"), 1);
}
