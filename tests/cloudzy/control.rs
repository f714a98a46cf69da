//! Admin changes of scenarios and the control API: balances, accounts, regions. Includes the scenario `low-balance`
//! as a client sees it.

use super::{CLOUD, Zy, instance};
use chrono::TimeDelta;
use nephos::clouds::cloudzy;
use nephos::engine::Names;
use nephos::scenarios;
use serde_json::json;

fn names(zy: &Zy) -> Names {
    Names {
        clouds: vec![CLOUD.into()],
        services: vec![CLOUD.into()],
        operations: zy.operations().into_iter().map(|row| row.name.to_owned()).collect(),
        transitions: cloudzy::transition_names(),
        changes: cloudzy::changes::NAMES.iter().map(|name| (*name).to_owned()).collect(),
    }
}

#[test]
fn low_balance_is_460_until_somebody_pays_in() {
    let zy = Zy::new();
    let scenario = scenarios::shipped("low-balance", &names(&zy)).expect("it comes with nephos").unwrap();
    zy.live.admin_write(|world| world.apply(scenario.into())).unwrap();
    let refused = zy.post("/instances", instance("a"));
    assert_eq!(refused.status, 460, "{}", refused.text);
    assert_eq!(refused.body["data"]["customerBalance"], "3.50");
    zy.pass(TimeDelta::minutes(9));
    assert_eq!(zy.post("/instances", instance("a")).status, 460);
    zy.pass(TimeDelta::minutes(1));
    assert_eq!(zy.balance(), 103.5);
    zy.active("a");
    assert_eq!(zy.live.admin_write(|world| world.clear("low-balance")), Ok(true));
    assert!(zy.balance() > 900.0);
}

#[test]
fn three_and_a_half_dollars_are_not_enough_for_anything_that_is_for_sale() {
    let zy = Zy::new();
    zy.change("balance", json!(3.5)).unwrap();
    let regions = zy.get("/regions").data();
    for region in regions.as_array().unwrap().iter().filter(|region| region["overallActiveness"] == true) {
        let products = zy.get(&format!("/products?regionId={}", region["id"].as_str().unwrap())).data();
        for product in products.as_array().unwrap().iter().filter(|product| product["overallActiveness"] == true) {
            let mut body = instance("a");
            body["region"] = region["id"].clone();
            body["productId"] = product["id"].clone();
            assert_eq!(zy.post("/instances", body).status, 460, "{product}");
        }
    }
}

#[test]
fn an_account_is_changed_by_name_token_or_id_and_changed_back() {
    let zy = Zy::new();
    let undo = zy.change("account", json!({"name": "stranger", "balance": 7, "days": 1, "email": "s@b.example"}));
    let undo = undo.unwrap().unwrap();
    let profile = |zy: &Zy| zy.ask_as("nephos-stranger", "GET", "/profile", json!(null)).data();
    assert_eq!((&profile(&zy)["balance"], &profile(&zy)["email"]), (&json!("7.00"), &json!("s@b.example")));
    assert_eq!(zy.balance(), 1000.0);
    zy.change("account", undo).unwrap();
    assert_eq!(profile(&zy)["balance"], "1000.00");
    zy.change("top_up", json!(50.25)).unwrap();
    assert_eq!(zy.balance(), 1050.25);
    for (what, how) in [
        ("balance", json!("much")),
        ("account", json!({"balance": 1, "colour": "red"})),
        ("account", json!({"name": "nobody", "balance": 1})),
        ("account", json!({"days": -1})),
        ("regions_out_of_stock", json!(["nowhere"])),
        ("weather", json!("rain")),
    ] {
        assert!(zy.change(what, how).is_err(), "{what}");
        assert_eq!(zy.balance(), 1050.25);
    }
}

#[test]
fn a_region_runs_out_of_stock_and_comes_back() {
    let zy = Zy::new();
    let undo = zy.change("regions_out_of_stock", json!(["US-New-York", "US-Dallas"])).unwrap().unwrap();
    assert_eq!(zy.post("/instances", instance("a")).refusal(), (400, "REGION_IS_OUT_OF_STOCK"));
    zy.change("regions_out_of_stock", undo).unwrap();
    zy.create("a");
    assert!(zy.state(|cloud| cloud.regions.get("US-Dallas").unwrap().is_out_of_stock));
}
