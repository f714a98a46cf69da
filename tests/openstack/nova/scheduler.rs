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
