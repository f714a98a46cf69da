//! Allocations of servers in Placement, and the choice of their hosts.

use crate::support::Cloud;
use serde_json::json;

fn used_vcpus(cloud: &Cloud) -> i64 {
    let of = |os: &nephos::clouds::openstack::OpenStack| {
        let providers = os.placement.providers.all();
        providers.filter_map(|one| one.inventory("VCPU")).map(|vcpus| vcpus.used).sum()
    };
    cloud.state(of)
}

#[test]
fn a_server_allocates_its_flavor_until_it_is_deleted() {
    let cloud = Cloud::new();
    let server = super::server(&cloud);
    assert_eq!(used_vcpus(&cloud), 1);
    cloud.delete("nova", &server).send();
    cloud.pass(60);
    assert_eq!(used_vcpus(&cloud), 0);
}

#[test]
fn a_disabled_host_gets_no_servers() {
    let cloud = Cloud::new();
    let services = cloud.get("nova", "/v2.1/os-services").user("admin").version("compute 2.53").send().body;
    for service in services["services"].as_array().unwrap().iter().filter(|one| one["host"] == "compute1") {
        let path = format!("/v2.1/os-services/{}", service["id"].as_str().unwrap());
        let answer = cloud.put("nova", &path, json!({"status": "disabled"})).user("admin").version("compute 2.53");
        assert_eq!(answer.send().status, 200);
    }
    super::server(&cloud);
    let hosts = cloud.state(|os| os.nova.servers.all().filter_map(|one| one.host.clone()).collect::<Vec<_>>());
    assert_eq!(hosts, ["compute2".into()]);
}

#[test]
fn hosts_have_what_extra_specs_ask_for() {
    let cloud = Cloud::new();
    for (key, value, status) in [
        ("capabilities:hypervisor_type", "s== nosuch", "ERROR"),
        ("capabilities:hypervisor_type", "s== QEMU", "ACTIVE"),
        ("hypervisor_type", "s== nosuch", "ERROR"),
        ("capabilities:free_ram_mb", ">= 99999999", "ERROR"),
        ("capabilities:cpu_info:features", "<in> pge", "ACTIVE"),
        ("capabilities:nosuch", "1", "ERROR"),
        ("nosuch", "1", "ACTIVE"),
    ] {
        let flavor = json!({"flavor": {"name": format!("{key}{value}"), "ram": 64, "vcpus": 1, "disk": 1}});
        let made = cloud.post("nova", "/v2.1/flavors", flavor).user("admin").send().body;
        let id = made["flavor"]["id"].as_str().unwrap();
        let specs = json!({"extra_specs": {key: value}});
        let answer = cloud.post("nova", &format!("/v2.1/flavors/{id}/os-extra_specs"), specs).user("admin").send();
        assert_eq!(answer.status, 200, "{}", answer.text);
        let server = super::servers::active(&cloud, json!({"flavorRef": id}));
        assert_eq!(super::servers::show(&cloud, &server)["status"], status, "{key} {value}");
    }
}
