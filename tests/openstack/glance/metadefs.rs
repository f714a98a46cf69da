//! Metadata definitions.

use super::user_of_another_project;
use crate::support::Cloud;
use serde_json::{Value, json};

const NAMESPACES: &str = "/v2/metadefs/namespaces";

fn create(cloud: &Cloud, path: &str, body: Value) -> u16 {
    cloud.post("glance", &format!("{NAMESPACES}{path}"), body).user("admin").send().status
}

#[test]
fn a_namespace_has_objects_properties_tags_and_resource_types() {
    let cloud = Cloud::new();
    assert_eq!(create(&cloud, "", json!({"namespace": "ns", "visibility": "public"})), 201);
    assert_eq!(create(&cloud, "", json!({"namespace": "ns"})), 409);
    assert_eq!(create(&cloud, "/ns/objects", json!({"name": "o", "required": ["p"]})), 201);
    assert_eq!(create(&cloud, "/ns/properties", json!({"name": "p", "title": "P", "type": "string"})), 201);
    assert_eq!(create(&cloud, "/ns/resource_types", json!({"name": "OS::Nova::Server", "prefix": "hw_"})), 201);
    assert_eq!(create(&cloud, "/ns/tags", json!({"tags": [{"name": "a"}, {"name": "b"}]})), 201);
    let tag = |name: &str| {
        let path = format!("{NAMESPACES}/ns/tags/{name}");
        cloud.ask("POST", "glance", &path).user("admin").send().status
    };
    assert_eq!((tag("c"), tag("C")), (201, 409));
    let namespace = cloud.get("glance", &format!("{NAMESPACES}/ns?resource_type=OS::Nova::Server")).send().body;
    assert_eq!(namespace["properties"]["hw_p"]["title"], "P");
    assert_eq!(namespace["objects"][0]["required"], json!(["hw_p"]));
    assert_eq!(namespace["tags"], json!([{"name": "c"}, {"name": "b"}, {"name": "a"}]));
}

#[test]
fn a_private_namespace_is_hidden_and_a_protected_one_is_not_deleted() {
    let cloud = Cloud::new();
    user_of_another_project(&cloud, "eve", "member");
    create(&cloud, "", json!({"namespace": "ours", "owner": cloud.token("demo").1, "protected": true}));
    let path = format!("{NAMESPACES}/ours");
    let show = |user: &str| cloud.get("glance", &path).user(user).send().status;
    assert_eq!((show("demo"), show("eve"), show("admin")), (200, 404, 200));
    assert_eq!(cloud.delete("glance", &path).send().status, 403);
    assert_eq!(cloud.delete("glance", &path).user("admin").send().status, 403);
    let body = json!({"namespace": "ours", "protected": false});
    assert_eq!(cloud.put("glance", &path, body).user("admin").send().status, 200);
    assert_eq!(cloud.delete("glance", &path).user("admin").send().status, 204);
}

#[test]
fn a_renamed_namespace_keeps_its_contents() {
    let cloud = Cloud::new();
    create(&cloud, "", json!({"namespace": "old", "objects": [{"name": "o"}]}));
    let rename = |name: &str| {
        let body = json!({"namespace": name});
        cloud.put("glance", &format!("{NAMESPACES}/old"), body).user("admin").send().status
    };
    assert_eq!((rename("OS::Compute::Quota"), rename("new")), (409, 200));
    let object = cloud.get("glance", &format!("{NAMESPACES}/new/objects/o")).user("admin").send();
    assert_eq!((object.status, &object.body["properties"]), (200, &json!({})));
}

/// The namespaces that a user sees of a new cloud, for a resource type or all.
fn seeded(cloud: &Cloud, user: &str, query: &str) -> Vec<Value> {
    let answer = cloud.get("glance", &format!("{NAMESPACES}?limit=100&{query}")).user(user).send();
    answer.body["namespaces"].as_array().unwrap().clone()
}

#[test]
fn a_new_cloud_has_upstreams_definitions() {
    let cloud = Cloud::new();
    assert_eq!((seeded(&cloud, "admin", "").len(), seeded(&cloud, "demo", "").len()), (32, 30));
    for (kind, namespaces) in [
        ("OS::Glance::Image", 20),
        ("OS::Cinder::Volume", 12),
        ("OS::Nova::Server", 4),
        ("OS::Nova::Aggregate", 8),
        ("OS::Nova::Flavor", 16),
        ("OS::Trove::Instance", 1),
    ] {
        assert_eq!(seeded(&cloud, "admin", &format!("resource_types={kind}")).len(), namespaces, "{kind}");
    }
    let one = |path: &str| cloud.get("glance", &format!("{NAMESPACES}/{path}")).user("admin").send().body;
    let shown = one("OS::Compute::Watchdog");
    assert_eq!((&shown["owner"], &shown["protected"], shown.get("updated_at")), (&json!("admin"), &json!(true), None));
    assert_eq!(shown["resource_type_associations"][1]["properties_target"], "image");
    let actions = &one("OS::Compute::Watchdog/properties/watchdog_action")["enum"];
    assert_eq!(*actions, json!(["disabled", "reset", "poweroff", "pause", "none"]));
    let shares = &one("OS::Software::WebServers/objects/Nginx")["properties"]["sw_webserver_nginx_http_port"];
    assert_eq!((&shares["default"], &shares["minimum"], &shares["maximum"]), (&json!("80"), &json!(1), &json!(65535)));
    assert_eq!(create(&cloud, "", json!({"namespace": "OS::Compute::Hypervisor"})), 409);
}

#[test]
fn limits_of_a_property_become_integers_and_defaults_become_text() {
    let cloud = Cloud::new();
    create(&cloud, "", json!({"namespace": "ns"}));
    let kept = |field: &str, value: Value| {
        let body = json!({"name": format!("{field} {value}"), "title": "T", "type": "string", field: value});
        let answer = cloud.post("glance", &format!("{NAMESPACES}/ns/properties"), body).user("admin").send();
        answer.body[field].clone()
    };
    assert_eq!((kept("minimum", json!(1.5)), kept("maximum", json!(-1.5))), (json!(1), json!(-1)));
    assert_eq!((kept("default", json!(80)), kept("default", json!(true))), (json!("80"), json!("True")));
    assert_eq!((kept("default", json!([1])), kept("default", json!("x"))), (Value::Null, json!("x")));
    let body = json!({"name": "o", "properties": {"p": {"title": "T", "type": "string", "default": 1.5}}});
    let object = cloud.post("glance", &format!("{NAMESPACES}/ns/objects"), body).user("admin").send().body;
    assert_eq!(object["properties"]["p"]["default"], "1.5");
}
