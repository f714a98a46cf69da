//! What `--strict` reports: requests without an operation, and faults that never fired, in every world.

use super::{CONTROL, KEYSTONE, Running};
use serde_json::{Value, json};

fn failures(nephos: &Running) -> Vec<String> {
    nephos.app.strict_failures()
}

/// A GET in the Keystone of a world.
fn get(nephos: &Running, world: &str, path: &str) -> u16 {
    nephos.send(CONTROL, "GET", &format!("/worlds/{world}/gozunga/keystone{path}"), &[], vec![]).status
}

#[test]
fn requests_with_an_operation_are_not_reported_even_if_refused() {
    let nephos = Running::new();
    let login = nephos.login("default");
    nephos.volume("default", &login);
    // A refused request is not unknown: this path has an operation, the token is missing.
    assert_eq!(get(&nephos, "default", "/v3/users"), 401);
    let action = format!("/worlds/default/gozunga/nova/v2.1/servers/none/action?project={}", login.1);
    assert_eq!(nephos.send(CONTROL, "POST", &action, &[], b"{}".to_vec()).status, 401);
    assert_eq!(failures(&nephos), [""; 0]);
}

#[test]
fn requests_without_an_operation_are_counted_beyond_the_length_of_the_journal() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let headers = [("X-Auth-Token", login.0.as_str())];
    let unknown = |path: &str| nephos.send(CONTROL, "GET", path, &headers, vec![]).status;
    assert_eq!(unknown("/worlds/default/gozunga/cinder/v3/nothing/here"), 404);
    for _ in 0..2_100 {
        assert_eq!(get(&nephos, "default", "/v3"), 200);
    }
    assert!(nephos.app.live.journal.entries(|entry| entry.unmatched).is_empty(), "the journal has forgotten it");
    nephos.request("DELETE", "/journal", Value::Null);
    nephos.request("POST", "/reset", Value::Null);
    let found = failures(&nephos);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("world default") && found[0].contains("GET /v3/nothing/here (1 request"), "{found:?}");
}

#[test]
fn an_action_that_no_operation_has_is_unknown() {
    let nephos = Running::new();
    let login = nephos.login("default");
    let path = "/worlds/default/gozunga/nova/v2.1/servers/none/action";
    let headers = [("X-Auth-Token", login.0.as_str())];
    nephos.send(CONTROL, "POST", path, &headers, json!({"fly": null}).to_string().into_bytes());
    let found = failures(&nephos);
    assert!(found.len() == 1 && found[0].contains("POST /v2.1/servers/none/action"), "{found:?}");
}

#[test]
fn a_path_of_a_port_without_a_service_is_unknown() {
    let nephos = Running::new();
    let router: &dyn nephos::http::Router = &nephos.listeners;
    assert!(router.find(4991, "/nowhere").is_none());
    router.unmatched(4991, "GET", "/nowhere");
    let found = failures(&nephos);
    assert!(found.len() == 1 && found[0].contains("GET /nowhere"), "{found:?}");
}

#[test]
fn deleted_worlds_count() {
    let nephos = Running::new();
    for name in ["t1", "t2", "t3"] {
        nephos.request("POST", "/worlds", json!({"name": name}));
    }
    let login = nephos.login("t1");
    let path = "/worlds/t1/gozunga/keystone/v3/nothing";
    nephos.send(CONTROL, "GET", path, &[("X-Auth-Token", &login.0)], vec![]);
    nephos.request("POST", "/worlds/t2/faults", json!({"service": "keystone", "status": 503}));
    for name in ["t1", "t2", "t3"] {
        assert_eq!(nephos.request("DELETE", &format!("/worlds/{name}"), Value::Null).0, 200);
    }
    let found = failures(&nephos);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("world t1") && found[1].contains("world t2: never fired"), "{found:?}");
}

#[test]
fn a_fault_that_fired_once_is_not_reported_whatever_is_undone_since() {
    let nephos = Running::new();
    nephos.request("POST", "/faults", json!({"service": "keystone", "status": 503, "first": 1}));
    let login = {
        assert_eq!(nephos.send(KEYSTONE, "GET", "/v3", &[], vec![]).status, 503);
        nephos.login("default")
    };
    nephos.request("POST", "/snapshots", json!({"name": "before"}));
    nephos.volume("default", &login);
    nephos.request("POST", "/rewind", json!({"writes": 1}));
    nephos.request("POST", "/snapshots/before/restore", Value::Null);
    nephos.request("DELETE", "/faults", Value::Null);
    nephos.request("POST", "/reset", Value::Null);
    assert_eq!(failures(&nephos), [""; 0]);
}

#[test]
fn a_fault_that_was_removed_before_it_fired_is_reported() {
    let nephos = Running::new();
    nephos.request("POST", "/faults", json!({"on": "cinder.volume.list", "status": 503}));
    nephos.request("DELETE", "/faults", Value::Null);
    nephos.request("POST", "/reset", Value::Null);
    let found = failures(&nephos);
    assert!(found.len() == 1 && found[0].contains("cinder.volume.list"), "{found:?}");
}

#[test]
fn a_fault_is_reported_by_the_world_that_it_was_added_to_and_may_fire_in_a_fork() {
    let nephos = Running::new();
    nephos.request("POST", "/faults", json!({"service": "keystone", "status": 503}));
    for name in ["t1", "t2"] {
        nephos.request("POST", "/worlds", json!({"name": name}));
    }
    let found = failures(&nephos);
    assert!(found.len() == 1 && found[0].contains("world default"), "{found:?}");
    assert_eq!(get(&nephos, "t2", "/v3"), 503);
    assert_eq!(failures(&nephos), [""; 0]);
}

#[test]
fn faults_of_scenarios_and_of_transitions_count() {
    let nephos = Running::configured("scenarios = [\"volume-errors\"]");
    let of_volumes = |found: &[String]| found.iter().any(|line| line.contains("cinder.volume.create"));
    assert!(of_volumes(&failures(&nephos)));
    let login = nephos.login("default");
    (0..3).for_each(|_| _ = nephos.volume("default", &login));
    assert!(!of_volumes(&failures(&nephos)));
}

#[test]
fn a_fault_that_fires_after_a_snapshot_file_was_loaded_has_fired() {
    let nephos = Running::new();
    nephos.request("POST", "/faults", json!({"service": "keystone", "status": 503}));
    nephos.request("POST", "/snapshots", json!({"name": "saved"}));
    let file = nephos.get("/snapshots/saved");
    assert_eq!(nephos.request("PUT", "/snapshots/loaded", file).0, 200);
    assert_eq!(nephos.request("POST", "/snapshots/loaded/restore", Value::Null).0, 200);
    assert_eq!(get(&nephos, "default", "/v3"), 503);
    assert_eq!(failures(&nephos), [""; 0]);
}

#[test]
fn a_fault_of_a_timeline_counts_even_if_the_clock_jumps_over_it() {
    let nephos = Running::new();
    let scenario = "description = \"d\"\n[[at]]\ntime = \"1m\"\nfault = { on = \"cinder.volume.create\", status = 500, for = \"2m\" }\n";
    let applied = nephos.request("POST", "/scenarios", json!({"name": "short", "toml": scenario}));
    assert!(applied.0 < 300, "{}", applied.1);
    nephos.request("PATCH", "/clock", json!({"advance": "1h"}));
    let found = failures(&nephos);
    assert!(found.len() == 1 && found[0].contains("cinder.volume.create"), "{found:?}");
}

#[test]
fn a_wrong_world_cloud_or_service_in_a_path_is_unknown() {
    let nephos = Running::new();
    for path in ["/worlds/none/gozunga/nova/v2.1", "/worlds/default/none/nova/v2.1", "/worlds/default/gozunga/none/v1"]
    {
        assert_eq!(nephos.send(CONTROL, "GET", path, &[], vec![]).status, 404, "{path}");
    }
    let found = failures(&nephos);
    assert!(found.len() == 3 && found.iter().any(|line| line.contains("/worlds/none/gozunga/nova/v2.1")), "{found:?}");
}
