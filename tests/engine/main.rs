//! The engine with an OpenStack cloud: time, order, reproducibility, faults.

#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod faults;
mod indexes;

use chrono::TimeDelta;
use nephos::engine::{Effect, Fault, Live, NotAdded, Range, Worlds};
use serde_json::{Value, json};
use std::sync::Arc;
use support::{CLOUD, Cloud};

fn create(cloud: &Cloud) -> String {
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap())
}

fn status(cloud: &Cloud, volume: &str) -> Value {
    cloud.get("cinder", volume).send().body["volume"]["status"].clone()
}

/// Changes the world directly.
fn change(cloud: &Cloud, edit: impl FnOnce(&mut nephos::engine::World)) {
    let done: Result<(), ()> = cloud.live.write(|world| {
        edit(world);
        Ok(())
    });
    done.unwrap();
}

#[test]
fn nothing_happens_while_the_clock_is_frozen() {
    let cloud = Cloud::new();
    let volume = create(&cloud);
    assert_eq!(status(&cloud, &volume), "creating");
    assert_eq!(status(&cloud, &volume), "creating");
    cloud.pass(1);
    assert_eq!(status(&cloud, &volume), "available");
}

#[test]
fn a_delay_by_name_decides_when_a_transition_happens() {
    let cloud = Cloud::new();
    change(&cloud, |world| world.timing_mut().set("cinder.volume.create", Range::parse("10s").unwrap()));
    let volume = create(&cloud);
    cloud.pass(9);
    assert_eq!(status(&cloud, &volume), "creating");
    cloud.pass(1);
    assert_eq!(status(&cloud, &volume), "available");
}

#[test]
fn a_transition_runs_at_its_own_time_however_far_the_clock_jumps() {
    let cloud = Cloud::new();
    change(&cloud, |world| world.timing_mut().set("cinder.volume.create", Range::parse("10s").unwrap()));
    let volume = create(&cloud);
    cloud.pass(3000);
    assert_eq!(cloud.get("cinder", &volume).send().body["volume"]["updated_at"], "2030-01-01T12:00:10.000000");
}

#[test]
fn a_fault_makes_a_transition_fail_as_the_real_one_does() {
    let cloud = Cloud::new();
    cloud.fail("cinder.volume.create", "no");
    let volume = create(&cloud);
    cloud.pass(1);
    assert_eq!(status(&cloud, &volume), "error");
}

#[test]
fn a_stuck_transition_never_ends() {
    let cloud = Cloud::new();
    cloud.add_fault(Fault::new("cinder.*.create", Effect::Stuck));
    let volume = create(&cloud);
    cloud.pass(86_400 / 48);
    assert_eq!(status(&cloud, &volume), "creating");
}

#[test]
fn the_same_requests_get_the_same_answers_byte_by_byte() {
    let run = || {
        let cloud = Cloud::new();
        let volume = create(&cloud);
        cloud.pass(1);
        let answer = cloud.get("cinder", &volume).send();
        (answer.text, answer.headers)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_refused_request_changes_nothing() {
    let cloud = Cloud::new();
    create(&cloud);
    let before = cloud.saved();
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 100_000}})).send();
    assert_eq!(answer.status, 413, "{}", answer.text);
    assert_eq!(cloud.saved(), before);
}

#[test]
fn a_fork_and_its_origin_are_independent() {
    let cloud = Cloud::new();
    let volume = create(&cloud);
    let fork = Live::new((*cloud.live.snapshot()).clone(), 7);
    fork.advance(TimeDelta::seconds(1));
    assert_eq!(status(&cloud, &volume), "creating");
    let id = volume.rsplit('/').next().unwrap();
    let there = fork.snapshot().tables(CLOUD, |_, table, rows| (table == "volumes").then(|| rows.show(id)));
    let there = there.unwrap().into_iter().flatten().flatten().next().unwrap();
    assert_eq!(there["status"], "available");
}

#[test]
fn the_journal_records_the_caller_and_the_changed_rows() {
    let cloud = Cloud::new();
    let volume = create(&cloud);
    let id = volume.rsplit('/').next().unwrap();
    let entry = cloud.live.journal.entries(|entry| entry.operation == "cinder.volume.create").remove(0);
    assert_eq!(entry.status, 202);
    assert!(entry.touched.rows.contains(&format!("{CLOUD}/cinder/volumes/{id}")), "{:?}", entry.touched);
    assert_eq!(entry.project.as_deref(), Some(cloud.token("demo").1.as_str()));
    let login = cloud.live.journal.entries(|entry| entry.operation == "keystone.token.create").remove(0).show();
    assert_eq!(login["request"]["auth"]["identity"]["password"]["user"]["password"], "***");
}

#[test]
fn tokens_expire_on_the_virtual_clock() {
    let cloud = Cloud::new();
    cloud.token("demo");
    assert_eq!(cloud.get("cinder", "/v3/volumes").send().status, 200);
    cloud.pass(3600);
    assert_eq!(cloud.get("cinder", "/v3/volumes").send().status, 401);
}

#[test]
fn there_are_only_as_many_worlds_as_are_allowed() {
    let default = Arc::new(Cloud::new().live);
    let worlds = Worlds::new(default.clone(), 2);
    assert_eq!(worlds.add("a", default.fork()), Ok(()));
    assert_eq!(worlds.add("a", default.fork()), Err(NotAdded::Exists));
    assert_eq!(worlds.add("b", default.fork()), Err(NotAdded::Full(2)));
    assert!(worlds.remove("a"));
    assert_eq!(worlds.add("b", default.fork()), Ok(()));
}
