//! Floating IPs and port forwardings.

use super::routers::{connect, router, set_gateway};
use super::{external_network, made, make, network, port, refusal, subnet, text};
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

/// Creates an external network, and a port whose network a router connects with it.
fn reachable(cloud: &Cloud) -> (String, Value) {
    let external = external_network(cloud);
    let net = network(cloud);
    let subnet = subnet(cloud, &net, "10.1.0.0/24");
    let router = router(cloud);
    connect(cloud, &router, &subnet);
    set_gateway(cloud, &router, &external);
    (external, port(cloud, json!({"network_id": net})))
}

fn floating(cloud: &Cloud, external: &str) -> Value {
    make(cloud, "floatingips", "floatingip", json!({"floating_network_id": external}))
}

fn associate(cloud: &Cloud, floating: &Value, port: &Value) -> Answered {
    let path = format!("/v2.0/floatingips/{}", text(&floating["id"]));
    cloud.put("neutron", &path, json!({"floatingip": {"port_id": port}})).send()
}

fn status(cloud: &Cloud, floating: &Value) -> Value {
    made(cloud.get("neutron", &format!("/v2.0/floatingips/{}", text(&floating["id"]))).send())["status"].clone()
}

#[test]
fn a_floating_ip_is_active_while_it_is_associated() {
    let cloud = Cloud::new();
    let (external, port) = reachable(&cloud);
    let floating = floating(&cloud, &external);
    assert_eq!((&floating["status"], &floating["port_id"]), (&json!("DOWN"), &Value::Null));
    let associated = made(associate(&cloud, &floating, &port["id"]));
    assert_eq!(
        (&associated["status"], &associated["fixed_ip_address"]),
        (&json!("DOWN"), &port["fixed_ips"][0]["ip_address"])
    );
    assert_eq!(associated["port_details"]["mac_address"], port["mac_address"]);
    cloud.pass(60);
    assert_eq!(status(&cloud, &floating), "ACTIVE");
    associate(&cloud, &floating, &Value::Null);
    cloud.pass(60);
    assert_eq!(status(&cloud, &floating), "DOWN");
}

#[test]
fn a_failed_association_leaves_the_floating_ip_in_error() {
    let cloud = Cloud::new();
    let (external, port) = reachable(&cloud);
    let floating = floating(&cloud, &external);
    cloud.fail("neutron.floatingip.associate", "no agent");
    associate(&cloud, &floating, &port["id"]);
    cloud.pass(60);
    assert_eq!(status(&cloud, &floating), "ERROR");
}

#[test]
fn each_address_of_a_port_has_at_most_one_floating_ip_of_a_network() {
    let cloud = Cloud::new();
    let (external, port) = reachable(&cloud);
    let (first, second) = (floating(&cloud, &external), floating(&cloud, &external));
    associate(&cloud, &first, &port["id"]);
    let answer = associate(&cloud, &second, &port["id"]);
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "FloatingIPPortAlreadyAssociated"));
}

#[test]
fn a_port_without_a_router_to_the_external_network_gets_no_floating_ip() {
    let cloud = Cloud::new();
    let external = external_network(&cloud);
    let net = network(&cloud);
    subnet(&cloud, &net, "10.1.0.0/24");
    let port = port(&cloud, json!({"network_id": net}));
    let floating = floating(&cloud, &external);
    let answer = associate(&cloud, &floating, &port["id"]);
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (404, "ExternalGatewayForFloatingIPNotFound"));
}

#[test]
fn a_gateway_stays_while_a_floating_ip_uses_it_and_a_deleted_port_frees_its_floating_ip() {
    let cloud = Cloud::new();
    let (external, port) = reachable(&cloud);
    let floating = floating(&cloud, &external);
    let router = text(&made(associate(&cloud, &floating, &port["id"]))["router_id"]);
    let no_gateway = json!({"router": {"external_gateway_info": {}}});
    let answer = cloud.put("neutron", &format!("/v2.0/routers/{router}"), no_gateway.clone()).send();
    assert_eq!(refusal(&answer).1, "RouterExternalGatewayInUseByFloatingIp");
    cloud.delete("neutron", &format!("/v2.0/ports/{}", text(&port["id"]))).send();
    let left = made(cloud.get("neutron", &format!("/v2.0/floatingips/{}", text(&floating["id"]))).send());
    assert_eq!((&left["port_id"], &left["router_id"]), (&Value::Null, &Value::Null));
    assert_eq!(cloud.put("neutron", &format!("/v2.0/routers/{router}"), no_gateway).send().status, 200);
}

#[test]
fn port_forwardings_share_a_floating_ip_and_do_not_collide() {
    let cloud = Cloud::new();
    let (external, port) = reachable(&cloud);
    let floating = floating(&cloud, &external);
    let path = format!("/v2.0/floatingips/{}/port_forwardings", text(&floating["id"]));
    let forward = |outside: i64, inside: i64| {
        let body = json!({"port_forwarding": {
            "protocol": "tcp",
            "external_port": outside,
            "internal_port": inside,
            "internal_port_id": port["id"],
            "internal_ip_address": port["fixed_ips"][0]["ip_address"],
        }});
        cloud.post("neutron", &path, body).send()
    };
    let first = made(forward(2222, 22));
    assert_eq!((&first["external_port_range"], &first["internal_port"]), (&json!("2222:2222"), &json!(22)));
    let answer = forward(2222, 23);
    let message = "Bad port_forwarding request: There is a port collision with the external_port_range. The following \
                   ranges collide: 2222:2222 and 2222:2222.";
    assert_eq!(refusal(&answer), (400, "BadRequest".into(), message.into()));
    assert_eq!(forward(8080, 80).status, 201);
    let answer = associate(&cloud, &floating, &port["id"]);
    assert_eq!(refusal(&answer).1, "FipInUseByPortForwarding");
    assert_eq!(cloud.delete("neutron", &format!("{path}/{}", text(&first["id"]))).send().status, 204);
    assert_eq!(cloud.get("neutron", &path).send().body["port_forwardings"].as_array().map(Vec::len), Some(1));
}

#[test]
fn port_forwardings_keep_their_floating_ip_and_its_router() {
    let cloud = Cloud::new();
    let (external, port) = reachable(&cloud);
    let floating = floating(&cloud, &external);
    let path = format!("/v2.0/floatingips/{}", text(&floating["id"]));
    let range = json!({"port_forwarding": {
        "protocol": "udp", "external_port_range": "30:32", "internal_port_range": "20:22",
        "internal_port_id": port["id"], "internal_ip_address": port["fixed_ips"][0]["ip_address"],
    }});
    let made_one = made(cloud.post("neutron", &format!("{path}/port_forwardings"), range).send());
    assert_eq!(made_one["external_port"], json!(null));
    let listed = cloud.get("neutron", &format!("{path}/port_forwardings")).send();
    assert_eq!(listed.body["port_forwardings"][0].get("external_port"), None);
    let shown = made(cloud.put("neutron", &path, json!({"floatingip": {"description": "x"}})).send());
    assert!(shown["router_id"].is_string(), "{shown}");
    assert_eq!(shown["port_forwardings"][0].get("external_port_range"), None);
    assert_eq!(refusal(&cloud.delete("neutron", &path).send()).1, "FipInUseByPortForwarding");
}

#[test]
fn an_empty_update_removes_the_association_of_a_floating_ip() {
    let cloud = Cloud::new();
    let (external, port) = reachable(&cloud);
    let floating = floating(&cloud, &external);
    made(associate(&cloud, &floating, &port["id"]));
    let path = format!("/v2.0/floatingips/{}", text(&floating["id"]));
    let kept = made(cloud.put("neutron", &path, json!({"floatingip": {"description": "x"}})).send());
    assert_eq!(kept["port_id"], port["id"]);
    assert_eq!(made(cloud.put("neutron", &path, json!({"floatingip": {}})).send())["port_id"], json!(null));
}
