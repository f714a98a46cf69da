//! Keypairs.

use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::{Value, json};

const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgfWVyaODmGbLrZTuCm4RNLkxzo4hYJm9wE0bGFoLZi me@here";

#[test]
fn a_private_key_is_returned_only_by_the_creation() {
    let cloud = Cloud::new();
    let create = || cloud.post("nova", "/v2.1/os-keypairs", json!({"keypair": {"name": "mine"}})).send();
    let created = create().body["keypair"].clone();
    assert!(created["private_key"].as_str().unwrap().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert!(created["public_key"].as_str().unwrap().starts_with("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"));
    assert_eq!(created["fingerprint"].as_str().unwrap().len(), 47);
    let again = create();
    assert_eq!((again.status, again.message()), (409, "Key pair 'mine' already exists."));
    let shown = cloud.get("nova", "/v2.1/os-keypairs/mine").send().body["keypair"].clone();
    assert_eq!((shown.get("private_key"), &shown["fingerprint"]), (None, &created["fingerprint"]));
    assert_eq!(cloud.delete("nova", "/v2.1/os-keypairs/mine").version("compute 2.2").send().status, 204);
    assert_eq!(cloud.get("nova", "/v2.1/os-keypairs/mine").send().status, 404);
}

#[test]
fn a_certificate_is_generated_with_its_private_key() {
    let cloud = Cloud::new();
    let body = json!({"keypair": {"name": "windows", "type": "x509"}});
    let answer = cloud.post("nova", "/v2.1/os-keypairs", body).version("compute 2.2").send();
    assert_eq!(answer.status, 201, "{}", answer.text);
    let created = &answer.body["keypair"];
    assert!(created["public_key"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert_eq!((created["fingerprint"].as_str().unwrap().len(), &created["type"]), (59, &json!("x509")));
}

#[test]
fn invalid_keys_are_refused_and_2_92_requires_a_public_key() {
    let cloud = Cloud::new();
    let create = |body: Value, version: &str| {
        cloud.post("nova", "/v2.1/os-keypairs", json!({"keypair": body})).version(version).send()
    };
    let answer = create(json!({"name": "a", "public_key": "ssh-rsa nonsense"}), "compute 2.1");
    assert_eq!((answer.status, answer.message()), (400, "Keypair data is invalid: failed to generate fingerprint"));
    assert!(create(json!({"name": "a"}), "compute 2.92").message().ends_with("'public_key' is a required property"));
    assert_eq!(create(json!({"name": "a@b.c", "public_key": ED25519}), "compute 2.92").status, 201);
    assert_eq!(create(json!({"name": "d@e.f", "public_key": ED25519}), "compute 2.91").status, 400);
}

#[test]
fn users_see_their_own_keypairs_and_administrators_all() {
    let cloud = Cloud::new();
    for name in ["b", "a", "c"] {
        let body = json!({"keypair": {"name": name, "public_key": ED25519}});
        assert_eq!(cloud.post("nova", "/v2.1/os-keypairs", body).send().status, 200);
    }
    let path = format!("/v2.1/os-keypairs?limit=2&user_id={}", ids::id("user", "demo"));
    let page = cloud.get("nova", &path).user("admin").version("compute 2.35").send().body;
    let names: Vec<_> = page["keypairs"].as_array().unwrap().iter().map(|one| &one["keypair"]["name"]).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(page["keypairs_links"][0]["href"].as_str().unwrap().ends_with("marker=b"));
    let others = format!("/v2.1/os-keypairs?user_id={}", ids::id("user", "admin"));
    assert_eq!(cloud.get("nova", &others).version("compute 2.10").send().status, 403);
}
