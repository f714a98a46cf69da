//! Media types that a client accepts.

use crate::support::Cloud;

#[test]
fn neutrons_pecan_refuses_a_client_that_takes_no_json() {
    let cloud = Cloud::new();
    for (accept, path, status) in [
        ("application/xml", "/v2.0/networks", 406),
        ("text/html", "/v2.0/ports", 406),
        ("text/plain", "/v2.0/", 406),
        ("application/json", "/v2.0/networks", 200),
        ("*/*", "/v2.0/networks", 200),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "/v2.0/networks", 200),
        ("application/json;q=0.9, text/plain", "/v2.0/networks", 200),
        ("text/html", "/v2.0/networks.json", 200),
        ("text/html", "/v2.0/routers", 200),
    ] {
        let answer = cloud.get("neutron", path).header("Accept", accept).send();
        assert_eq!(answer.status, status, "{path} {accept}: {}", answer.text);
    }
    let answer = cloud.get("neutron", "/v2.0/networks").header("Accept", "text/html").send();
    assert_eq!(answer.body["NeutronError"]["type"], "HTTPNotAcceptable");
    let answer = cloud.get("neutron", "/").nobody().header("Accept", "application/xml").send();
    assert!(answer.text.starts_with("406 Not Acceptable\n\nThe resource could not be generated"), "{}", answer.text);
}

#[test]
fn other_services_send_json_all_the_same() {
    let cloud = Cloud::new();
    for (service, path) in [("nova", "/v2.1/servers"), ("glance", "/v2/images"), ("keystone", "/v3/auth/catalog")] {
        assert_eq!(cloud.get(service, path).header("Accept", "application/xml").send().status, 200, "{service}");
    }
}

#[test]
fn paths_that_neutron_does_not_know_have_the_form_of_the_layer_that_refuses() {
    let cloud = Cloud::new();
    let json = |path: &str| cloud.get("neutron", path).header("Accept", "application/json").send();
    let answer = json("/v1");
    assert_eq!((answer.status, answer.text.as_str()), (404, r#"{"code":404,"title":"Not Found","description":null}"#));
    assert_eq!(answer.header("x-openstack-request-id"), None);
    assert_eq!(json("/v2.0").body["NeutronError"]["type"], "HTTPNotFound");
    assert!(json("/v2.0/").body["resources"].is_array());
    let answer = cloud.ask("GET", "neutron", "/v2.0/routers/x/add_router_interface").send();
    assert_eq!((answer.status, answer.header("allow")), (405, Some("DELETE, HEAD, PATCH, POST, PUT")));
}
