//! Worlds and forks.

use super::{CONTROL, KEYSTONE, Running, answer};
use nephos::engine::Body;
use serde_json::{Value, json};

#[test]
fn a_fork_begins_as_a_copy_and_is_independent() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let volume = nephos.volume("default", &login);
    let (status, made) = nephos.request("POST", "/worlds", json!({"name": "t1"}));
    assert_eq!((status, &made["path"]), (201, &json!("/worlds/t1")));
    nephos.request("PATCH", "/worlds/t1/clock", json!({"advance": "1m"}));
    assert_eq!(nephos.status("t1", &login.0, &volume).as_deref(), Some("available"));
    assert_eq!(nephos.status("default", &login.0, &volume).as_deref(), Some("creating"));
    let own = nephos.volume("t1", &login);
    assert_eq!(nephos.status("default", &login.0, &own), None);
}

#[test]
fn each_world_has_its_own_clock_and_journal() {
    let nephos = Running::new();
    nephos.request("POST", "/worlds", json!({"name": "t1"}));
    nephos.login("t1");
    nephos.request("PATCH", "/worlds/t1/clock", json!({"advance": "1h"}));
    assert_eq!(nephos.get("/worlds/t1/clock")["now"], "2030-01-01T13:00:00Z");
    assert_eq!(nephos.get("/clock")["now"], "2030-01-01T12:00:00Z");
    assert_eq!(nephos.get("/journal")["entries"], json!([]));
    assert_eq!(nephos.get("/worlds/t1/journal")["entries"].as_array().unwrap().len(), 1);
}

#[test]
fn links_of_a_world_lead_into_the_same_world() {
    let nephos = Running::new();
    nephos.request("POST", "/worlds", json!({"name": "t1"}));
    let (_, document) = answer(nephos.send(CONTROL, "GET", "/worlds/t1/gozunga/keystone/v3", &[], vec![]));
    assert_eq!(document["version"]["links"][0]["href"], "http://127.0.0.1/worlds/t1/gozunga/keystone/v3/");
    let clouds = nephos.get("/worlds/t1/clouds");
    let keystone = clouds["clouds"][0]["services"]["keystone"].as_str().unwrap();
    assert!(keystone.ends_with("/worlds/t1/gozunga/keystone"), "{keystone}");
    assert_eq!(nephos.send(KEYSTONE, "GET", "/v3", &[], vec![]).status, 200);
}

#[test]
fn a_world_is_deleted_but_not_the_default_one() {
    let nephos = Running::new();
    nephos.request("POST", "/worlds", json!({"name": "t1"}));
    assert_eq!(nephos.request("DELETE", "/worlds/t1", Value::Null).0, 200);
    for path in ["/worlds/t1", "/worlds/t1/clock", "/worlds/t1/gozunga/keystone/v3"] {
        let (status, answer) = nephos.request("GET", path, Value::Null);
        assert_eq!(status, 404, "{path}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("default"), "{answer}");
    }
    assert_eq!(nephos.request("DELETE", "/worlds/default", Value::Null).0, 409);
}

#[test]
fn invalid_and_used_names_are_rejected() {
    let nephos = Running::new();
    for name in [json!(""), json!("a/b"), json!("ä"), json!(7), Value::Null, json!(".."), json!("x".repeat(65))] {
        assert_eq!(nephos.request("POST", "/worlds", json!({"name": name})).0, 400, "{name}");
    }
    assert_eq!(nephos.request("POST", "/worlds", json!({"name": "default"})).0, 409);
    let (status, answer) = nephos.request("POST", "/worlds", json!({"name": "t1", "from": "nothing"}));
    assert_eq!(status, 404, "{answer}");
}

#[test]
fn a_fork_of_a_snapshot_begins_at_the_time_of_the_snapshot() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let volume = nephos.volume("default", &login);
    nephos.request("POST", "/snapshots", json!({"name": "early"}));
    nephos.request("PATCH", "/clock", json!({"advance": "1h"}));
    nephos.request("POST", "/worlds", json!({"name": "t1", "from": "early"}));
    assert_eq!(nephos.get("/worlds/t1/clock")["now"], "2030-01-01T12:00:00Z");
    assert_eq!(nephos.status("t1", &login.0, &volume).as_deref(), Some("creating"));
}

#[test]
fn two_hundred_worlds_used_at_once_are_independent() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let names: Vec<_> = (0..200).map(|number| format!("t{number}")).collect();
    for name in &names {
        assert_eq!(nephos.request("POST", "/worlds", json!({"name": name})).0, 201);
    }
    std::thread::scope(|scope| {
        for part in names.chunks(25) {
            let (nephos, login) = (&nephos, &login);
            scope.spawn(move || {
                for round in 0..3 {
                    for name in part {
                        let path = format!("/worlds/{name}/gozunga/cinder/v3/{}/volumes", login.1);
                        let body = json!({"volume": {"size": 1, "name": format!("{name}-{round}")}});
                        let headers = [("X-Auth-Token", login.0.as_str())];
                        let made = nephos.send(CONTROL, "POST", &path, &headers, body.to_string().into_bytes());
                        assert_eq!(made.status, 202);
                    }
                }
            });
        }
    });
    for name in &names {
        let path = format!("/worlds/{name}/gozunga/cinder/v3/{}/volumes", login.1);
        let listed = nephos.send(CONTROL, "GET", &path, &[("X-Auth-Token", &login.0)], vec![]);
        let Body::Json(bytes) = listed.body else { panic!("a list") };
        let listed: Value = serde_json::from_slice(&bytes).unwrap();
        let mut found: Vec<_> =
            listed["volumes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
        found.sort();
        assert_eq!(found, (0..3).map(|round| format!("{name}-{round}")).collect::<Vec<_>>());
        assert_eq!(nephos.get(&format!("/worlds/{name}/journal"))["entries"].as_array().unwrap().len(), 4);
    }
}
