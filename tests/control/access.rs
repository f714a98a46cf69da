//! Who may use the control API: hosts, origins, the token, and bodies that are too large.

use super::{CONTROL, Running, answer};
use nephos::engine::{Call, FETCH_AGENT};
use nephos::http::Router as _;
use serde_json::json;

const TOKEN: (&str, &str) = ("Authorization", "Bearer open-sesame");

fn status(nephos: &Running, method: &'static str, path: &str, headers: &[(&str, &str)]) -> u16 {
    nephos.send(CONTROL, method, path, headers, vec![]).status
}

#[test]
fn a_name_that_was_made_to_point_here_is_refused() {
    let nephos = Running::configured("public_host = \"ci.example\"\ncontrol_hosts = [\"nephos\"]");
    for host in ["localhost", "LOCALHOST:4990", "127.0.0.1:4990", "127.8.8.8", "[::1]:80", "ci.example", "nephos:4990"]
    {
        assert_eq!(status(&nephos, "GET", "/clock", &[("Host", host)]), 200, "{host}");
    }
    for host in
        ["evil.example", "localhost.evil.example", "10.0.0.1", "[2001:db8::1]:4990", "localhost, evil.example", ":"]
    {
        for path in ["/clock", "/worlds/default/clock", "/", "/nowhere"] {
            let (status, body) = answer(nephos.send(CONTROL, "GET", path, &[("Host", host)], vec![]));
            assert_eq!((status, &body["error"]["code"]), (403, &json!(403)), "{host} {path}");
        }
    }
    // On all addresses, every address is one of this machine.
    let nephos = Running::configured("bind = \"::\"\ncontrol_open = true");
    assert_eq!(status(&nephos, "GET", "/clock", &[("Host", "10.0.0.1:4990")]), 200);
    assert_eq!(status(&nephos, "GET", "/clock", &[("Host", "evil.example")]), 403);
}

#[test]
fn pages_of_other_sites_can_neither_read_nor_write() {
    let nephos = Running::new();
    for origin in ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1", ""] {
        let headers = [("Host", "127.0.0.1:4990"), ("Origin", origin), ("Content-Type", "text/plain")];
        for (method, path) in
            [("POST", "/reset"), ("POST", "/worlds/default/reset"), ("GET", "/journal"), ("GET", "/state")]
        {
            assert_eq!(status(&nephos, method, path, &headers), 403, "{origin} {path}");
        }
    }
    assert_eq!(
        status(&nephos, "POST", "/reset", &[("Host", "127.0.0.1:4990"), ("Origin", "http://127.0.0.1:4990")]),
        200
    );
    let response = nephos.send(CONTROL, "GET", "/clock", &[("Host", "127.0.0.1:4990")], vec![]);
    assert!(response.headers.iter().all(|(name, _)| !name.to_lowercase().starts_with("access-control")));
}

#[test]
fn a_refused_request_changes_nothing() {
    let nephos = Running::new();
    nephos.request("PATCH", "/clock", json!({"advance": "1h"}));
    let body = json!({"advance": "1h"}).to_string().into_bytes();
    let headers = [("Origin", "https://evil.example")];
    assert_eq!(nephos.send(CONTROL, "PATCH", "/clock", &headers, body).status, 403);
    assert_eq!(nephos.get("/clock")["now"], "2030-01-01T13:00:00Z");
}

#[test]
fn the_token_is_asked_for_wherever_it_is_set() {
    for bind in ["127.0.0.1", "0.0.0.0", "::"] {
        let nephos = Running::configured(&format!("bind = \"{bind}\"\ncontrol_token = \"open-sesame\""));
        let (status_without, body) = answer(nephos.send(CONTROL, "GET", "/clock", &[], vec![]));
        assert_eq!((status_without, &body["error"]["code"]), (401, &json!(401)));
        for path in ["/clock", "/metrics", "/journal/stream", "/worlds/default/state", "/nowhere"] {
            assert_eq!(status(&nephos, "GET", path, &[]), 401, "{path}");
        }
        let wrong =
            ["Bearer open-sesam", "Bearer open-sesamee", "Bearer", "Bearer ", "open-sesame", "Basic open-sesame", ""];
        for wrong in wrong {
            assert_eq!(status(&nephos, "GET", "/clock", &[("Authorization", wrong)]), 401, "{wrong}");
        }
        assert_eq!(status(&nephos, "GET", "/clock", &[TOKEN]), 200);
        assert_eq!(status(&nephos, "GET", "/clock", &[("authorization", "bearer open-sesame")]), 200);
        // nephos:open-sesame, as a browser sends it
        let basic = ("Authorization", "Basic bmVwaG9zOm9wZW4tc2VzYW1l");
        assert_eq!(status(&nephos, "GET", "/journal/stream", &[basic]), 200);
        assert_eq!(status(&nephos, "GET", "/health", &[]), 200);
        assert_eq!(status(&nephos, "GET", "/ready", &[("Host", "10.0.0.1")]), 503);
    }
}

#[test]
fn beyond_loopback_a_token_is_made_unless_the_control_api_is_open_or_elsewhere() {
    for (config, asks) in [
        ("bind = \"0.0.0.0\"", true),
        ("bind = \"192.0.2.1\"", true),
        ("bind = \"somewhere.example\"", true),
        ("control_bind = \"::\"", true),
        ("", false),
        ("bind = \"localhost\"", false),
        ("bind = \"::1\"", false),
        ("bind = \"0.0.0.0\"\ncontrol_open = true", false),
        ("bind = \"0.0.0.0\"\ncontrol_bind = \"127.0.0.1\"", false),
    ] {
        let nephos = Running::configured(config);
        let made = nephos.app.made_token.clone();
        assert_eq!(made.is_some(), asks, "{config}");
        assert_eq!(status(&nephos, "GET", "/clock", &[]), if asks { 401 } else { 200 }, "{config}");
        if let Some(made) = made {
            assert_eq!(status(&nephos, "GET", "/clock", &[("Authorization", &format!("Bearer {made}"))]), 200);
            let other = Running::configured(config);
            assert_ne!(other.app.made_token, Some(made), "it does not come from the seed");
        }
    }
}

#[test]
fn a_given_token_is_not_printed() {
    let nephos = Running::configured("bind = \"0.0.0.0\"\ncontrol_token = \"open-sesame\"");
    assert_eq!(nephos.app.made_token, None);
}

#[test]
fn the_clouds_under_worlds_ask_for_their_own_tokens_only() {
    let nephos = Running::configured("control_token = \"open-sesame\"");
    nephos.login("default");
    let path = "/worlds/default/gozunga/keystone/v3";
    assert_eq!(status(&nephos, "GET", path, &[("Host", "nephos:4990"), ("Origin", "http://horizon.example")]), 200);
}

#[test]
fn the_control_api_has_an_address_of_its_own() {
    let nephos = Running::configured("bind = \"0.0.0.0\"\ncontrol_bind = \"127.0.0.1\"");
    let addresses = nephos.listeners.addresses();
    assert!(addresses.contains(&("127.0.0.1".into(), CONTROL)), "{addresses:?}");
    assert!(addresses.iter().all(|(host, port)| (host == "0.0.0.0") == (*port != CONTROL)), "{addresses:?}");
}

#[test]
fn a_body_that_is_too_large_is_not_taken_for_an_empty_one() {
    let nephos = Running::new();
    nephos.request("PATCH", "/clock", json!({"advance": "1h"}));
    let mount = nephos.listeners.find(CONTROL, "/reset").unwrap();
    let mut call = Call::new("POST", "/reset");
    call.oversized = true;
    let (status, body) = answer(mount.service.dispatch(&mount.live, &mut call));
    assert_eq!((status, &body["error"]["code"]), (413, &json!(413)));
    assert_eq!(nephos.get("/clock")["now"], "2030-01-01T13:00:00Z");
}

#[test]
fn no_cloud_fetches_from_a_control_api() {
    let nephos = Running::new();
    assert_eq!(status(&nephos, "GET", "/state", &[("User-Agent", FETCH_AGENT)]), 403);
}

#[test]
fn a_client_without_the_token_is_reported_by_strict_for_a_world_that_does_not_exist() {
    let nephos = Running::configured("control_token = \"open-sesame\"");
    assert_eq!(status(&nephos, "GET", "/worlds/typo/gozunga/nova/v2.1", &[]), 401);
    assert!(nephos.app.strict_failures().iter().any(|line| line.contains("/worlds/typo/gozunga/nova/v2.1")));
}

#[test]
fn the_token_is_in_no_answer() {
    let nephos = Running::configured("control_token = \"open-sesame\"");
    for path in ["/", "/clouds", "/journal", "/metrics", "/state", "/worlds"] {
        let response = nephos.send(CONTROL, "GET", path, &[TOKEN], vec![]);
        assert_eq!(response.status, 200, "{path}");
        assert!(!format!("{response:?}").contains("open-sesame"), "{path}");
    }
}
