//! Accounts: access to resources, and who pays.

use super::{DOCUMENT, PRODUCT, REGION, TOKEN, Zy, instance};
use chrono::TimeDelta;
use nephos::clouds::cloudzy::Settings;
use serde_json::{Value, json};

const TEAM: &str = "nephos-team";
const STRANGER: &str = "nephos-stranger";
const KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB...";

fn id_of(zy: &Zy, token: &str) -> String {
    zy.ask_as(token, "GET", "/profile", Value::Null).data()["id"].as_str().unwrap().to_owned()
}

#[test]
fn without_a_known_token_everything_is_401() {
    let zy = Zy::new();
    for operation in zy.operations().into_iter().filter(|operation| operation.name != DOCUMENT) {
        for token in ["", "wrong"] {
            let answer = zy.send(operation.method, &operation.path, &[("api-token", token)], b"");
            assert_eq!(answer.refusal(), (401, "FAILED"), "{}", operation.name);
        }
    }
    assert_eq!(zy.send("GET", "/v1/regions", &[], b"").refusal(), (401, "FAILED"));
}

#[test]
fn the_document_of_the_api_is_shown_to_anybody() {
    let answer = Zy::new().send("GET", "/openapi.json", &[], b"");
    assert_eq!((answer.status, answer.body["openapi"].as_str()), (200, Some("3.1.0")));
}

#[test]
fn another_customers_things_are_not_found() {
    let zy = Zy::new();
    let id = zy.active("mine");
    let snapshot = zy.post("/snapshots", json!({"instanceId": id})).data();
    let ip = zy.post("/floating-ips", json!({"regionId": REGION, "count": 1})).data();
    let iso = zy.post("/iso", json!({"name": "i", "url": "https://a.example/i.iso", "regionId": REGION})).data();
    let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
    zy.post("/backups", json!({"instanceId": id, "scheduleFrequency": "daily", "periodId": 7})).data();
    for (method, path) in [
        ("GET", format!("/instances/{id}")),
        ("DELETE", format!("/instances/{id}")),
        ("POST", format!("/instances/{id}/poweroff")),
        ("POST", format!("/instances/{id}/change-pass")),
        ("GET", format!("/snapshots/{}", text(&snapshot))),
        ("DELETE", format!("/snapshots/{}", text(&snapshot))),
        ("POST", format!("/floating-ips/{}/release", text(&ip["floatingIps"][0]))),
        ("GET", format!("/iso/{}", text(&iso))),
        ("GET", format!("/backups/{id}")),
        ("GET", "/ssh-keys/101".to_owned()),
    ] {
        let answer = zy.ask_as(STRANGER, method, &path, Value::Null);
        assert_eq!(answer.refusal(), (404, "FAILED"), "{method} {path}");
    }
    let list = zy.ask_as(STRANGER, "GET", "/instances?includeDeleted=true", Value::Null).data();
    assert_eq!(list["instances"], json!([]));
    assert_eq!(zy.ask_as(STRANGER, "GET", "/snapshots", Value::Null).data()["total"], 0);
}

#[test]
fn a_customer_id_scopes_keys_and_instances() {
    let zy = Zy::new();
    let team = id_of(&zy, TEAM);
    let key = zy.post("/ssh-keys", json!({"name": "k", "publicKey": KEY, "customerId": team})).data();
    assert_eq!(key["customerId"], team.as_str());
    assert_eq!(zy.get(&format!("/ssh-keys?customerId={team}")).data()["sshKeys"], json!([key]));
    let own = zy.get("/ssh-keys").data();
    assert!(own["sshKeys"].as_array().unwrap().iter().all(|one| one["id"] != key["id"]));
    assert_eq!(zy.ask_as(TEAM, "GET", "/ssh-keys", Value::Null).data()["sshKeys"], json!([key]));

    let mut body = instance("theirs");
    body["customerId"] = team.as_str().into();
    let made = zy.post("/instances", body).data();
    let id = made["instances"][0]["id"].as_str().unwrap();
    assert_eq!(made["instances"][0]["userId"], team.as_str());
    assert_eq!(zy.ask_as(TEAM, "GET", &format!("/instances/{id}"), Value::Null).data()["id"], id);
    assert_eq!(zy.instance(id)["id"], id);
    assert_eq!(zy.get(&format!("/instances?userId={team}")).data()["instances"][0]["id"], id);

    let main = id_of(&zy, TOKEN);
    let other = id_of(&zy, STRANGER);
    for (token, customer) in [(TEAM, &main), (TOKEN, &other), (TOKEN, &"nobody".to_owned())] {
        let body = json!({"name": "k", "publicKey": KEY, "customerId": customer});
        assert_eq!(zy.ask_as(token, "POST", "/ssh-keys", body).refusal(), (404, "FAILED"));
    }
}

#[test]
fn the_parent_pays_for_its_sub_account() {
    let zy = Zy::new();
    let before = zy.balance();
    let body = json!({
        "hostnames": ["a"], "region": REGION, "productId": PRODUCT, "assignIpv6": true, "osId": "debian-12",
    });
    zy.ask_as(TEAM, "POST", "/instances", body).data();
    zy.pass(TimeDelta::hours(100));
    let spent = before - zy.balance();
    assert!(spent > 6.0, "{spent}");
    let shown = zy.ask_as(TEAM, "GET", "/profile", Value::Null).data();
    assert_eq!(shown["balance"], zy.get("/profile").data()["balance"]);
    assert_eq!(zy.ask_as(STRANGER, "GET", "/profile", Value::Null).data()["balance"], "1000.00");
}

#[test]
fn accounts_and_balance_are_those_of_the_settings() {
    let settings: Settings = toml::from_str(
        r#"
            [[account]]
            token = "t1"
            name = "ann"
            balance = 12.5
            id = "0badc0de-0000-4000-8000-000000000001"
            [[account]]
            token = "t2"
            name = "bob"
            parent = "ann"
        "#,
    )
    .unwrap();
    let zy = Zy::with(settings);
    let ann = zy.ask_as("t1", "GET", "/profile", Value::Null).data();
    assert_eq!((&ann["balance"], &ann["id"]), (&json!("12.50"), &json!("0badc0de-0000-4000-8000-000000000001")));
    assert_eq!(zy.ask_as("t2", "GET", "/profile", Value::Null).data()["parentId"], ann["id"]);
    assert_eq!(zy.get("/profile").status, 401);
    for wrong in
        ["[[account]]\ntoken = \"a\"\nparent = \"x\"", "[[account]]\ntoken = \"a\"\n[[account]]\ntoken = \"a\""]
    {
        assert!(nephos::clouds::cloudzy::seeded(toml::from_str(wrong).unwrap()).is_err());
    }
}
