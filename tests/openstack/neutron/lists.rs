//! Queries of lists: filters, sort keys, markers and fields (neutron/api/api_common.py).

use super::{made, make, network, port, refusal, subnet, text};
use crate::support::{Answered, Cloud};
use nephos::clouds::openstack::neutron::attributes::{Attribute, ResourceType, TAG_FILTERS};
use nephos::clouds::openstack::neutron::{SERVICE, kinds};
use serde_json::{Value, json};

/// Lists as an administrator. Values of the query are not encoded.
fn list(cloud: &Cloud, path: &str, query: &str) -> Answered {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let request = cloud.get("neutron", path).user("admin");
    pairs.fold(request, |request, (name, value)| request.query(name, value)).send()
}

fn items(answer: &Answered) -> Vec<Value> {
    answer.body.as_object().and_then(|body| body.values().next()?.as_array().cloned()).unwrap_or_default()
}

/// The paths of lists, with the types of what they list.
fn lists() -> Vec<(String, &'static ResourceType)> {
    let operations = (SERVICE.operations)().into_iter().flatten();
    let lists = operations.filter(|one| one.name.ends_with(".list") && !one.path.contains('{'));
    let named = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or_default().replace('-', "_");
        kinds().iter().copied().find(|kind| kind.collection == last)
    };
    lists.filter_map(|one| Some((format!("/v2.0{}", one.path), named(one.path)?))).collect()
}

/// A value of the filter must be refused, or find nothing but rows that have it.
fn filter_is_read(cloud: &Cloud, path: &str, row: &Attribute) {
    let answer = list(cloud, path, &format!("{}=nonesuch", row.name));
    match answer.status {
        200 if row.idle_filter => {}
        // The database takes a text for the number 0 where it has numbers.
        200 => assert!(
            items(&answer).iter().all(|item| item[row.name] == 0 || item[row.name] == "nonesuch"),
            "{path}?{}: {}",
            row.name,
            answer.text
        ),
        status => assert_eq!((status, refusal(&answer).0), (400, 400), "{path}?{}", row.name),
    }
}

#[test]
fn no_list_forgets_a_query_key() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/24");
    port(&cloud, json!({"network_id": network}));
    let all = lists();
    assert!(all.len() > 25, "{} lists", all.len());
    for (path, kind) in all {
        for row in kind.rows() {
            if row.filter {
                filter_is_read(&cloud, &path, row);
            } else if !(kind.tags && TAG_FILTERS.contains(&row.name)) {
                let answer = list(&cloud, &path, &format!("{}=x", row.name));
                let expected = format!("['{}'] is invalid attribute for filtering", row.name);
                assert_eq!(refusal(&answer), (400, "HTTPBadRequest".into(), expected), "{path}");
            }
            let sorted = list(&cloud, &path, &format!("sort_key={}&sort_dir=asc", row.name)).status;
            let sorts = !kind.sorted || (row.sort && row.no_column_of.is_none());
            assert_eq!(sorted, if sorts { 200 } else { 400 }, "{path}?sort_key={}", row.name);
        }
        assert_eq!(list(&cloud, &path, "changed_since=2030-01-01T00:00:00Z").status, 400, "{path}");
        assert_eq!(list(&cloud, &path, "metadata=x&get=y").status, 200, "{path}: overlooked keys");
    }
}

#[test]
fn a_filter_that_is_no_pair_is_refused() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/24");
    port(&cloud, json!({"network_id": network}));
    for value in ["10.9.0.2", "ip_address", "=10.9.0.2"] {
        let answer = list(&cloud, "/v2.0/ports", &format!("fixed_ips={value}"));
        let message = format!("Invalid input for operation: '{value}' is not of the form <key>=[value].");
        assert_eq!(refusal(&answer), (400, "InvalidInput".into(), message));
    }
    let count = |query: &str| items(&list(&cloud, "/v2.0/ports", query)).len();
    assert_eq!(count("fixed_ips=ip_address=192.0.2.1"), 0);
    assert_eq!(count("fixed_ips= ip_address = 10.9.0.2"), 1);
    assert_eq!(count("fixed_ips=True"), count(""), "a key without a value does not filter");
}

#[test]
fn texts_are_compared_as_the_database_does() {
    let cloud = Cloud::new();
    make(&cloud, "networks", "network", json!({"name": "Häuser"}));
    for query in ["name=hauser", "name=HÄUSER", "name=hauser  "] {
        assert_eq!(items(&list(&cloud, "/v2.0/networks", query)).len(), 1, "{query}");
    }
    assert!(items(&list(&cloud, "/v2.0/networks", "name= hauser")).is_empty());
}

#[test]
fn an_unknown_marker_is_refused_only_by_some_lists() {
    let cloud = Cloud::new();
    for (path, problem) in [("networks", "NetworkNotFound"), ("ports", "PortNotFound"), ("routers", "RouterNotFound")] {
        let answer = list(&cloud, &format!("/v2.0/{path}"), "limit=1&marker=nonesuch");
        assert_eq!((answer.status, refusal(&answer).1.as_str()), (404, problem));
    }
    assert_eq!(items(&list(&cloud, "/v2.0/subnets", "limit=1&marker=nonesuch")).len(), 1);
    assert!(items(&list(&cloud, "/v2.0/network-ip-availabilities", "limit=1&marker=nonesuch")).is_empty());
}

#[test]
fn a_page_begins_behind_a_marker_that_the_filter_leaves_out() {
    let cloud = Cloud::new();
    let ids = |query: &str| -> Vec<String> {
        items(&list(&cloud, "/v2.0/networks", query)).iter().map(|one| text(&one["id"])).collect()
    };
    (0..4).for_each(|at| _ = make(&cloud, "networks", "network", json!({"name": format!("n{}", at % 2)})));
    let all = ids("name=n0&name=n1");
    let odd = ids("name=n1");
    let marker = all.iter().find(|id| !odd.contains(id)).cloned().unwrap_or_default();
    let behind: Vec<_> = odd.iter().filter(|id| **id > marker).cloned().collect();
    assert_eq!(ids(&format!("name=n1&limit=9&marker={marker}")), behind);
}

#[test]
fn lists_within_a_port_are_in_the_order_of_the_database() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    subnet(&cloud, &network, "10.9.0.0/24");
    let body = json!({
        "network_id": network,
        "fixed_ips": [{"ip_address": "10.9.0.24"}, {"ip_address": "10.9.0.23"}, {"ip_address": "10.9.0.100"}],
        "allowed_address_pairs": [{"ip_address": "10.9.1.2"}, {"ip_address": "10.9.1.1", "mac_address": "AA-BB-CC-00-00-01"}],
        "extra_dhcp_opts": null,
    });
    let port = port(&cloud, body);
    let ips: Vec<_> = port["fixed_ips"].as_array().into_iter().flatten().map(|one| text(&one["ip_address"])).collect();
    assert_eq!(ips, ["10.9.0.100", "10.9.0.23", "10.9.0.24"]);
    let pairs = json!([
        {"ip_address": "10.9.1.1", "mac_address": "aa:bb:cc:00:00:01"},
        {"ip_address": "10.9.1.2", "mac_address": port["mac_address"]},
    ]);
    assert_eq!((&port["allowed_address_pairs"], &port["extra_dhcp_opts"]), (&pairs, &json!([])));
    let again = json!({"port": {"allowed_address_pairs": [
        {"ip_address": "10.9.9.9"}, {"ip_address": "10.9.9.9", "mac_address": port["mac_address"]},
    ]}});
    let answer = cloud.put("neutron", &format!("/v2.0/ports/{}", text(&port["id"])), again).send();
    assert_eq!((answer.status, refusal(&answer).1.as_str()), (400, "DuplicateAddressPairInRequest"));
}

#[test]
fn a_refusal_names_the_rules_of_nested_attributes() {
    let cloud = Cloud::new();
    let network = network(&cloud);
    let says = |path: &str, body: Value| refusal(&cloud.post("neutron", &format!("/v2.0/{path}"), body).send()).2;
    let segments = json!({"network": {"provider:segmentation_id": 5, "segments": [{"provider:network_type": "flat"}]}});
    assert_eq!(
        says("networks", segments),
        "((rule:create_network and (rule:create_network:segments and (rule:create_network:segments:provider:network_type \
         and rule:create_network:segments:provider:physical_network and \
         rule:create_network:segments:provider:segmentation_id))) and rule:create_network:provider:segmentation_id) is \
         disallowed by policy"
    );
    assert_eq!(
        says("ports", json!({"port": {"network_id": network, "hints": {}}})),
        "(rule:create_port and (rule:create_port:hints and ())) is disallowed by policy"
    );
    assert_eq!(
        says("routers", json!({"router": {"distributed": true, "ha": true}})),
        "((rule:create_router and rule:create_router:ha) and rule:create_router:distributed) is disallowed by policy"
    );
}

#[test]
fn an_address_group_shows_its_owner_whatever_fields_says() {
    let cloud = Cloud::new();
    let group = make(&cloud, "address-groups", "address_group", json!({"name": "g"}));
    let path = format!("/v2.0/address-groups/{}?fields=name", text(&group["id"]));
    let shown = made(cloud.get("neutron", &path).send());
    assert_eq!(shown, json!({"name": "g", "tenant_id": group["tenant_id"]}));
}

#[test]
fn only_an_external_network_shows_whether_it_is_the_default() {
    let cloud = Cloud::new();
    let body = json!({"name": "one"});
    let made_now = make(&cloud, "networks", "network", body);
    assert_eq!(made_now["is_default"], json!(false), "in the answer to its creation");
    let path = format!("/v2.0/networks/{}", text(&made_now["id"]));
    assert!(made(cloud.get("neutron", &path).send()).get("is_default").is_none());
}

#[test]
fn lists_hide_items_from_callers_without_a_role_for_them() {
    let cloud = Cloud::new();
    let identity = json!({"methods": ["password"], "password": {"user": {
        "name": "demo", "domain": {"id": "default"}, "password": "nephos",
    }}});
    let body = json!({"auth": {"identity": identity, "scope": "unscoped"}});
    let token = cloud.post("keystone", "/v3/auth/tokens", body).nobody().send();
    let token = token.header("x-subject-token").unwrap().to_owned();
    for path in ["/v2.0/qos/rule-types", "/v2.0/service-providers", "/v2.0/availability_zones"] {
        let unscoped = cloud.get("neutron", path).nobody().header("X-Auth-Token", &token).send();
        assert_eq!((unscoped.status, items(&unscoped)), (200, vec![]), "{path}");
        assert!(!items(&cloud.get("neutron", path).send()).is_empty(), "{path}");
    }
    let path = "/v2.0/log/loggable-resources";
    let items = |user: &str, path: &str| items(&cloud.get("neutron", path).user(user).send()).len();
    assert_eq!((items("demo", path), items("admin", path)), (0, 1));
    let server_port = port(&cloud, json!({"network_id": network(&cloud), "device_owner": "compute:nova"}));
    let id = text(&server_port["id"]);
    let body = json!({"port": {"binding:host_id": "compute1"}});
    made(cloud.put("neutron", &format!("/v2.0/ports/{id}"), body).user("admin").send());
    let path = format!("/v2.0/ports/{id}/bindings");
    assert_eq!((items("demo", &path), items("admin", &path)), (0, 1));
}

#[test]
fn pecan_takes_an_empty_field_for_a_name_and_the_last_of_several_limits() {
    let cloud = Cloud::new();
    let id = network(&cloud);
    let one = format!("/v2.0/networks/{id}");
    assert_eq!(cloud.get("neutron", &one).query("fields", "").send().body, json!({"network": {}}));
    let body = json!({"network": {"name": "n"}});
    let changed = cloud.put("neutron", &one, body).query("fields", "id").send();
    assert_eq!(changed.body, json!({"network": {"id": id}}));
    let two = list(&cloud, "/v2.0/networks", "limit=1&limit=2");
    assert_eq!(two.body["networks"].as_array().map(Vec::len), Some(2));
    let refused = list(&cloud, "/v2.0/qos/rule-types", "type=x");
    assert_eq!(refusal(&refused).0, 400);
}
