//! The life of an instance.

use super::{REGION, Zy, instance};
use chrono::TimeDelta;
use serde_json::{Value, json};

fn status(zy: &Zy, id: &str) -> String {
    zy.instance(id)["status"].as_str().unwrap().to_owned()
}

#[test]
fn the_documents_example_of_a_fixed_plan_is_taken() {
    let zy = Zy::new();
    let body = json!({
        "hostnames": ["my-vps-1"], "productId": "fixed-plan-123", "region": "region-456", "class": "default",
        "extraResource": {"diskInGB": 50, "bandwidthInTB": 2}, "assignIpv4": true, "osId": "ubuntu-22.04",
        "sshKeyIds": [101, 102], "floatingIPCount": 1,
    });
    let made = zy.post("/instances", body).data()["instances"][0].clone();
    assert_eq!((&made["vcpuCount"], &made["ram"], &made["disk"]), (&json!(4), &json!(8192), &json!(170)));
    assert_eq!((&made["status"], &made["region"]), (&json!("preparing_disk"), &json!(REGION)));
    assert_eq!((&made["os"]["name"], &made["os"]["id"]), (&json!("Ubuntu 22.04"), &made["osId"]));
    assert_eq!((&made["insertedAt"], &made["mainIpv6"]), (&json!("2030-01-01T12:00:00Z"), &Value::Null));
    let ips = zy.get("/floating-ips").data();
    assert_eq!((&ips["total"], &ips["floatingIps"][0]["instanceId"]), (&json!(1), &made["id"]));
}

#[test]
fn the_documents_example_of_a_custom_configuration_is_taken() {
    let zy = Zy::new();
    let body = json!({
        "hostnames": ["custom-instance"], "region": "region-456", "class": "cpu-optimized",
        "extraResource": {"cpu": 4, "ramInGB": 8, "diskInGB": 100, "bandwidthInTB": 5},
        "osId": "ubuntu-22.04", "assignIpv4": true,
    });
    let made = zy.post("/instances", body).data()["instances"][0].clone();
    assert_eq!((&made["vcpuCount"], &made["ram"], &made["disk"]), (&json!(4), &json!(8192), &json!(100)));
    assert_eq!((&made["class"], &made["productId"]), (&json!("cpu-optimized"), &Value::Null));
}

#[test]
fn an_instance_is_prepared_initialized_and_active() {
    let zy = Zy::new();
    let id = zy.create("a");
    let mut seen = vec![status(&zy, &id)];
    for _ in 0..100 {
        zy.pass(TimeDelta::milliseconds(10));
        let now = status(&zy, &id);
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    assert_eq!(seen, ["preparing_disk", "initializing", "active"]);
    assert_eq!(zy.instance(&id)["networkStatus"], "active");
}

#[test]
fn several_hostnames_make_several_instances_with_addresses_of_their_own_or_none_at_all() {
    let zy = Zy::new();
    let mut body = instance("x");
    body["hostnames"] = json!(["a", "b", "c"]);
    body["assignIpv6"] = true.into();
    let made = zy.post("/instances", body.clone()).data();
    let mut addresses: Vec<_> =
        made["instances"].as_array().unwrap().iter().map(|one| one["mainIp"].as_str().unwrap()).collect();
    assert!(addresses.iter().all(|address| address.starts_with("198.18.")), "{addresses:?}");
    addresses.dedup();
    assert_eq!(addresses.len(), 3);
    assert_ne!(made["instances"][0]["mainIpv6"], made["instances"][1]["mainIpv6"]);

    // The stock of this product is three.
    let last = zy.state(|cloud| {
        let found = cloud.products.of(REGION).find(|one| one.name == "Standard 16").unwrap();
        found.id.to_string()
    });
    body["productId"] = last.into();
    body["hostnames"] = json!(["d", "e", "f", "g"]);
    assert_eq!(zy.post("/instances", body).refusal(), (400, "PRODUCT_IS_OUT_OF_SALES"));
    assert_eq!(zy.get("/instances").data()["instances"].as_array().unwrap().len(), 3);
}

#[test]
fn power_goes_off_and_on_and_what_is_off_is_off() {
    let zy = Zy::new();
    let id = zy.active("a");
    let act = |action: &str| zy.act(&format!("/instances/{id}/{action}"));
    act("poweron").data();
    act("poweroff").data();
    assert_eq!(act("poweron").refusal(), (409, "INSTANCE_IS_BUSY"));
    zy.run_all_due();
    assert_eq!(status(&zy, &id), "shutdown");
    act("poweroff").data();
    zy.run_all_due();
    act("poweron").data();
    zy.run_all_due();
    assert_eq!(status(&zy, &id), "active");
}

#[test]
fn a_reset_is_a_hard_reboot_that_keeps_the_disk() {
    let zy = Zy::new();
    let id = zy.active("a");
    let before = zy.instance(&id);
    zy.act(&format!("/instances/{id}/reset")).data();
    assert_eq!(status(&zy, &id), "initializing");
    zy.run_all_due();
    assert_eq!(zy.instance(&id), before);
}

#[test]
fn every_change_of_the_password_gives_another() {
    let zy = Zy::new();
    let id = zy.active("a");
    let change = || zy.act(&format!("/instances/{id}/change-pass")).data()["password"].as_str().unwrap().to_owned();
    assert_ne!(change(), change());
}

#[test]
fn another_operating_system_comes_on_a_new_disk() {
    let zy = Zy::new();
    let id = zy.active("a");
    let change = |os: &str| zy.post(&format!("/instances/{id}/change-os"), json!({"osId": os}));
    change("debian-12").data();
    assert_eq!(status(&zy, &id), "preparing_disk");
    assert_eq!(change("debian-12").refusal(), (409, "INSTANCE_IS_BUSY"));
    zy.run_all_due();
    let shown = zy.instance(&id);
    assert_eq!((&shown["status"], &shown["os"]["family"]), (&json!("active"), &json!("debian")));
    assert_eq!(change("windows-server-2025").status, 200);
    zy.run_all_due();
    assert_eq!(change("plan-9").refusal(), (404, "FAILED"));
    assert_eq!(change("ubuntu-18.04").refusal(), (404, "FAILED"));
}

#[test]
fn an_operating_system_needs_its_memory() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["productId"] = Value::Null;
    body["extraResource"] = json!({"cpu": 1, "ramInGB": 1, "diskInGB": 20, "bandwidthInTB": 1});
    body["osId"] = "windows-server-2022".into();
    assert_eq!(zy.post("/instances", body).refusal(), (400, "RAM_IS_TOO_SMALL"));
}

#[test]
fn an_application_comes_on_an_operating_system_that_it_runs_on() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["osId"] = Value::Null;
    body["appId"] = "docker".into();
    let made = zy.post("/instances", body.clone()).data()["instances"][0].clone();
    assert_eq!((&made["ocaData"]["name"], &made["os"]["name"]), (&json!("Docker"), &json!("Ubuntu 22.04")));
    body["osName"] = "Windows Server 2022".into();
    assert_eq!(zy.post("/instances", body.clone()).refusal(), (400, "OS_IS_NOT_SUPPORTED_BY_THE_APPLICATION"));
    body["osName"] = "Debian 12".into();
    assert_eq!(zy.post("/instances", body.clone()).data()["instances"][0]["os"]["name"], "Debian 12");
    body["appId"] = "nothing".into();
    assert_eq!(zy.post("/instances", body).refusal(), (404, "FAILED"));
}

#[test]
fn who_names_no_operating_system_gets_the_default_one() {
    let zy = Zy::new();
    let mut body = instance("a");
    body["osId"] = Value::Null;
    let made = zy.post("/instances", body.clone()).data();
    assert_eq!(made["instances"][0]["os"]["isDefault"], true);
    body["osId"] = "debian-12".into();
    body["osName"] = "Debian 12".into();
    assert_eq!(zy.post("/instances", body).refusal(), (400, "ONLY_ONE_SOURCE_CAN_BE_SELECTED"));
}

#[test]
fn what_a_region_does_not_have_is_refused() {
    let zy = Zy::new();
    let refused = |changes: Value| {
        let mut body = instance("a");
        body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let answer = zy.post("/instances", body);
        let (status, code) = answer.refusal();
        assert_eq!(status, if code == "FAILED" { 404 } else { 400 });
        code.to_owned()
    };
    let custom = json!({"cpu": 2, "ramInGB": 4, "diskInGB": 50, "bandwidthInTB": 1});
    let large = json!({"cpu": 2, "ramInGB": 1024, "diskInGB": 50, "bandwidthInTB": 1});
    let sold_out = zy.state(|cloud| cloud.products.of(REGION).find(|one| one.is_out_of_sales).unwrap().id.to_string());
    for (changes, code) in [
        (json!({"assignIpv4": false}), "ONE_OF_IPV4_OR_IPV6_MUST_BE_SELECTED"),
        (json!({"productId": sold_out}), "PRODUCT_IS_OUT_OF_SALES"),
        (json!({"region": "US-Dallas"}), "REGION_IS_OUT_OF_STOCK"),
        (json!({"region": "UK-London"}), "PRODUCT_IS_NOT_IN_THE_REGION"),
        (json!({"region": "SG-Singapore", "assignIpv6": true}), "REGION_DOES_NOT_SUPPORT_IT"),
        (json!({"region": "SG-Singapore", "productId": null, "extraResource": custom}), "REGION_DOES_NOT_SUPPORT_IT"),
        (json!({"region": "US-Las-Vegas", "isDdosProtected": true}), "REGION_DOES_NOT_SUPPORT_IT"),
        (json!({"region": "US-Utah", "featureIds": ["monitoring"]}), "REGION_DOES_NOT_SUPPORT_IT"),
        (json!({"productId": null, "extraResource": custom, "class": "gpu-provided"}), "REGION_DOES_NOT_SUPPORT_IT"),
        (json!({"productId": null, "extraResource": large}), "REGION_THRESHOLD_IS_EXCEEDED"),
        (json!({"region": "nowhere"}), "FAILED"),
        (json!({"productId": "nothing"}), "FAILED"),
        (json!({"sshKeyIds": [7]}), "FAILED"),
        (json!({"isoId": "nothing", "osId": null}), "FAILED"),
        (json!({"fromSnapshot": "nothing", "osId": null}), "FAILED"),
        (json!({"customerId": "nobody"}), "FAILED"),
    ] {
        assert_eq!(refused(changes.clone()), code, "{changes}");
    }
    assert_eq!(zy.get("/instances").data()["instances"], json!([]));
}

#[test]
fn deletion_is_at_once_and_frees_the_address() {
    let zy = Zy::new();
    let id = zy.create("a");
    let address = zy.instance(&id)["mainIp"].clone();
    zy.delete(&format!("/instances/{id}")).data();
    for (method, path) in [("GET", ""), ("DELETE", ""), ("POST", "/poweroff"), ("POST", "/change-pass")] {
        let answer = zy.ask_as(super::TOKEN, method, &format!("/instances/{id}{path}"), Value::Null);
        assert_eq!(answer.refusal(), (404, "FAILED"));
    }
    zy.run_all_due();
    assert_eq!(zy.get("/instances?includeDeleted=true").data()["instances"][0]["status"], "deleted");
    let next = zy.create("b");
    assert_eq!(zy.instance(&next)["mainIp"], address);
}

#[test]
fn a_region_runs_out_of_addresses() {
    let zy = Zy::new();
    zy.live
        .admin_write(|world| {
            let change = |table: &mut dyn nephos::engine::AnyTable| {
                let mut region = table.show(REGION).unwrap();
                region["ipv4_range"] = "198.18.0.0/28".into();
                table.put(region).unwrap();
            };
            world.change_table("cloudzy", "cloudzy", "regions", change).ok_or(())
        })
        .unwrap();
    let mut body = instance("x");
    body["hostnames"] = json!(["a", "b", "c", "d", "e", "f"]);
    assert_eq!(zy.post("/instances", body).refusal(), (400, "NO_IP_ADDRESS_IS_AVAILABLE"));
    assert_eq!(zy.get("/instances").data()["instances"], json!([]));
}
