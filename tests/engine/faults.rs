//! Faults: what they match, when they fire, and what they do.

use crate::support::{CLOUD, Cloud};
use crate::{create, status};
use nephos::engine::{Fault, Names};
use serde_json::{Value, json};

/// Adds a fault from its JSON.
fn add_fault(cloud: &Cloud, fault: Value) {
    cloud.add_fault(Fault::read(&fault, &[], &names(cloud)).unwrap_or_else(|error| panic!("{error}")));
}

fn names(cloud: &Cloud) -> Names {
    Names {
        clouds: vec![CLOUD.into()],
        services: vec!["keystone".into(), "cinder".into(), "glance".into()],
        operations: cloud.operations().iter().map(|row| row.name.to_owned()).collect(),
        transitions: nephos::clouds::openstack::cloud::transition_names(),
        changes: vec![],
    }
}

/// Creates volumes and returns their final statuses, in the order of creation.
fn outcomes(cloud: &Cloud, count: usize) -> Vec<Value> {
    let volumes: Vec<_> = (0..count).map(|_| create(cloud)).collect();
    cloud.pass(60);
    volumes.iter().map(|volume| status(cloud, volume)).collect()
}

fn fails(more: Value) -> Value {
    let mut fault = json!({"on": "cinder.volume.create", "fails": "a broken disk"});
    fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fault
}

#[test]
fn triggers_decide_which_targets_are_hit() {
    let (ok, error) = ("available", "error");
    for (trigger, expected) in [
        (json!({"first": 2}), [error, error, ok, ok, ok]),
        (json!({"after": 3}), [ok, ok, ok, error, error]),
        (json!({"every": 2}), [ok, error, ok, error, ok]),
        (json!({"after": 1, "every": 2}), [ok, ok, error, ok, error]),
        (json!({"every": 2, "times": 1}), [ok, error, ok, ok, ok]),
        (json!({"probability": 1.0}), [error; 5]),
        (json!({"probability": 0.0}), [ok; 5]),
        (json!({"window": "10m..20m"}), [ok; 5]),
        (json!({"window": "0s..1m"}), [error; 5]),
    ] {
        let cloud = Cloud::new();
        add_fault(&cloud, fails(trigger.clone()));
        assert_eq!(outcomes(&cloud, 5), expected.map(Value::from), "{trigger}");
    }
}

#[test]
fn probability_is_reproducible_and_does_not_change_ids() {
    let run = |probability: f64| {
        let cloud = Cloud::new();
        add_fault(&cloud, fails(json!({"probability": probability})));
        let volumes: Vec<_> = (0..10).map(|_| create(&cloud)).collect();
        cloud.pass(60);
        let statuses: Vec<_> = volumes.iter().map(|volume| status(&cloud, volume)).collect();
        (volumes, statuses)
    };
    assert_eq!(run(0.5), run(0.5));
    assert!(run(0.5).1.contains(&"error".into()) && run(0.5).1.contains(&"available".into()));
    assert_eq!(run(0.5).0, run(0.0).0);
}

#[test]
fn a_fault_hits_only_what_it_selects() {
    for (selector, hit) in [
        (json!({"project": "demo"}), true),
        (json!({"project": "admin"}), false),
        (json!({"user": "demo"}), true),
        (json!({"user": "nobody"}), false),
        (json!({"resource": "boot"}), true),
        (json!({"resource": "data"}), false),
        (json!({"cloud": CLOUD}), true),
        (json!({"service": "glance"}), false),
        (json!({"header": "X-Trace: demo-*"}), true),
        (json!({"header": "X-Trace: other"}), false),
    ] {
        let cloud = Cloud::new();
        add_fault(&cloud, fails(selector.clone()));
        let body = json!({"volume": {"size": 1, "name": "boot"}});
        let made = cloud.post("cinder", "/v3/volumes", body).header("X-Trace", "demo-7").send();
        let volume = format!("/v3/volumes/{}", made.body["volume"]["id"].as_str().unwrap());
        cloud.pass(60);
        assert_eq!(status(&cloud, &volume) == "error", hit, "{selector}");
    }
}

#[test]
fn a_slower_transition_takes_a_multiple_of_its_delay() {
    let cloud = Cloud::new();
    cloud
        .live
        .admin_write(|world| {
            world.timing_mut().set("cinder.volume.create", nephos::engine::Range::parse("10s").unwrap());
            Ok::<_, ()>(())
        })
        .unwrap();
    add_fault(&cloud, json!({"on": "cinder.volume.create", "slower": 6}));
    let volume = create(&cloud);
    cloud.pass(59);
    assert_eq!(status(&cloud, &volume), "creating");
    cloud.pass(1);
    assert_eq!(status(&cloud, &volume), "available");
}

#[test]
fn an_injected_error_has_the_form_of_the_service() {
    for (service, path, status, kind) in [
        ("cinder", "/v3/volumes", 503, "serviceUnavailable"),
        ("cinder", "/v3/volumes", 429, "overLimit"),
        ("cinder", "/v3/volumes", 409, "conflictingRequest"),
        ("cinder", "/v3/volumes", 401, "error"),
        ("keystone", "/v3/users", 503, "error"),
    ] {
        let cloud = Cloud::new();
        cloud.token("admin");
        add_fault(&cloud, json!({"service": service, "status": status, "retry_after": 7, "first": 1}));
        let answer = cloud.get(service, path).user("admin").send();
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.body[kind]["code"], status, "{}", answer.text);
        assert_eq!((answer.header("Retry-After"), answer.header("X-Nephos-Fault")), (Some("7"), Some("1")));
        assert_eq!(cloud.get(service, path).user("admin").send().status, 200);
    }
}

#[test]
fn a_body_and_a_message_replace_those_of_the_service() {
    let cloud = Cloud::new();
    add_fault(&cloud, json!({"on": "cinder.volume.list", "status": 500, "body": {"oops": 1}, "first": 1}));
    add_fault(&cloud, json!({"on": "cinder.volume.show", "status": 404, "message": "gone fishing"}));
    let answer = cloud.get("cinder", "/v3/volumes").send();
    assert_eq!((answer.status, answer.body), (500, json!({"oops": 1})));
    let volume = create(&cloud);
    assert_eq!(cloud.get("cinder", &volume).send().message(), "gone fishing");
}

#[test]
fn a_refused_write_changes_nothing_and_the_journal_says_why() {
    let cloud = Cloud::new();
    create(&cloud);
    add_fault(&cloud, json!({"on": "cinder.volume.create", "status": 503}));
    let before = cloud.saved();
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).send();
    assert_eq!(answer.status, 503);
    assert_eq!(cloud.saved(), before);
    let entry = cloud.live.journal.entries(|entry| entry.status == 503).remove(0);
    assert_eq!(entry.injected, [1]);
    assert_eq!(cloud.live.snapshot().faults().all()[0].fired, 1);
}

#[test]
fn the_journal_marks_the_request_whose_transition_will_fail() {
    let cloud = Cloud::new();
    add_fault(&cloud, fails(json!({})));
    create(&cloud);
    let entry = cloud.live.journal.entries(|entry| entry.operation == "cinder.volume.create").remove(0);
    assert_eq!((entry.status, &entry.scheduled_faults[..], &entry.injected[..]), (202, &[1][..], &[][..]));
}

#[test]
fn the_header_can_be_switched_off() {
    let cloud = Cloud::new();
    cloud.token("demo");
    add_fault(&cloud, json!({"service": "cinder", "status": 503}));
    cloud
        .live
        .admin_write(|world| {
            world.faults_mut().announced = false;
            Ok::<_, ()>(())
        })
        .unwrap();
    let answer = cloud.get("cinder", "/v3/volumes").send();
    assert_eq!((answer.status, answer.header("X-Nephos-Fault")), (503, None));
}

#[test]
fn a_stale_read_sees_an_earlier_world() {
    let cloud = Cloud::new();
    create(&cloud);
    cloud.pass(60);
    add_fault(&cloud, json!({"on": "cinder.volume.*", "stale": "5s"}));
    let volume = create(&cloud);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
    let listed = |cloud: &Cloud| cloud.get("cinder", "/v3/volumes").send().body["volumes"].as_array().unwrap().len();
    assert_eq!(listed(&cloud), 1);
    cloud.pass(4);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
    cloud.pass(2);
    assert_eq!(cloud.get("cinder", &volume).send().status, 200);
    assert_eq!(listed(&cloud), 2);
}

#[test]
fn a_service_that_is_down_answers_no_request() {
    let cloud = Cloud::new();
    cloud.token("demo");
    add_fault(&cloud, json!({"service": "cinder", "outage": "503"}));
    for path in ["/v3/volumes", "/", "/nowhere"] {
        let answer = cloud.get("cinder", path).nobody().send();
        assert_eq!(answer.status, 503);
        assert!(answer.text.contains("No server is available"), "{}", answer.text);
    }
    assert_eq!(cloud.get("keystone", "/v3").send().status, 200);
}

#[test]
fn errors_suggest_the_nearest_name() {
    let cloud = Cloud::new();
    for (fault, expected) in [
        (json!({"on": "cinder.volume.creat", "fails": "x"}), "cinder.volume.create"),
        (json!({"on": "cinder.volume.list", "fails": "x"}), "not a transition"),
        (json!({"on": "keystone.token.creat", "status": 503}), "keystone.token.create"),
        (json!({"servce": "cinder", "status": 503}), "\"service\""),
        (json!({"service": "cider", "status": 503}), "cinder"),
        (json!({"status": 99}), "200 to 599"),
        (json!({"status": "503"}), "whole number"),
        (json!({"on": "*"}), "exactly one effect"),
        (json!({"status": 503, "stuck": true}), "two faults"),
        (json!({"stuck": false}), "only be true"),
        (json!({"delay": "soon"}), "not a duration"),
        (json!({"delay": "1s", "probability": 2}), "0 to 1"),
        (json!({"delay": "1s", "every": 0}), "1 or more"),
        (json!({"delay": "1s", "window": "5m..1m"}), "window"),
        (json!({"delay": "1s", "header": "X"}), "Name: value"),
        (json!({"reset": "later"}), "before"),
        (json!([1]), "table"),
    ] {
        let error = Fault::read(&fault, &[], &names(&cloud)).unwrap_err().to_string();
        assert!(error.contains(expected), "{fault}: {error}");
    }
}
