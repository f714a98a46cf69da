//! Routers: interfaces, gateways, routes.

use super::{external_network, made, make, network, refusal, subnet, text};
use crate::support::Cloud;
use serde_json::{Value, json};

/// Creates a router of the demo project and returns its id.
pub fn router(cloud: &Cloud) -> String {
    text(&make(cloud, "routers", "router", json!({"name": "r1"}))["id"])
}

/// Attaches a router to a subnet.
pub fn connect(cloud: &Cloud, router: &str, subnet: &Value) -> Value {
    let path = format!("/v2.0/routers/{router}/add_router_interface");
    let answer = cloud.put("neutron", &path, json!({"subnet_id": subnet["id"]})).send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// Gives a router an external gateway and returns the router.
pub fn set_gateway(cloud: &Cloud, router: &str, external: &str) -> Value {
    let gateway = json!({"router": {"external_gateway_info": {"network_id": external}}});
    made(cloud.put("neutron", &format!("/v2.0/routers/{router}"), gateway).send())
}

#[test]
fn a_gateway_has_an_address_of_the_external_network() {
    let cloud = Cloud::new();
    let external = external_network(&cloud);
    let router = router(&cloud);
    let shown = set_gateway(&cloud, &router, &external);
    let gateway = &shown["external_gateway_info"];
    assert_eq!((&gateway["network_id"], &gateway["enable_snat"]), (&json!(external), &json!(true)));
    assert!(text(&gateway["external_fixed_ips"][0]["ip_address"]).starts_with("198.51.100."));
    let gone = made(
        cloud
            .put("neutron", &format!("/v2.0/routers/{router}"), json!({"router": {"external_gateway_info": {}}}))
            .send(),
    );
    assert_eq!(gone["external_gateway_info"], Value::Null);
}

#[test]
fn a_gateway_must_be_an_external_network() {
    let cloud = Cloud::new();
    let (inside, router) = (network(&cloud), router(&cloud));
    let body = json!({"router": {"external_gateway_info": {"network_id": inside}}});
    let answer = cloud.put("neutron", &format!("/v2.0/routers/{router}"), body).send();
    let message = format!("Bad router request: Network {inside} is not an external network.");
    assert_eq!(refusal(&answer), (400, "BadRequest".into(), message));
}

#[test]
fn an_interface_has_the_gateway_address_of_its_subnet_and_becomes_active() {
    let cloud = Cloud::new();
    let (net, router) = (network(&cloud), router(&cloud));
    let subnet = subnet(&cloud, &net, "10.1.0.0/24");
    let interface = connect(&cloud, &router, &subnet);
    let port = format!("/v2.0/ports/{}", text(&interface["port_id"]));
    let shown = made(cloud.get("neutron", &port).send());
    assert_eq!(shown["fixed_ips"], json!([{"subnet_id": subnet["id"], "ip_address": "10.1.0.1"}]));
    assert_eq!((&shown["device_owner"], &shown["status"]), (&json!("network:router_interface"), &json!("DOWN")));
    cloud.pass(60);
    assert_eq!(made(cloud.get("neutron", &port).send())["status"], "ACTIVE");
    let answer = cloud.delete("neutron", &port).send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "ServicePortInUse"));
}

#[test]
fn interfaces_must_not_overlap() {
    let cloud = Cloud::new();
    let router = router(&cloud);
    let first = subnet(&cloud, &network(&cloud), "10.1.0.0/24");
    let second = subnet(&cloud, &network(&cloud), "10.1.0.0/16");
    connect(&cloud, &router, &first);
    let path = format!("/v2.0/routers/{router}/add_router_interface");
    let answer = cloud.put("neutron", &path, json!({"subnet_id": second["id"]})).send();
    let message = format!(
        "Bad router request: Cidr 10.1.0.0/16 of subnet {} overlaps with cidr 10.1.0.0/24 of subnet {}.",
        text(&second["id"]),
        text(&first["id"])
    );
    assert_eq!(refusal(&answer), (400, "BadRequest".into(), message));
    let again = cloud.put("neutron", &path, json!({"subnet_id": first["id"]})).send();
    assert!(refusal(&again).2.contains("Router already has a port on subnet"), "{}", again.text);
}

#[test]
fn a_router_with_interfaces_cannot_be_deleted() {
    let cloud = Cloud::new();
    let router = router(&cloud);
    let subnet = subnet(&cloud, &network(&cloud), "10.1.0.0/24");
    let port = text(&connect(&cloud, &router, &subnet)["port_id"]);
    let answer = cloud.delete("neutron", &format!("/v2.0/routers/{router}")).send();
    let message = format!("Router {router} has ports still attached: {port}");
    assert_eq!(refusal(&answer), (409, "RouterInUse".into(), message));
    let path = format!("/v2.0/routers/{router}/remove_router_interface");
    assert_eq!(cloud.put("neutron", &path, json!({"subnet_id": subnet["id"]})).send().status, 200);
    assert_eq!(cloud.get("neutron", &format!("/v2.0/ports/{port}")).send().status, 404);
    assert_eq!(cloud.delete("neutron", &format!("/v2.0/routers/{router}")).send().status, 204);
}

#[test]
fn a_route_needs_a_reachable_next_hop_and_its_interface_cannot_be_removed() {
    let cloud = Cloud::new();
    let router = router(&cloud);
    let subnet = subnet(&cloud, &network(&cloud), "10.1.0.0/24");
    connect(&cloud, &router, &subnet);
    let routes = |hop: &str| json!({"router": {"routes": [{"destination": "10.9.0.0/16", "nexthop": hop}]}});
    let path = format!("/v2.0/routers/{router}");
    let far = cloud.put("neutron", &path, routes("10.2.0.1")).send();
    assert!(refusal(&far).2.ends_with("the nexthop is not connected with router"), "{}", far.text);
    let own = cloud.put("neutron", &path, routes("10.1.0.1")).send();
    assert!(refusal(&own).2.ends_with("the nexthop is used by router"), "{}", own.text);
    let added = cloud.put("neutron", &format!("{path}/add_extraroutes"), routes("10.1.0.9")).send();
    assert_eq!(added.body["router"]["routes"][0]["nexthop"], "10.1.0.9");
    let leave = format!("{path}/remove_router_interface");
    let answer = cloud.put("neutron", &leave, json!({"subnet_id": subnet["id"]})).send();
    assert_eq!(refusal(&answer).1, "RouterInterfaceInUseByRoute");
    cloud.put("neutron", &format!("{path}/remove_extraroutes"), routes("10.1.0.9")).send();
    assert_eq!(cloud.put("neutron", &leave, json!({"subnet_id": subnet["id"]})).send().status, 200);
}

#[test]
fn only_administrators_create_distributed_routers() {
    let cloud = Cloud::new();
    let body = json!({"router": {"distributed": true}});
    let answer = cloud.post("neutron", "/v2.0/routers", body.clone()).send();
    let message = "(rule:create_router and rule:create_router:distributed) is disallowed by policy";
    assert_eq!(refusal(&answer), (403, "PolicyNotAuthorized".into(), message.into()));
    let admins = made(cloud.post("neutron", "/v2.0/routers", body).user("admin").send());
    assert_eq!(admins["distributed"], true);
    let down = cloud.put("neutron", &format!("/v2.0/routers/{}", text(&admins["id"])), json!({"router": {"ha": true}}));
    assert!(refusal(&down.user("admin").send()).2.contains("set router admin_state_up to False"));
}

#[test]
fn a_flavor_fixes_the_flags_of_a_router() {
    let cloud = Cloud::new();
    let admin = |path: &str, body: Value| cloud.post("neutron", path, body).user("admin").send();
    let driver = "neutron.services.l3_router.service_providers.single_node.SingleNodeDriver";
    let profile = made(admin("/v2.0/service_profiles", json!({"service_profile": {"driver": driver}})));
    let flavor = made(admin("/v2.0/flavors", json!({"flavor": {"name": "f", "service_type": "L3_ROUTER_NAT"}})));
    let body = |more: Value| {
        let mut router = json!({"flavor_id": flavor["id"]});
        router.as_object_mut().into_iter().for_each(|one| one.extend(more.as_object().cloned().unwrap_or_default()));
        json!({"router": router})
    };
    assert_eq!(refusal(&admin("/v2.0/routers", body(json!({})))).1, "FlavorServiceProfileBindingNotFound");
    let bind = format!("/v2.0/flavors/{}/service_profiles", text(&flavor["id"]));
    made(admin(&bind, json!({"service_profile": {"id": profile["id"]}})));
    let answer = refusal(&admin("/v2.0/routers", body(json!({"distributed": true}))));
    assert_eq!(answer.2, "Invalid input for operation: Provider single_node does not support distributed=True.");
    let router = made(admin("/v2.0/routers", body(json!({"ha": false, "admin_state_up": false}))));
    let path = format!("/v2.0/routers/{}", text(&router["id"]));
    let answer = cloud.put("neutron", &path, json!({"router": {"ha": true}})).user("admin").send();
    assert!(refusal(&answer).2.contains("on a router associated with a flavor is not supported"), "{}", answer.text);
}

#[test]
fn ha_routers_of_a_project_share_an_ha_network() {
    let cloud = Cloud::new();
    let make = || made(cloud.post("neutron", "/v2.0/routers", json!({"router": {"ha": true}})).user("admin").send());
    let (one, other) = (make(), make());
    let name = format!("HA network project {}", text(&one["project_id"]));
    let found = || {
        let list = cloud.get("neutron", "/v2.0/networks").query("name", &name).user("admin").send();
        list.body["networks"].as_array().cloned().unwrap_or_default()
    };
    let [network] = &found()[..] else { panic!("one network") };
    assert_eq!(network["project_id"], "");
    let ports = format!("/v2.0/ports?network_id={}", text(&network["id"]));
    let ports = cloud.get("neutron", &ports).user("admin").send().body["ports"].clone();
    assert_eq!(ports.as_array().map(Vec::len), Some(2));
    assert_eq!(ports[0]["device_owner"], "network:router_ha_interface");
    let remove = |router: &Value| {
        cloud.delete("neutron", &format!("/v2.0/routers/{}", text(&router["id"]))).user("admin").send().status
    };
    assert_eq!((remove(&one), found().len()), (204, 1));
    assert_eq!((remove(&other), found().len()), (204, 0));
}
