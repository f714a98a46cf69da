//! SSH keys.

use super::Zy;
use serde_json::json;

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgfWVyaODmGbLrZTuCm4RNLkxzo4hYJm9wE0bGFoLZi me";

#[test]
fn a_key_has_a_number_and_a_fingerprint_and_goes() {
    let zy = Zy::new();
    let key = zy.post("/ssh-keys", json!({"name": "mine", "publicKey": KEY})).data();
    assert!(key["id"].is_i64());
    assert!(key["fingerprint"].as_str().unwrap().starts_with("SHA256:"));
    let path = format!("/ssh-keys/{}", key["id"]);
    assert_eq!(zy.get(&path).data(), key);
    assert_eq!(zy.get("/ssh-keys?limit=100").data()["sshKeys"][0], key);
    assert_eq!(zy.delete(&path).data(), json!(null));
    assert_eq!(zy.get(&path).refusal(), (404, "FAILED"));
}

#[test]
fn the_documents_own_example_is_taken() {
    let zy = Zy::new();
    let example = json!({"name": "My SSH Key", "publicKey": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB..."});
    assert_eq!(zy.post("/ssh-keys", example).data()["fingerprint"], json!(null));
    let wrong = zy.post("/ssh-keys", json!({"name": "x", "publicKey": "hello"}));
    assert_eq!(wrong.refusal(), (400, "PUBLIC_KEY_IS_NOT_VALID"));
}

#[test]
fn an_id_that_is_no_number_is_a_complaint_about_the_path() {
    let errors = Zy::new().get("/ssh-keys/abc").errors();
    let expected = (r#"["path","id"]"#.into(), "value is not a valid integer".into(), "type_error.integer".into());
    assert_eq!(errors, [expected]);
}
