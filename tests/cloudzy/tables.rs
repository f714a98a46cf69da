//! Every table is saved.

use super::{REGION, Zy, instance};
use nephos::clouds::cloudzy::Cloudzy;
use nephos::engine::Cloud as _;
use serde_json::json;

/// Adds a row to every table.
pub fn populate(zy: &Zy) {
    let id = zy.active("one");
    let url = "https://a.example/file";
    zy.post("/snapshots", json!({"instanceId": id})).data();
    zy.run_all_due();
    zy.post("/backups", json!({"instanceId": id, "scheduleFrequency": "daily", "periodId": 7})).data();
    zy.post("/floating-ips", json!({"regionId": REGION, "count": 2})).data();
    zy.post("/iso", json!({"name": "i", "url": url, "regionId": REGION})).data();
    zy.post("/images", json!({"name": "i", "url": url, "regionId": REGION})).data();
    zy.pass(chrono::TimeDelta::days(2));
    let off = zy.active("off");
    zy.act(&format!("/instances/{off}/poweroff")).data();
    zy.run_all_due();
    let gone = zy.active("gone");
    zy.delete(&format!("/instances/{gone}")).data();
    zy.ask_as("nephos-stranger", "POST", "/instances", instance("foreign")).data();
    zy.run_all_due();
}

#[test]
fn every_table_is_saved_and_loaded() {
    let zy = Zy::new();
    populate(&zy);
    let saved = zy.saved();
    let empty: Vec<_> = saved.iter().filter(|(_, rows)| *rows == json!([])).map(|(name, _)| name).collect();
    assert!(empty.is_empty(), "nothing was made that these tables hold: {empty:?}");
    let file = zy.live.snapshot().save().unwrap();
    let loaded = Zy::new().live.snapshot().load(file.clone()).expect("the file is whole");
    assert_eq!(loaded.save().unwrap(), file);
    let mut loaded = Cloudzy::default();
    let mut saved = saved.iter();
    loaded.each_table(&mut |_, resource, table| {
        let (name, rows) = saved.next().expect("as many tables as were saved");
        assert_eq!(resource, name);
        table.load(rows.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(table.save().unwrap(), *rows, "{name}");
    });
}
