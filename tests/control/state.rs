//! The stored rows over the control API.

use super::{CONTROL, Running, answer};
use serde_json::{Value, json};
use std::sync::Barrier;

#[test]
fn the_state_shows_every_table_and_its_rows() {
    let nephos = Running::new();
    let (_, counts) = nephos.request("GET", "/state", Value::Null);
    assert_eq!(counts["gozunga"]["cinder"]["volumes"], 0);
    let (status, users) = nephos.request("GET", "/state/gozunga/keystone/users", Value::Null);
    assert_eq!(status, 200);
    let id = users["users"][0]["id"].as_str().unwrap();
    let (_, user) = nephos.request("GET", &format!("/state/gozunga/keystone/users/{id}"), Value::Null);
    assert_eq!(user["id"], id);
    for path in ["/state/none/keystone/users", "/state/gozunga/keystone/cats", "/state/gozunga/keystone/users/none"] {
        let (status, answer) = nephos.request("GET", path, Value::Null);
        assert_eq!(status, 404, "{path}");
        assert!(answer["error"]["message"].is_string());
    }
}

#[test]
fn the_id_of_a_row_cannot_change_whatever_its_field_is_called() {
    let nephos = Running::new();
    let table = "/state/gozunga/placement/resource_providers";
    let (_, before) = nephos.request("GET", table, Value::Null);
    let id = before["resource_providers"][0]["uuid"].as_str().unwrap();
    let (status, _) = nephos.request("PATCH", &format!("{table}/{id}"), json!({"uuid": "other"}));
    assert_eq!(status, 400);
    assert_eq!(nephos.request("GET", table, Value::Null).1, before);
}

#[test]
fn an_id_in_a_path_may_be_percent_encoded() {
    let nephos = Running::new();
    let (_, services) = nephos.request("GET", "/state/gozunga/cinder/services", Value::Null);
    let service = &services["services"][0];
    let id: String = service["id"].as_str().unwrap().bytes().map(|byte| format!("%{byte:02X}")).collect();
    let (status, shown) = nephos.request("GET", &format!("/state/gozunga/cinder/services/{id}"), Value::Null);
    assert_eq!((status, &shown), (200, service));
}

#[test]
fn rows_are_added_changed_and_removed() {
    let nephos = Running::new();
    let path = "/state/openstackid/marketplace/entries";
    let (_, mut row) = nephos.request("GET", &format!("{path}/17"), Value::Null);
    row["id"] = json!("9000");
    assert_eq!(nephos.request("POST", path, row.clone()).0, 201);
    let (status, changed) = nephos.request("PATCH", &format!("{path}/9000"), json!({"name": "Other"}));
    assert_eq!((status, changed["name"].as_str()), (200, Some("Other")));
    for wrong in [json!({"colour": 1}), json!({"name": 1}), json!({"id": "1"}), json!([])] {
        assert_eq!(nephos.request("PATCH", &format!("{path}/9000"), wrong.clone()).0, 400, "{wrong}");
    }
    assert_eq!(nephos.request("POST", path, json!({"id": "9001"})).0, 400);
    assert_eq!(nephos.request("DELETE", &format!("{path}/9000"), Value::Null).0, 204);
    assert_eq!(nephos.request("DELETE", &format!("{path}/9000"), Value::Null).0, 404);
    assert_eq!(nephos.request("POST", "/state/openstackid/marketplace/cats", json!({})).0, 404);
}

#[test]
fn a_cloud_is_changed_as_scenarios_change_it() {
    let nephos = Running::new();
    let path = "/worlds/default/cloudzy/cloudzy/v1/profile";
    let profile = || answer(nephos.send(CONTROL, "GET", path, &[("API-Token", "nephos")], vec![])).1["data"].clone();
    let (status, changed) = nephos.request("PATCH", "/state/cloudzy/account", json!({"balance": 3.5}));
    assert_eq!((status, &changed["undo"]["balance"]), (200, &json!(1000.0)), "{changed}");
    assert_eq!(profile()["balance"], "3.50");
    assert_eq!(nephos.request("PATCH", "/state/cloudzy/balance", json!(20)).0, 200);
    assert_eq!(profile()["balance"], "20.00");
    assert_eq!(nephos.request("PATCH", "/state/cloudzy/balance", json!("much")).0, 400);
    assert_eq!(nephos.request("PATCH", "/state/cloudzy/weather", json!("rain")).0, 400);
    assert_eq!(nephos.request("PATCH", "/state/nowhere/balance", json!(1)).0, 404);
    let (_, other) = nephos.request("PATCH", "/state/gozunga/quota", json!({"project": "demo", "volumes": 1}));
    assert_eq!(other["changed"], "quota");
}

#[test]
fn concurrent_changes_of_one_row_are_not_lost() {
    let nephos = Running::new();
    let path = "/state/openstackid/marketplace/entries/17";
    let barrier = Barrier::new(2);
    for round in 0..200 {
        let (name, active) = (format!("name {round}"), round % 2 == 0);
        std::thread::scope(|scope| {
            for change in [json!({"name": name}), json!({"active": active})] {
                let (nephos, barrier) = (&nephos, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    assert_eq!(nephos.request("PATCH", path, change).0, 200);
                });
            }
        });
        let row = nephos.get(path);
        assert_eq!((row["name"].as_str(), row["active"].as_bool()), (Some(name.as_str()), Some(active)), "{round}");
    }
}

#[test]
fn a_rejected_change_leaves_the_row_as_it_was() {
    let nephos = Running::new();
    let path = "/state/openstackid/marketplace/entries/17";
    let before = nephos.get(path);
    assert_eq!(nephos.request("PATCH", path, json!({"active": false, "name": 1})).0, 400);
    assert_eq!(nephos.get(path), before);
}
