//! Backup profiles: their schedule, their files, their fee.

use super::Zy;
use chrono::{DateTime, Datelike, TimeDelta, Timelike};
use serde_json::{Value, json};

fn profile(zy: &Zy, id: &str) -> Value {
    zy.get(&format!("/backups/{id}")).data()
}

fn schedule(id: &str, frequency: &str, days: &[&str], period: i64) -> Value {
    json!({"instanceId": id, "scheduleFrequency": frequency, "periodId": period, "scheduleWeekDays": days})
}

fn files(zy: &Zy, id: &str) -> Vec<DateTime<chrono::Utc>> {
    let made = profile(zy, id)["backupFiles"].as_array().unwrap().clone();
    made.iter().map(|file| DateTime::from_timestamp(file["createdAt"].as_i64().unwrap(), 0).unwrap()).collect()
}

#[test]
fn the_documents_examples_are_taken() {
    let zy = Zy::new();
    let id = zy.active("a");
    let made = zy.post("/backups", schedule(&id, "daily", &["Monday", "Wednesday", "Friday"], 30)).data();
    assert_eq!(
        (&made["status"], &made["maxFiles"], &made["feePercentage"]),
        (&json!("pending"), &json!(12), &json!(30))
    );
    assert_eq!(made["instanceData"]["hostname"], "a");
    let price = made["monthlyPrice"].as_f64().unwrap();
    assert!((price - 0.0648 * 730.0 * 0.3).abs() < 0.001, "{price}");
    zy.run_all_due();
    assert_eq!(profile(&zy, &id)["status"], "active");
    let changed = zy.put("/backups", schedule(&id, "weekly", &["Sunday"], 7)).data();
    assert_eq!((&changed["scheduleFrequency"], &changed["maxFiles"]), (&json!("weekly"), &json!(1)));
    assert_eq!(changed["feePercentage"], 20);
    assert_eq!(zy.post("/backups", schedule(&id, "daily", &[], 7)).refusal(), (409, "BACKUP_PROFILE_ALREADY_EXISTS"));
    let list = zy.get("/backups?status=active").data();
    assert_eq!(list["backups"][0]["instanceId"], id.as_str());
    assert_eq!(zy.get("/backups?status=inactive").data()["backups"], json!([]));
    zy.delete(&format!("/backups/{id}")).data();
    assert_eq!(zy.get(&format!("/backups/{id}")).refusal(), (404, "FAILED"));
    assert_eq!(zy.delete(&format!("/backups/{id}")).refusal(), (404, "FAILED"));
    assert_eq!(zy.put("/backups", schedule(&id, "daily", &[], 7)).refusal(), (404, "FAILED"));
}

#[test]
fn files_are_made_on_schedule_and_the_oldest_go() {
    let zy = Zy::new();
    let id = zy.active("a");
    zy.post("/backups", schedule(&id, "daily", &[], 5)).data();
    zy.pass(TimeDelta::days(3));
    let made = files(&zy, &id);
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|at| at.hour() == 3));
    zy.pass(TimeDelta::days(30));
    let remaining = files(&zy, &id);
    assert_eq!(remaining.len(), 5);
    assert!(remaining.iter().all(|at| *at > made[0]));
    let shown = profile(&zy, &id);
    assert!(shown["lastSuccessfulBackupTime"].as_i64().unwrap() >= remaining[0].timestamp());
    let list = zy.get("/snapshots?is_automated_backup=true&limit=100").data();
    assert_eq!(list["total"], 5);
    assert_eq!(zy.get("/snapshots").data()["total"], 0);
}

#[test]
fn days_of_the_week_and_of_the_month_are_kept() {
    let zy = Zy::new();
    let ids = ["weekly", "days", "monthly"].map(|name| zy.active(name));
    zy.post("/backups", schedule(&ids[0], "weekly", &["Sunday"], 28)).data();
    zy.post("/backups", schedule(&ids[1], "daily", &["Monday", "Friday"], 28)).data();
    zy.post("/backups", schedule(&ids[2], "monthly", &[], 365)).data();
    zy.pass(TimeDelta::days(28));
    let weekdays = |id: &str| files(&zy, id).iter().map(|at| at.weekday().to_string()).collect::<Vec<_>>();
    assert_eq!(weekdays(&ids[0]), ["Sun"; 4]);
    assert_eq!(weekdays(&ids[1]), ["Mon", "Fri", "Mon", "Fri", "Mon", "Fri", "Mon", "Fri"]);
    zy.pass(TimeDelta::days(70));
    assert_eq!(files(&zy, &ids[2]).iter().map(Datelike::day).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn a_backup_restores_and_the_files_go_with_the_profile() {
    let zy = Zy::new();
    let id = zy.active("a");
    zy.post("/backups", schedule(&id, "daily", &[], 7)).data();
    zy.pass(TimeDelta::days(2));
    let file = profile(&zy, &id)["backupFiles"][0]["id"].as_str().unwrap().to_owned();
    zy.act(&format!("/snapshots/{file}/restore")).data();
    zy.run_all_due();
    assert_eq!(zy.instance(&id)["status"], "active");
    zy.delete(&format!("/instances/{id}")).data();
    assert_eq!(zy.get(&format!("/backups/{id}")).refusal(), (404, "FAILED"));
    assert_eq!(zy.get("/snapshots?is_automated_backup=true").data()["total"], 0);
    assert_eq!(zy.state(|cloud| cloud.charges.len()), 0);
}

#[test]
fn one_that_fails_is_left_out_and_one_that_cannot_begin_is_inactive() {
    let zy = Zy::new();
    let id = zy.active("a");
    zy.fail("cloudzy.backup.run", "the store is full");
    zy.post("/backups", schedule(&id, "daily", &[], 7)).data();
    zy.pass(TimeDelta::days(3));
    assert_eq!(files(&zy, &id).len(), 0);
    let zy = Zy::new();
    let id = zy.active("a");
    zy.fail("cloudzy.backup.activate", "no");
    zy.post("/backups", schedule(&id, "daily", &[], 7)).data();
    zy.pass(TimeDelta::days(3));
    assert_eq!((profile(&zy, &id)["status"].as_str(), files(&zy, &id).len()), (Some("inactive"), 0));
}
