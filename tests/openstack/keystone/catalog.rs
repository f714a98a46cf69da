//! Regions, services and endpoints.

use super::projects::create;
use crate::support::Cloud;
use serde_json::json;

#[test]
fn seeded_endpoints_have_the_host_of_the_request() {
    let cloud = Cloud::new();
    let endpoints = cloud.get("keystone", "/v3/endpoints?interface=public").user("admin").send().body;
    let urls: Vec<_> =
        endpoints["endpoints"].as_array().unwrap().iter().map(|one| one["url"].as_str().unwrap()).collect();
    assert!(urls.contains(&"http://cloud.example/keystone/v3"), "{urls:?}");
    assert!(urls.contains(&"http://cloud.example/cinder/v3/%(project_id)s"), "{urls:?}");
}

#[test]
fn an_endpoint_needs_an_existing_service_and_a_valid_template() {
    let cloud = Cloud::new();
    let service = create(&cloud, "/v3/services", "service", json!({"type": "dns", "name": "designate"}));
    let create_endpoint = |service: &str, url: &str| {
        let body = json!({"endpoint": {"interface": "public", "service_id": service, "url": url, "region": "far"}});
        cloud.post("keystone", "/v3/endpoints", body).user("admin").send()
    };
    assert!(
        create_endpoint("nothing", "http://dns.example")
            .message()
            .starts_with("Expecting to find endpoint service_id in service table.")
    );
    assert_eq!(
        create_endpoint(&service, "http://dns.example/%(colour)s").message(),
        "Cannot create an endpoint with an invalid URL: http://dns.example/%(colour)s."
    );
    let created = create_endpoint(&service, "http://dns.example/$(project_id)s");
    assert_eq!((created.status, &created.body["endpoint"]["region_id"]), (201, &json!("far")));
    assert_eq!(cloud.get("keystone", "/v3/regions/far").user("admin").send().status, 200);

    let (_, project) = cloud.token("demo");
    let token = super::tokens::log_in(
        &cloud,
        super::tokens::by_password("demo", "nephos", json!({"project": {"id": project}})),
    );
    let catalog = token.body["token"]["catalog"].as_array().unwrap().clone();
    let dns = catalog.iter().find(|one| one["type"] == "dns").unwrap();
    assert_eq!(dns["endpoints"][0]["url"], format!("http://dns.example/{project}"));
}

#[test]
fn a_region_whose_child_has_endpoints_cannot_be_deleted() {
    let cloud = Cloud::new();
    for region in [json!({"id": "outer"}), json!({"id": "inner", "parent_region_id": "outer"})] {
        create(&cloud, "/v3/regions", "region", region);
    }
    let circle = cloud.patch("keystone", "/v3/regions/outer", json!({"region": {"parent_region_id": "inner"}}));
    assert_eq!(circle.user("admin").send().status, 400);
    let service = create(&cloud, "/v3/services", "service", json!({"type": "dns"}));
    let endpoint = json!({"interface": "public", "service_id": service, "url": "http://x", "region_id": "inner"});
    let endpoint = create(&cloud, "/v3/endpoints", "endpoint", endpoint);
    let remove = |path: &str| cloud.delete("keystone", path).user("admin").send().status;
    assert_eq!(remove("/v3/regions/outer"), 403);
    assert_eq!(remove(&format!("/v3/endpoints/{endpoint}")), 204);
    assert_eq!(remove("/v3/regions/outer"), 204);
    assert_eq!(cloud.get("keystone", "/v3/regions/inner").user("admin").send().status, 404);
}
