//! Backups.

use super::faults;
use super::snapshots::snapshot;
use super::volumes::volume;
use crate::support::{Answered, CLOUD, Cloud};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nephos::clouds::openstack::OpenStack;
use nephos::engine::Blob;
use serde_json::{Value, json};

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn back_up(cloud: &Cloud, volume: &str, fields: Value) -> Answered {
    let mut body = json!({"backup": {"volume_id": id(volume)}});
    body["backup"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    cloud.post("cinder", "/v3/backups", body).send()
}

/// Creates a backup, waits until it is available, and returns its path.
fn backup(cloud: &Cloud, volume: &str, fields: Value) -> String {
    let answer = back_up(cloud, volume, fields);
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    format!("/v3/backups/{}", answer.body["backup"]["id"].as_str().unwrap())
}

fn show(cloud: &Cloud, path: &str) -> Value {
    cloud.get("cinder", path).send().body.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

fn restore(cloud: &Cloud, path: &str, body: Value) -> Answered {
    cloud.post("cinder", &format!("{path}/restore"), json!({"restore": body})).send()
}

/// Writes data to a volume, without the API.
fn write(cloud: &Cloud, volume: &str, bytes: &'static [u8]) {
    let written = cloud.live.write(|world| {
        let (os, _) = world.cloud_mut::<OpenStack>(CLOUD).ok_or(())?;
        os.cinder.volumes.get_mut(id(volume)).ok_or(())?.content = Some(Blob::Memory(bytes.into()));
        Ok::<_, ()>(())
    });
    written.unwrap();
}

fn read(cloud: &Cloud, volume: &str) -> Vec<u8> {
    cloud.state(|os| {
        let content = os.cinder.volumes.get(id(volume)).unwrap().content.clone();
        content.map_or(vec![], |content| content.read(0, 100).unwrap().to_vec())
    })
}

#[test]
fn a_volume_is_backing_up_until_the_backup_is_available() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let answer = back_up(&cloud, &volume, json!({"name": "b"}));
    assert_eq!(answer.body["backup"]["name"], "b");
    let path = format!("/v3/backups/{}", answer.body["backup"]["id"].as_str().unwrap());
    assert_eq!((&show(&cloud, &path)["status"], &show(&cloud, &path)["container"]), (&json!("creating"), &json!(null)));
    assert_eq!(show(&cloud, &volume)["status"], "backing-up");
    assert_eq!(back_up(&cloud, &volume, json!({})).status, 400);
    cloud.pass(1);
    assert_eq!(show(&cloud, &path)["status"], "available");
    assert_eq!(
        (&show(&cloud, &path)["object_count"], &show(&cloud, &path)["availability_zone"]),
        (&json!(1), &json!("nova"))
    );
    assert_eq!(show(&cloud, &volume)["status"], "available");
}

#[test]
fn restoring_a_backup_restores_the_data() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    write(&cloud, &volume, b"before");
    let snapshot = snapshot(&cloud, &volume);
    write(&cloud, &volume, b"after");
    let path = backup(&cloud, &volume, json!({"snapshot_id": id(&snapshot)}));
    let answer = restore(&cloud, &path, json!({"volume_id": id(&volume)}));
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(
        (&show(&cloud, &path)["status"], &show(&cloud, &volume)["status"]),
        (&json!("restoring"), &json!("restoring-backup"))
    );
    cloud.pass(1);
    assert_eq!(read(&cloud, &volume), b"before");
    assert_eq!(
        (&show(&cloud, &path)["status"], &show(&cloud, &volume)["status"]),
        (&json!("available"), &json!("available"))
    );
}

#[test]
fn a_backup_can_be_restored_to_a_new_volume() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let path = backup(&cloud, &volume, json!({}));
    let answer = restore(&cloud, &path, json!({}));
    let restored = &answer.body["restore"];
    assert_eq!(restored["volume_name"], format!("restore_backup_{}", id(&path)));
    let new = format!("/v3/volumes/{}", restored["volume_id"].as_str().unwrap());
    assert_eq!(show(&cloud, &new)["status"], "restoring-backup");
    cloud.pass(1);
    assert_eq!(show(&cloud, &new)["status"], "available");
    assert_eq!(show(&cloud, &new)["metadata"]["src_backup_id"], id(&path));
}

#[test]
fn a_backup_with_incremental_ones_cannot_be_deleted() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let none = back_up(&cloud, &volume, json!({"incremental": true}));
    assert_eq!(none.message(), "Invalid backup: No backups available to do an incremental backup.");
    let full = backup(&cloud, &volume, json!({}));
    let incremental = backup(&cloud, &volume, json!({"incremental": true}));
    assert_eq!(show(&cloud, &incremental)["is_incremental"], true);
    assert_eq!(show(&cloud, &full)["has_dependent_backups"], true);
    assert_eq!(
        cloud.delete("cinder", &full).send().message(),
        "Invalid backup: Incremental backups exist for this backup."
    );
    assert_eq!(cloud.delete("cinder", &incremental).send().status, 202);
    cloud.pass(1);
    assert_eq!(show(&cloud, &full)["has_dependent_backups"], false);
    assert_eq!(cloud.delete("cinder", &full).send().status, 202);
    cloud.pass(1);
    cloud.state(|os| assert!(os.cinder.backups.is_empty()));
}

#[test]
fn a_failed_backup_has_a_reason_and_releases_the_volume() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    faults::fail(&cloud, "cinder.backup.create");
    let path = backup(&cloud, &volume, json!({}));
    assert_eq!(
        (&show(&cloud, &path)["status"], &show(&cloud, &path)["fail_reason"]),
        (&json!("error"), &json!("a broken disk"))
    );
    assert_eq!(show(&cloud, &volume)["status"], "available");
}

#[test]
fn a_failed_restore_leaves_the_volume_in_error() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let path = backup(&cloud, &volume, json!({}));
    faults::fail(&cloud, "cinder.backup.restore");
    restore(&cloud, &path, json!({"volume_id": id(&volume)}));
    cloud.pass(1);
    assert_eq!(
        (&show(&cloud, &path)["status"], &show(&cloud, &volume)["status"]),
        (&json!("available"), &json!("error_restoring"))
    );
}

#[test]
fn a_record_can_be_imported_into_another_cloud() {
    let (here, there) = (Cloud::new(), Cloud::new());
    let path = backup(&here, &volume(&here, 1), json!({"name": "kept"}));
    assert_eq!(here.get("cinder", &format!("{path}/export_record")).send().status, 403);
    let record = here.get("cinder", &format!("{path}/export_record")).user("admin").send().body;
    let import = |cloud: &Cloud, record: &Value| {
        cloud.post("cinder", "/v3/backups/import_record", record.clone()).user("admin").send()
    };
    assert_eq!(import(&here, &record).message(), "Invalid backup: Backup already exists in database.");
    let answer = import(&there, &record);
    assert_eq!((answer.status, &answer.body["backup"]["id"]), (201, &json!(id(&path))));
    there.pass(1);
    let imported = there.get("cinder", &path).user("admin").send().body;
    assert_eq!((&imported["backup"]["status"], &imported["backup"]["name"]), (&json!("available"), &json!("kept")));
}

#[test]
fn an_invalid_record_is_rejected() {
    let cloud = Cloud::new();
    let import = |text: String| {
        let record = json!({"backup-record": {"backup_service": "cinder.backup.drivers", "backup_url": text}});
        cloud.post("cinder", "/v3/backups/import_record", record).user("admin").send().message().to_owned()
    };
    assert!(import("probe".into()).ends_with("'probe' is not a 'base64'"));
    assert_eq!(import(STANDARD.encode("{")), "Invalid input received: Can't parse backup record.");
    assert_eq!(import(STANDARD.encode("{}")), "Invalid input received: Provided backup record is missing an id");
}

#[test]
fn a_reset_backup_ignores_a_pending_transition() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let path = backup(&cloud, &volume, json!({}));
    restore(&cloud, &path, json!({"volume_id": id(&volume)}));
    let reset = json!({"os-reset_status": {"status": "error"}});
    assert_eq!(cloud.post("cinder", &format!("{path}/action"), reset).user("admin").send().status, 202);
    cloud.pass(1);
    assert_eq!(show(&cloud, &path)["status"], "error");
}

#[test]
fn updates_exist_since_3_9_and_their_metadata_since_3_43() {
    let cloud = Cloud::new();
    let path = backup(&cloud, &volume(&cloud, 1), json!({}));
    let update =
        |version: &str, body: Value| cloud.put("cinder", &path, json!({"backup": body})).version(version).send();
    assert_eq!(update("volume 3.8", json!({"name": "x"})).status, 404);
    assert_eq!(update("volume 3.9", json!({"name": "x"})).body["backup"]["name"], "x");
    assert_eq!(update("volume 3.42", json!({"metadata": {"a": "b"}})).status, 400);
    assert_eq!(update("volume 3.43", json!({"metadata": {"a": "b"}})).status, 200);
    assert!(show(&cloud, &path).get("metadata").is_none());
    let later = cloud.get("cinder", &path).version("volume 3.43").send().body;
    assert_eq!(later["backup"]["metadata"], json!({"a": "b"}));
}

#[test]
fn a_volume_from_a_backup_has_its_data_and_metadata() {
    let cloud = Cloud::new();
    let source = volume(&cloud, 1);
    cloud.post("cinder", &format!("{source}/metadata"), json!({"metadata": {"a": "b"}})).send();
    write(&cloud, &source, b"kept");
    let path = backup(&cloud, &source, json!({}));
    let body = json!({"volume": {"size": 1, "backup_id": id(&path)}});
    let answer = cloud.post("cinder", "/v3/volumes", body).version("volume 3.47").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    let created = format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap());
    assert_eq!(read(&cloud, &created), b"kept");
    assert_eq!(show(&cloud, &created)["metadata"], json!({"a": "b", "src_backup_id": id(&path)}));
}
