//! Networks, ports and interfaces of servers.

use super::{active, create, image, show};
use crate::support::Cloud;
use serde_json::{Value, json};

/// The id of the network with this name.
fn network(cloud: &Cloud, name: &str) -> String {
    let networks = cloud.get("neutron", &format!("/v2.0/networks?name={name}")).send().body;
    networks["networks"][0]["id"].as_str().unwrap_or_default().to_owned()
}

fn create_network(cloud: &Cloud) -> String {
    let made = cloud.post("neutron", "/v2.0/networks", json!({"network": {"name": "own"}})).send();
    let id = made.body["network"]["id"].as_str().unwrap().to_owned();
    let subnet = json!({"subnet": {"network_id": id, "ip_version": 4, "cidr": "10.9.0.0/24"}});
    assert_eq!(cloud.post("neutron", "/v2.0/subnets", subnet).send().status, 201);
    id
}

fn ports(cloud: &Cloud, server: &str) -> Vec<Value> {
    let ports = cloud.get("neutron", &format!("/v2.0/ports?device_id={server}")).send().body;
    ports["ports"].as_array().unwrap().clone()
}

#[test]
fn a_server_gets_a_port_that_is_deleted_with_it() {
    let cloud = Cloud::new();
    let network = create_network(&cloud);
    let id = active(&cloud, json!({"networks": [{"uuid": network, "fixed_ip": "10.9.0.77"}]}));
    let server = show(&cloud, &id);
    assert_eq!(server["addresses"]["own"][0]["addr"], "10.9.0.77", "{server}");
    assert_eq!(server["security_groups"], json!([{"name": "default"}]));
    let port = &ports(&cloud, &id)[0];
    assert_eq!((&port["status"], &port["device_owner"]), (&json!("ACTIVE"), &json!("compute:nova")));
    let taken = create(&cloud, json!({"networks": [{"uuid": network, "fixed_ip": "10.9.0.77"}]}));
    assert_eq!((taken.status, taken.message().contains("is already in use on instance")), (400, true));
    cloud.delete("nova", &format!("/v2.1/servers/{id}")).send();
    cloud.pass(5);
    assert!(ports(&cloud, &id).is_empty());
}

#[test]
fn a_preexisting_port_outlives_the_server() {
    let cloud = Cloud::new();
    let network = create_network(&cloud);
    let made = cloud.post("neutron", "/v2.0/ports", json!({"port": {"network_id": network}})).send();
    let port = made.body["port"]["id"].as_str().unwrap().to_owned();
    let id = active(&cloud, json!({"networks": [{"port": port}]}));
    assert_eq!(ports(&cloud, &id).len(), 1);
    let again = create(&cloud, json!({"networks": [{"port": port}]}));
    assert_eq!((again.status, again.message()), (409, format!("Port {port} is still in use.").as_str()));
    cloud.delete("nova", &format!("/v2.1/servers/{id}")).send();
    cloud.pass(5);
    let left = cloud.get("neutron", &format!("/v2.0/ports/{port}")).send();
    assert_eq!((left.status, &left.body["port"]["device_id"]), (200, &json!("")));
}

#[test]
fn interfaces_are_attached_and_detached() {
    let cloud = Cloud::new();
    let network = create_network(&cloud);
    let id = active(&cloud, json!({}));
    let path = format!("/v2.1/servers/{id}/os-interface");
    let made = cloud.post("nova", &path, json!({"interfaceAttachment": {"net_id": network}})).send();
    assert_eq!(made.status, 200, "{}", made.text);
    let port = made.body["interfaceAttachment"]["port_id"].as_str().unwrap().to_owned();
    assert_eq!(show(&cloud, &id)["addresses"]["own"].as_array().map(Vec::len), Some(1));
    assert_eq!(cloud.delete("nova", &format!("{path}/{port}")).send().status, 202);
    cloud.pass(2);
    assert_eq!(cloud.get("nova", &path).send().body["interfaceAttachments"], json!([]));
    assert_eq!(show(&cloud, &id)["addresses"], json!({}));
}

#[test]
fn unknown_networks_are_refused() {
    let cloud = Cloud::new();
    let none = "0badc0de-0000-4000-8000-000000000bad";
    let answer = create(&cloud, json!({"networks": [{"uuid": none}]}));
    assert_eq!((answer.status, answer.message()), (400, format!("Network {none} could not be found.").as_str()));
    let answer = create(&cloud, json!({"networks": [{"port": none}]}));
    assert_eq!((answer.status, answer.message()), (400, format!("Port id {none} could not be found.").as_str()));
    let answer = create(&cloud, json!({"security_groups": [{"name": "none"}]}));
    assert_eq!(answer.message(), "Unable to find security_group with name or id 'none'");
}

#[test]
fn a_server_without_networks_gets_the_only_network() {
    let cloud = Cloud::new();
    let body = json!({"server": {"name": "web", "flavorRef": "1", "imageRef": image(&cloud)}});
    let answer = cloud.post("nova", "/v2.1/servers", body).send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(5);
    let server = show(&cloud, answer.body["server"]["id"].as_str().unwrap());
    let has = network(&cloud, "private").is_empty() || server["addresses"]["private"].is_array();
    assert!(has, "{server}");
}

/// Deletes the network that the demo project has from the start.
fn delete_networks(cloud: &Cloud) {
    let private = network(cloud, "private");
    let subnets = cloud.get("neutron", &format!("/v2.0/subnets?network_id={private}")).send().body;
    let routers = cloud.get("neutron", "/v2.0/routers").send().body;
    let router = routers["routers"][0]["id"].as_str().unwrap().to_owned();
    let leave = json!({"subnet_id": subnets["subnets"][0]["id"]});
    let left = cloud.put("neutron", &format!("/v2.0/routers/{router}/remove_router_interface"), leave).send();
    assert_eq!(left.status, 200, "{}", left.text);
    let gone = cloud.delete("neutron", &format!("/v2.0/networks/{private}")).send();
    assert_eq!(gone.status, 204, "{}", gone.text);
}

#[test]
fn auto_allocates_one_network_for_all_servers_of_a_project() {
    let cloud = Cloud::new();
    delete_networks(&cloud);
    let ids = [active(&cloud, json!({"networks": "auto"})), active(&cloud, json!({"networks": "auto"}))];
    for id in &ids {
        let server = show(&cloud, id);
        let addresses = server["addresses"]["auto_allocated_network"].as_array();
        assert_eq!((server["status"].as_str(), addresses.map(Vec::len)), (Some("ACTIVE"), Some(2)), "{server}");
    }
    let made = cloud.get("neutron", "/v2.0/networks?name=auto_allocated_network").send().body;
    assert_eq!(made["networks"].as_array().map(Vec::len), Some(1));
}

#[test]
fn auto_requires_a_default_external_network() {
    let cloud = Cloud::new();
    delete_networks(&cloud);
    let public = network(&cloud, "public");
    let body = json!({"network": {"is_default": false}});
    let changed = cloud.put("neutron", &format!("/v2.0/networks/{public}"), body).user("admin").send();
    assert_eq!(changed.status, 200, "{}", changed.text);
    let refused = create(&cloud, json!({"networks": "auto"}));
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.message().starts_with("Unable to automatically allocate a network for project"));
}

#[test]
fn ports_are_named_after_their_server_until_it_goes() {
    let cloud = Cloud::new();
    let networks = cloud.get("neutron", "/v2.0/networks?name=private").send().body;
    let network = networks["networks"][0]["id"].clone();
    let own = cloud.post("neutron", "/v2.0/ports", json!({"port": {"network_id": network}})).send().body;
    let own = own["port"]["id"].as_str().unwrap().to_owned();
    let name = |id: &str| {
        let port = cloud.get("neutron", &format!("/v2.0/ports/{id}")).send().body;
        (port["port"]["dns_name"].clone(), port["port"]["dns_assignment"][0]["hostname"].clone())
    };
    let server = active(&cloud, json!({"name": "My Web_1", "networks": [{"uuid": network}, {"port": own}]}));
    let ports = cloud.get("neutron", &format!("/v2.0/ports?device_id={server}")).send().body;
    for port in ports["ports"].as_array().unwrap() {
        assert_eq!(name(port["id"].as_str().unwrap()), (json!("my-web-1"), json!("my-web-1")));
    }
    assert_eq!(ports["ports"].as_array().unwrap().len(), 2);
    cloud.delete("nova", &format!("/v2.1/servers/{server}")).send();
    cloud.pass(30);
    assert_eq!(name(&own).0, "");
}
