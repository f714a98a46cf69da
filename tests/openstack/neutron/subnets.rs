//! Subnets and subnet pools.

use super::{made, make, network, port, refusal, subnet, text};
use crate::support::Cloud;
use serde_json::json;

#[test]
fn a_subnet_has_a_gateway_and_a_pool_of_all_other_addresses() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let v4 = subnet(&cloud, &network, "10.9.0.0/24");
    assert_eq!(v4["gateway_ip"], "10.9.0.1");
    assert_eq!(v4["allocation_pools"], json!([{"start": "10.9.0.2", "end": "10.9.0.254"}]));
    let v6 = subnet(&cloud, &network, "2001:db8:1::/64");
    assert_eq!(v6["allocation_pools"], json!([{"start": "2001:db8:1::1", "end": "2001:db8:1:0:ffff:ffff:ffff:ffff"}]));
    let seen = cloud.get("neutron", &format!("/v2.0/networks/{network}")).send().body["network"].clone();
    assert_eq!((seen["subnets"].as_array().map(Vec::len), &seen["revision_number"]), (Some(2), &json!(3)));
}

#[test]
fn the_details_of_an_ip_availability_count_the_whole_subnet_and_its_pools() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/24");
    let path = format!("/v2.0/network-ip-availabilities/{network}");
    let shown = cloud.get("neutron", &path).user("admin").send().body["network_ip_availability"].clone();
    assert_eq!(shown["total_ips"], 253);
    let details = &shown["subnet_ip_availability"][0]["ip_availability_details"];
    assert_eq!((&details["total_ips_in_subnet"], &details["total_ips_in_allocation_pool"]), (&json!(254), &json!(253)));
}

#[test]
fn invalid_subnets_are_refused() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/24");
    let cases = [
        (json!({"cidr": "10.9.0.128/25"}), "InvalidInput", "overlaps with another subnet"),
        (json!({"cidr": "10.8.0.0/24", "gateway_ip": "10.8.0.255"}), "InvalidInput", "Gateway is not valid on subnet"),
        (json!({"cidr": "fd00::/64"}), "InvalidInput", "does not match the ip_version '4'"),
        (json!({"cidr": "10.8.0.0/31"}), "InvalidInput", "incompatible with DHCP service enabled"),
        (
            json!({"cidr": "10.8.0.0/24", "allocation_pools": [{"start": "10.8.0.1", "end": "10.8.0.9"}]}),
            "GatewayConflictWithAllocationPools",
            "Gateway ip 10.8.0.1 conflicts with allocation pool 10.8.0.1-10.8.0.9.",
        ),
        (
            json!({"cidr": "10.8.0.0/24", "allocation_pools": [{"start": "10.7.0.1", "end": "10.8.0.9"}]}),
            "OutOfBoundsAllocationPool",
            "The allocation pool 10.7.0.1-10.8.0.9 spans beyond the subnet cidr 10.8.0.0/24.",
        ),
        (json!({}), "BadRequest", "Bad subnets request: a subnetpool must be specified in the absence of a cidr."),
    ];
    for (fields, kind, message) in cases {
        let mut body = json!({"network_id": network, "ip_version": 4});
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = cloud.post("neutron", "/v2.0/subnets", json!({"subnet": body})).send();
        let (_, error_type, text_of_error) = refusal(&answer);
        assert!(error_type == kind && text_of_error.contains(message), "{body}: {error_type}: {text_of_error}");
    }
}

#[test]
fn a_subnet_with_ports_cannot_be_deleted() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let id = text(&subnet(&cloud, &network, "10.9.0.0/24")["id"]);
    port(&cloud, json!({"network_id": network}));
    let answer = cloud.delete("neutron", &format!("/v2.0/subnets/{id}")).send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (409, "SubnetInUse"));
}

#[test]
fn subnets_are_allocated_from_a_pool_until_it_is_exhausted() {
    let cloud = Cloud::new();
    let body = json!({"name": "p", "prefixes": ["10.20.0.0/25", "10.20.0.128/25"], "default_prefixlen": 25});
    let pool = make(&cloud, "subnetpools", "subnetpool", body);
    assert_eq!(pool["prefixes"], json!(["10.20.0.0/24"]));
    let allocate = || {
        let body = json!({"network_id": network(&cloud), "ip_version": 4, "subnetpool_id": pool["id"]});
        cloud.post("neutron", "/v2.0/subnets", json!({"subnet": body})).send()
    };
    assert_eq!(allocate().body["subnet"]["cidr"], "10.20.0.0/25");
    assert_eq!(allocate().body["subnet"]["cidr"], "10.20.0.128/25");
    assert_eq!(refusal(&allocate()).1, "SubnetAllocationError");
    let answer = cloud.delete("neutron", &format!("/v2.0/subnetpools/{}", text(&pool["id"]))).send();
    assert_eq!(refusal(&answer).1, "SubnetPoolDeleteError");
}

#[test]
fn an_updated_pool_is_shown_without_null_values() {
    let cloud = Cloud::new();
    let pool = make(&cloud, "subnetpools", "subnetpool", json!({"name": "pool", "prefixes": ["10.77.0.0/16"]}));
    assert!(pool["address_scope_id"].is_null() && pool.get("default_quota").is_some());
    let path = format!("/v2.0/subnetpools/{}", text(&pool["id"]));
    let changed = made(cloud.put("neutron", &path, json!({"subnetpool": {"name": "other"}})).send());
    assert!(changed.get("address_scope_id").is_none() && changed.get("default_quota").is_none(), "{changed}");
    let changed = made(cloud.put("neutron", &path, json!({"subnetpool": {"default_quota": 300}})).send());
    assert_eq!((&changed["default_quota"], &changed["min_prefixlen"]), (&json!(300), &json!(8)));
    assert_eq!(made(cloud.get("neutron", &path).send())["min_prefixlen"], "8");
}

#[test]
fn a_network_needs_an_mtu_that_suits_its_subnets() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let path = format!("/v2.0/networks/{network}");
    let set = |mtu: i64| cloud.put("neutron", &path, json!({"network": {"mtu": mtu}})).send();
    assert_eq!(set(67).status, 200, "it has no subnet yet");
    let body = json!({"subnet": {"network_id": network, "cidr": "10.9.0.0/24", "ip_version": 4}});
    let refused = refusal(&cloud.post("neutron", "/v2.0/subnets", body).send());
    assert_eq!((refused.0, refused.1.as_str()), (409, "NetworkMTUSubnetConflict"));
    assert_eq!(set(1279).status, 200);
    subnet(&cloud, &network, "10.9.0.0/24");
    let refused = refusal(&set(67)).2;
    assert_eq!(refused, format!("MTU of {network} is not valid, subnet requires a minimum of 68"));
    let body = json!({"subnet": {"network_id": network, "cidr": "2001:db8:1::/64", "ip_version": 6}});
    let refused = refusal(&cloud.post("neutron", "/v2.0/subnets", body).send()).2;
    assert_eq!(refused, format!("MTU of {network} is not valid, subnet requires a minimum of 1280"));
}

#[test]
fn what_has_no_items_is_an_empty_list_of_a_subnet() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let made = subnet(&cloud, &network, "10.9.0.0/24");
    let path = format!("/v2.0/subnets/{}", text(&made["id"]));
    for body in [json!({"dns_nameservers": ""}), json!({"dns_nameservers": {}}), json!({"service_types": ""})] {
        let answer = cloud.put("neutron", &path, json!({"subnet": body})).send();
        let shown = &answer.body["subnet"];
        assert_eq!((&shown["dns_nameservers"], &shown["service_types"]), (&json!([]), &json!([])), "{body}");
    }
    let unknown = json!({"subnet": {"service_types": ["a"]}});
    assert_eq!(refusal(&cloud.put("neutron", &path, unknown).send()).1, "InvalidSubnetServiceType");
}

#[test]
fn a_port_gets_no_address_where_all_subnets_serve_other_devices() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let body =
        json!({"network_id": network, "cidr": "10.9.0.0/24", "ip_version": 4, "service_types": ["compute:nova"]});
    let served = text(&make(&cloud, "subnets", "subnet", body)["id"]);
    let port = |owner: &str| {
        let port = json!({"port": {"network_id": network, "device_owner": owner}});
        cloud.post("neutron", "/v2.0/ports", port).send()
    };
    let (status, kind, message) = refusal(&port(""));
    assert_eq!((status, kind.as_str()), (409, "IpAddressGenerationFailureNoMatchingSubnet"));
    let service = "No valid service subnet for the given device owner";
    assert_eq!(message, format!("{service}, network {network}, service type ."));
    let router = made(cloud.post("neutron", "/v2.0/routers", json!({"router": {"name": "r"}})).send());
    let path = format!("/v2.0/routers/{}/add_router_interface", text(&router["id"]));
    let refused = refusal(&cloud.put("neutron", &path, json!({"subnet_id": served})).send()).2;
    assert_eq!(refused, format!("{service}, network {network}, service type network:router_interface."));
    assert_eq!(made(port("compute:nova"))["fixed_ips"][0]["subnet_id"], served);
    let open = subnet(&cloud, &network, "10.8.0.0/24");
    assert_eq!(made(port(""))["fixed_ips"][0]["subnet_id"], open["id"]);
    assert_eq!(
        made(port("compute:nova"))["fixed_ips"][0]["subnet_id"],
        served,
        "subnets with service types come first"
    );
}

#[test]
fn prefixes_are_a_list_that_is_not_empty() {
    let cloud = Cloud::new();
    let pool = make(&cloud, "subnetpools", "subnetpool", json!({"name": "pool", "prefixes": ["10.77.0.0/16"]}));
    for action in ["add_prefixes", "remove_prefixes"] {
        let path = format!("/v2.0/subnetpools/{}/{action}", text(&pool["id"]));
        for body in [json!({}), json!({"prefixes": []}), json!({"prefixes": "10.0.0.0/8"})] {
            let refused = refusal(&cloud.put("neutron", &path, body.clone()).send());
            assert_eq!((refused.0, refused.2.as_str()), (400, "Request body contains invalid data"), "{action} {body}");
        }
    }
}

#[test]
fn the_subnets_that_are_added_to_a_pool_are_answered_as_a_list() {
    let cloud = Cloud::new();
    let pool = make(&cloud, "subnetpools", "subnetpool", json!({"name": "pool", "prefixes": ["10.77.0.0/16"]}));
    let network = network(&cloud);
    let made = subnet(&cloud, &network, "10.9.0.0/24");
    let path = format!("/v2.0/subnetpools/{}/onboard_network_subnets", text(&pool["id"]));
    let answer = cloud.put("neutron", &path, json!({"network_id": network})).send();
    assert_eq!(answer.body, json!([{"id": made["id"], "cidr": "10.9.0.0/24"}]));
}
