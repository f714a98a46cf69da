//! Actions on volumes.

use super::faults;
use super::snapshots::snapshot;
use super::volumes::volume;
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

const OTHER_HOST: &str = "cinder@lvmdriver-2#lvmdriver-2";

/// Sends an action as `demo` with the newest version.
fn act(cloud: &Cloud, volume: &str, action: Value) -> Answered {
    cloud.post("cinder", &format!("{volume}/action"), action).version("volume 3.71").send()
}

fn act_as_admin(cloud: &Cloud, volume: &str, action: Value) -> Answered {
    cloud.post("cinder", &format!("{volume}/action"), action).user("admin").version("volume 3.71").send()
}

/// The volume, as shown to an administrator.
fn show(cloud: &Cloud, volume: &str) -> Value {
    cloud.get("cinder", volume).user("admin").version("volume 3.71").send().body["volume"].take()
}

/// The quota usage of `demo`: in use and reserved.
fn gigabytes(cloud: &Cloud) -> (i64, i64) {
    let (_, project) = cloud.token("demo");
    cloud.state(|os| {
        use nephos::clouds::openstack::cinder::quotas::{in_use, reserved};
        (in_use(os, &project, "gigabytes"), reserved(os, &project, "gigabytes"))
    })
}

#[test]
fn a_failed_extension_sets_error_extending_and_releases_the_quota() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    faults::fail(&cloud, "cinder.volume.extend");
    assert_eq!(act(&cloud, &volume, json!({"os-extend": {"new_size": 3}})).status, 202);
    assert_eq!(gigabytes(&cloud), (1, 2));
    cloud.pass(1);
    let after = show(&cloud, &volume);
    assert_eq!((&after["status"], &after["size"]), (&json!("error_extending"), &json!(1)));
    assert_eq!(gigabytes(&cloud), (1, 0));
}

#[test]
fn a_volume_in_use_can_be_extended_since_3_42() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    attach(&cloud, &volume);
    let extend = json!({"os-extend": {"new_size": 2}});
    let answer = cloud.post("cinder", &format!("{volume}/action"), extend.clone()).version("volume 3.41").send();
    assert!(answer.message().ends_with("status must be '{'status': 'available'}' to extend, currently in-use."));
    assert_eq!(act(&cloud, &volume, extend).status, 202);
    cloud.pass(1);
    let after = show(&cloud, &volume);
    assert_eq!((&after["status"], &after["size"]), (&json!("in-use"), &json!(2)));
}

fn attach(cloud: &Cloud, volume: &str) {
    let body = json!({"os-attach": {"host_name": "some_host", "mountpoint": "/dev/vdc"}});
    let answer = act(cloud, volume, body);
    assert_eq!(answer.status, 202, "{}", answer.text);
}

#[test]
fn a_volume_is_reserved_attached_and_detached() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    assert_eq!(act(&cloud, &volume, json!({"os-reserve": null})).status, 202);
    assert_eq!(show(&cloud, &volume)["status"], "attaching");
    let again = act(&cloud, &volume, json!({"os-reserve": {}}));
    assert_eq!(
        again.message(),
        "Invalid volume: Volume status must be available to reserve, but the status is attaching."
    );
    attach(&cloud, &volume);
    assert_eq!(show(&cloud, &volume)["status"], "in-use");
    assert_eq!(act(&cloud, &volume, json!({"os-begin_detaching": {}})).status, 202);
    assert_eq!(show(&cloud, &volume)["status"], "detaching");
    assert_eq!(act(&cloud, &volume, json!({"os-detach": {}})).status, 202);
    assert_eq!(show(&cloud, &volume)["status"], "available");
}

#[test]
fn a_read_only_volume_cannot_be_attached_for_writing() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    assert_eq!(act(&cloud, &volume, json!({"os-update_readonly_flag": {"readonly": true}})).status, 202);
    let body = json!({"os-attach": {"host_name": "h", "mountpoint": "/dev/vdc", "mode": "rw"}});
    assert!(act(&cloud, &volume, body).message().starts_with("Invalid attaching mode 'rw' for volume "));
}

#[test]
fn a_migration_goes_through_the_states_of_upstream() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let migrate = json!({"os-migrate_volume": {"host": OTHER_HOST, "lock_volume": true}});
    assert_eq!(act(&cloud, &volume, migrate.clone()).status, 403);
    assert_eq!(act_as_admin(&cloud, &volume, migrate.clone()).status, 202);
    let during = show(&cloud, &volume);
    assert_eq!((&during["status"], &during["migration_status"]), (&json!("maintenance"), &json!("starting")));
    assert!(act_as_admin(&cloud, &volume, migrate).message().contains("must not be migrating"));
    cloud.pass(3);
    let after = show(&cloud, &volume);
    assert_eq!((&after["status"], &after["migration_status"]), (&json!("available"), &json!("success")));
    assert_eq!(after["os-vol-host-attr:host"], OTHER_HOST);
}

#[test]
fn a_failed_migration_leaves_the_volume_on_its_host() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    faults::fail(&cloud, "cinder.volume.migrate_copy");
    assert_eq!(act_as_admin(&cloud, &volume, json!({"os-migrate_volume": {"host": OTHER_HOST}})).status, 202);
    cloud.pass(3);
    let after = show(&cloud, &volume);
    assert_eq!((&after["status"], &after["migration_status"]), (&json!("available"), &json!("error")));
    assert_ne!(after["os-vol-host-attr:host"], OTHER_HOST);
}

#[test]
fn a_type_on_another_backend_requires_the_migration_policy_on_demand() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let retype = |policy: &str| json!({"os-retype": {"new_type": "lvmdriver-2", "migration_policy": policy}});
    assert_eq!(act(&cloud, &volume, retype("never")).status, 202);
    assert_eq!(show(&cloud, &volume)["status"], "retyping");
    cloud.pass(1);
    let after = show(&cloud, &volume);
    assert_eq!(after["status"], "available");
    assert_ne!(after["volume_type"], "lvmdriver-2");
    assert_eq!(act(&cloud, &volume, retype("on-demand")).status, 202);
    cloud.pass(3);
    let after = show(&cloud, &volume);
    assert_eq!((&after["status"], &after["volume_type"]), (&json!("available"), &json!("lvmdriver-2")));
    assert_eq!(after["os-vol-host-attr:host"], OTHER_HOST);
    assert!(act(&cloud, &volume, retype("never")).message().starts_with("Invalid volume: Retype needs volume"));
}

#[test]
fn an_administrator_can_reset_the_status_except_to_deleting() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let reset = |fields: Value| act_as_admin(&cloud, &volume, json!({"os-reset_status": fields}));
    assert_eq!(reset(json!({"status": "ERROR", "migration_status": "migrating"})).status, 202);
    let after = show(&cloud, &volume);
    assert_eq!((&after["status"], &after["migration_status"]), (&json!("error"), &json!("migrating")));
    assert_eq!(reset(json!({"status": "deleting"})).message(), "Cannot reset-state to deleting");
    assert_eq!(
        reset(json!({"unknown_field": 1})).message(),
        "Must specify 'status', 'attach_status' or 'migration_status' for update."
    );
    assert!(reset(json!({"status": "nonsense"})).message().starts_with("Volume status: nonsense is invalid, valid"));
    let demo = act(&cloud, &volume, json!({"os-reset_status": {"status": "error"}}));
    assert_eq!(demo.status, 403);
}

#[test]
fn a_volume_can_be_reverted_to_its_latest_snapshot_only() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let revert = |snapshot: &str| json!({"revert": {"snapshot_id": snapshot.rsplit('/').next()}});
    assert!(act(&cloud, &volume, revert("x")).message().ends_with("doesn't have any snapshots."));
    let older = snapshot(&cloud, &volume);
    let latest = snapshot(&cloud, &volume);
    assert!(act(&cloud, &volume, revert(&older)).message().contains("is None or not the latest one"));
    faults::fail(&cloud, "cinder.volume.revert");
    assert_eq!(act(&cloud, &volume, revert(&latest)).status, 202);
    assert_eq!(show(&cloud, &volume)["status"], "reverting");
    assert_eq!(cloud.get("cinder", &latest).send().body["snapshot"]["status"], "restoring");
    cloud.pass(1);
    assert_eq!(show(&cloud, &volume)["status"], "error");
    assert_eq!(cloud.get("cinder", &latest).send().body["snapshot"]["status"], "available");
}

#[test]
fn force_delete_ignores_the_status() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    act_as_admin(&cloud, &volume, json!({"os-reset_status": {"status": "restoring-backup"}}));
    assert_eq!(act(&cloud, &volume, json!({"os-force_delete": {}})).status, 403);
    assert_eq!(act_as_admin(&cloud, &volume, json!({"os-force_delete": {}})).status, 202);
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
    assert_eq!(gigabytes(&cloud), (0, 0));
}

#[test]
fn actions_on_a_volume_of_another_project_are_not_found() {
    let cloud = Cloud::new();
    let created = cloud.post("cinder", "/v3/{project}/volumes", json!({"volume": {"size": 1}})).user("admin").send();
    let volume = format!("/v3/volumes/{}", created.body["volume"]["id"].as_str().unwrap());
    cloud.pass(1);
    for action in ["os-reserve", "os-begin_detaching", "os-force_delete", "os-unmanage"] {
        assert_eq!(act(&cloud, &volume, json!({action: null})).status, 404, "{action}");
    }
}

#[test]
fn a_volume_is_uploaded_to_an_image_which_a_failure_removes() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let upload = json!({"os-volume_upload_image": {"image_name": "mine", "visibility": "private"}});
    let answer = act(&cloud, &volume, upload.clone());
    assert_eq!(answer.status, 202, "{}", answer.text);
    let created = &answer.body["os-volume_upload_image"];
    let image = format!("/v2/images/{}", created["image_id"].as_str().unwrap());
    assert_eq!(show(&cloud, &volume)["status"], "uploading");
    assert_eq!(cloud.get("glance", &image).send().body["status"], "queued");
    cloud.pass(1);
    assert_eq!(show(&cloud, &volume)["status"], "available");
    assert_eq!(cloud.get("glance", &image).send().body["status"], "active");
    faults::fail(&cloud, "cinder.volume.upload_image");
    let image = act(&cloud, &volume, upload).body["os-volume_upload_image"]["image_id"].take();
    cloud.pass(1);
    assert_eq!(show(&cloud, &volume)["status"], "available");
    assert_eq!(cloud.get("glance", &format!("/v2/images/{}", image.as_str().unwrap())).send().status, 404);
}

#[test]
fn attaching_without_a_mountpoint_names_it_before_the_server() {
    let cloud = Cloud::new();
    let path = format!("{}/action", volume(&cloud, 1));
    let message = |fields: Value| cloud.post("cinder", &path, json!({"os-attach": fields})).send().message().to_owned();
    assert!(message(json!({})).ends_with("'mountpoint' is a required property"), "{}", message(json!({})));
    assert!(message(json!({"mountpoint": "/dev/vdb"})).ends_with("is not valid under any of the given schemas"));
}
