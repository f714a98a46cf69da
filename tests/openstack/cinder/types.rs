//! Volume types.

use crate::support::{Cloud, RequestBuilder};
use serde_json::{Value, json};

/// Sends a request as administrator and returns status, body and message.
fn admin(request: RequestBuilder<'_>) -> (u16, Value, String) {
    let answer = request.user("admin").send();
    (answer.status, answer.body.clone(), answer.message().to_owned())
}

/// Creates a volume type and returns its path.
pub fn volume_type(cloud: &Cloud, fields: Value) -> String {
    let answer = cloud.post("cinder", "/v3/types", json!({"volume_type": fields})).user("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    format!("/v3/types/{}", answer.body["volume_type"]["id"].as_str().unwrap())
}

fn names(body: &Value) -> Vec<&str> {
    body["volume_types"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn a_new_cloud_has_the_types_of_devstack() {
    let cloud = Cloud::new();
    let types = cloud.get("cinder", "/v3/types").send().body;
    assert_eq!(names(&types), ["lvmdriver-1", "multiattach", "lvmdriver-2", "__DEFAULT__"]);
    let default = cloud.get("cinder", "/v3/types/default").send().body;
    assert_eq!(default["volume_type"]["name"], "lvmdriver-1");
    assert!(default["volume_type"].get("os-volume-type-access:is_public").is_none());
}

#[test]
fn members_see_only_specs_that_do_not_describe_backends() {
    let cloud = Cloud::new();
    let path = volume_type(&cloud, json!({"name": "fast", "extra_specs": {"multiattach": "<is> True", "x": "y"}}));
    let seen = cloud.get("cinder", &path).send().body;
    assert_eq!(seen["volume_type"]["extra_specs"], json!({"multiattach": "<is> True"}));
    assert!(seen["volume_type"].get("qos_specs_id").is_none());
    let (_, seen, _) = admin(cloud.get("cinder", &path));
    assert_eq!(seen["volume_type"]["extra_specs"]["x"], "y");
    assert_eq!(cloud.get("cinder", &format!("{path}/extra_specs/x")).send().status, 404);
}

#[test]
fn a_private_type_is_visible_to_projects_with_access() {
    let cloud = Cloud::new();
    let path = volume_type(&cloud, json!({"name": "secret", "os-volume-type-access:is_public": false}));
    assert_eq!(cloud.get("cinder", &path).send().status, 404);
    let (_, demo) = cloud.token("demo");
    let action = |name: &str| cloud.post("cinder", &format!("{path}/action"), json!({name: {"project": demo}}));
    assert_eq!(admin(action("addProjectAccess")).0, 202);
    assert_eq!(admin(action("addProjectAccess")).0, 409);
    assert_eq!(cloud.get("cinder", &path).send().status, 200);
    assert_eq!(names(&cloud.get("cinder", "/v3/types").send().body)[0], "secret");
    assert_eq!(admin(action("removeProjectAccess")).0, 202);
    assert_eq!(admin(action("removeProjectAccess")).0, 404);
    assert_eq!(cloud.get("cinder", &path).send().status, 404);
}

#[test]
fn access_to_a_public_type_cannot_be_added() {
    let cloud = Cloud::new();
    let path = volume_type(&cloud, json!({"name": "open"}));
    let (_, demo) = cloud.token("demo");
    let add = json!({"addProjectAccess": {"project": demo}});
    let (status, _, message) = admin(cloud.post("cinder", &format!("{path}/action"), add));
    assert_eq!(
        (status, &*message),
        (400, "Invalid volume type: Type access modification is not applicable to public volume type.")
    );
}

#[test]
fn lists_can_be_filtered_by_is_public_and_specs() {
    let cloud = Cloud::new();
    volume_type(&cloud, json!({"name": "hidden", "os-volume-type-access:is_public": false}));
    let list = |query: &str| admin(cloud.get("cinder", &format!("/v3/types?{query}"))).1;
    assert_eq!(names(&list("is_public=False")), ["hidden"]);
    assert_eq!(names(&list("is_public=None")).len(), 5);
    assert_eq!(names(&list("extra_specs={'multiattach': '<is> True'}")), ["multiattach"]);
    assert_eq!(admin(cloud.get("cinder", "/v3/types?is_public=maybe")).2, "Invalid is_public filter [maybe]");
    let by_member = |version: &str| {
        cloud.get("cinder", "/v3/types?extra_specs={'volume_backend_name': 'lvmdriver-1'}").version(version).send().body
    };
    assert_eq!(names(&by_member("volume 3.51")).len(), 4, "the filter is ignored");
    assert_eq!(names(&by_member("volume 3.52")).len(), 0, "members cannot see this spec");
}

#[test]
fn only_administrators_can_create_types_and_names_are_unique() {
    let cloud = Cloud::new();
    let create = || cloud.post("cinder", "/v3/types", json!({"volume_type": {"name": "fast"}}));
    assert_eq!(create().send().message(), "Policy doesn't allow volume_extension:type_create to be performed.");
    assert_eq!(admin(create()).0, 200);
    let (status, _, message) = admin(create());
    assert_eq!((status, &*message), (409, "Volume Type fast already exists."));
}

#[test]
fn a_default_type_cannot_be_deleted() {
    let cloud = Cloud::new();
    let path = volume_type(&cloud, json!({"name": "fast"}));
    let id = path.rsplit('/').next().unwrap();
    let (_, demo) = cloud.token("demo");
    let default = format!("/v3/default-types/{demo}");
    let set = json!({"default_type": {"volume_type": "fast"}});
    assert_eq!(
        admin(cloud.put("cinder", &default, set).version("volume 3.62")).1["default_type"]["volume_type_id"],
        id
    );
    assert_eq!(cloud.get("cinder", "/v3/types/default").send().body["volume_type"]["name"], "fast");
    let (status, _, message) = admin(cloud.delete("cinder", &path));
    let refused = format!("The volume type {id} is a default volume type and cannot be deleted.");
    assert_eq!((status, message), (400, refused));
    assert_eq!(admin(cloud.delete("cinder", &default).version("volume 3.62")).0, 204);
    assert_eq!(admin(cloud.delete("cinder", &path)).0, 202);
    assert_eq!(cloud.get("cinder", &path).send().status, 404);
}

#[test]
fn default_types_exist_since_3_62() {
    let cloud = Cloud::new();
    assert_eq!(admin(cloud.get("cinder", "/v3/default-types").version("volume 3.61")).0, 404);
    assert_eq!(admin(cloud.get("cinder", "/v3/default-types").version("volume 3.62")).1, json!({"default_types": []}));
}

#[test]
fn the_key_of_a_spec_must_match_the_path() {
    let cloud = Cloud::new();
    let path = volume_type(&cloud, json!({"name": "fast", "extra_specs": {"a": "1"}}));
    let put = |body: Value| admin(cloud.put("cinder", &format!("{path}/extra_specs/a"), body));
    assert_eq!(put(json!({"a": "2"})).1, json!({"a": "2"}));
    assert_eq!(put(json!({"b": "2"})).2, "Request body and URI mismatch");
    assert_eq!(put(json!({"a": "2", "b": "2"})).2, "{'a': '2', 'b': '2'} has too many properties");
    assert_eq!(admin(cloud.delete("cinder", &format!("{path}/extra_specs/a"))).0, 202);
    assert_eq!(admin(cloud.get("cinder", &format!("{path}/extra_specs"))).1, json!({"extra_specs": {}}));
}

#[test]
fn a_type_has_one_encryption() {
    let cloud = Cloud::new();
    let path = format!("{}/encryption", volume_type(&cloud, json!({"name": "luks"})));
    assert_eq!(admin(cloud.get("cinder", &path)).1, json!({}));
    let body = json!({"encryption": {"provider": "luks", "key_size": "256", "control_location": "front-end"}});
    let (status, created, _) = admin(cloud.post("cinder", &path, body.clone()));
    assert_eq!((status, &created["encryption"]["key_size"]), (200, &json!(256)));
    assert_eq!(admin(cloud.post("cinder", &path, body)).0, 400);
    assert_eq!(admin(cloud.get("cinder", &format!("{path}/provider"))).1, json!({"provider": "luks"}));
    let change = json!({"encryption": {"cipher": "aes-xts-plain64"}});
    assert_eq!(admin(cloud.put("cinder", &format!("{path}/x"), change)).0, 200);
    assert_eq!(admin(cloud.get("cinder", &path)).1["cipher"], "aes-xts-plain64");
    assert_eq!(admin(cloud.delete("cinder", &format!("{path}/provider"))).0, 202);
    assert_eq!(admin(cloud.delete("cinder", &format!("{path}/provider"))).0, 404);
}
