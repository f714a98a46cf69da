//! Floating IPs.

use super::{REGION, Zy, instance};
use chrono::TimeDelta;
use serde_json::{Value, json};

fn add(zy: &Zy, region: &str, count: i64) -> Vec<Value> {
    let data = zy.post("/floating-ips", json!({"regionId": region, "count": count})).data();
    data["floatingIps"].as_array().unwrap().clone()
}

fn total(zy: &Zy, query: &str) -> i64 {
    zy.get(&format!("/floating-ips?{query}")).data()["total"].as_i64().unwrap()
}

#[test]
fn addresses_come_from_the_regions_range_and_are_released() {
    let zy = Zy::new();
    let made = add(&zy, "region-456", 2);
    assert_eq!((&made[0]["ip"], &made[0]["ipAddress"]), (&json!("198.19.0.10"), &json!("198.19.0.10")));
    assert_eq!((&made[1]["ip"], &made[1]["regionId"]), (&json!("198.19.0.11"), &json!(REGION)));
    let path = format!("/floating-ips/{}", made[0]["id"].as_str().unwrap());
    let update = json!({"autoRenew": false, "customerNote": "Production server IP"});
    let changed = zy.patch(&path, update).data();
    assert_eq!((&changed["autoRenew"], &changed["customerNote"]), (&json!(false), &json!("Production server IP")));
    let again = zy.patch(&path, json!({"autoRenew": true})).data();
    assert_eq!(again["customerNote"], "Production server IP");
    zy.act(&format!("{path}/release")).data();
    assert_eq!(zy.act(&format!("{path}/release")).refusal(), (404, "FAILED"));
    assert_eq!(zy.patch(&path, json!({})).refusal(), (404, "FAILED"));
    assert_eq!(add(&zy, REGION, 1)[0]["ip"], "198.19.0.10");
}

#[test]
fn every_filter_and_both_ways_to_say_the_size_of_a_page() {
    let zy = Zy::new();
    let made = add(&zy, REGION, 3);
    zy.pass(TimeDelta::hours(1));
    add(&zy, "UK-London", 9);
    zy.act(&format!("/floating-ips/{}/release", made[0]["id"].as_str().unwrap())).data();
    let first = made[1]["expiresAt"].as_i64().unwrap();
    assert_eq!(total(&zy, ""), 11);
    assert_eq!(total(&zy, "include_deleted=true"), 12);
    assert_eq!(total(&zy, "region_id=region-456"), 2);
    assert_eq!(total(&zy, "address=198.19.0.11"), 1);
    assert_eq!(total(&zy, "address=198.19.0.10"), 0);
    assert_eq!(total(&zy, &format!("expires_after={first}")), 9);
    assert_eq!(total(&zy, &format!("expires_after={}", first - 1)), 11);
    let page = |query: &str| zy.get(&format!("/floating-ips?{query}")).data()["floatingIps"].as_array().unwrap().len();
    assert_eq!((page(""), page("page=2"), page("page=3")), (10, 1, 0));
    assert_eq!((page("per_page=4&page=3"), page("limit=4&page=3"), page("per_page=1000")), (3, 3, 11));
    assert_eq!(zy.get("/floating-ips?page=0").errors().len(), 1);
}

#[test]
fn a_month_is_renewed_or_the_address_goes() {
    let zy = Zy::new();
    let made = add(&zy, REGION, 2);
    let path = format!("/floating-ips/{}", made[0]["id"].as_str().unwrap());
    zy.patch(&path, json!({"autoRenew": false})).data();
    zy.pass(TimeDelta::hours(731));
    let left = zy.get("/floating-ips").data();
    assert_eq!((&left["total"], &left["floatingIps"][0]["id"]), (&json!(1), &made[1]["id"]));
    let (before, after) =
        (made[1]["expiresAt"].as_i64().unwrap(), left["floatingIps"][0]["expiresAt"].as_i64().unwrap());
    assert_eq!(after - before, 730 * 3600);
    assert!((zy.balance() - (1000.0 - 3.0 * 2.92)).abs() < 0.011);
}

#[test]
fn an_instance_leaves_its_addresses_behind() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["floatingIPCount"] = 2.into();
    let made = zy.post("/instances", body).data();
    let id = made["instances"][0]["id"].as_str().unwrap();
    zy.delete(&format!("/instances/{id}")).data();
    let left = zy.get("/floating-ips").data();
    assert_eq!((&left["total"], &left["floatingIps"][0]["instanceId"]), (&json!(2), &Value::Null));
}

#[test]
fn a_region_gives_no_more_than_its_threshold() {
    let zy = Zy::new();
    add(&zy, REGION, 32);
    let answer = zy.post("/floating-ips", json!({"regionId": REGION, "count": 1}));
    assert_eq!(answer.refusal(), (400, "REGION_THRESHOLD_IS_EXCEEDED"));
    assert_eq!(zy.post("/floating-ips", json!({"regionId": "x", "count": 1})).refusal(), (404, "FAILED"));
    let errors = zy.post("/floating-ips", json!({"regionId": REGION, "count": 0})).errors();
    assert_eq!(errors[0].2, "value_error.number.not_ge");
}
