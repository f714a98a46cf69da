//! ISOs and images, which are downloaded from the web.

use super::{REGION, TOKEN, Zy, instance};
use bytes::Bytes;
use nephos::clouds::cloudzy::Settings;
use nephos::engine::Blob;
use serde_json::{Value, json};

fn download_body(kind: &str, url: &str) -> Value {
    match kind {
        "iso" => json!({"name": "Custom Linux ISO", "url": url, "regionId": "region-456", "useVirtio": true}),
        _ => json!({
            "name": "Custom Image", "url": url, "regionId": "region-456", "format": "qcow2", "decompress": "gzip",
        }),
    }
}

fn list_key(kind: &str) -> &str {
    if kind == "iso" { "isos" } else { "images" }
}

#[test]
fn a_download_takes_its_time_and_is_ready() {
    for kind in ["iso", "images"] {
        let zy = Zy::new();
        let made = zy.post(&format!("/{kind}"), download_body(kind, "https://example.com/custom.iso")).data();
        assert_eq!((&made["status"], &made["regionId"]), (&json!("DOWNLOADING"), &json!(REGION)));
        zy.run_all_due();
        let path = format!("/{kind}/{}", made["id"].as_str().unwrap());
        assert_eq!(zy.get(&path).data()["status"], "READY");
        assert_eq!(zy.get(&format!("/{kind}?status=READY")).data()["total"], 1);
        assert_eq!(zy.get(&format!("/{kind}?status=FAILED")).data()["total"], 0);
        zy.delete(&path).data();
        assert_eq!(zy.get(&path).refusal(), (404, "FAILED"));
        assert_eq!(zy.get(&format!("/{kind}")).data()["total"], 0);
        let deleted = zy.get(&format!("/{kind}?status=DELETED&limit=5&page=1")).data();
        assert_eq!(deleted[list_key(kind)][0]["status"], "DELETED");
        assert_eq!(zy.get(&format!("/{kind}?status=ready")).errors()[0].2, "type_error.enum");
    }
}

#[test]
fn one_that_fails_says_so() {
    let zy = Zy::new();
    zy.fail("cloudzy.*.download", "the mirror is gone");
    for kind in ["iso", "images"] {
        zy.post(&format!("/{kind}"), download_body(kind, "https://example.com/a")).data();
        zy.run_all_due();
        assert_eq!(zy.get(&format!("/{kind}")).data()[list_key(kind)][0]["status"], "FAILED");
    }
    let zy = Zy::new();
    zy.post("/iso", download_body("iso", "https://mirror.invalid/a.iso")).data();
    zy.run_all_due();
    assert_eq!(zy.get("/iso").data()["isos"][0]["status"], "FAILED");
}

#[test]
fn what_is_no_address_of_the_web_is_refused() {
    let zy = Zy::new();
    for (url, kind) in [
        ("custom.iso", "value_error.url.scheme"),
        ("file:///etc/passwd", "value_error.url.scheme"),
        ("http:///a.iso", "value_error.url.host"),
    ] {
        let errors = zy.post("/iso", download_body("iso", url)).errors();
        assert_eq!((errors[0].0.as_str(), errors[0].2.as_str()), (r#"["body","url"]"#, kind));
    }
    let mut elsewhere = download_body("iso", "https://a.example/");
    elsewhere["regionId"] = "nowhere".into();
    assert_eq!(zy.post("/iso", elsewhere).refusal(), (404, "FAILED"));
}

#[test]
fn an_instance_starts_from_an_iso_that_is_ready_in_its_region() {
    let zy = Zy::new();
    let iso = zy.post("/iso", download_body("iso", "https://a.example/i.iso")).data()["id"].clone();
    let mut body = instance("a");
    body["osId"] = Value::Null;
    body["isoId"] = iso.clone();
    assert_eq!(zy.post("/instances", body.clone()).refusal(), (400, "RESOURCE_IS_NOT_READY"));
    zy.run_all_due();
    let made = zy.post("/instances", body).data()["instances"][0].clone();
    assert_eq!((&made["isoId"], &made["attachIso"], &made["os"]), (&iso, &json!(true), &Value::Null));
    let id = made["id"].as_str().unwrap();
    assert_eq!(zy.get(&format!("/instances?isoId={}", iso.as_str().unwrap())).data()["instances"][0]["id"], id);
    let path = format!("/iso/{}", iso.as_str().unwrap());
    assert_eq!(zy.delete(&path).refusal(), (409, "RESOURCE_IS_IN_USE"));
    zy.delete(&format!("/instances/{id}")).data();
    zy.delete(&path).data();
}

#[test]
fn an_instance_starts_from_an_image_of_ones_own() {
    let zy = Zy::new();
    let image = zy.post("/images", download_body("images", "https://a.example/i.qcow2")).data()["id"].clone();
    zy.run_all_due();
    let mut body = instance("a");
    body["osId"] = image.clone();
    let made = zy.post("/instances", body).data()["instances"][0].clone();
    assert_eq!((&made["fromImage"], &made["osId"]), (&image, &Value::Null));
}

#[test]
fn nothing_is_fetched_unless_the_settings_allow_this_machine() {
    let local = download_body("iso", "http://127.0.0.1:9/a.iso");
    let fetched_urls = |settings: Settings, body: &Value, token: &str| {
        let zy = Zy::with(settings);
        let headers = [("API-Token", token), ("Content-Type", "application/json")];
        let mut call = zy.call("POST", "/v1/iso", &headers, body.to_string().as_bytes());
        zy.services[0].fetches(&zy.live, &mut call)
    };
    let allowed = || Settings { fetch_loopback: true, ..Settings::default() };
    assert!(fetched_urls(Settings::default(), &local, TOKEN).is_empty());
    assert_eq!(fetched_urls(allowed(), &local, TOKEN), ["http://127.0.0.1:9/a.iso"]);
    assert!(fetched_urls(allowed(), &local, "wrong").is_empty());
    assert!(fetched_urls(allowed(), &download_body("iso", "https://example.com/a.iso"), TOKEN).is_empty());
    assert!(fetched_urls(allowed(), &download_body("iso", "http://127.0.0.1.example.com/a.iso"), TOKEN).is_empty());
}

#[test]
fn what_was_fetched_has_its_size_and_what_could_not_be_fails() {
    let zy = Zy::with(Settings { fetch_loopback: true, ..Settings::default() });
    let url = "http://127.0.0.1:9/a.iso";
    let body = download_body("iso", url).to_string();
    let send = |content: Result<Blob, String>| {
        let headers = [("API-Token", TOKEN), ("Content-Type", "application/json")];
        let fetched = vec![(url.to_owned(), content)];
        let made = zy.send_with("POST", "/v1/iso", &headers, body.as_bytes(), fetched).data();
        zy.run_all_due();
        zy.get(&format!("/iso/{}", made["id"].as_str().unwrap())).data()
    };
    let good = send(Ok(Bytes::from_static(b"12345").into()));
    assert_eq!((&good["status"], &good["size"]), (&json!("READY"), &json!(5)));
    let bad = send(Err("connection refused".into()));
    assert_eq!((&bad["status"], &bad["size"]), (&json!("FAILED"), &Value::Null));
}
