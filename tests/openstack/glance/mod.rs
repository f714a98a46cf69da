//! Images, and what tests make of them.

mod cache;
mod images;
mod imports;
mod lists;
mod locations;
mod members;
mod metadefs;
mod updates;

use crate::support::{Answered, CLOUD, Cloud};
use nephos::clouds::openstack::{OpenStack, keystone};
use serde_json::{Value, json};

/// The path of a new image that waits for its bytes: `/v2/images/…`.
fn queued(cloud: &Cloud, more: Value) -> String {
    let mut body = json!({"disk_format": "raw", "container_format": "bare"});
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let made = cloud.post("glance", "/v2/images", body).send();
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["self"].as_str().unwrap().to_owned()
}

fn put_bytes(cloud: &Cloud, path: &str, bytes: &[u8]) -> Answered {
    let asking = cloud.ask("PUT", "glance", path).header("Content-Type", "application/octet-stream");
    asking.bytes(bytes.to_vec()).send()
}

/// The path of a new image with bytes.
fn active(cloud: &Cloud, more: Value) -> String {
    let path = queued(cloud, more);
    assert_eq!(put_bytes(cloud, &format!("{path}/file"), b"0123456789").status, 204);
    path
}

fn show(cloud: &Cloud, path: &str) -> Value {
    cloud.get("glance", path).user("admin").send().body
}

/// A user of a project of its own.
fn neighbour(cloud: &Cloud, name: &str, role: &str) {
    let added = cloud.live.write(|world| {
        let (os, _) = world.cloud_mut::<OpenStack>(CLOUD).unwrap();
        keystone::seed::user(os, name, "nephos", name, &[role]);
        Ok::<_, ()>(())
    });
    added.unwrap();
}
