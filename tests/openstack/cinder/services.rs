//! Services, hosts, pools and other operator APIs.

use super::volumes::volume;
use crate::support::Cloud;
use serde_json::{Value, json};

fn admin(cloud: &Cloud, path: &str, version: &str) -> Value {
    let answer = cloud.get("cinder", path).user("admin").version(version).send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[test]
fn a_disabled_service_has_a_reason_and_the_zone_stays_available() {
    let cloud = Cloud::new();
    let body = json!({"host": "cinder@lvmdriver-1", "binary": "cinder-volume", "disabled_reason": "disk"});
    let answer = cloud.put("cinder", "/v3/os-services/disable-log-reason", body).user("admin").send();
    assert_eq!((answer.status, &answer.body["disabled_reason"]), (200, &json!("disk")));
    let services = admin(&cloud, "/v3/os-services?host=cinder@lvmdriver-1", "volume 3.0")["services"].clone();
    assert_eq!((&services[0]["status"], &services[0]["disabled_reason"]), (&json!("disabled"), &json!("disk")));
    let zones = cloud.get("cinder", "/v3/os-availability-zone").send().body;
    assert_eq!(zones["availabilityZoneInfo"][0]["zoneState"]["available"], true);
}

#[test]
fn services_show_clusters_from_3_7_and_backend_states_from_3_49() {
    let cloud = Cloud::new();
    let keys = |version: &str| {
        let services = admin(&cloud, "/v3/os-services?binary=cinder-volume", version)["services"].clone();
        let service = services[0].as_object().unwrap();
        (service.contains_key("cluster"), service.contains_key("backend_state"))
    };
    assert_eq!(keys("volume 3.6"), (false, false));
    assert_eq!(keys("volume 3.48"), (true, false));
    assert_eq!(keys("volume 3.49"), (true, true));
}

#[test]
fn a_frozen_backend_cannot_be_frozen_again() {
    let cloud = Cloud::new();
    let freeze =
        || cloud.put("cinder", "/v3/os-services/freeze", json!({"host": "cinder@lvmdriver-1"})).user("admin").send();
    assert_eq!(freeze().status, 200);
    let again = freeze();
    assert_eq!(again.status, 400);
    assert_eq!(
        again.message(),
        "Invalid input received: No service could be changed: frozen in ['cinder@lvmdriver-1'] must be False to \
         failover."
    );
}

#[test]
fn a_service_of_an_unknown_host_is_not_found() {
    let cloud = Cloud::new();
    let body = json!({"host": "nowhere", "binary": "cinder-volume"});
    let answer = cloud.put("cinder", "/v3/os-services/disable", body).user("admin").send();
    assert_eq!((answer.status, answer.message()), (404, "Service cinder-volume could not be found on host nowhere."));
}

#[test]
fn pools_and_hosts_show_their_usage() {
    let cloud = Cloud::new();
    volume(&cloud, 3);
    let pools = admin(&cloud, "/v3/scheduler-stats/get_pools?detail=True", "volume 3.0")["pools"].clone();
    let allocated = |at: usize| pools[at]["capabilities"]["allocated_capacity_gb"].as_u64().unwrap();
    assert_eq!(allocated(0) + allocated(1), 3);
    let hosts = ["cinder@lvmdriver-1", "cinder@lvmdriver-2"];
    let totals = hosts.map(|host| admin(&cloud, &format!("/v3/os-hosts/{host}"), "volume 3.0"));
    let sizes = totals.iter().map(|body| body["host"][0]["resource"]["total_volume_gb"].as_str().unwrap().to_owned());
    assert_eq!(sizes.filter(|gib| gib == "3").count(), 1);
}

#[test]
fn the_error_of_a_policy_names_the_rule() {
    let cloud = Cloud::new();
    for (path, rule) in [
        ("/v3/os-services", "volume_extension:services:index"),
        ("/v3/os-hosts", "volume_extension:hosts"),
        ("/v3/scheduler-stats/get_pools", "scheduler_extension:scheduler_stats:get_pools"),
        ("/v3/capabilities/cinder", "volume_extension:capabilities"),
    ] {
        let answer = cloud.get("cinder", path).send();
        assert_eq!(answer.status, 403);
        assert_eq!(answer.message(), format!("Policy doesn't allow {rule} to be performed."));
    }
}

#[test]
fn a_volume_of_a_type_that_no_backend_fits_is_in_error() {
    let cloud = Cloud::new();
    let specs = json!({"vendor_name": "nobody"});
    let volume_type = json!({"volume_type": {"name": "odd", "extra_specs": specs}});
    assert_eq!(cloud.post("cinder", "/v3/types", volume_type).user("admin").send().status, 200);
    let body = json!({"volume": {"size": 1, "volume_type": "odd"}});
    let answer = cloud.post("cinder", "/v3/volumes", body).user("admin").send();
    let id = answer.body["volume"]["id"].as_str().unwrap().to_owned();
    cloud.pass(60);
    assert_eq!(
        cloud.get("cinder", &format!("/v3/volumes/{id}")).user("admin").send().body["volume"]["status"],
        "error"
    );
}
