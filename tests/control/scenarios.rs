//! Scenarios over the control API.

use super::{KEYSTONE, Running};
use serde_json::{Value, json};

#[test]
fn a_built_in_scenario_is_listed_applied_and_cleared() {
    let nephos = Running::new();
    let all = nephos.get("/scenarios");
    let named =
        |all: &Value| all["scenarios"].as_array().unwrap().iter().find(|one| one["name"] == "slow-boot").cloned();
    assert!(named(&all).unwrap()["applied"].is_null());
    assert_eq!(nephos.request("POST", "/scenarios/slow-boot/apply", Value::Null).0, 201);
    assert_eq!(named(&nephos.get("/scenarios")).unwrap()["applied"], "2030-01-01T12:00:00Z");
    assert!(nephos.get("/scenarios/slow-boot")["toml"].as_str().unwrap().contains("nova.server.spawn"));
    assert_eq!(nephos.request("DELETE", "/scenarios/slow-boot", Value::Null).0, 200);
    assert_eq!(nephos.request("DELETE", "/scenarios/slow-boot", Value::Null).0, 404);
}

#[test]
fn all_applied_scenarios_are_cleared_at_once() {
    let nephos = Running::new();
    assert_eq!(nephos.request("DELETE", "/scenarios", Value::Null), (200, json!({"cleared": []})));
    for name in ["slow-boot", "no-valid-host"] {
        assert_eq!(nephos.request("POST", &format!("/scenarios/{name}/apply"), Value::Null).0, 201);
    }
    let (status, answer) = nephos.request("DELETE", "/scenarios", Value::Null);
    assert_eq!((status, answer), (200, json!({"cleared": ["no-valid-host", "slow-boot"]})));
    assert!(nephos.app.live.snapshot().scenarios().is_empty());
    assert_eq!(nephos.get("/faults")["faults"], json!([]));
}

#[test]
fn a_sent_scenario_follows_its_timeline_on_the_virtual_clock() {
    let nephos = Running::new();
    let toml = "description = \"Keystone is out.\"\n[[at]]\ntime = \"5m\"\n\
                fault = { on = \"keystone.*\", status = 503, for = \"2m\" }\n";
    let (code, answer) = nephos.request("POST", "/scenarios", json!({"name": "mine", "toml": toml}));
    assert_eq!(code, 201, "{answer}");
    let status = || nephos.send(KEYSTONE, "GET", "/v3", &[], vec![]).status;
    let mut seen = vec![status()];
    for _ in 0..4 {
        nephos.request("PATCH", "/clock", json!({"advance": "2m"}));
        seen.push(status());
    }
    assert_eq!(seen, [200, 200, 200, 503, 200]);
    nephos.request("POST", "/reset", Value::Null);
    assert!(nephos.get("/scenarios")["scenarios"].as_array().unwrap().iter().all(|one| one["name"] != "mine"));
}

#[test]
fn an_invalid_scenario_is_rejected_with_its_line_and_changes_nothing() {
    let nephos = Running::new();
    let toml = "description = \"x\"\n[gozunga]\nhosts_down = [\"compute99\"]\n";
    let (status, answer) = nephos.request("POST", "/scenarios", json!({"name": "mine", "toml": toml}));
    assert_eq!(status, 400, "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("compute99"), "{answer}");
    assert_eq!(nephos.request("POST", "/scenarios/slow-boots/apply", Value::Null).0, 404);
    assert_eq!(nephos.request("POST", "/scenarios", json!({"name": "mine"})).0, 400);
    assert!(nephos.app.live.snapshot().scenarios().is_empty());
}

#[test]
fn a_reset_brings_back_the_scenarios_of_the_configuration() {
    let nephos = Running::configured("scenarios = [\"no-valid-host\"]");
    assert_eq!(nephos.get("/faults")["faults"][0]["scenario"], "no-valid-host");
    nephos.request("DELETE", "/scenarios/no-valid-host", Value::Null);
    assert_eq!(nephos.get("/faults")["faults"], json!([]));
    nephos.request("POST", "/reset", Value::Null);
    assert_eq!(nephos.get("/faults")["faults"][0]["scenario"], "no-valid-host");
}
