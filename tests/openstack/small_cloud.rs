//! What crosses services: a small cloud is built, used and taken away, and every service tells the same of it.

use crate::support::Cloud;
use serde_json::{Value, json};

const VERSION: &str = "compute 2.96";

/// Makes something that must be made; the value under its one key.
fn make(cloud: &Cloud, service: &'static str, path: &str, body: Value) -> Value {
    let answer =
        cloud.post(service, path, body).version(if service == "nova" { VERSION } else { "volume 3.60" }).send();
    assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.text);
    match answer.body {
        Value::Object(body) if body.len() == 1 => body.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
        body => body,
    }
}

fn show(cloud: &Cloud, service: &'static str, path: &str) -> Value {
    let answer = cloud.get(service, path).version(if service == "nova" { VERSION } else { "volume 3.60" }).send();
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    match answer.body {
        Value::Object(body) if body.len() == 1 => body.into_iter().next().map(|(_, value)| value).unwrap_or_default(),
        body => body,
    }
}

fn status(cloud: &Cloud, service: &'static str, path: &str) -> u16 {
    cloud.get(service, path).send().status
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}"))
}

/// The id of what has this name in a list.
fn named(cloud: &Cloud, service: &'static str, path: &str, name: &str) -> String {
    let all = show(cloud, service, path);
    let found = all.as_array().and_then(|all| all.iter().find(|one| one["name"] == name));
    id(found.unwrap_or_else(|| panic!("no {name} in {all}"))).to_owned()
}

fn image(cloud: &Cloud) -> String {
    let images = cloud.get("glance", "/v2/images?name=cirros").send().body;
    id(&images["images"][0]).to_owned()
}

/// A network with a subnet; its id.
fn network(cloud: &Cloud) -> String {
    let network = make(cloud, "neutron", "/v2.0/networks", json!({"network": {"name": "own"}}));
    let subnet = json!({"subnet": {"network_id": id(&network), "ip_version": 4, "cidr": "10.5.0.0/24"}});
    make(cloud, "neutron", "/v2.0/subnets", subnet);
    id(&network).to_owned()
}

/// The body of a request for a server of m1.tiny and cirros.
fn wanted(cloud: &Cloud, networks: Value) -> Value {
    json!({
        "name": "web",
        "flavorRef": named(cloud, "nova", "/v2.1/flavors", "m1.tiny"),
        "imageRef": image(cloud),
        "networks": networks,
    })
}

/// An active server on a network; its path.
fn server(cloud: &Cloud, network: &str) -> String {
    let made = make(cloud, "nova", "/v2.1/servers", json!({"server": wanted(cloud, json!([{"uuid": network}]))}));
    cloud.pass(60);
    let path = format!("/v2.1/servers/{}", id(&made));
    assert_eq!(show(cloud, "nova", &path)["status"], "ACTIVE");
    path
}

#[test]
fn a_server_has_the_address_of_its_port_until_both_are_gone() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let server = server(&cloud, &network);
    let shown = show(&cloud, "nova", &server);
    let ports = show(&cloud, "neutron", &format!("/v2.0/ports?device_id={}", id(&shown)));
    let port = &ports[0];
    assert_eq!((ports.as_array().map(Vec::len), &port["status"]), (Some(1), &json!("ACTIVE")));
    assert_eq!(port["device_owner"], format!("compute:{}", shown["OS-EXT-AZ:availability_zone"].as_str().unwrap()));
    let address = &shown["addresses"]["own"][0];
    assert_eq!(address["addr"], port["fixed_ips"][0]["ip_address"]);
    assert_eq!(address["OS-EXT-IPS-MAC:mac_addr"], port["mac_address"]);

    let path = format!("/v2.0/networks/{network}");
    assert_eq!(cloud.delete("neutron", &path).send().status, 409, "a network in use stays");
    assert_eq!(cloud.delete("nova", &server).send().status, 204);
    cloud.pass(60);
    assert_eq!(status(&cloud, "nova", &server), 404);
    assert_eq!(status(&cloud, "neutron", &format!("/v2.0/ports/{}", id(port))), 404);
    assert_eq!(cloud.delete("neutron", &path).send().status, 204, "nothing is left in it");
    assert_eq!(status(&cloud, "neutron", &path), 404);
}

#[test]
fn an_attached_volume_shows_on_both_sides() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let server = server(&cloud, &network);
    let server_id = show(&cloud, "nova", &server)["id"].clone();
    let volume = make(&cloud, "cinder", "/v3/volumes", json!({"volume": {"size": 1}}));
    let volume_path = format!("/v3/volumes/{}", id(&volume));
    cloud.pass(60);
    let attachments = format!("{server}/os-volume_attachments");
    let attachment = make(&cloud, "nova", &attachments, json!({"volumeAttachment": {"volumeId": id(&volume)}}));
    cloud.pass(60);

    let of_cinder = show(&cloud, "cinder", &volume_path);
    assert_eq!(of_cinder["status"], "in-use");
    assert_eq!(of_cinder["attachments"][0]["server_id"], server_id);
    assert_eq!(of_cinder["attachments"][0]["device"], attachment["device"]);
    assert_eq!(show(&cloud, "nova", &attachments)[0]["volumeId"], volume["id"]);
    let attached = show(&cloud, "nova", &server);
    assert_eq!(attached["os-extended-volumes:volumes_attached"][0]["id"], volume["id"]);
    assert_eq!(cloud.delete("cinder", &volume_path).send().status, 400, "an attached volume stays");

    assert_eq!(cloud.delete("nova", &format!("{attachments}/{}", id(&volume))).send().status, 202);
    cloud.pass(60);
    let after = show(&cloud, "cinder", &volume_path);
    assert_eq!((&after["status"], &after["attachments"]), (&json!("available"), &json!([])));
    assert_eq!(show(&cloud, "nova", &attachments), json!([]));
}

#[test]
fn a_deleted_server_lets_its_volumes_go() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let server = server(&cloud, &network);
    let volume = make(&cloud, "cinder", "/v3/volumes", json!({"volume": {"size": 1}}));
    cloud.pass(60);
    let body = json!({"volumeAttachment": {"volumeId": id(&volume)}});
    make(&cloud, "nova", &format!("{server}/os-volume_attachments"), body);
    cloud.pass(60);
    assert_eq!(cloud.delete("nova", &server).send().status, 204);
    cloud.pass(60);
    assert_eq!(show(&cloud, "cinder", &format!("/v3/volumes/{}", id(&volume)))["status"], "available");
}

#[test]
fn a_root_volume_ends_with_its_server_if_so_asked() {
    for ends in [true, false] {
        let cloud = Cloud::new();
        let mut body = wanted(&cloud, json!("none"));
        body["imageRef"] = json!("");
        body["block_device_mapping_v2"] = json!([{
            "boot_index": 0, "uuid": image(&cloud), "source_type": "image", "destination_type": "volume",
            "volume_size": 2, "delete_on_termination": ends,
        }]);
        let server = make(&cloud, "nova", "/v2.1/servers", json!({"server": body}));
        let path = format!("/v2.1/servers/{}", id(&server));
        cloud.pass(120);
        assert_eq!(show(&cloud, "nova", &path)["status"], "ACTIVE");
        let attached = show(&cloud, "nova", &format!("{path}/os-volume_attachments"));
        let volume = format!("/v3/volumes/{}", attached[0]["volumeId"].as_str().unwrap());
        let shown = show(&cloud, "cinder", &volume);
        assert_eq!(
            (&shown["status"], &shown["size"], &shown["bootable"]),
            (&json!("in-use"), &json!(2), &json!("true"))
        );
        assert_eq!(cloud.delete("nova", &path).send().status, 204);
        cloud.pass(120);
        match ends {
            true => assert_eq!(status(&cloud, "cinder", &volume), 404),
            false => assert_eq!(show(&cloud, "cinder", &volume)["status"], "available"),
        }
    }
}

#[test]
fn an_image_asks_for_disk_and_memory() {
    let cloud = Cloud::new();
    let ask = |minimum: &str, value: u64| {
        let image = json!({"name": "needs", "disk_format": "raw", "container_format": "bare", minimum: value});
        let image = make(&cloud, "glance", "/v2/images", image).clone();
        let path = format!("/v2/images/{}/file", id(&image));
        let bytes = cloud.ask("PUT", "glance", &path).header("Content-Type", "application/octet-stream");
        assert_eq!(bytes.bytes(b"disk".to_vec()).send().status, 204);
        cloud.pass(60);
        let mut body = wanted(&cloud, json!("none"));
        body["imageRef"] = image["id"].clone();
        cloud.post("nova", "/v2.1/servers", json!({"server": body})).version(VERSION).send()
    };
    let answer = ask("min_disk", 500);
    assert_eq!(answer.status, 400);
    assert!(
        answer.message().starts_with("Flavor's disk is smaller than the minimum size specified in image metadata.")
    );
    let answer = ask("min_ram", 50_000);
    assert_eq!((answer.status, answer.message()), (400, "Flavor's memory is too small for requested image."));
}

#[test]
fn security_groups_are_neutrons() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let group = make(&cloud, "neutron", "/v2.0/security-groups", json!({"security_group": {"name": "web"}}));
    let mut body = wanted(&cloud, json!([{"uuid": network}]));
    body["security_groups"] = json!([{"name": "web"}]);
    let server = make(&cloud, "nova", "/v2.1/servers", json!({"server": body}));
    cloud.pass(60);
    let path = format!("/v2.1/servers/{}", id(&server));
    assert_eq!(show(&cloud, "nova", &path)["security_groups"], json!([{"name": "web"}]));
    let of_server = show(&cloud, "nova", &format!("{path}/os-security-groups"));
    assert_eq!(of_server[0]["id"], group["id"]);
    let proxied = cloud.get("nova", "/v2.1/os-security-groups").version("compute 2.1").send();
    let names: Vec<&str> = proxied.body["security_groups"]
        .as_array()
        .map(|all| all.iter().filter_map(|group| group["name"].as_str()).collect())
        .unwrap_or_default();
    assert!(names.contains(&"web") && names.contains(&"default"), "{}", proxied.text);

    let group_path = format!("/v2.0/security-groups/{}", id(&group));
    assert_eq!(cloud.delete("neutron", &group_path).send().status, 409, "a group in use stays");
    assert_eq!(cloud.delete("nova", &path).send().status, 204);
    cloud.pass(60);
    assert_eq!(cloud.delete("neutron", &group_path).send().status, 204);
}

#[test]
fn placement_shows_what_a_server_uses() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let server = server(&cloud, &network);
    let shown = show(&cloud, "nova", &server);
    let allocations = |server: &str| {
        let path = format!("/allocations/{server}");
        cloud.get("placement", &path).user("admin").version("placement 1.28").send().body["allocations"].clone()
    };
    let held = allocations(id(&shown));
    let resources = held.as_object().and_then(|held| held.values().next()).map(|held| held["resources"].clone());
    assert_eq!(resources, Some(json!({"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1})));
    assert_eq!(cloud.delete("nova", &server).send().status, 204);
    cloud.pass(60);
    assert_eq!(allocations(id(&shown)), json!({}));
}

#[test]
fn a_projects_last_things_can_be_deleted() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let subnet = show(&cloud, "neutron", &format!("/v2.0/subnets?network_id={network}"))[0].clone();
    let public = named(&cloud, "neutron", "/v2.0/networks", "public");
    let router = json!({"router": {"name": "own", "external_gateway_info": {"network_id": public}}});
    let router = make(&cloud, "neutron", "/v2.0/routers", router);
    let router_path = format!("/v2.0/routers/{}", id(&router));
    let interface = json!({"subnet_id": id(&subnet)});
    let add = cloud.put("neutron", &format!("{router_path}/add_router_interface"), interface.clone()).send();
    assert_eq!(add.status, 200, "{}", add.text);
    let server = server(&cloud, &network);
    let ports = show(&cloud, "neutron", &format!("/v2.0/ports?device_id={}", id(&show(&cloud, "nova", &server))));
    let floating = json!({"floatingip": {"floating_network_id": public, "port_id": id(&ports[0])}});
    let floating = make(&cloud, "neutron", "/v2.0/floatingips", floating);
    let addresses = show(&cloud, "nova", &server)["addresses"]["own"].clone();
    assert_eq!(addresses[1]["addr"], floating["floating_ip_address"]);

    assert_eq!(cloud.delete("nova", &server).send().status, 204);
    cloud.pass(60);
    let floating_path = format!("/v2.0/floatingips/{}", id(&floating));
    assert_eq!(show(&cloud, "neutron", &floating_path)["port_id"], Value::Null);
    assert_eq!(cloud.delete("neutron", &floating_path).send().status, 204);
    let remove = cloud.put("neutron", &format!("{router_path}/remove_router_interface"), interface).send();
    assert_eq!(remove.status, 200, "{}", remove.text);
    assert_eq!(cloud.delete("neutron", &router_path).send().status, 204);
    assert_eq!(cloud.delete("neutron", &format!("/v2.0/networks/{network}")).send().status, 204);
}
