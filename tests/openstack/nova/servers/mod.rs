//! Servers: creating, listing, updating, deleting.

mod disks;
mod filters;
mod images;
mod metadata;
mod networks;

use crate::support::{Answered, Cloud};
use serde_json::{Value, json};

const TINY: &str = "1";

/// The id of the image that every cloud has from the start.
pub fn image(cloud: &Cloud) -> String {
    let images = cloud.get("glance", "/v2/images?name=cirros").send().body;
    let first = images["images"][0]["id"].as_str().map(str::to_owned);
    first.unwrap_or_else(|| cloud.get("glance", "/v2/images").send().body["images"][0]["id"].as_str().unwrap().into())
}

pub fn create(cloud: &Cloud, more: Value) -> Answered {
    let mut server = json!({"name": "web", "flavorRef": TINY, "imageRef": image(cloud), "networks": "none"});
    for (name, value) in more.as_object().unwrap() {
        server[name] = value.clone();
    }
    cloud.post("nova", "/v2.1/servers", json!({"server": server})).version("compute 2.100").send()
}

/// Creates a server and waits until it is active. Returns its id.
pub fn active(cloud: &Cloud, more: Value) -> String {
    let answer = create(cloud, more);
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(5);
    answer.body["server"]["id"].as_str().unwrap().into()
}

pub fn show(cloud: &Cloud, id: &str) -> Value {
    let answer = cloud.get("nova", &format!("/v2.1/servers/{id}")).version("compute 2.100").send();
    answer.body["server"].clone()
}

fn state(server: &Value) -> (&str, &str, &Value) {
    (
        server["status"].as_str().unwrap_or_default(),
        server["OS-EXT-STS:vm_state"].as_str().unwrap_or_default(),
        &server["OS-EXT-STS:task_state"],
    )
}

#[test]
fn a_new_server_is_scheduled_and_becomes_active() {
    let cloud = Cloud::new();
    let answer = create(&cloud, json!({}));
    assert_eq!(answer.status, 202, "{}", answer.text);
    let id = answer.body["server"]["id"].as_str().unwrap().to_owned();
    assert!(answer.body["server"]["adminPass"].as_str().is_some_and(|password| password.len() == 12));
    assert!(answer.header("Location").is_some_and(|location| location.ends_with(&id)));
    assert_eq!(state(&show(&cloud, &id)), ("BUILD", "building", &json!("scheduling")));
    cloud.pass(5);
    let server = show(&cloud, &id);
    assert_eq!(state(&server), ("ACTIVE", "active", &Value::Null));
    assert_eq!(server["OS-EXT-STS:power_state"], 1);
    assert_eq!(server["flavor"]["original_name"], "m1.tiny");
}

#[test]
fn a_server_without_a_valid_host_ends_in_error() {
    let cloud = Cloud::new();
    cloud.fail("nova.server.schedule", "");
    let id = active(&cloud, json!({}));
    let server = show(&cloud, &id);
    assert_eq!(state(&server), ("ERROR", "error", &Value::Null));
    assert_eq!(
        (&server["fault"]["code"], &server["fault"]["message"]),
        (&json!(500), &json!("No valid host was found. "))
    );
    assert!(server["fault"].get("details").is_none(), "only administrators see the details");
    assert_eq!(cloud.delete("nova", &format!("/v2.1/servers/{id}")).send().status, 204);
    assert_eq!(cloud.get("nova", &format!("/v2.1/servers/{id}")).send().status, 404);
}

#[test]
fn a_deleted_server_is_visible_briefly_and_then_to_administrators_only() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({}));
    assert_eq!(cloud.delete("nova", &format!("/v2.1/servers/{id}")).send().status, 204);
    assert_eq!(state(&show(&cloud, &id)), ("ACTIVE", "active", &json!("deleting")));
    cloud.pass(5);
    let answer = cloud.get("nova", &format!("/v2.1/servers/{id}")).send();
    assert_eq!((answer.status, answer.message()), (404, format!("Instance {id} could not be found.").as_str()));
    let deleted = |user: &str| {
        let list = cloud.get("nova", "/v2.1/servers?deleted=true&all_tenants=1").user(user).send();
        list.body["servers"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(deleted("admin"), 1);
}

#[test]
fn several_servers_are_created_at_once_and_numbered() {
    let cloud = Cloud::new();
    let answer = create(&cloud, json!({"min_count": 2, "max_count": 3, "return_reservation_id": true}));
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert!(answer.body["reservation_id"].as_str().is_some_and(|id| id.starts_with("r-")));
    cloud.pass(5);
    let list = cloud.get("nova", "/v2.1/servers?sort_key=display_name&sort_dir=asc").send().body;
    let names: Vec<_> = list["servers"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["web-1", "web-2", "web-3"]);
}

#[test]
fn the_quota_of_instances_is_enforced() {
    let cloud = Cloud::new();
    let answer = create(&cloud, json!({"min_count": 11}));
    assert_eq!(answer.status, 403);
    assert_eq!(answer.message(), "Quota exceeded for instances: Requested 11, but already used 0 of 10 instances");
    assert_eq!(create(&cloud, json!({"min_count": 9, "max_count": 20})).status, 202);
    assert_eq!(cloud.get("nova", "/v2.1/servers").send().body["servers"].as_array().unwrap().len(), 10);
}

#[test]
fn an_image_must_fit_the_flavor() {
    let cloud = Cloud::new();
    let image = image(&cloud);
    cloud
        .live
        .write(|world| {
            let (os, _ctx) = world.cloud_mut::<nephos::clouds::openstack::OpenStack>("gozunga").unwrap();
            os.glance.images.get_mut(&image).unwrap().min_ram = 1024;
            Ok::<_, ()>(())
        })
        .unwrap();
    let answer = create(&cloud, json!({}));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.message(), "Flavor's memory is too small for requested image.");
}

#[test]
fn servers_of_other_projects_are_not_found() {
    let cloud = Cloud::new();
    let answer = create(&cloud, json!({}));
    let path = format!("/v2.1/servers/{}", answer.body["server"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("nova", &path).user("admin").send().status, 200);
    let mine = cloud.post(
        "nova",
        "/v2.1/servers",
        json!({"server": {
            "name": "x", "flavorRef": TINY, "imageRef": image(&cloud),
        }}),
    );
    let theirs = mine.user("admin").send();
    let path = format!("/v2.1/servers/{}", theirs.body["server"]["id"].as_str().unwrap());
    assert_eq!(cloud.get("nova", &path).send().status, 404);
}

#[test]
fn invalid_requests_get_upstreams_messages() {
    let cloud = Cloud::new();
    let assert_refused = |more: Value, message: &str| {
        let answer = create(&cloud, more);
        assert_eq!((answer.status, answer.message()), (400, message));
    };
    let id = "0badc0de-0000-4000-8000-000000000bad";
    assert_refused(json!({"imageRef": id}), "Can not find requested image");
    assert_refused(json!({"flavorRef": "nonsense"}), "Flavor nonsense could not be found.");
    assert_refused(json!({"key_name": "none"}), "Invalid key_name provided.");
    assert_refused(json!({"min_count": 3, "max_count": 2}), "min_count must be <= max_count");
    assert_refused(
        json!({"min_count": "0"}),
        "Invalid input for field/attribute min_count. Value: 0. 0 is less than the minimum of 1",
    );
    assert_refused(json!({"availability_zone": "nowhere"}), "The requested availability zone is not available");
    assert_refused(
        json!({"networks": "some"}),
        "Invalid input for field/attribute networks. Value: some. 'some' is not valid under any of the given schemas",
    );
    assert_refused(
        json!({"name": " x"}),
        "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
    );
}

#[test]
fn the_fields_of_a_server_depend_on_the_microversion() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({"tags": ["b", "a"], "description": "d"}));
    let at = |version: &str| {
        let answer = cloud.get("nova", &format!("/v2.1/servers/{id}")).version(version).send();
        answer.body["server"].clone()
    };
    assert!(at("compute 2.1").get("locked").is_none() && at("compute 2.1")["flavor"]["links"].is_array());
    assert_eq!(at("compute 2.9")["locked"], false);
    assert_eq!(at("compute 2.19")["description"], "d");
    assert_eq!(at("compute 2.26")["tags"], json!(["a", "b"]));
    assert_eq!(at("compute 2.47")["flavor"]["ram"], 512);
    assert_eq!(at("compute 2.71")["server_groups"], json!([]));
    assert_eq!(at("compute 2.96")["pinned_availability_zone"], "nova");
}

#[test]
fn a_description_of_null_removes_it() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({"description": "words"}));
    let update = |body: Value| {
        let answer = cloud.put("nova", &format!("/v2.1/servers/{id}"), json!({"server": body}));
        answer.version("compute 2.37").send().body["server"]["description"].clone()
    };
    assert_eq!(update(json!({"name": "other"})), "words");
    assert_eq!(update(json!({"description": null})), Value::Null);
    assert_eq!(show(&cloud, &id)["description"], Value::Null);
}

#[test]
fn an_offloaded_server_is_in_no_zone() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({}));
    assert_eq!(show(&cloud, &id)["OS-EXT-AZ:availability_zone"], "nova");
    cloud.post("nova", &format!("/v2.1/servers/{id}/action"), json!({"shelve": null})).send();
    cloud.pass(20);
    let server = show(&cloud, &id);
    assert_eq!((&server["status"], &server["OS-EXT-AZ:availability_zone"]), (&json!("SHELVED_OFFLOADED"), &json!("")));
}
