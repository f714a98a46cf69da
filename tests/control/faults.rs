//! Faults over the control API.

use super::{CONTROL, KEYSTONE, Running};
use serde_json::{Value, json};

#[test]
fn a_fault_is_added_counted_and_removed() {
    let nephos = Running::new();
    let (status, fault) = nephos.request("POST", "/faults", json!({"service": "keystone", "status": 503, "every": 2}));
    assert_eq!((status, &fault["id"], &fault["every"]), (201, &json!(1), &json!(2)));
    let statuses = [(); 4].map(|()| nephos.send(KEYSTONE, "GET", "/v3", &[], vec![]).status);
    assert_eq!(statuses, [200, 503, 200, 503]);
    let fault = nephos.get("/faults/1");
    assert_eq!((&fault["seen"], &fault["fired"]), (&json!(4), &json!(2)));
    assert_eq!(nephos.request("DELETE", "/faults/1", Value::Null).0, 200);
    assert_eq!(nephos.send(KEYSTONE, "GET", "/v3", &[], vec![]).status, 200);
    assert_eq!(nephos.request("DELETE", "/faults/1", Value::Null).0, 404);
}

#[test]
fn all_faults_are_removed_at_once() {
    let nephos = Running::new();
    for _ in 0..3 {
        nephos.request("POST", "/faults", json!({"service": "keystone", "status": 503}));
    }
    nephos.request("DELETE", "/faults", Value::Null);
    assert_eq!(nephos.get("/faults")["faults"], json!([]));
}

#[test]
fn an_invalid_fault_is_rejected_with_the_nearest_name() {
    let nephos = Running::new();
    let (status, answer) = nephos.request("POST", "/faults", json!({"on": "keystone.token.crate", "status": 503}));
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().contains("keystone.token.create"), "{answer}");
    assert_eq!(nephos.request("PATCH", "/faults", json!({"header": 1})).0, 400);
    assert_eq!(nephos.get("/faults")["faults"], json!([]));
}

#[test]
fn a_fault_of_one_world_does_not_hit_another() {
    let nephos = Running::new();
    nephos.request("POST", "/worlds", json!({"name": "t1"}));
    nephos.request("POST", "/worlds/t1/faults", json!({"service": "keystone", "status": 503}));
    let get = |world: &str| nephos.send(CONTROL, "GET", &format!("/worlds/{world}/gozunga/keystone/v3"), &[], vec![]);
    assert_eq!((get("t1").status, get("default").status), (503, 200));
    nephos.request("POST", "/worlds", json!({"name": "t2", "from": "t1"}));
    assert_eq!(get("t2").status, 503);
    assert_eq!(nephos.get("/worlds/t1/faults/1")["fired"], 1);
    assert_eq!(nephos.get("/worlds/t2/faults/1")["fired"], 2);
}

#[test]
fn a_snapshot_has_the_counts_of_faults_and_a_rewind_restores_them() {
    let nephos = Running::new();
    let login = nephos.login("default");
    nephos.request("POST", "/faults", json!({"on": "cinder.volume.create", "fails": "no", "every": 2}));
    nephos.volume("default", &login);
    nephos.request("POST", "/snapshots", json!({"name": "before"}));
    let file = nephos.get("/snapshots/before");
    let second = nephos.volume("default", &login);
    nephos.request("POST", "/rewind", json!({"writes": 1}));
    assert_eq!(nephos.get("/faults/1")["seen"], 1);
    let again = nephos.volume("default", &login);
    nephos.request("PATCH", "/clock", json!({"advance": "1m"}));
    assert_eq!((&second, nephos.status("default", &login.0, &again).as_deref()), (&again, Some("error")));
    let (status, answer) = nephos.request("PUT", "/snapshots/file", file);
    assert_eq!(status, 200, "{answer}");
    nephos.request("POST", "/snapshots/file/restore", Value::Null);
    assert_eq!(nephos.get("/faults/1")["seen"], 1);
}

#[test]
fn a_world_has_a_maximum_of_faults() {
    let nephos = Running::new();
    let fault = json!({"on": "cinder.volume.create", "status": 503});
    assert!((0..1_000).all(|_| nephos.request("POST", "/faults", fault.clone()).0 == 201));
    let (status, refused) = nephos.request("POST", "/faults", fault.clone());
    assert_eq!(status, 409, "{refused}");
    nephos.request("DELETE", "/faults/1", Value::Null);
    assert_eq!(nephos.request("POST", "/faults", fault).0, 201);
}
