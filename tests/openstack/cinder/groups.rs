//! Groups, their types and their snapshots.

use super::faults::fail;
use super::types::volume_type;
use crate::support::{Cloud, RequestBuilder};
use serde_json::{Value, json};

const VERSION: &str = "volume 3.60";

/// Sends a request with [`VERSION`] and returns status, body and message.
fn send(request: RequestBuilder<'_>) -> (u16, Value, String) {
    let answer = request.version(VERSION).send();
    (answer.status, answer.body.clone(), answer.message().to_owned())
}

/// Creates a group type with these specs and returns its id.
fn group_type(cloud: &Cloud, specs: Value) -> String {
    let body = json!({"group_type": {"name": format!("gt {specs}"), "group_specs": specs}});
    let (status, body, message) = send(cloud.post("cinder", "/v3/group_types", body).user("admin"));
    assert_eq!(status, 202, "{message}");
    body["group_type"]["id"].as_str().unwrap().to_owned()
}

/// Creates a group for volumes of the default type, waits until it is available, and returns its path.
fn group(cloud: &Cloud) -> String {
    let group_type = group_type(cloud, json!({}));
    let body = json!({"group": {"name": "g", "group_type": group_type, "volume_types": ["lvmdriver-1"]}});
    let (status, body, message) = send(cloud.post("cinder", "/v3/groups", body));
    assert_eq!(status, 202, "{message}");
    cloud.pass(1);
    format!("/v3/groups/{}", body["group"]["id"].as_str().unwrap())
}

/// Creates a volume of the default type and returns its id.
fn volume(cloud: &Cloud) -> String {
    let body = json!({"volume": {"size": 1, "volume_type": "lvmdriver-1"}});
    let (status, body, message) = send(cloud.post("cinder", "/v3/volumes", body));
    assert_eq!(status, 202, "{message}");
    cloud.pass(1);
    body["volume"]["id"].as_str().unwrap().to_owned()
}

/// Creates a group with a volume. Returns the path of the group and the id of the volume.
fn group_with_volume(cloud: &Cloud) -> (String, String) {
    let (group, volume) = (group(cloud), volume(cloud));
    let (status, _, message) = send(cloud.put("cinder", &group, json!({"group": {"add_volumes": volume}})));
    assert_eq!(status, 202, "{message}");
    assert_eq!(status_of(cloud, &group), "updating");
    cloud.pass(1);
    (group, volume)
}

fn status_of(cloud: &Cloud, path: &str) -> Value {
    let body = send(cloud.get("cinder", path)).1;
    body.as_object().and_then(|body| body.values().next()).map_or(Value::Null, |shown| shown["status"].clone())
}

#[test]
fn a_group_is_shown_according_to_the_version() {
    let cloud = Cloud::new();
    let path = group(&cloud);
    assert_eq!(status_of(&cloud, &path), "available");
    let shown = |version: &str| cloud.get("cinder", &format!("{path}?list_volume=true")).version(version).send().body;
    assert!(shown("volume 3.13")["group"].get("group_snapshot_id").is_none());
    assert_eq!(shown("volume 3.25")["group"]["volumes"], json!([]));
    assert_eq!(shown("volume 3.38")["group"]["replication_status"], "disabled");
    assert_eq!(cloud.get("cinder", &path).version("volume 3.12").send().status, 404);
}

#[test]
fn group_specs_do_not_limit_the_backends() {
    let cloud = Cloud::new();
    for specs in [json!({"k": "v"}), json!({"consistent_group_snapshot_enabled": "<is> True", "capabilities:x": "y"})] {
        let group_type = group_type(&cloud, specs);
        let body = json!({"group": {"group_type": group_type, "volume_types": ["lvmdriver-1"]}});
        let id = send(cloud.post("cinder", "/v3/groups", body)).1["group"]["id"].as_str().unwrap().to_owned();
        cloud.pass(1);
        assert_eq!(status_of(&cloud, &format!("/v3/groups/{id}")), "available");
        let volume = json!({"volume": {"size": 1, "volume_type": "lvmdriver-1", "group_id": id}});
        assert_eq!(send(cloud.post("cinder", "/v3/volumes", volume)).0, 202);
        cloud.delete("cinder", &format!("/v3/group_types/{group_type}")).user("admin").version(VERSION).send();
    }
}

#[test]
fn volumes_can_be_added_and_removed() {
    let cloud = Cloud::new();
    let (group, volume) = group_with_volume(&cloud);
    let listed = send(cloud.get("cinder", &format!("{group}?list_volume=true"))).1;
    assert_eq!(listed["group"]["volumes"], json!([volume]));
    assert_eq!(send(cloud.put("cinder", &group, json!({"group": {"remove_volumes": volume}}))).0, 202);
    cloud.pass(1);
    let listed = send(cloud.get("cinder", &format!("{group}?list_volume=true"))).1;
    assert_eq!(listed["group"]["volumes"], json!([]));
    let (_, _, message) = send(cloud.put("cinder", &group, json!({"group": {"remove_volumes": volume}})));
    assert!(message.ends_with("because it is not in the group."), "{message}");
}

#[test]
fn a_group_with_volumes_is_deleted_with_delete_volumes_only() {
    let cloud = Cloud::new();
    let (group, volume) = group_with_volume(&cloud);
    let delete = |volumes: bool| {
        send(cloud.post("cinder", &format!("{group}/action"), json!({"delete": {"delete-volumes": volumes}})))
    };
    let (status, _, message) = delete(false);
    assert_eq!(status, 400);
    assert!(message.ends_with("still contains volumes. The delete-volumes flag is required to delete it."));
    assert_eq!(delete(true).0, 202);
    assert_eq!(status_of(&cloud, &group), "deleting");
    cloud.pass(1);
    assert_eq!(send(cloud.get("cinder", &group)).0, 404);
    assert_eq!(send(cloud.get("cinder", &format!("/v3/volumes/{volume}"))).0, 404);
}

#[test]
fn a_group_snapshot_has_a_snapshot_of_each_volume_and_can_create_groups() {
    let cloud = Cloud::new();
    let (group, _) = group_with_volume(&cloud);
    let id = group.rsplit('/').next().unwrap();
    let take = json!({"group_snapshot": {"group_id": id, "name": "s"}});
    let (status, snapshot_id, message) = send(cloud.post("cinder", "/v3/group_snapshots", take));
    assert_eq!(status, 202, "{message}");
    let snapshot_id = snapshot_id["group_snapshot"]["id"].as_str().unwrap();
    let path = format!("/v3/group_snapshots/{snapshot_id}");
    assert_eq!(status_of(&cloud, &path), "creating");
    cloud.pass(1);
    assert_eq!(status_of(&cloud, &path), "available");
    let snapshots = send(cloud.get("cinder", "/v3/snapshots/detail")).1;
    assert_eq!(snapshots["snapshots"][0]["status"], "available");
    assert_eq!(snapshots["snapshots"][0]["group_snapshot_id"], snapshot_id);

    let make = json!({"create-from-src": {"group_snapshot_id": snapshot_id}});
    let (status, created, message) = send(cloud.post("cinder", "/v3/groups/action", make));
    assert_eq!(status, 202, "{message}");
    let created = format!("/v3/groups/{}", created["group"]["id"].as_str().unwrap());
    let blocked = send(cloud.delete("cinder", &path)).2;
    assert!(blocked.starts_with("Invalid GroupSnapshot: "), "{blocked}");
    cloud.pass(1);
    let shown = send(cloud.get("cinder", &format!("{created}?list_volume=true"))).1;
    assert_eq!(
        (&shown["group"]["status"], &shown["group"]["group_snapshot_id"]),
        (&json!("available"), &json!(snapshot_id))
    );
    let volume = shown["group"]["volumes"][0].as_str().unwrap().to_owned();
    assert_eq!(status_of(&cloud, &format!("/v3/volumes/{volume}")), "available");

    assert_eq!(send(cloud.delete("cinder", &path)).0, 202);
    cloud.pass(1);
    assert_eq!(send(cloud.get("cinder", &path)).0, 404);
    assert_eq!(send(cloud.get("cinder", "/v3/snapshots")).1, json!({"snapshots": []}));
}

#[test]
fn an_empty_group_cannot_be_snapshotted_or_copied() {
    let cloud = Cloud::new();
    let group = group(&cloud);
    let id = group.rsplit('/').next().unwrap();
    let take = json!({"group_snapshot": {"group_id": id}});
    assert!(
        send(cloud.post("cinder", "/v3/group_snapshots", take))
            .2
            .starts_with("Invalid Group: Source group cannot be empty")
    );
    let copy = json!({"create-from-src": {"source_group_id": id}});
    let (_, _, message) = send(cloud.post("cinder", "/v3/groups/action", copy));
    assert_eq!(message, "Invalid Group: Source Group is empty. No group will be created.");
}

#[test]
fn a_failed_group_is_in_error() {
    let cloud = Cloud::new();
    let group_type = group_type(&cloud, json!({}));
    fail(&cloud, "cinder.group.create");
    let body = json!({"group": {"group_type": group_type, "volume_types": ["lvmdriver-1"]}});
    let id = send(cloud.post("cinder", "/v3/groups", body)).1["group"]["id"].as_str().unwrap().to_owned();
    cloud.pass(1);
    assert_eq!(status_of(&cloud, &format!("/v3/groups/{id}")), "error");
}

#[test]
fn replication_requires_a_group_type_with_replication() {
    let cloud = Cloud::new();
    let group = group(&cloud);
    let (status, _, message) =
        send(cloud.post("cinder", &format!("{group}/action"), json!({"enable_replication": {}})));
    assert_eq!(status, 400);
    assert!(
        message.starts_with("Invalid group type: Group ") && message.ends_with(" is not a replication group type.")
    );
}

#[test]
fn groups_of_other_projects_are_not_found() {
    let cloud = Cloud::new();
    let group_type = group_type(&cloud, json!({}));
    let body = json!({"group": {"group_type": group_type, "volume_types": ["lvmdriver-1"]}});
    let id = send(cloud.post("cinder", "/v3/groups", body).user("admin")).1["group"]["id"].as_str().unwrap().to_owned();
    cloud.pass(1);
    assert_eq!(send(cloud.get("cinder", &format!("/v3/groups/{id}"))).2, format!("Group {id} could not be found."));
    assert_eq!(send(cloud.get("cinder", "/v3/groups")).1, json!({"groups": []}));
}

#[test]
fn only_administrators_can_reset_the_status_to_a_valid_one() {
    let cloud = Cloud::new();
    let group = group(&cloud);
    let reset =
        |status: &str| cloud.post("cinder", &format!("{group}/action"), json!({"reset_status": {"status": status}}));
    assert_eq!(send(reset("error")).0, 403);
    assert!(send(reset("odd").user("admin")).2.starts_with("Invalid Group Status: Group status: odd is invalid"));
    assert_eq!(send(reset("ERROR").user("admin")).0, 202);
    assert_eq!(status_of(&cloud, &group), "error");
}

#[test]
fn a_type_in_use_by_a_group_cannot_be_deleted() {
    let cloud = Cloud::new();
    let volume_type_path = volume_type(&cloud, json!({"name": "fast"}));
    let group_type = group_type(&cloud, json!({}));
    let body = json!({"group": {"group_type": group_type, "volume_types": ["fast"]}});
    assert_eq!(send(cloud.post("cinder", "/v3/groups", body)).0, 202);
    assert_eq!(send(cloud.delete("cinder", &volume_type_path).user("admin")).2, "Target volume type is still in use.");
    let path = format!("/v3/group_types/{group_type}");
    assert!(send(cloud.delete("cinder", &path).user("admin")).2.starts_with("Target group type is still in use."));
}

#[test]
fn consistency_groups_are_in_error_also_after_they_were_deleted() {
    let cloud = Cloud::new();
    let body = json!({"consistencygroup": {"name": "cg", "volume_types": "lvmdriver-1,"}});
    let (status, created, message) = send(cloud.post("cinder", "/v3/consistencygroups", body));
    assert_eq!(status, 202, "{message}");
    let path = format!("/v3/consistencygroups/{}", created["consistencygroup"]["id"].as_str().unwrap());
    cloud.pass(1);
    assert_eq!(status_of(&cloud, &path), "error");
    assert_eq!(send(cloud.get("cinder", "/v3/groups")).1, json!({"groups": []}));
    assert_eq!(send(cloud.post("cinder", &format!("{path}/delete"), json!({}))).0, 202);
    assert_eq!(status_of(&cloud, &path), "deleting");
    cloud.pass(1);
    assert_eq!(status_of(&cloud, &path), "error");
}
