//! Tests of Glance, and what several of them need.

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

/// Creates an image without data and returns its path: `/v2/images/…`.
fn queued(cloud: &Cloud, fields: Value) -> String {
    let mut body = json!({"disk_format": "raw", "container_format": "bare"});
    for (key, value) in fields.as_object().unwrap() {
        body[key] = value.clone();
    }
    let created = cloud.post("glance", "/v2/images", body).send();
    assert_eq!(created.status, 201, "{}", created.text);
    created.body["self"].as_str().unwrap().to_owned()
}

fn upload(cloud: &Cloud, path: &str, bytes: &[u8]) -> Answered {
    let request = cloud.ask("PUT", "glance", path).header("Content-Type", "application/octet-stream");
    request.bytes(bytes.to_vec()).send()
}

/// Creates an image with data and returns its path.
fn active(cloud: &Cloud, fields: Value) -> String {
    let path = queued(cloud, fields);
    assert_eq!(upload(cloud, &format!("{path}/file"), b"0123456789").status, 204);
    path
}

fn show(cloud: &Cloud, path: &str) -> Value {
    cloud.get("glance", path).user("admin").send().body
}

/// Adds a user with a new project.
fn user_of_another_project(cloud: &Cloud, name: &str, role: &str) {
    let added = cloud.live.write(|world| {
        let (os, _) = world.cloud_mut::<OpenStack>(CLOUD).unwrap();
        keystone::seed::user(os, name, "nephos", name, &[role]);
        Ok::<_, ()>(())
    });
    added.unwrap();
}
