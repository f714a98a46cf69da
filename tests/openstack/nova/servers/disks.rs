//! Volumes of servers.

use super::{active, create, image, show};
use crate::support::Cloud;
use serde_json::{Value, json};

/// Creates a volume and waits until it is available. Returns its id.
fn volume(cloud: &Cloud, more: Value) -> String {
    let mut volume = json!({"size": 1});
    for (name, value) in more.as_object().unwrap() {
        volume[name] = value.clone();
    }
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": volume})).send();
    cloud.pass(2);
    answer.body["volume"]["id"].as_str().unwrap().into()
}

fn status(cloud: &Cloud, volume: &str) -> Value {
    cloud.get("cinder", &format!("/v3/volumes/{volume}")).send().body["volume"]["status"].clone()
}

#[test]
fn attaching_and_detaching_are_visible_in_nova_and_cinder() {
    let cloud = Cloud::new();
    let server = active(&cloud, json!({}));
    let volume = volume(&cloud, json!({}));
    let path = format!("/v2.1/servers/{server}/os-volume_attachments");
    let answer = cloud.post("nova", &path, json!({"volumeAttachment": {"volumeId": volume}})).send();
    assert_eq!((answer.status, &answer.body["volumeAttachment"]["device"]), (200, &json!("/dev/vdb")));
    assert_eq!(status(&cloud, &volume), "reserved");
    cloud.pass(1);
    assert_eq!(status(&cloud, &volume), "in-use");
    let seen = cloud.get("cinder", &format!("/v3/volumes/{volume}")).send().body;
    assert_eq!(seen["volume"]["attachments"][0]["server_id"], server.as_str());
    assert_eq!(show(&cloud, &server)["os-extended-volumes:volumes_attached"][0]["id"], volume.as_str());
    // Cinder refuses to delete attachments that Nova uses.
    let attachment = seen["volume"]["attachments"][0]["attachment_id"].as_str().unwrap();
    let delete = cloud.delete("cinder", &format!("/v3/attachments/{attachment}")).version("volume 3.71").send();
    assert_eq!(delete.status, 409);
    assert_eq!(cloud.delete("nova", &format!("{path}/{volume}")).send().status, 202);
    assert_eq!(status(&cloud, &volume), "detaching");
    cloud.pass(1);
    assert_eq!(status(&cloud, &volume), "available");
    assert_eq!(cloud.get("nova", &format!("{path}/{volume}")).send().status, 404);
}

#[test]
fn a_server_boots_from_a_new_volume_that_is_deleted_with_it() {
    let cloud = Cloud::new();
    let disk = json!({
        "source_type": "image", "destination_type": "volume", "uuid": image(&cloud), "volume_size": 1, "boot_index": 0,
        "delete_on_termination": true,
    });
    let id = active(&cloud, json!({"imageRef": "", "block_device_mapping_v2": [disk]}));
    cloud.pass(5);
    let server = show(&cloud, &id);
    assert_eq!((&server["status"], &server["image"]), (&json!("ACTIVE"), &json!("")), "{server}");
    let volume = server["os-extended-volumes:volumes_attached"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(status(&cloud, &volume), "in-use");
    cloud.delete("nova", &format!("/v2.1/servers/{id}")).send();
    cloud.pass(5);
    assert_eq!(cloud.get("cinder", &format!("/v3/volumes/{volume}")).send().status, 404);
}

#[test]
fn a_preexisting_volume_is_reserved_at_once_and_outlives_the_server() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, json!({"imageRef": image(&cloud)}));
    let disk = json!({"source_type": "volume", "destination_type": "volume", "uuid": volume, "boot_index": 0});
    let answer = create(&cloud, json!({"imageRef": "", "block_device_mapping_v2": [disk]}));
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert_eq!(status(&cloud, &volume), "reserved");
    cloud.pass(5);
    assert_eq!(status(&cloud, &volume), "in-use");
    let again = create(&cloud, json!({"imageRef": "", "block_device_mapping_v2": [disk]}));
    assert_eq!(again.status, 400, "{}", again.text);
    let id = answer.body["server"]["id"].as_str().unwrap();
    cloud.delete("nova", &format!("/v2.1/servers/{id}")).send();
    cloud.pass(5);
    assert_eq!(status(&cloud, &volume), "available");
}

#[test]
fn invalid_block_device_mappings_are_refused() {
    let cloud = Cloud::new();
    let assert_refused = |disk: Value, image: &str, message: &str| {
        let answer = create(&cloud, json!({"imageRef": image, "block_device_mapping_v2": [disk]}));
        assert_eq!((answer.status, answer.message()), (400, message));
    };
    let image = image(&cloud);
    let none = "0badc0de-0000-4000-8000-000000000bad";
    assert_refused(
        json!({"source_type": "volume", "destination_type": "volume", "uuid": none, "boot_index": 0}),
        "",
        &format!("Block Device Mapping is Invalid: failed to get volume {none}."),
    );
    assert_refused(
        json!({"source_type": "image", "destination_type": "volume", "uuid": image, "boot_index": 0}),
        "",
        "Images with destination_type 'volume' need to have a non-zero size specified",
    );
    assert_refused(
        json!({"source_type": "blank", "destination_type": "volume", "volume_size": 1, "boot_index": 1}),
        &image,
        "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination \
         is not valid.",
    );
}

#[test]
fn extending_an_attached_volume_is_recorded_as_an_action() {
    let cloud = Cloud::new();
    let server = active(&cloud, json!({}));
    let volume = volume(&cloud, json!({}));
    let path = format!("/v2.1/servers/{server}/os-volume_attachments");
    cloud.post("nova", &path, json!({"volumeAttachment": {"volumeId": volume}})).send();
    cloud.pass(1);
    let extend = json!({"os-extend": {"new_size": 2}});
    let answer = cloud.post("cinder", &format!("/v3/volumes/{volume}/action"), extend).version("volume 3.42").send();
    assert_eq!(answer.status, 202);
    cloud.pass(1);
    assert_eq!(status(&cloud, &volume), "in-use");
    let path = format!("/v2.1/servers/{server}/os-instance-actions");
    let actions = cloud.get("nova", &path).send().body;
    let last = &actions["instanceActions"][0];
    assert_eq!((&last["action"], &last["message"]), (&json!("extend_volume"), &Value::Null));
    let request = last["request_id"].as_str().unwrap();
    let action = cloud.get("nova", &format!("{path}/{request}")).user("admin").send().body;
    let event = &action["instanceAction"]["events"][0];
    assert_eq!((&event["event"], &event["result"]), (&json!("compute_extend_volume"), &json!("Success")));
}

#[test]
fn a_detached_volume_stays_even_if_it_would_go_with_the_server() {
    let cloud = Cloud::new();
    let server = active(&cloud, json!({}));
    let volume = volume(&cloud, json!({}));
    let path = format!("/v2.1/servers/{server}/os-volume_attachments");
    let body = json!({"volumeAttachment": {"volumeId": volume, "delete_on_termination": true}});
    assert_eq!(cloud.post("nova", &path, body).version("compute 2.79").send().status, 200);
    cloud.pass(1);
    assert_eq!(cloud.delete("nova", &format!("{path}/{volume}")).send().status, 202);
    cloud.pass(5);
    assert_eq!(status(&cloud, &volume), "available");
}

#[test]
fn a_connection_that_cannot_be_read_ends_the_build() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, json!({}));
    let device = json!({"volume_id": volume, "device_name": "vdc", "connection_info": "x"});
    let server = show(&cloud, &active(&cloud, json!({"block_device_mapping": [device]})));
    let message = server["fault"]["message"].as_str().unwrap_or_default();
    assert!(server["status"] == "ERROR" && message.ends_with("aborted: Failure prepping block device."), "{server}");
}

#[test]
fn a_device_of_the_older_mapping_boots_by_its_name() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, json!({}));
    let boot = |device: Value| create(&cloud, json!({"block_device_mapping": [device]}));
    let nothing = boot(json!({"device_name": "vdb"}));
    assert_eq!(
        (nothing.status, nothing.message()),
        (400, "Block Device Mapping is Invalid: Unrecognized legacy format.")
    );
    let server = active(&cloud, json!({"block_device_mapping": [{"volume_id": volume, "device_name": "vda"}]}));
    let path = format!("/v2.1/servers/{server}/os-volume_attachments");
    let attached = cloud.get("nova", &path).send().body;
    assert_eq!(attached["volumeAttachments"][0]["device"], "/dev/vda", "{attached}");
}

#[test]
fn offloading_a_server_reserves_its_volumes_and_those_attached_later_are_in_use() {
    let cloud = Cloud::new();
    let server = active(&cloud, json!({}));
    let first = volume(&cloud, json!({}));
    let path = format!("/v2.1/servers/{server}/os-volume_attachments");
    let attach = |volume: &str| {
        let body = json!({"volumeAttachment": {"volumeId": volume, "delete_on_termination": true}});
        assert_eq!(cloud.post("nova", &path, body).version("compute 2.79").send().status, 200);
        cloud.pass(2);
    };
    let act = |body: Value| {
        assert_eq!(cloud.post("nova", &format!("/v2.1/servers/{server}/action"), body).send().status, 202);
        cloud.pass(20);
    };
    attach(&first);
    act(json!({"shelve": null}));
    assert_eq!(
        (show(&cloud, &server)["status"].clone(), status(&cloud, &first)),
        (json!("SHELVED_OFFLOADED"), json!("reserved"))
    );
    let (second, third) = (volume(&cloud, json!({})), volume(&cloud, json!({})));
    attach(&second);
    attach(&third);
    assert_eq!(status(&cloud, &second), "in-use");
    // From a server without a host, the API itself detaches, and deletes what would go with the server.
    let answer = cloud.delete("nova", &format!("{path}/{third}")).version("compute 2.79").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(5);
    assert_eq!(cloud.get("cinder", &format!("/v3/volumes/{third}")).send().status, 404);
    act(json!({"unshelve": null}));
    assert_eq!((status(&cloud, &first), status(&cloud, &second)), (json!("in-use"), json!("in-use")));
}
