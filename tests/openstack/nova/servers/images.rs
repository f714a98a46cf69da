//! What the properties of images mean for servers, and images of servers.

use super::{active, create, image, show};
use crate::support::Cloud;
use serde_json::{Value, json};

/// An active image with these properties. Returns its id.
fn image_with(cloud: &Cloud, properties: Value) -> String {
    let mut body = json!({"name": "own", "container_format": "bare", "disk_format": "raw"});
    for (name, value) in properties.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = cloud.post("glance", "/v2/images", body).send();
    let id = answer.body["id"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned();
    let data = cloud.ask("PUT", "glance", &format!("/v2/images/{id}/file"));
    let sent = data.bytes(b"x".to_vec()).header("Content-Type", "application/octet-stream").send();
    assert_eq!(sent.status, 204, "{}", sent.text);
    id
}

#[test]
fn an_image_property_with_a_value_that_it_cannot_have_is_refused() {
    let cloud = Cloud::new();
    let cases = [
        ("hw_disk_bus", "bogus", "Field value bogus is invalid"),
        ("hw_vif_model", "BOGUS", "Field value bogus is invalid"),
        ("hw_cpu_cores", "many", "invalid literal for int() with base 10: 'many'"),
        ("architecture", "abacus", "Architecture name 'abacus' is not valid"),
        ("hypervisor_type", "None", "Hypervisor virt type 'None' is not valid"),
        ("hw_vm_mode", "x", "Virtual machine mode 'x' is not valid"),
        (
            "hypervisor_version_requires",
            "new",
            "Version new is not a valid predicate in field img_hv_requested_version",
        ),
    ];
    for (name, value, reason) in cases {
        let answer = create(&cloud, json!({"imageRef": image_with(&cloud, json!({name: value}))}));
        let expected = format!("Invalid image metadata. Error: {reason}");
        assert_eq!((answer.status, answer.message()), (400, &*expected));
    }
    for properties in [
        json!({"hw_disk_bus": "scsi", "hw_scsi_model": "Paravirtual"}),
        json!({"hw_vif_model": "VirtualE1000", "os_type": "Linux"}),
        json!({"anything": "else", "hw_boot_menu": "perhaps"}),
    ] {
        let answer = create(&cloud, json!({"imageRef": image_with(&cloud, properties)}));
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
}

#[test]
fn hosts_run_only_images_of_their_architecture_and_hypervisor() {
    let cloud = Cloud::new();
    let status = |properties: Value| {
        let id = active(&cloud, json!({"imageRef": image_with(&cloud, properties)}));
        show(&cloud, &id)["status"].clone()
    };
    for properties in [
        json!({"architecture": "aarch64"}),
        json!({"img_hv_type": "xen"}),
        json!({"vm_mode": "xen"}),
        json!({"hypervisor_type": "qemu", "hypervisor_version_requires": ">=9.0"}),
        json!({"trait:CUSTOM_NOSUCH": "required"}),
    ] {
        assert_eq!(status(properties.clone()), "ERROR", "{properties}");
    }
    for properties in [json!({"architecture": "amd64"}), json!({"hypervisor_type": "kvm"}), json!({"vm_mode": "hvm"})] {
        assert_eq!(status(properties.clone()), "ACTIVE", "{properties}");
    }
}

#[test]
fn numa_nodes_that_do_not_divide_the_flavor_are_refused() {
    let cloud = Cloud::new();
    let answer = |properties| create(&cloud, json!({"imageRef": image_with(&cloud, properties)}));
    let uneven = answer(json!({"hw_numa_nodes": "2"}));
    assert!(uneven.status == 400 && uneven.message().contains("cannot be evenly distributed"), "{}", uneven.text);
    let pages = answer(json!({"hw_mem_page_size": "large"}));
    assert_eq!((pages.status, pages.message()), (400, "Page size large forbidden against '<empty>'"));
    assert_eq!(answer(json!({"hw_numa_nodes": "1"})).status, 202);
}

/// A server that boots from a new volume of 1 GiB.
fn volume_backed(cloud: &Cloud) -> String {
    let disk = json!({
        "source_type": "image", "destination_type": "volume", "uuid": image(cloud), "volume_size": 1, "boot_index": 0,
        "delete_on_termination": true,
    });
    let id = active(cloud, json!({"imageRef": "", "block_device_mapping_v2": [disk]}));
    cloud.pass(5);
    id
}

/// An image of the server. Returns its id.
fn take(cloud: &Cloud, server: &str) -> String {
    let path = format!("/v2.1/servers/{server}/action");
    let answer = cloud.post("nova", &path, json!({"createImage": {"name": "copy"}})).version("compute 2.45").send();
    cloud.pass(10);
    answer.body["image_id"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

#[test]
fn a_server_of_an_image_with_block_devices_has_new_volumes_of_its_snapshots() {
    let cloud = Cloud::new();
    let copy = take(&cloud, &volume_backed(&cloud));
    let kept = cloud.get("glance", &format!("/v2/images/{copy}")).send().body;
    assert_eq!((&kept["disk_format"], &kept["bdm_v2"], &kept["size"]), (&json!("raw"), &json!("True"), &json!(0)));
    assert!(kept.get("instance_uuid").is_none(), "{kept}");
    let id = active(&cloud, json!({"imageRef": copy}));
    cloud.pass(5);
    let server = show(&cloud, &id);
    assert_eq!((&server["status"], &server["image"]["id"]), (&json!("ACTIVE"), &json!(copy)), "{server}");
    let volumes = server["os-extended-volumes:volumes_attached"].as_array().unwrap();
    assert_eq!((volumes.len(), &volumes[0]["delete_on_termination"]), (1, &json!(true)));
    let volume = cloud.get("cinder", &format!("/v3/volumes/{}", volumes[0]["id"].as_str().unwrap())).send().body;
    let snapshots = cloud.get("cinder", "/v3/snapshots").send().body;
    assert_eq!(volume["volume"]["snapshot_id"], snapshots["snapshots"][0]["id"], "{volume}");
}

#[test]
fn the_images_devices_are_all_that_boots() {
    let cloud = Cloud::new();
    let copy = take(&cloud, &volume_backed(&cloud));
    let blank = json!({"source_type": "blank", "destination_type": "volume", "volume_size": 1, "boot_index": -1});
    let with =
        |image: &str, devices: Value| create(&cloud, json!({"imageRef": image, "block_device_mapping_v2": devices}));
    assert_eq!(with(&copy, json!([blank])).status, 202);
    let own = json!({"source_type": "image", "uuid": copy, "destination_type": "local", "boot_index": 0});
    assert_eq!(with(&copy, json!([own])).status, 202);
    let unwanted = json!({"source_type": "blank", "no_device": true, "device_name": "vda"});
    assert_eq!(with(&copy, json!([unwanted])).status, 400);
    // Without such an image, the request has to say what boots.
    let answer = with(&image(&cloud), json!([blank]));
    assert!(answer.status == 400 && answer.message().contains("Boot sequence"), "{}", answer.text);
}

#[test]
fn images_need_as_much_disk_as_the_server_was_created_with() {
    let cloud = Cloud::new();
    let id = volume_backed(&cloud);
    let act = |body: Value| cloud.post("nova", &format!("/v2.1/servers/{id}/action"), body).send().status;
    assert_eq!(act(json!({"resize": {"flavorRef": "2"}})), 202);
    cloud.pass(10);
    assert_eq!(act(json!({"confirmResize": null})), 204);
    cloud.pass(5);
    let copy = take(&cloud, &id);
    assert_eq!(cloud.get("glance", &format!("/v2/images/{copy}")).send().body["min_disk"], 1);
}

#[test]
fn a_server_does_not_shrink_below_the_disk_that_it_was_created_with() {
    let cloud = Cloud::new();
    let id = active(&cloud, json!({"flavorRef": "2"}));
    let path = format!("/v2.1/servers/{id}/action");
    let answer = cloud.post("nova", &path, json!({"resize": {"flavorRef": "1"}})).send();
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert!(answer.message().ends_with("Flavor disk is 1073741824 bytes, minimum size is 21474836480 bytes."));
}
