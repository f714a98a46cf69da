//! The list of instances: filters and bookmarks.

use super::{REGION, Zy, instance};
use chrono::TimeDelta;
use serde_json::{Value, json};

fn names(data: &Value) -> Vec<&str> {
    data["instances"].as_array().unwrap().iter().map(|one| one["hostname"].as_str().unwrap()).collect()
}

#[test]
fn every_filter_finds_its_own() {
    let zy = Zy::new();
    let old = zy.active("old");
    zy.pass(TimeDelta::days(1));
    let mut other = instance("other");
    other["region"] = "UK-London".into();
    other["productId"] = Value::Null;
    other["extraResource"] = json!({"cpu": 2, "ramInGB": 4, "diskInGB": 50, "bandwidthInTB": 1});
    other["osId"] = "debian-12".into();
    other["assignIpv6"] = true.into();
    zy.post("/instances", other).data();
    let shown = zy.get("/instances?hostName=other").data()["instances"][0].clone();
    let text = |key: &str| shown[key].as_str().unwrap().to_owned();
    let host = zy.state(|cloud| cloud.instances.get(&text("id")).unwrap().host.clone());
    for (query, expected) in [
        ("createdFrom=2030-01-02T00:00:00Z".into(), "other"),
        ("createdTo=2030-01-02T00:00:00".into(), "old"),
        ("createdFrom=2030-01-01&createdTo=2030-01-01T14:00:00%2B02:00".into(), "old"),
        (format!("host={host}"), "other"),
        ("hostName=old".into(), "old"),
        ("status=preparing_disk".into(), "other"),
        ("region=UK-London".into(), "other"),
        ("region=region-456".into(), "old"),
        ("osFamily=debian".into(), "other"),
        (format!("ipv4={}", text("mainIp")), "other"),
        (format!("ipv6={}", text("mainIpv6")), "other"),
    ] {
        assert_eq!(names(&zy.get(&format!("/instances?{query}")).data()), [expected], "{query}");
    }
    let user = text("userId");
    assert_eq!(names(&zy.get(&format!("/instances?userId={user}")).data()), ["other", "old"]);
    for query in ["userId=x", "isoId=x", "region=x", "status=shutdown", "host=x"] {
        assert_eq!(zy.get(&format!("/instances?{query}")).data()["instances"], json!([]), "{query}");
    }
    let wrong = zy.get("/instances?createdFrom=soon").errors();
    let kind = "value_error.datetime".to_owned();
    assert_eq!(wrong, [(r#"["query","createdFrom"]"#.into(), "invalid datetime format".into(), kind)]);
    zy.delete(&format!("/instances/{old}")).data();
    assert_eq!(names(&zy.get("/instances").data()), ["other"]);
    let all = zy.get("/instances?includeDeleted=True").data();
    assert_eq!((names(&all), &all["instances"][1]["status"]), (vec!["other", "old"], &json!("deleted")));
}

#[test]
fn a_floating_ip_finds_its_instance() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["floatingIPCount"] = 1.into();
    zy.post("/instances", body).data();
    zy.create("b");
    let ips = zy.get("/floating-ips").data();
    let address = ips["floatingIps"][0]["ip"].as_str().unwrap();
    assert_eq!(names(&zy.get(&format!("/instances?ipv4={address}")).data()), ["a"]);
}

#[test]
fn bookmarks_lead_through_all_pages_whatever_is_made_meanwhile() {
    let zy = Zy::new();
    for page in 0..2 {
        let hostnames: Vec<_> = (0..6).map(|number| format!("h{}", page * 6 + number)).collect();
        let mut body = instance("x");
        body["hostnames"] = json!(hostnames);
        zy.post("/instances", body).data();
    }
    let mut seen = vec![];
    let mut bookmark = String::new();
    loop {
        let page = zy.get(&format!("/instances?limit=5{bookmark}")).data();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        zy.create("late");
        match page["bookmark"].as_str() {
            Some(text) => bookmark = format!("&bookmark={text}"),
            None => break,
        }
    }
    let expected: Vec<_> = (0..12).rev().map(|number| format!("h{number}")).collect();
    assert_eq!(seen, expected);
    assert_eq!(zy.get("/instances?bookmark=zzz").refusal(), (400, "BOOKMARK_IS_NOT_VALID"));
}

#[test]
fn a_page_has_5_to_100_and_10_if_nothing_is_said() {
    let zy = Zy::new();
    let mut body = instance("x");
    body["hostnames"] = (0..10).map(|number| json!(format!("h{number}"))).collect();
    zy.post("/instances", body.clone()).data();
    body["hostnames"] = json!(["one-more"]);
    zy.post("/instances", body).data();
    let first = zy.get("/instances").data();
    assert_eq!(names(&first).len(), 10);
    assert!(first["bookmark"].is_string());
    assert_eq!(zy.get(&format!("/instances?limit=100&region={REGION}")).data()["bookmark"], json!(null));
    for (limit, says, kind) in [
        ("4", "ensure this value is greater than or equal to 5", "value_error.number.not_ge"),
        ("101", "ensure this value is less than or equal to 100", "value_error.number.not_le"),
        ("many", "value is not a valid integer", "type_error.integer"),
    ] {
        let errors = zy.get(&format!("/instances?limit={limit}")).errors();
        assert_eq!(errors, [(r#"["query","limit"]"#.into(), says.into(), kind.into())]);
    }
}
