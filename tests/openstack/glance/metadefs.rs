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
