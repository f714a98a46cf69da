//! Snapshots in memory and in files, and the rewind.

use super::{CONTROL, Running, answer};
use serde_json::{Value, json};

/// Creates three volumes.
fn three_volumes(nephos: &Running, login: &(String, String)) -> [String; 3] {
    [(); 3].map(|()| nephos.volume("default", login))
}

#[test]
fn a_restored_world_has_its_former_clock_and_tokens() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let volume = nephos.volume("default", &login);
    assert_eq!(nephos.request("POST", "/snapshots", json!({"name": "before"})).0, 201);
    nephos.request("PATCH", "/clock", json!({"advance": "2h"}));
    assert_eq!(nephos.status("default", &login.0, &volume), None, "the token has expired");
    assert_eq!(nephos.request("POST", "/snapshots/before/restore", Value::Null).0, 200);
    assert_eq!(nephos.get("/clock")["now"], "2030-01-01T12:00:00Z");
    assert_eq!(nephos.status("default", &login.0, &volume).as_deref(), Some("creating"));
    nephos.request("PATCH", "/clock", json!({"advance": "1m"}));
    assert_eq!(nephos.status("default", &login.0, &volume).as_deref(), Some("available"));
}

#[test]
fn a_kept_clock_does_not_go_back_and_what_is_due_by_then_happens() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let volume = nephos.volume("default", &login);
    nephos.request("POST", "/snapshots", json!({"name": "before"}));
    nephos.request("PATCH", "/clock", json!({"advance": "10m"}));
    let (_, restored) = nephos.request("POST", "/snapshots/before/restore", json!({"keep_clock": true}));
    assert_eq!(
        (&restored["clock_before"], &restored["clock"]),
        (&json!("2030-01-01T12:10:00Z"), &json!("2030-01-01T12:10:00Z"))
    );
    assert_eq!(nephos.get("/clock")["now"], "2030-01-01T12:10:00Z");
    assert_eq!(nephos.status("default", &login.0, &volume).as_deref(), Some("available"));
    let (_, restored) = nephos.request("POST", "/snapshots/before/restore", Value::Null);
    assert_eq!(
        (&restored["clock_before"], &restored["clock"]),
        (&json!("2030-01-01T12:10:00Z"), &json!("2030-01-01T12:00:00Z"))
    );
}

#[test]
fn a_snapshot_file_is_loaded_by_another_nephos() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let volume = nephos.volume("default", &login);
    nephos.request("POST", "/snapshots", json!({"name": "before"}));
    let file = nephos.get("/snapshots/before");
    assert_eq!(file["format"], 1);
    let other = Running::new();
    let (status, loaded) = other.request("PUT", "/snapshots/loaded", file.clone());
    assert_eq!(status, 200, "{loaded}");
    assert_eq!(other.status("default", &login.0, &volume), None);
    other.request("POST", "/snapshots/loaded/restore", Value::Null);
    assert_eq!(other.status("default", &login.0, &volume).as_deref(), Some("creating"));
    other.request("POST", "/snapshots", json!({"name": "again"}));
    assert_eq!(other.get("/snapshots/again"), file);
    // Both continue in the same way: ids, times and all.
    assert_eq!(nephos.volume("default", &login), other.volume("default", &login));
}

#[test]
fn a_file_of_an_earlier_version_is_loaded() {
    let nephos = Running::new();
    let login = nephos.login("default");
    nephos.volume("default", &login);
    nephos.request("POST", "/snapshots", json!({"name": "before"}));
    let mut file = nephos.get("/snapshots/before");
    file.as_object_mut().unwrap().remove("sha256");
    let world = file["world"].as_object_mut().unwrap();
    let (queue, generator) = (world.remove("queue").unwrap(), world["faults"].as_object_mut().unwrap().remove("rng"));
    assert!(!queue.as_array().unwrap().is_empty());
    world.insert("agenda".into(), queue);
    world["faults"]["dice"] = generator.unwrap();
    let (status, answer) = Running::new().request("PUT", "/snapshots/loaded", file);
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_damaged_file_is_rejected_and_changes_nothing() {
    let nephos = Running::new();
    nephos.login("default");
    nephos.request("POST", "/snapshots", json!({"name": "before"}));
    let file = nephos.get("/snapshots/before");
    let changed = |path: &str, value: Value| {
        let mut changed = file.clone();
        *changed.pointer_mut(path).expect("it is there") = value;
        changed
    };
    let unsigned = |mut file: Value| {
        file.as_object_mut().unwrap().remove("sha256");
        file
    };
    for (damaged, expected) in [
        (json!([]), "object"),
        (json!({}), "format"),
        (changed("/format", json!(99)), "format 99"),
        (changed("/clouds/gozunga/keystone/users/0/name", json!("eve")), "checksum"),
        (unsigned(changed("/clouds/gozunga/keystone/users/0/name", json!(7))), "keystone/users"),
        (unsigned(changed("/clouds/gozunga", json!({"keystone": {"cats": []}}))), "cats"),
        (unsigned(changed("/world/random", json!({}))), "world"),
    ] {
        let (status, answer) = nephos.request("PUT", "/snapshots/damaged", damaged);
        let message = answer["error"]["message"].as_str().unwrap();
        assert_eq!(status, 400, "{message}");
        assert!(message.contains(expected), "{message}");
    }
    let cut = file.to_string().into_bytes()[..2000].to_vec();
    assert_eq!(answer(nephos.send(CONTROL, "PUT", "/snapshots/damaged", &[], cut)).0, 400);
    assert_eq!(nephos.get("/snapshots")["snapshots"].as_array().unwrap().len(), 1);
}

#[test]
fn a_rewind_undoes_writes_and_the_time_since() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let [first, second, third] = three_volumes(&nephos, &login);
    nephos.request("PATCH", "/clock", json!({"advance": "10m"}));
    assert_eq!(nephos.request("POST", "/rewind", json!({"writes": 2})).0, 200);
    assert_eq!(nephos.get("/clock")["now"], "2030-01-01T12:00:00Z");
    let there = [&first, &second, &third].map(|volume| nephos.status("default", &login.0, volume).is_some());
    assert_eq!(there, [true, false, false]);
    assert_eq!(nephos.volume("default", &login), second, "the generator is where it was");
}

#[test]
fn a_rewind_beyond_the_beginning_is_rejected() {
    let nephos = Running::new();
    let login = nephos.login("default");
    nephos.volume("default", &login);
    for body in [json!({"writes": 2}), json!({"writes": 1001})] {
        assert_eq!(nephos.request("POST", "/rewind", body).0, 409);
    }
    for body in [json!({}), json!({"writes": 0}), json!({"writes": -1}), json!({"writes": "2"})] {
        assert_eq!(nephos.request("POST", "/rewind", body).0, 400);
    }
    assert_eq!(nephos.request("POST", "/rewind", json!({"writes": 1})).0, 200);
}

#[test]
fn an_unknown_snapshot_is_answered_with_the_known_ones() {
    let nephos = Running::new();
    nephos.request("POST", "/snapshots", json!({"name": "before"}));
    for (method, path) in
        [("GET", "/snapshots/none"), ("DELETE", "/snapshots/none"), ("POST", "/snapshots/none/restore")]
    {
        let (status, answer) = nephos.request(method, path, Value::Null);
        assert_eq!(status, 404);
        assert!(answer["error"]["message"].as_str().unwrap().contains("before"));
    }
}

#[test]
fn a_content_that_inflates_beyond_what_its_file_says_is_refused() {
    let nephos = Running::new();
    nephos.request("POST", "/snapshots", json!({"name": "s"}));
    let mut file = nephos.get("/snapshots/s");
    file.as_object_mut().unwrap().remove("sha256");
    let content = "/clouds/gozunga/glance/images/0/content";
    let length = file.pointer(content).unwrap()["length"].as_u64().unwrap();
    assert_eq!(nephos.request("PUT", "/snapshots/whole", file.clone()).0, 200);
    file.pointer_mut(content).unwrap()["length"] = json!(length - 1);
    let (status, refused) = nephos.request("PUT", "/snapshots/bomb", file);
    assert_eq!(status, 400, "{refused}");
    let text = refused["error"]["message"].as_str().unwrap();
    assert!(text.contains("gozunga/glance/images") && text.contains("longer than"), "{text}");
    assert_eq!(nephos.request("GET", "/snapshots/bomb", Value::Null).0, 404);
}

#[test]
fn a_hand_edited_file_with_impossible_values_is_refused_and_changes_nothing() {
    let nephos = Running::new();
    nephos.request("POST", "/snapshots", json!({"name": "s"}));
    let mut file = nephos.get("/snapshots/s");
    file.as_object_mut().unwrap().remove("sha256");
    assert_eq!(nephos.request("PUT", "/snapshots/edited", file.clone()).0, 200);
    nephos.request("DELETE", "/snapshots/edited", Value::Null);
    let named =
        |low: i64, high: i64| json!([{"glob": "*", "range": {"low_ms": low, "high_ms": high}, "scenario": null}]);
    let limit = |count: u64, ms: i64, burst: u64| json!({"gozunga": {"rate": [count, ms], "burst": burst, "per": "project", "form": "gateway", "message": ""}});
    for (place, value) in [
        ("/clouds/gozunga/nova", json!([])),
        ("/clouds/gozunga/nova", json!(1)),
        ("/clouds/gozunga/nova/servers", json!({})),
        ("/clouds/gozunga/nova/servers", json!([1])),
        ("/clouds/gozunga", json!([])),
        ("/clouds", json!([])),
        ("/world", json!([])),
        ("/world/speed", json!(-1)),
        ("/world/speed", json!(1e300)),
        ("/world/now", json!("+262142-01-01T00:00:00Z")),
        ("/world/now", json!("0001-01-01T00:00:00Z")),
        ("/world/arranged", json!(u64::MAX)),
        ("/world/timing/named", named(5, 1)),
        ("/world/timing/named", named(-5, 1)),
        ("/world/timing/named", named(0, i64::MAX)),
        ("/world/limits/by_cloud", limit(0, 1_000, 1)),
        ("/world/limits/by_cloud", limit(1, 0, 1)),
        ("/world/limits/by_cloud", limit(1, 1_000, 0)),
        ("/world/faults/next", json!(u64::MAX)),
    ] {
        let mut edited = file.clone();
        *edited.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = value.clone();
        let (status, refused) = nephos.request("PUT", "/snapshots/edited", edited);
        assert_eq!(status, 400, "{place} {value}: {refused}");
        assert!(refused["error"]["message"].as_str().unwrap().contains("nothing was changed"), "{refused}");
        assert_eq!(nephos.request("GET", "/snapshots/edited", Value::Null).0, 404);
    }
}

#[test]
fn a_world_has_a_maximum_of_snapshots() {
    let nephos = Running::new();
    let take = |number: usize| nephos.request("POST", "/snapshots", json!({"name": format!("s{number}")})).0;
    assert!((0..1_000).all(|number| take(number) == 201));
    assert_eq!((take(1_000), take(7)), (409, 201));
    nephos.request("DELETE", "/snapshots/s7", Value::Null);
    assert_eq!(take(1_000), 201);
}
