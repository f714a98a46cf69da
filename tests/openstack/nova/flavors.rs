//! Flavors, their extra specs and the access to private flavors.

use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::{Value, json};

fn create(cloud: &Cloud, body: Value) -> Value {
    let answer = cloud.post("nova", "/v2.1/flavors", json!({"flavor": body})).user("admin").send();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["flavor"].clone()
}

#[test]
fn the_default_flavors_exist_and_lists_are_paged() {
    let cloud = Cloud::new();
    let page = cloud.get("nova", "/v2.1/flavors/detail?limit=2&sort_key=memory_mb&sort_dir=desc").send().body;
    assert_eq!((&page["flavors"][0]["name"], &page["flavors"][1]["ram"]), (&json!("m1.xlarge"), &json!(8192)));
    let next = page["flavors_links"][0]["href"].as_str().unwrap().split_once("cloud.example").unwrap().1.to_owned();
    let page = cloud.get("nova", &next).send().body;
    assert_eq!(page["flavors"][0]["name"], "m1.medium");
    let small = cloud.get("nova", "/v2.1/flavors?minRam=5000").send().body;
    assert_eq!(small["flavors"].as_array().unwrap().len(), 2);
    let unknown = cloud.get("nova", "/v2.1/flavors?marker=x").send();
    assert_eq!((unknown.status, unknown.message()), (400, "marker [x] not found"));
}

#[test]
fn a_flavor_has_the_fields_of_the_microversion() {
    let cloud = Cloud::new();
    let show = |version: &str| cloud.get("nova", "/v2.1/flavors/1").version(version).send().body["flavor"].clone();
    let (old, new) = (show("compute 2.1"), show("compute 2.102"));
    assert_eq!((&old["swap"], &old["rxtx_factor"], &old["description"]), (&json!(""), &json!(1.0), &Value::Null));
    assert_eq!((&new["swap"], new.get("rxtx_factor"), &new["extra_specs"]), (&json!(0), None, &json!({})));
}

#[test]
fn only_administrators_create_flavors_and_names_are_unique() {
    let cloud = Cloud::new();
    let body = json!({"flavor": {"name": "big", "ram": "64", "vcpus": 1, "disk": 0}});
    let refused = cloud.post("nova", "/v2.1/flavors", body.clone()).send();
    assert_eq!(refused.message(), "Policy doesn't allow os_compute_api:os-flavor-manage:create to be performed.");
    let made = create(&cloud, body["flavor"].clone());
    assert_eq!((&made["ram"], &made["os-flavor-access:is_public"]), (&json!(64), &json!(true)));
    let again = cloud.post("nova", "/v2.1/flavors", body).user("admin").send();
    assert_eq!((again.status, again.message()), (409, "Flavor with name big already exists."));
}

#[test]
fn a_private_flavor_is_visible_to_projects_with_access() {
    let cloud = Cloud::new();
    create(
        &cloud,
        json!({
            "name": "own", "id": "own", "ram": 64, "vcpus": 1, "disk": 0, "os-flavor-access:is_public": false,
        }),
    );
    assert_eq!(cloud.get("nova", "/v2.1/flavors/own").send().status, 404);
    let access = json!({"addTenantAccess": {"tenant": ids::id("project", "demo")}});
    let add_access = || cloud.post("nova", "/v2.1/flavors/own/action", access.clone()).user("admin").send();
    assert_eq!(add_access().body["flavor_access"][0]["flavor_id"], "own");
    assert_eq!(cloud.get("nova", "/v2.1/flavors/own").send().status, 200);
    assert_eq!(add_access().status, 409);
    let nobody = json!({"addTenantAccess": {"tenant": "nobody"}});
    let answer = cloud.post("nova", "/v2.1/flavors/own/action", nobody).user("admin").send();
    assert_eq!((answer.status, answer.message()), (400, "Project ID nobody is not a valid project."));
}

#[test]
fn extra_specs_are_validated_from_2_86_on() {
    let cloud = Cloud::new();
    let set = |version: &str| {
        let body = json!({"extra_specs": {"hw:cpu_policy": "x"}});
        cloud.post("nova", "/v2.1/flavors/1/os-extra_specs", body).user("admin").version(version).send()
    };
    assert_eq!(set("compute 2.85").status, 200);
    assert_eq!(set("compute 2.86").message(), "Validation failed; 'x' is not one of: dedicated, shared, mixed.");
    let other = json!({"a": "b"});
    let answer = cloud.put("nova", "/v2.1/flavors/1/os-extra_specs/c", other).user("admin").send();
    assert_eq!(answer.message(), "Request body and URI mismatch");
    let one = "/v2.1/flavors/1/os-extra_specs/hw:cpu_policy";
    assert_eq!(cloud.get("nova", one).send().body, json!({"hw:cpu_policy": "x"}));
    assert_eq!(cloud.delete("nova", one).user("admin").send().status, 200);
    assert_eq!(cloud.get("nova", one).send().message(), "Flavor 1 has no extra specs with key hw:cpu_policy.");
}

#[test]
fn the_next_page_has_the_parameters_in_the_order_of_their_names() {
    let cloud = Cloud::new();
    let next = |query: &str| {
        let page = cloud.get("nova", &format!("/v2.1/flavors?{query}")).send().body;
        page["flavors_links"][0]["href"].as_str().unwrap().split_once('?').unwrap().1.to_owned()
    };
    assert_eq!(next("sort_dir=asc&limit=1&sort_dir=desc"), "limit=1&sort_dir=desc&marker=5");
    assert_eq!(next("sort_key=flavorid&marker=1&limit=1"), "limit=1&marker=2&sort_key=flavorid");
}
