//! Volumes.

use crate::support::Cloud;
use nephos::engine::Range;
use serde_json::{Value, json};

/// Creates a volume of `size` GiB, waits until it is available, and returns its path.
pub fn volume(cloud: &Cloud, size: u32) -> String {
    let answer = cloud.post("cinder", "/v3/{project}/volumes", json!({"volume": {"size": size}})).send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    cloud.pass(1);
    format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap())
}

#[test]
fn extending_a_volume_grows_it_when_done() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let extend = json!({"os-extend": {"new_size": 3}});
    assert_eq!(cloud.post("cinder", &format!("{volume}/action"), extend).send().status, 202);
    let during = cloud.get("cinder", &volume).send().body;
    assert_eq!((&during["volume"]["status"], &during["volume"]["size"]), (&json!("extending"), &json!(1)));
    cloud.pass(1);
    let after = cloud.get("cinder", &volume).send().body;
    assert_eq!((&after["volume"]["status"], &after["volume"]["size"]), (&json!("available"), &json!(3)));
}

#[test]
fn a_volume_cannot_shrink() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 2);
    let answer = cloud.post("cinder", &format!("{volume}/action"), json!({"os-extend": {"new_size": 1}})).send();
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.message(),
        "Invalid input received: New size for extend must be greater than current size. (current: 2, extended: 1)."
    );
    assert_eq!(cloud.get("cinder", &volume).send().body["volume"]["status"], "available");
}

#[test]
fn an_invalid_size_is_rejected_with_the_message_of_cinder() {
    let cloud = Cloud::new();
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 0}})).send();
    assert_eq!(answer.status, 400);
    assert_eq!(answer.message(), "Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1");
}

#[test]
fn unknown_fields_are_rejected_since_3_53() {
    let cloud = Cloud::new();
    let send = |version: &str| {
        let body = json!({"volume": {"size": 1, "colour": "red"}});
        cloud.post("cinder", "/v3/volumes", body).version(version).send()
    };
    assert_eq!(send("volume 3.52").status, 202);
    let answer = send("volume 3.53");
    assert_eq!(answer.status, 400);
    assert!(answer.message().ends_with("Additional properties are not allowed ('colour' was unexpected)"));
}

#[test]
fn restoring_a_snapshot_of_the_world_undoes_later_changes() {
    let cloud = Cloud::new();
    cloud.token("demo");
    let before = cloud.live.snapshot();
    let volume = volume(&cloud, 1);
    cloud.live.restore(before);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
}

/// Creates a volume with the fields of `body` and returns its path.
fn create(cloud: &Cloud, body: Value) -> String {
    let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": body})).version("volume 3.47").send();
    assert_eq!(answer.status, 202, "{}", answer.text);
    format!("/v3/volumes/{}", answer.body["volume"]["id"].as_str().unwrap())
}

fn show(cloud: &Cloud, path: &str) -> Value {
    cloud.get("cinder", path).version("volume 3.71").send().body["volume"].clone()
}

fn image(cloud: &Cloud, name: &str) -> Value {
    cloud.get("glance", &format!("/v2/images?name={name}")).send().body["images"][0].clone()
}

#[test]
fn a_volume_from_an_image_is_downloading_and_then_bootable() {
    let cloud = Cloud::new();
    let image = image(&cloud, "Debian 12");
    let path = create(&cloud, json!({"size": 1, "imageRef": image["id"]}));
    let slowly = Range { low_ms: 60_000, high_ms: 60_000 };
    let changed = cloud.live.write(|world| {
        world.timing_mut().set("cinder.volume.download", slowly);
        Ok::<_, ()>(())
    });
    assert!(changed.is_ok());
    assert_eq!(
        (&show(&cloud, &path)["status"], &show(&cloud, &path)["bootable"]),
        (&json!("creating"), &json!("false"))
    );
    cloud.pass(1);
    assert_eq!(show(&cloud, &path)["status"], "downloading");
    cloud.pass(60);
    let volume = show(&cloud, &path);
    assert_eq!((&volume["status"], &volume["bootable"]), (&json!("available"), &json!("true")));
    assert_eq!(volume["volume_image_metadata"]["image_id"], image["id"]);
    assert_eq!(volume["volume_image_metadata"]["checksum"], image["checksum"]);
}

#[test]
fn a_clone_copies_its_source_and_cannot_be_smaller() {
    let cloud = Cloud::new();
    let source = create(&cloud, json!({"size": 2, "image_id": image(&cloud, "Debian 12")["id"]}));
    cloud.pass(2);
    let id = source.rsplit('/').next().unwrap();
    let clone = create(&cloud, json!({"source_volid": id}));
    cloud.pass(1);
    let volume = show(&cloud, &clone);
    assert_eq!(
        (&volume["size"], &volume["bootable"], &volume["source_volid"]),
        (&json!(2), &json!("true"), &json!(id))
    );
    assert_eq!(volume["volume_image_metadata"]["image_name"], "Debian 12");
    let small = cloud.post("cinder", "/v3/volumes", json!({"volume": {"source_volid": id, "size": 1}})).send();
    assert_eq!(small.status, 400);
    assert!(small.message().starts_with("Invalid input received: Volume size '1'GB cannot be smaller"));
}

#[test]
fn the_source_of_a_volume_must_exist_and_be_the_only_one() {
    let cloud = Cloud::new();
    let nowhere = "0badc0de-0000-4000-8000-000000000bad";
    let volume = volume(&cloud, 1);
    let id = volume.rsplit('/').next().unwrap();
    let image = image(&cloud, "Debian 12")["id"].clone();
    let cases = [
        (json!({"size": 1, "snapshot_id": nowhere}), 404, format!("Snapshot {nowhere} could not be found.")),
        (json!({"size": 1, "source_volid": nowhere}), 404, format!("Volume {nowhere} could not be found.")),
        (
            json!({"size": 1, "imageRef": nowhere}),
            400,
            "Invalid image identifier or unable to access requested image.".into(),
        ),
        (json!({"size": 1, "volume_type": "none"}), 404, "Volume type with name none could not be found.".into()),
        (json!({"size": 1, "availability_zone": "mars"}), 400, "Availability zone 'mars' is invalid.".into()),
        (
            json!({"size": 1, "source_volid": id, "imageRef": image}),
            400,
            "Invalid input received: May specify only one of backup, imageRef, snapshot, source volume".into(),
        ),
    ];
    for (body, status, message) in cases {
        let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": body})).send();
        assert_eq!((answer.status, answer.message()), (status, message.as_str()));
    }
}

#[test]
fn a_volume_with_snapshots_is_deleted_with_cascade_only() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let id = volume.rsplit('/').next().unwrap();
    let snapshot = json!({"snapshot": {"volume_id": id}});
    assert_eq!(cloud.post("cinder", "/v3/snapshots", snapshot).send().status, 202);
    cloud.pass(1);
    assert_eq!(cloud.delete("cinder", &volume).send().status, 400);
    assert_eq!(
        cloud.delete("cinder", &format!("{volume}?cascade=x")).send().message(),
        "Value 'x' for 'cascade' is not a boolean."
    );
    assert_eq!(cloud.delete("cinder", &format!("{volume}?cascade=true")).send().status, 202);
    assert_eq!(show(&cloud, &volume)["status"], "deleting");
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", &volume).send().status, 404);
    assert_eq!(cloud.get("cinder", "/v3/snapshots").send().body["snapshots"], json!([]));
    let quota = cloud.get("cinder", "/v3/{project}/limits").send().body["limits"]["absolute"].clone();
    assert_eq!((&quota["totalGigabytesUsed"], &quota["totalVolumesUsed"]), (&json!(0), &json!(0)));
}

#[test]
fn only_administrators_delete_by_force() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let delete =
        |user: &str| cloud.delete("cinder", &format!("{volume}?force=true")).user(user).version("volume 3.23").send();
    assert_eq!(delete("demo").status, 403);
    assert_eq!(delete("admin").status, 202);
}

#[test]
fn a_failed_creation_sets_error_and_creates_a_message() {
    let cloud = Cloud::new();
    super::faults::fail(&cloud, "cinder.volume.create");
    let volume = volume(&cloud, 1);
    assert_eq!(show(&cloud, &volume)["status"], "error");
    let messages = cloud.get("cinder", "/v3/messages").version("volume 3.3").send().body;
    assert_eq!(messages["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn volumes_of_other_projects_are_not_found() {
    let cloud = Cloud::new();
    let created = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1}})).user("admin").send();
    let path = format!("/v3/volumes/{}", created.body["volume"]["id"].as_str().unwrap());
    cloud.pass(1);
    assert_eq!(cloud.get("cinder", &path).send().status, 404);
    assert_eq!(cloud.put("cinder", &path, json!({"volume": {"name": "mine"}})).send().status, 404);
    assert_eq!(cloud.delete("cinder", &path).send().status, 404);
    assert_eq!(cloud.get("cinder", &path).user("admin").send().status, 200);
}

#[test]
fn the_view_grows_with_the_microversion() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    for (version, field) in [
        ("3.12", "group_id"),
        ("3.47", "service_uuid"),
        ("3.47", "shared_targets"),
        ("3.62", "volume_type_id"),
        ("3.64", "consumes_quota"),
    ] {
        let at = |version: &str| {
            let body = cloud.get("cinder", &volume).version(&format!("volume {version}")).send().body;
            body["volume"].as_object().unwrap().contains_key(field)
        };
        let (major, minor) = version.split_once('.').unwrap();
        assert!(!at(version), "{field} at {version}");
        assert!(at(&format!("{major}.{}", minor.parse::<u16>().unwrap() + 1)), "{field} after {version}");
    }
}

#[test]
fn names_and_metadata_can_be_changed() {
    let cloud = Cloud::new();
    let volume = volume(&cloud, 1);
    let update = json!({"volume": {"name": " new ", "description": null, "metadata": {"a": "b"}}});
    let answer = cloud.put("cinder", &volume, update).send();
    assert_eq!((answer.status, &answer.body["volume"]["name"]), (200, &json!("new")));
    let metadata = format!("{volume}/metadata");
    let both = cloud.post("cinder", &metadata, json!({"metadata": {"c": "d"}})).send();
    assert_eq!(both.body, json!({"metadata": {"a": "b", "c": "d"}}));
    let one = cloud.put("cinder", &format!("{metadata}/a"), json!({"meta": {"a": "x"}})).send();
    assert_eq!(one.body, json!({"meta": {"a": "x"}}));
    assert_eq!(cloud.delete("cinder", &format!("{metadata}/c")).send().status, 200);
    let gone = cloud.delete("cinder", &format!("{metadata}/c")).send();
    assert!(gone.message().ends_with("has no metadata with key c."));
    assert_eq!(show(&cloud, &volume)["metadata"], json!({"a": "x"}));
}

#[test]
fn metadata_with_an_outdated_etag_is_not_replaced() {
    let cloud = Cloud::new();
    let path = format!("{}/metadata", volume(&cloud, 1));
    let listed = cloud.get("cinder", &path).version("volume 3.15").send();
    let etag = listed.header("etag").unwrap().to_owned();
    assert_eq!(listed.text, "{\"metadata\": {}}");
    let replace = |value: &str| {
        let body = json!({"metadata": {"a": value}});
        cloud.put("cinder", &path, body).version("volume 3.15").header("If-Match", &etag).send().status
    };
    assert_eq!((replace("1"), replace("2")), (200, 412));
}

#[test]
fn image_metadata_can_be_changed() {
    let cloud = Cloud::new();
    let action = format!("{}/action", volume(&cloud, 1));
    let act = |body: Value| cloud.post("cinder", &action, body).send();
    let set = act(json!({"os-set_image_metadata": {"metadata": {"kernel_id": "k"}}}));
    assert_eq!((set.status, &set.body), (200, &json!({"metadata": {"kernel_id": "k"}})));
    assert_eq!(act(json!({"os-show_image_metadata": null})).body, set.body);
    assert_eq!(act(json!({"os-unset_image_metadata": {"key": "kernel_id"}})).status, 200);
    assert_eq!(act(json!({"os-unset_image_metadata": {"key": "kernel_id"}})).status, 404);
}

#[test]
fn a_volume_of_a_type_without_backend_is_in_error_and_creates_a_message() {
    let cloud = Cloud::new();
    let volume_type = json!({"volume_type": {"name": "odd", "extra_specs": {"vendor_name": "Nobody"}}});
    assert_eq!(cloud.post("cinder", "/v3/types", volume_type).user("admin").send().status, 200);
    let volume = create(&cloud, json!({"size": 1, "volume_type": "odd"}));
    cloud.pass(1);
    assert_eq!(show(&cloud, &volume)["status"], "error");
    let messages = cloud.get("cinder", "/v3/messages").version("volume 3.3").send().body;
    let text = "schedule allocate volume:Could not find any available weighted backend.";
    assert_eq!(messages["messages"][0]["user_message"], text);
}

#[test]
fn sizes_can_be_strings_within_limits() {
    let cloud = Cloud::new();
    let send = |size: &str| cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": size}})).send();
    assert_eq!(send("1").status, 202);
    assert!(
        send("0").message().starts_with("Invalid input received: Invalid volume size provided for create request: 0")
    );
    assert_eq!(send("99999999999999999999").status, 400);
}

#[test]
fn a_volume_without_image_metadata_has_none_to_show() {
    let cloud = Cloud::new();
    let path = format!("{}/action", volume(&cloud, 1));
    let act = |body: Value| cloud.post("cinder", &path, body).send();
    let shown = act(json!({"os-show_image_metadata": {}}));
    assert_eq!(shown.status, 404);
    assert!(shown.message().starts_with("Glance metadata for volume/snapshot"), "{}", shown.text);
    assert_eq!(act(json!({"os-set_image_metadata": {"metadata": {"k": "v"}}})).status, 200);
    assert_eq!(act(json!({"os-show_image_metadata": {}})).body["metadata"], json!({"k": "v"}));
}

#[test]
fn a_missing_group_is_told_before_a_missing_image_or_backup() {
    let cloud = Cloud::new();
    let nothing = "11111111-2222-4333-8444-555555555555";
    let create = |fields: Value| {
        let mut body = json!({"volume": {"size": 1}});
        body["volume"].as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        cloud.post("cinder", "/v3/volumes", body).version("volume 3.71").send().message().to_owned()
    };
    let message = create(json!({"group_id": nothing, "imageRef": nothing, "backup_id": nothing}));
    assert!(message.starts_with("Group "), "{message}");
    let message = create(json!({"group_id": nothing, "snapshot_id": nothing}));
    assert!(message.starts_with("Snapshot "), "{message}");
}

#[test]
fn an_image_whose_virtual_size_does_not_fit_is_refused_and_an_uploaded_one_has_no_least_size() {
    let cloud = Cloud::new();
    let image = |fields: Value, content: Vec<u8>| {
        let id = cloud.post("glance", "/v2/images", fields).send().body["id"].as_str().unwrap().to_owned();
        let upload = cloud.ask("PUT", "glance", &format!("/v2/images/{id}/file"));
        let upload = upload.header("Content-Type", "application/octet-stream").bytes(content);
        assert_eq!(upload.send().status, 204);
        id
    };
    let mut header = b"QFI\xfb\x00\x00\x00\x03".to_vec();
    header.resize(24, 0);
    header.extend((2_u64 << 30).to_be_bytes());
    header.resize(512, 0);
    let large = image(json!({"disk_format": "qcow2", "container_format": "bare"}), header);
    let create = |image: &str| {
        let answer = cloud.post("cinder", "/v3/volumes", json!({"volume": {"size": 1, "imageRef": image}})).send();
        cloud.pass(1);
        answer
    };
    let refused = create(&large);
    assert_eq!(refused.status, 400);
    assert!(refused.message().contains("Image virtual size is 2GB and doesn't fit"), "{}", refused.text);
    let fields = json!({"disk_format": "raw", "container_format": "bare", "min_disk": 1, "os_distro": "x"});
    let volume = create(&image(fields, b"x".to_vec())).body["volume"]["id"].as_str().unwrap().to_owned();
    let body = json!({"os-volume_upload_image": {"image_name": "mine"}});
    let uploaded = cloud.post("cinder", &format!("/v3/volumes/{volume}/action"), body).send();
    let id = uploaded.body["os-volume_upload_image"]["image_id"].as_str().unwrap().to_owned();
    let shown = cloud.get("glance", &format!("/v2/images/{id}")).send().body;
    assert_eq!((&shown["min_disk"], &shown["os_distro"]), (&json!(0), &json!("x")));
}
