//! Billing: prices, the balance, and what happens when it does not last.

use super::{PRODUCT, REGION, Zy, instance};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The price per hour of the product in the examples.
const HOURLY: f64 = 0.0648;

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.011
}

#[test]
fn an_instance_costs_its_price_for_every_hour_that_began() {
    let zy = Zy::new();
    let products = zy.get(&format!("/products?regionId={REGION}")).data();
    let id = zy.create("a");
    let product = products.as_array().unwrap().iter().find(|one| one["id"] == zy.instance(&id)["productId"]).unwrap();
    assert_eq!(product["priceItems"][0]["hourlyPrice"], HOURLY);
    assert!(close(zy.balance(), 1000.0 - HOURLY));
    zy.pass(TimeDelta::hours(99) + TimeDelta::minutes(30));
    assert!(close(zy.balance(), 1000.0 - 100.0 * HOURLY));
    zy.delete(&format!("/instances/{id}")).data();
    zy.pass(TimeDelta::days(100));
    assert!(close(zy.balance(), 1000.0 - 100.0 * HOURLY));
}

#[test]
fn extras_protection_and_applications_cost_beside_the_product() {
    let zy = Zy::new();
    let id = zy.create("plain");
    let price = |id: &str| zy.state(|cloud| f64::from(cloud.charges.get(id).unwrap().price));
    let plain = price(&id);
    let mut body = instance("a");
    body["extraResource"] = json!({"cpu": 1, "ramInGB": 2, "diskInGB": 50, "bandwidthInTB": 2});
    body["isDdosProtected"] = true.into();
    body["appId"] = "plesk".into();
    let made = zy.post("/instances", body).data();
    let all = price(made["instances"][0]["id"].as_str().unwrap());
    let extras = 0.006 + 2.0 * 0.004 + 50.0 * 0.0001 + 2.0 * 0.0012 + 0.005 + 0.018;
    assert!((all - plain - extras).abs() < 1e-9, "{all} {plain}");
}

#[test]
fn a_longer_cycle_is_paid_at_its_beginning_and_ends_unless_it_is_renewed() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["billingCycle"] = "monthly".into();
    zy.post("/instances", body.clone()).data();
    assert!(close(zy.balance(), 1000.0 - 730.0 * HOURLY));
    body["isSubscriptionAutoRenewEnabled"] = false.into();
    body["hostnames"] = json!(["b"]);
    zy.post("/instances", body).data();
    zy.pass(TimeDelta::hours(729));
    assert!(close(zy.balance(), 1000.0 - 2.0 * 730.0 * HOURLY));
    zy.pass(TimeDelta::hours(2));
    let left = zy.get("/instances").data();
    assert_eq!(left["instances"].as_array().unwrap().len(), 1);
    assert_eq!(left["instances"][0]["hostname"], "a");
    assert!(close(zy.balance(), 1000.0 - 3.0 * 730.0 * HOURLY));
}

#[test]
fn snapshots_floating_ips_backups_and_traffic_cost() {
    let zy = Zy::new();
    let id = zy.active("a");
    let spent = |what: &dyn Fn()| {
        let before = zy.balance();
        what();
        before - zy.balance()
    };
    let ip = spent(&|| drop(zy.post("/floating-ips", json!({"regionId": REGION, "count": 2})).data()));
    assert!(close(ip, 2.0 * 730.0 * 0.004), "{ip}");
    let traffic = spent(&|| drop(zy.post(&format!("/instances/{id}/add-traffic"), json!({"amount": 50.0})).data()));
    assert!(close(traffic, 0.1), "{traffic}");
    zy.post("/snapshots", json!({"instanceId": id})).data();
    zy.post("/backups", json!({"instanceId": id, "scheduleFrequency": "daily", "periodId": 7})).data();
    let price = |subject: &str| zy.state(|cloud| f64::from(cloud.charges.get(subject).unwrap().price));
    let snapshot = zy.get("/snapshots").data()["snapshots"][0]["id"].as_str().unwrap().to_owned();
    assert!((price(&snapshot) - 120.0 * 0.00007).abs() < 1e-9);
    assert!((price(&format!("backup:{id}")) - HOURLY * 0.3).abs() < 1e-9);
    zy.delete(&format!("/instances/{id}")).data();
    assert_eq!(zy.state(|cloud| cloud.charges.len()), 3, "two addresses and a snapshot cost on");
}

#[test]
fn a_balance_that_does_not_last_is_460_with_true_numbers() {
    let zy = Zy::new();
    zy.active("a");
    zy.active("b");
    zy.change("balance", json!(20)).unwrap();
    let answer = zy.post("/instances", instance("c"));
    assert_eq!(answer.status, 460);
    assert_eq!(answer.body["detail"], "You don't have enough balance for the selected product.");
    assert_eq!(answer.body["code"], "BALANCE_IS_NOT_SUFFICIENT");
    // Two running instances and the requested one, for five days.
    let required = answer.body["data"]["minimumRequiredBalance"].as_f64().unwrap();
    assert!(close(required, 3.0 * 120.0 * HOURLY), "{required}");
    let rest = json!({
        "minimumRequiredBalance": required, "customerBalance": "20.00", "numberOfDaysBalanceValidatedAgainst": 5,
        "activeInstanceCount": 2,
    });
    assert_eq!(answer.body["data"], rest);
    zy.change("account", json!({"days": 3, "balance": 14.5})).unwrap();
    zy.post("/instances", instance("c")).data();
}

#[test]
fn resizes_and_whatever_costs_are_refused_with_460_too() {
    let zy = Zy::new();
    let id = zy.active("a");
    zy.change("balance", json!(10)).unwrap();
    let large =
        json!({"type": "CUSTOM", "extraResource": {"cpu": 16, "ramInGB": 64, "diskInGB": 500, "bandwidthInTB": 10}});
    for (path, body) in [
        (format!("/instances/{id}/resize"), large),
        (format!("/instances/{id}/add-traffic"), json!({"amount": 5001})),
        ("/floating-ips".into(), json!({"regionId": REGION, "count": 5})),
        ("/backups".into(), json!({"instanceId": id, "scheduleFrequency": "daily", "periodId": 7})),
    ] {
        let answer = zy.post(&path, body);
        assert_eq!((answer.status, &answer.body["code"]), (460, &json!("BALANCE_IS_NOT_SUFFICIENT")), "{path}");
    }
    // A resize to the same size replaces the running charge, so the balance suffices.
    zy.post(&format!("/instances/{id}/resize"), json!({"type": "FIXED", "productId": PRODUCT})).data();
}

#[test]
fn nothing_of_what_is_refused_is_paid() {
    let zy = Zy::new();
    let before = zy.saved();
    for body in [json!({}), instance("a")] {
        zy.change("balance", json!(1)).unwrap();
        assert!(zy.post("/instances", body).status >= 400);
        zy.change("balance", json!(1000)).unwrap();
    }
    assert_eq!(zy.saved(), before);
}

#[test]
fn only_one_price_is_that_of_a_failed_build() {
    let zy = Zy::new();
    zy.fail("cloudzy.instance.prepare", "no room");
    let id = zy.create("a");
    zy.pass(TimeDelta::days(10));
    assert_eq!(zy.instance(&id)["status"], "failed");
    assert!(close(zy.balance(), 1000.0 - HOURLY));
    assert_eq!(zy.get("/profile").data()["activeInstanceCount"], Value::from(0));
}

#[test]
fn without_its_application_an_instance_and_its_backups_cost_less() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["appId"] = "plesk".into();
    let made = zy.post("/instances", body).data();
    let id = made["instances"][0]["id"].as_str().unwrap().to_owned();
    zy.run_all_due();
    zy.post("/backups", json!({"instanceId": id, "scheduleFrequency": "daily", "periodId": 7})).data();
    let prices = || {
        let price = |subject: &str| zy.state(|cloud| f64::from(cloud.charges.get(subject).unwrap().price));
        (price(&id), price(&format!("backup:{id}")))
    };
    let near = |(one, other): (f64, f64), (a, b): (f64, f64)| (one - a).abs() < 1e-5 && (other - b).abs() < 1e-5;
    let with = HOURLY + 0.018;
    assert!(near(prices(), (with, with * 0.3)), "{:?}", prices());
    zy.post(&format!("/instances/{id}/change-os"), json!({"osId": "debian-12"})).data();
    assert!(near(prices(), (HOURLY, HOURLY * 0.3)), "{:?}", prices());
}
