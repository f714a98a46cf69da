//! Ports and their addresses, and what Nova does with them.

use super::{made, make, network, port, refusal, subnet, text};
use crate::support::{CLOUD, Cloud};
use nephos::clouds::openstack::OpenStack;
use nephos::clouds::openstack::neutron::ports::{
    self,
    servers::{self, PortRequest},
};
use nephos::engine::Id;
use serde_json::json;

#[test]
fn a_port_has_an_address_a_mac_and_the_default_group() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let subnet = subnet(&cloud, &network, "10.9.0.0/24");
    let one = port(&cloud, json!({"network_id": network}));
    assert_eq!(one["fixed_ips"], json!([{"subnet_id": subnet["id"], "ip_address": "10.9.0.2"}]));
    assert!(text(&one["mac_address"]).starts_with("fa:16:3e:"));
    assert_eq!((&one["status"], one["security_groups"].as_array().map(Vec::len)), (&json!("DOWN"), Some(1)));
    assert_eq!(one["dns_assignment"][0]["fqdn"], "host-10-9-0-2.openstackgate.local.");
    assert!(one.get("binding:host_id").is_none(), "only administrators see the host");
}

#[test]
fn released_addresses_are_allocated_again() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/29");
    let ports: Vec<_> = (0..5).map(|_| port(&cloud, json!({"network_id": network}))).collect();
    let full = cloud.post("neutron", "/v2.0/ports", json!({"port": {"network_id": network}})).send();
    assert_eq!((full.status, refusal(&full).1.as_str()), (409, "IpAddressGenerationFailure"));
    let path = format!("/v2.0/ports/{}", text(&ports[2]["id"]));
    assert_eq!(cloud.delete("neutron", &path).send().status, 204);
    assert_eq!(port(&cloud, json!({"network_id": network}))["fixed_ips"], ports[2]["fixed_ips"]);
}

#[test]
fn a_requested_address_must_be_free_and_in_the_network() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let subnet = text(&subnet(&cloud, &network, "10.9.0.0/24")["id"]);
    let create_with = |ip: &str| {
        let body = json!({"port": {"network_id": network, "fixed_ips": [{"ip_address": ip}]}});
        cloud.post("neutron", "/v2.0/ports", body).send()
    };
    assert_eq!(create_with("10.9.0.77").body["port"]["fixed_ips"][0]["ip_address"], "10.9.0.77");
    assert_eq!(
        refusal(&create_with("10.9.0.77")),
        (409, "IpAddressAlreadyAllocated".into(), format!("IP address 10.9.0.77 already allocated in subnet {subnet}"))
    );
    assert_eq!(refusal(&create_with("10.8.0.1")).1, "InvalidIpForNetwork");
}

#[test]
fn a_port_in_a_slaac_subnet_has_its_eui64_address() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let body = json!({
        "network_id": network, "cidr": "2001:db8:2::/64", "ip_version": 6, "ipv6_ra_mode": "slaac",
        "ipv6_address_mode": "slaac",
    });
    super::make(&cloud, "subnets", "subnet", body);
    let body = json!({"port": {"network_id": network, "mac_address": "fa:16:3e:00:00:01"}});
    let answer = cloud.post("neutron", "/v2.0/ports", body).user("admin").send();
    assert_eq!(answer.body["port"]["fixed_ips"][0]["ip_address"], "2001:db8:2:0:f816:3eff:fe00:1");
}

#[test]
fn security_groups_and_address_pairs_need_port_security() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let one = port(&cloud, json!({"network_id": network}));
    let path = format!("/v2.0/ports/{}", text(&one["id"]));
    let off = cloud.put("neutron", &path, json!({"port": {"port_security_enabled": false}})).send();
    assert_eq!(refusal(&off).1, "PortSecurityPortHasSecurityGroup");
    let body = json!({"port": {"port_security_enabled": false, "security_groups": []}});
    assert_eq!(cloud.put("neutron", &path, body).send().body["port"]["port_security_enabled"], false);
    let pairs = json!({"port": {"allowed_address_pairs": [{"ip_address": "10.0.0.9"}]}});
    assert_eq!(refusal(&cloud.put("neutron", &path, pairs).send()).1, "AddressPairAndPortSecurityRequired");
}

#[test]
fn a_servers_port_becomes_active_on_its_host() {
    let cloud = Cloud::new();
    let (_, project) = cloud.token("demo");
    let (server, project): (Id, Id) = ("5e7e7000-0000-4000-8000-000000000001".into(), project.as_str().into());
    let made = cloud.live.write(|world| {
        let (os, mut ctx) = world.cloud_mut::<OpenStack>("gozunga").ok_or(())?;
        let network = servers::network(os, &project, "private").map(|one| one.id.clone()).ok_or(())?;
        let request = PortRequest {
            server: &server,
            project: &project,
            network: &network,
            fixed_ip: None,
            security_groups: None,
            zone: "nova",
            host: "compute1",
            dns_name: "web1",
        };
        servers::create(os, &mut ctx, &request).map_err(|_| ())
    });
    let path = format!("/v2.0/ports/{}", made.unwrap());
    let show = || cloud.get("neutron", &path).user("admin").send().body["port"].clone();
    assert_eq!((&show()["status"], &show()["binding:vif_type"]), (&json!("DOWN"), &json!("ovs")));
    assert_eq!((&show()["dns_name"], &show()["revision_number"]), (&json!("web1"), &json!(4)));
    cloud.pass(1);
    assert_eq!((&show()["status"], &show()["device_owner"]), (&json!("ACTIVE"), &json!("compute:nova")));
    assert_eq!(show()["revision_number"], 6, "the agent builds the port and then wires it");
    let addresses = cloud.state(|os| {
        servers::addresses(os, &server)
            .iter()
            .map(|one| (one.network.to_owned(), one.ip.to_owned()))
            .collect::<Vec<_>>()
    });
    assert_eq!(addresses, [("private".to_owned(), "10.11.0.3".to_owned())]);
}

#[test]
fn a_devices_ports_are_in_the_order_in_which_they_were_plugged() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let [old, older] = [0, 1].map(|_| text(&port(&cloud, json!({"network_id": network}))["id"]));
    let plug = |port: &str, device: &str| {
        let body = json!({"port": {"device_id": device}});
        let answer = cloud.put("neutron", &format!("/v2.0/ports/{port}"), body).send();
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    let of_device = |os: &OpenStack| ports::of_device(os, "vm").map(|port| port.id.to_string()).collect::<Vec<_>>();
    plug(&older, "vm");
    plug(&old, "vm");
    // Plugged where it is already, it stays in its place.
    plug(&older, "vm");
    let made = text(&port(&cloud, json!({"network_id": network, "device_id": "vm"}))["id"]);
    let order = vec![older.clone(), old.clone(), made.clone()];
    assert_eq!(cloud.state(of_device), order);
    let world = Cloud::new().live.snapshot().load(cloud.live.snapshot().save().unwrap()).expect("the file is whole");
    assert_eq!(world.cloud::<OpenStack>(CLOUD).map(of_device), Some(order));
    plug(&older, "");
    plug(&older, "vm");
    assert_eq!(cloud.state(of_device), [old, made, older]);
}

#[test]
fn a_dhcp_agent_has_a_port_on_a_network_with_dhcp() {
    let cloud = Cloud::new();
    let net = network(&cloud);
    let path = format!("/v2.0/ports?network_id={net}&device_owner=network:dhcp");
    let found =
        |cloud: &Cloud| cloud.get("neutron", &path).send().body["ports"].as_array().cloned().unwrap_or_default();
    let first = subnet(&cloud, &net, "10.81.0.0/24");
    assert!(found(&cloud).is_empty());
    cloud.pass(5);
    let [dhcp] = &found(&cloud)[..] else { panic!("one port") };
    assert_eq!((&dhcp["status"], &dhcp["fixed_ips"][0]["ip_address"]), (&json!("ACTIVE"), &json!("10.81.0.2")));
    let down = json!({"port": {"admin_state_up": false}});
    let port = format!("/v2.0/ports/{}", text(&dhcp["id"]));
    assert_eq!(made(cloud.put("neutron", &port, down).send())["status"], "DOWN");
    subnet(&cloud, &net, "10.82.0.0/24");
    cloud.pass(5);
    assert_eq!(found(&cloud)[0]["fixed_ips"].as_array().map(Vec::len), Some(2));
    let off = json!({"subnet": {"enable_dhcp": false}});
    cloud.put("neutron", &format!("/v2.0/subnets/{}", text(&first["id"])), off).send();
    cloud.pass(5);
    assert_eq!(found(&cloud)[0]["fixed_ips"][0]["ip_address"], "10.82.0.2");
    assert_eq!(cloud.delete("neutron", &format!("/v2.0/networks/{net}")).send().status, 204);
}

#[test]
fn stateful_and_stateless_security_groups_exclude_each_other() {
    let cloud = Cloud::new();
    let group = |stateful: bool| {
        text(&make(&cloud, "security-groups", "security_group", json!({"name": "g", "stateful": stateful}))["id"])
    };
    let (stateful, stateless) = (group(true), group(false));
    let net = network(&cloud);
    let body = json!({"port": {"network_id": net, "security_groups": [stateful, stateless]}});
    let answer = cloud.post("neutron", "/v2.0/ports", body).send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "SecurityGroupConflict"));
}

#[test]
fn trusted_is_part_of_the_binding_profile() {
    let cloud = Cloud::new();
    let net = network(&cloud);
    let body = json!({"port": {"network_id": net, "trusted": true}});
    let port = made(cloud.post("neutron", "/v2.0/ports", body).user("admin").send());
    assert_eq!((&port["trusted"], &port["binding:profile"]), (&json!(true), &json!({"trusted": true})));
    let path = format!("/v2.0/ports/{}", text(&port["id"]));
    let port = made(cloud.put("neutron", &path, json!({"port": {"trusted": false}})).user("admin").send());
    assert_eq!(port["binding:profile"], json!({"trusted": false}));
}

#[test]
fn a_port_on_a_host_without_an_agent_cannot_be_bound() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let path = format!("/v2.0/ports/{}", text(&port(&cloud, json!({"network_id": network}))["id"]));
    let bind = |host: &str| {
        let body = json!({"port": {"binding:host_id": host}});
        cloud.put("neutron", &path, body).user("admin").send().body["port"].clone()
    };
    let failed = bind("nowhere");
    assert_eq!((&failed["binding:vif_type"], &failed["binding:vif_details"]), (&json!("binding_failed"), &json!({})));
    assert_eq!(bind("compute1")["binding:vif_type"], "ovs");
    assert_eq!(bind("")["binding:vif_type"], "unbound");
}

#[test]
fn the_ip_allocation_of_a_port_is_that_of_its_creation() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/24");
    let made = port(&cloud, json!({"network_id": network}));
    let bare = port(&cloud, json!({"network_id": network, "fixed_ips": []}));
    assert_eq!((&made["ip_allocation"], &bare["ip_allocation"]), (&json!("immediate"), &json!("none")));
    let path = format!("/v2.0/ports/{}", text(&made["id"]));
    let answer = cloud.put("neutron", &path, json!({"port": {"fixed_ips": []}})).send();
    assert_eq!(answer.body["port"]["ip_allocation"], "immediate");
}

#[test]
fn the_profile_of_every_port_is_an_object() {
    let cloud = Cloud::new();
    let ports = cloud.get("neutron", "/v2.0/ports").user("admin").send().body;
    let ports = ports["ports"].as_array().unwrap();
    assert!(!ports.is_empty() && ports.iter().all(|port| port["binding:profile"].is_object()), "{ports:?}");
}
