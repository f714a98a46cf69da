//! Snapshots.

use super::{Zy, instance};
use chrono::TimeDelta;
use serde_json::{Value, json};

fn take(zy: &Zy, id: &str) -> String {
    zy.post("/snapshots", json!({"instanceId": id})).data()["id"].as_str().unwrap().to_owned()
}

fn snapshot(zy: &Zy, id: &str) -> Value {
    zy.get(&format!("/snapshots/{id}")).data()
}

#[test]
fn a_snapshot_is_taken_and_restored() {
    let zy = Zy::new();
    let id = zy.active("a");
    let snap = take(&zy, &id);
    assert_eq!(snapshot(&zy, &snap)["status"], "IN_PROGRESS");
    let path = format!("/snapshots/{snap}");
    assert_eq!(zy.delete(&path).refusal(), (409, "SNAPSHOT_IS_BUSY"));
    assert_eq!(zy.act(&format!("{path}/restore")).refusal(), (409, "SNAPSHOT_IS_BUSY"));
    zy.run_all_due();
    let shown = snapshot(&zy, &snap);
    assert_eq!(
        (&shown["status"], &shown["size"], &shown["lastRestoredAt"]),
        (&json!("ACTIVE"), &json!(120), &Value::Null)
    );
    assert_eq!((&shown["metadata"]["hostname"], &shown["isInstanceDeleted"]), (&json!("a"), &json!(false)));

    zy.post(&format!("/instances/{id}/change-os"), json!({"osId": "debian-12"})).data();
    zy.run_all_due();
    zy.act(&format!("{path}/restore")).data();
    assert_eq!(snapshot(&zy, &snap)["status"], "RESTORING");
    assert_eq!(zy.act(&format!("/instances/{id}/reset")).refusal(), (409, "INSTANCE_IS_BUSY"));
    zy.run_all_due();
    let shown = snapshot(&zy, &snap);
    assert_eq!(shown["status"], "ACTIVE");
    assert!(shown["lastRestoredAt"].as_i64() > shown["createdAt"].as_i64());
    let back = zy.instance(&id);
    assert_eq!((&back["os"]["name"], &back["status"]), (&json!("Ubuntu 22.04"), &json!("active")));
    zy.delete(&path).data();
    assert_eq!(zy.get(&path).refusal(), (404, "FAILED"));
}

#[test]
fn it_outlives_its_instance_and_makes_another() {
    let zy = Zy::new();
    let id = zy.active("a");
    let snap = take(&zy, &id);
    zy.run_all_due();
    zy.delete(&format!("/instances/{id}")).data();
    assert_eq!(snapshot(&zy, &snap)["isInstanceDeleted"], true);
    assert_eq!(zy.act(&format!("/snapshots/{snap}/restore")).refusal(), (409, "INSTANCE_IS_DELETED"));
    let mut body = instance("b");
    body["osId"] = Value::Null;
    body["fromSnapshot"] = snap.as_str().into();
    let made = zy.post("/instances", body.clone()).data();
    assert_eq!(made["instances"][0]["os"]["name"], "Ubuntu 22.04");
    body["productId"] = Value::Null;
    body["extraResource"] = json!({"cpu": 2, "ramInGB": 4, "diskInGB": 119, "bandwidthInTB": 1});
    assert_eq!(zy.post("/instances", body.clone()).refusal(), (400, "DISK_IS_TOO_SMALL"));
    body["extraResource"]["diskInGB"] = 120.into();
    body["region"] = "UK-London".into();
    assert_eq!(zy.post("/instances", body).refusal(), (400, "RESOURCE_IS_NOT_READY"));
}

#[test]
fn every_filter_under_both_names() {
    let zy = Zy::new();
    let (one, other) = (zy.active("one"), zy.active("other"));
    take(&zy, &one);
    zy.run_all_due();
    let newest = take(&zy, &other);
    let total = |query: &str| zy.get(&format!("/snapshots?{query}")).data()["total"].as_i64().unwrap();
    assert_eq!(total(""), 2);
    assert_eq!((total(&format!("instance_id={one}")), total(&format!("instanceId={other}"))), (1, 1));
    assert_eq!((total("status=ACTIVE"), total("status=IN_PROGRESS"), total("status=FAILED")), (1, 1, 0));
    assert_eq!((total("is_automated_backup=true"), total("is_automated_backup=false")), (0, 2));
    let page = zy.get("/snapshots?per_page=1&page=1").data();
    assert_eq!((&page["snapshots"][0]["id"], &page["total"]), (&json!(newest), &json!(2)));
}

#[test]
fn one_that_fails_costs_nothing_and_cannot_be_restored() {
    let zy = Zy::new();
    let id = zy.active("a");
    zy.fail("cloudzy.snapshot.take", "no space");
    let snap = take(&zy, &id);
    zy.run_all_due();
    assert_eq!(snapshot(&zy, &snap)["status"], "FAILED");
    assert_eq!(zy.state(|cloud| cloud.charges.len()), 1);
    assert_eq!(zy.act(&format!("/snapshots/{snap}/restore")).refusal(), (400, "RESOURCE_IS_NOT_READY"));
    zy.pass(TimeDelta::hours(1));
    zy.delete(&format!("/snapshots/{snap}")).data();
}

#[test]
fn a_restore_that_fails_leaves_the_instance_as_it_is() {
    let zy = Zy::new();
    let id = zy.active("a");
    let snap = take(&zy, &id);
    zy.run_all_due();
    zy.fail("cloudzy.snapshot.restore", "the file is damaged");
    zy.act(&format!("/snapshots/{snap}/restore")).data();
    zy.run_all_due();
    assert_eq!(snapshot(&zy, &snap)["status"], "FAILED");
    assert_eq!(zy.instance(&id)["status"], "active");
}
