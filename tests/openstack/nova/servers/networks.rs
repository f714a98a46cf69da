//! Servers in networks.

use super::{active, create, image, show};
use crate::support::Cloud;
use serde_json::{Value, json};

/// The network with this name; its id.
fn network(cloud: &Cloud, name: &str) -> String {
    let networks = cloud.get("neutron", &format!("/v2.0/networks?name={name}")).send().body;
    networks["networks"][0]["id"].as_str().unwrap_or_default().to_owned()
}

fn own_network(cloud: &Cloud) -> String {
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
fn a_server_gets_a_port_with_an_address_that_goes_with_it() {
    let cloud = Cloud::new();
    let network = own_network(&cloud);
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
fn a_port_that_was_there_outlives_the_server() {
    let cloud = Cloud::new();
    let network = own_network(&cloud);
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
fn interfaces_come_and_go() {
    let cloud = Cloud::new();
    let network = own_network(&cloud);
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
fn networks_that_are_not_there_are_refused() {
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
fn a_server_that_names_no_network_gets_the_one_there_is() {
    let cloud = Cloud::new();
    let body = json!({"server": {"name": "web", "flavorRef": "1", "imageRef": image(&cloud)}});
    let answer = cloud.post("nova", "/v2.1/servers", body).send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(5);
    let server = show(&cloud, answer.body["server"]["id"].as_str().unwrap());
    let has = network(&cloud, "private").is_empty() || server["addresses"]["private"].is_array();
    assert!(has, "{server}");
}
