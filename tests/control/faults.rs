//! Faults over the control API.

use super::{CONTROL, KEYSTONE, Running};
use serde_json::{Value, json};

#[test]
fn a_fault_is_ordered_counted_and_taken_back() {
    let nephos = Running::new();
    let (status, fault) = nephos.ask("POST", "/faults", json!({"service": "keystone", "status": 503, "every": 2}));
    assert_eq!((status, &fault["id"], &fault["every"]), (201, &json!(1), &json!(2)));
    let statuses = [(); 4].map(|()| nephos.send(KEYSTONE, "GET", "/v3", &[], vec![]).status);
    assert_eq!(statuses, [200, 503, 200, 503]);
    let fault = nephos.get("/faults/1");
    assert_eq!((&fault["seen"], &fault["fired"]), (&json!(4), &json!(2)));
    assert_eq!(nephos.ask("DELETE", "/faults/1", Value::Null).0, 200);
    assert_eq!(nephos.send(KEYSTONE, "GET", "/v3", &[], vec![]).status, 200);
    assert_eq!(nephos.ask("DELETE", "/faults/1", Value::Null).0, 404);
}

#[test]
fn all_faults_go_at_once() {
    let nephos = Running::new();
    for _ in 0..3 {
        nephos.ask("POST", "/faults", json!({"service": "keystone", "status": 503}));
    }
    nephos.ask("DELETE", "/faults", Value::Null);
    assert_eq!(nephos.get("/faults")["faults"], json!([]));
}

#[test]
fn a_fault_that_makes_no_sense_is_refused_with_what_was_meant() {
    let nephos = Running::new();
    let (status, answer) = nephos.ask("POST", "/faults", json!({"on": "keystone.token.crate", "status": 503}));
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().contains("keystone.token.create"), "{answer}");
    assert_eq!(nephos.ask("PATCH", "/faults", json!({"header": 1})).0, 400);
    assert_eq!(nephos.get("/faults")["faults"], json!([]));
}

#[test]
fn a_fault_of_one_world_does_not_touch_another() {
    let nephos = Running::new();
    nephos.ask("POST", "/worlds", json!({"name": "t1"}));
    nephos.ask("POST", "/worlds/t1/faults", json!({"service": "keystone", "status": 503}));
    let ask = |world: &str| nephos.send(CONTROL, "GET", &format!("/worlds/{world}/gozunga/keystone/v3"), &[], vec![]);
    assert_eq!((ask("t1").status, ask("default").status), (503, 200));
    nephos.ask("POST", "/worlds", json!({"name": "t2", "from": "t1"}));
    assert_eq!(ask("t2").status, 503);
    assert_eq!(nephos.get("/worlds/t1/faults/1")["fired"], 1);
    assert_eq!(nephos.get("/worlds/t2/faults/1")["fired"], 2);
}

#[test]
fn faults_and_their_counts_are_in_a_snapshot_and_rewound() {
    let nephos = Running::new();
    let login = nephos.login("default");
    nephos.ask("POST", "/faults", json!({"on": "cinder.volume.create", "fails": "no", "every": 2}));
    nephos.volume("default", &login);
    nephos.ask("POST", "/snapshots", json!({"name": "before"}));
    let file = nephos.get("/snapshots/before");
    let second = nephos.volume("default", &login);
    nephos.ask("POST", "/rewind", json!({"writes": 1}));
    assert_eq!(nephos.get("/faults/1")["seen"], 1);
    let again = nephos.volume("default", &login);
    nephos.ask("PATCH", "/clock", json!({"advance": "1m"}));
    assert_eq!((&second, nephos.status("default", &login.0, &again).as_deref()), (&again, Some("error")));
    let (status, answer) = nephos.ask("PUT", "/snapshots/file", file);
    assert_eq!(status, 200, "{answer}");
    nephos.ask("POST", "/snapshots/file/restore", Value::Null);
    assert_eq!(nephos.get("/faults/1")["seen"], 1);
}
