//! Operations that Nova forwards to other services.

use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

fn create_volume(cloud: &Cloud, volume: Value) -> Answered {
    cloud.post("nova", "/v2.1/os-volumes", json!({"volume": volume})).send()
}

#[test]
fn errors_of_cinder_have_the_format_of_its_client() {
    let cloud = Cloud::new();
    let refused = create_volume(&cloud, json!({"size": 1, "availability_zone": ""}));
    assert_eq!(refused.status, 400);
    let (before, after) =
        ("Invalid input received: Invalid input for field/attribute", " (HTTP 400) (Request-ID: req-");
    let message = refused.message();
    assert!(message.starts_with(before) && message.contains(after) && message.ends_with(')'), "{message}");
}

#[test]
fn a_size_in_a_string_is_compared_as_a_number() {
    let cloud = Cloud::new();
    let refused = create_volume(&cloud, json!({"size": "0"}));
    let message = "Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1";
    assert_eq!((refused.status, refused.message()), (400, message));
    assert_eq!(create_volume(&cloud, json!({"size": "1"})).status, 200);
}

#[test]
fn nova_looks_up_the_snapshot_before_it_creates_the_volume() {
    let cloud = Cloud::new();
    let refused = create_volume(&cloud, json!({"size": 1, "snapshot_id": "0badc0de-0000-4000-8000-000000000bad"}));
    let message = "Snapshot 0badc0de-0000-4000-8000-000000000bad could not be found.";
    assert_eq!((refused.status, refused.message()), (404, message));
    assert_eq!(create_volume(&cloud, json!({"size": 1, "snapshot_id": ""})).status, 404);
}

#[test]
fn exceeding_the_quota_is_forbidden() {
    let cloud = Cloud::new();
    let refused = create_volume(&cloud, json!({"size": 100_000}));
    assert_eq!(refused.status, 403, "{}", refused.text);
}
