//! Segments of networks, and the ranges from which their ids come (neutron/plugins/ml2/managers.py).

use super::{made, make, network, refusal, text};
use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

fn create(cloud: &Cloud, body: Value) -> Answered {
    cloud.post("neutron", "/v2.0/networks", json!({"network": body})).user("admin").send()
}

fn tunnel(id: i64) -> Value {
    json!({"provider:network_type": "vxlan", "provider:segmentation_id": id})
}

#[test]
fn one_segment_is_shown_as_provider_attributes_and_several_as_segments() {
    let cloud = Cloud::new();
    let one = made(create(&cloud, json!({"segments": [{"provider:network_type": "local"}]})));
    assert_eq!((&one["provider:network_type"], one.get("segments")), (&json!("local"), None));
    let two = made(create(&cloud, json!({"segments": [tunnel(71), tunnel(72)]})));
    assert_eq!(two.get("provider:network_type"), None);
    let ids: Vec<_> = (0..2).map(|at| two["segments"][at]["provider:segmentation_id"].clone()).collect();
    assert_eq!(ids, [71, 72]);
    let path = format!("/v2.0/networks?provider:segmentation_id=72&id={}", text(&two["id"]));
    assert_eq!(cloud.get("neutron", &path).user("admin").send().body["networks"].as_array().map(Vec::len), Some(1));
    let again = refusal(&create(&cloud, json!({"segments": [tunnel(77), tunnel(77)]})));
    assert_eq!((again.0, again.1.as_str()), (400, "SegmentsContainDuplicateEntry"));
    let both = refusal(&create(&cloud, json!({"segments": [tunnel(78)], "provider:network_type": "local"})));
    assert_eq!(both.1, "SegmentsSetInConjunctionWithProviders");
}

#[test]
fn an_added_segment_makes_a_network_one_of_several_segments() {
    let cloud = Cloud::new();
    let net = network(&cloud);
    let segment = json!({"segment": {"network_id": net, "network_type": "vxlan", "segmentation_id": 999}});
    made(cloud.post("neutron", "/v2.0/segments", segment).user("admin").send());
    let shown = made(cloud.get("neutron", &format!("/v2.0/networks/{net}")).user("admin").send());
    assert_eq!(shown.get("provider:network_type"), None);
    assert_eq!(
        shown["segments"][1],
        json!({
            "provider:network_type": "vxlan", "provider:physical_network": null, "provider:segmentation_id": 999,
        })
    );
}

#[test]
fn each_key_of_a_segment_needs_a_rule() {
    let cloud = Cloud::new();
    let body = json!({"network": {"segments": [{"provider:network_type": "local"}]}});
    let (status, _, message) = refusal(&cloud.post("neutron", "/v2.0/networks", body).send());
    assert_eq!(status, 403);
    assert_eq!(
        message,
        "(rule:create_network and (rule:create_network:segments and (rule:create_network:segments:provider:network_type \
         and rule:create_network:segments:provider:physical_network and \
         rule:create_network:segments:provider:segmentation_id))) is disallowed by policy"
    );
}

#[test]
fn ids_come_from_the_lowest_free_ones_of_the_project() {
    let cloud = Cloud::new();
    let id = |network: &Value| {
        let shown =
            made(cloud.get("neutron", &format!("/v2.0/networks/{}", text(&network["id"]))).user("admin").send());
        shown["provider:segmentation_id"].clone()
    };
    let first = make(&cloud, "networks", "network", json!({}));
    assert_eq!(id(&first), 2);
    let range = json!({"network_segment_range": {
        "name": "r", "shared": false, "project_id": first["project_id"], "network_type": "vxlan",
        "minimum": 1100, "maximum": 1105,
    }});
    let range = made(cloud.post("neutron", "/v2.0/network-segment-ranges", range).user("admin").send());
    let second = make(&cloud, "networks", "network", json!({}));
    assert_eq!(id(&second), 1100);
    let path = format!("/v2.0/network-segment-ranges/{}", text(&range["id"]));
    let answer = cloud.delete("neutron", &path).user("admin").send();
    assert_eq!(refusal(&answer).1, "NetworkSegmentRangeReferencedByProject");
    let change = |cloud: &Cloud, minimum: i64| {
        let body = json!({"network_segment_range": {"minimum": minimum}});
        cloud.put("neutron", &path, body).user("admin").send()
    };
    assert_eq!(refusal(&change(&cloud, 1101)).1, "NetworkSegmentRangeReferencedByProject");
    made(change(&cloud, 1050));
    cloud.delete("neutron", &format!("/v2.0/networks/{}", text(&second["id"]))).send();
    assert_eq!(cloud.delete("neutron", &path).user("admin").send().status, 204);
}

#[test]
fn an_mtu_below_what_a_subnet_needs_is_refused() {
    let cloud = Cloud::new();
    let body = |version: i64, net: &Value| {
        let cidr = if version == 4 { "10.71.0.0/24" } else { "2001:db8:71::/64" };
        json!({"subnet": {"network_id": net["id"], "cidr": cidr, "ip_version": version}})
    };
    for (mtu, version, least) in [(67, 4, 68), (1279, 6, 1280)] {
        let net = make(&cloud, "networks", "network", json!({"mtu": mtu}));
        let (status, kind, message) = refusal(&cloud.post("neutron", "/v2.0/subnets", body(version, &net)).send());
        assert_eq!((status, kind.as_str()), (409, "NetworkMTUSubnetConflict"));
        assert!(message.ends_with(&format!("minimum of {least}")), "{message}");
        let path = format!("/v2.0/networks/{}", text(&net["id"]));
        made(cloud.put("neutron", &path, json!({"network": {"mtu": 1400}})).send());
        made(cloud.post("neutron", "/v2.0/subnets", body(version, &net)).send());
        let answer = cloud.put("neutron", &path, json!({"network": {"mtu": mtu}})).send();
        assert_eq!(refusal(&answer).1, "NetworkMTUSubnetConflict");
    }
}

#[test]
fn the_configured_ranges_have_no_description() {
    let cloud = Cloud::new();
    let ranges = cloud.get("neutron", "/v2.0/network-segment-ranges").user("admin").send().body;
    let ranges = ranges["network_segment_ranges"].as_array().unwrap();
    assert!(!ranges.is_empty() && ranges.iter().all(|range| range["description"].is_null()), "{ranges:?}");
}
