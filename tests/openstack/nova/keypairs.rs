//! Keypairs.

use crate::support::Cloud;
use nephos::clouds::openstack::ids;
use serde_json::{Value, json};

const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgfWVyaODmGbLrZTuCm4RNLkxzo4hYJm9wE0bGFoLZi me@here";

#[test]
fn a_keypair_is_made_once_and_its_private_key_is_not_kept() {
    let cloud = Cloud::new();
    let make = || cloud.post("nova", "/v2.1/os-keypairs", json!({"keypair": {"name": "mine"}})).send();
    let made = make().body["keypair"].clone();
    assert!(made["private_key"].as_str().unwrap().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert!(made["public_key"].as_str().unwrap().starts_with("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"));
    assert_eq!(made["fingerprint"].as_str().unwrap().len(), 47);
    let again = make();
    assert_eq!((again.status, again.message()), (409, "Key pair 'mine' already exists."));
    let shown = cloud.get("nova", "/v2.1/os-keypairs/mine").send().body["keypair"].clone();
    assert_eq!((shown.get("private_key"), &shown["fingerprint"]), (None, &made["fingerprint"]));
    assert_eq!(cloud.delete("nova", "/v2.1/os-keypairs/mine").version("compute 2.2").send().status, 204);
    assert_eq!(cloud.get("nova", "/v2.1/os-keypairs/mine").send().status, 404);
}

#[test]
fn a_certificate_comes_with_its_key_in_an_archive() {
    let cloud = Cloud::new();
    let body = json!({"keypair": {"name": "windows", "type": "x509"}});
    let answer = cloud.post("nova", "/v2.1/os-keypairs", body).version("compute 2.2").send();
    assert_eq!(answer.status, 201, "{}", answer.text);
    let made = &answer.body["keypair"];
    assert!(made["public_key"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert_eq!((made["fingerprint"].as_str().unwrap().len(), &made["type"]), (59, &json!("x509")));
}

#[test]
fn what_is_no_key_is_refused_and_from_2_92_on_none_are_made() {
    let cloud = Cloud::new();
    let make = |body: Value, version: &str| {
        cloud.post("nova", "/v2.1/os-keypairs", json!({"keypair": body})).version(version).send()
    };
    let answer = make(json!({"name": "a", "public_key": "ssh-rsa nonsense"}), "compute 2.1");
    assert_eq!((answer.status, answer.message()), (400, "Keypair data is invalid: failed to generate fingerprint"));
    assert!(make(json!({"name": "a"}), "compute 2.92").message().ends_with("'public_key' is a required property"));
    assert_eq!(make(json!({"name": "a@b.c", "public_key": ED25519}), "compute 2.92").status, 201);
    assert_eq!(make(json!({"name": "d@e.f", "public_key": ED25519}), "compute 2.91").status, 400);
}

#[test]
fn keypairs_are_a_users_own_and_administrators_see_all() {
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
