//! Faults, limits and worlds.

use super::{TOKEN, Zy, instance};
use chrono::TimeDelta;
use nephos::engine::{Effect, Fault, Refusal};
use serde_json::{Value, json};

fn refusal(status: u16) -> Refusal {
    Refusal { status, message: None, body: None, retry_after: None }
}

#[test]
fn every_transition_fails_as_it_should_and_nothing_stays_busy() {
    for glob in ["cloudzy.instance.prepare", "cloudzy.instance.initialize"] {
        let zy = Zy::new();
        zy.fail(glob, "the node is gone");
        let id = zy.create("a");
        zy.run_all_due();
        let shown = zy.instance(&id);
        assert_eq!((&shown["status"], &shown["networkStatus"]), (&json!("failed"), &json!("inactive")));
        assert_eq!(shown["adminNote"], "the node is gone");
        assert_eq!(zy.act(&format!("/instances/{id}/poweron")).refusal(), (409, "INSTANCE_HAS_FAILED"));
        zy.post(&format!("/instances/{id}/change-os"), json!({"osId": "debian-12"})).data();
        zy.run_all_due();
        assert_eq!(zy.instance(&id)["status"], "active");
        zy.delete(&format!("/instances/{id}")).data();
    }
    let zy = Zy::new();
    let id = zy.active("a");
    zy.fail("cloudzy.*", "no");
    for (action, status) in [("poweroff", "active"), ("reset", "shutdown"), ("poweron", "shutdown")] {
        zy.act(&format!("/instances/{id}/{action}")).data();
        zy.run_all_due();
        assert_eq!(zy.instance(&id)["status"], status, "{action}");
    }
    zy.post(&format!("/instances/{id}/change-os"), json!({"osId": "debian-12"})).data();
    zy.run_all_due();
    assert_eq!(zy.instance(&id)["status"], "failed");
}

#[test]
fn an_injected_error_has_the_envelope_of_its_status() {
    for (status, code) in [
        (400, "FAILED"),
        (401, "FAILED"),
        (404, "FAILED"),
        (429, "FAILED"),
        (500, "FAILED"),
        (503, "FAILED"),
        (460, "BALANCE_IS_NOT_SUFFICIENT"),
    ] {
        let zy = Zy::new();
        zy.inject(Fault::new("cloudzy.region.list", Effect::Answer(refusal(status))));
        let answer = zy.get("/regions");
        assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{}", answer.text);
        assert!(answer.header("X-Nephos-Fault").is_some());
    }
    let zy = Zy::new();
    zy.inject(Fault::new("cloudzy.region.list", Effect::Answer(refusal(422))));
    assert_eq!(zy.get("/regions").errors().len(), 1);
}

#[test]
fn a_limit_answers_429_in_the_envelope() {
    let zy = Zy::new();
    let order = |enabled: bool| {
        zy.live
            .admin_write(|world| {
                world.limits_mut().enabled = enabled;
                world.limits_mut().change("cloudzy", &json!({"rate": "2/s", "per": "token"}), &[])
            })
            .unwrap();
    };
    order(true);
    let statuses = [(); 3].map(|()| zy.get("/regions").status);
    assert_eq!(statuses, [200, 200, 429]);
    let refused = zy.get("/regions");
    assert_eq!((refused.refusal(), refused.header("Retry-After")), ((429, "FAILED"), Some("1")));
    assert_eq!(zy.ask_as("nephos-team", "GET", "/regions", Value::Null).status, 200);
    zy.pass(TimeDelta::seconds(1));
    assert_eq!(zy.get("/regions").status, 200);
}

#[test]
fn a_fork_of_the_world_has_instances_and_money_of_its_own() {
    let zy = Zy::new();
    zy.create("a");
    let fork = Zy { live: zy.live.fork(), services: nephos::clouds::cloudzy::services() };
    fork.create("b");
    fork.pass(TimeDelta::days(2));
    assert_eq!(zy.get("/instances").data()["instances"].as_array().unwrap().len(), 1);
    assert_eq!(fork.get("/instances").data()["instances"].as_array().unwrap().len(), 2);
    assert!(fork.balance() < zy.balance() - 6.0);
}

#[test]
fn the_same_seed_gives_the_same_answers() {
    let run = || {
        let zy = Zy::new();
        let id = zy.active("a");
        let password = zy.act(&format!("/instances/{id}/change-pass")).text;
        let key = zy.post("/ssh-keys", json!({"name": "k", "publicKey": "ssh-rsa AAAA"})).text;
        (zy.get("/instances").text, password, key, zy.post("/instances", instance("b")).text)
    };
    assert_eq!(run(), run());
}

#[test]
fn the_journal_records_requests() {
    let zy = Zy::new();
    zy.create("a");
    zy.send("GET", "/v1/regions", &[("API-Token", TOKEN)], b"");
    let entries = zy.live.journal.entries(|_| true);
    let names: Vec<_> = entries.iter().map(|entry| (entry.operation, entry.status)).collect();
    assert_eq!(names, [("cloudzy.instance.create", 200), ("cloudzy.region.list", 200)]);
    assert!(entries[0].touched.rows.iter().any(|row| row.starts_with("cloudzy/cloudzy/instances/")));
}
