//! The journal: filters, HTTP archive, stream.

use super::{CONTROL, Running};
use nephos::engine::Body;
use serde_json::json;

/// A nephos with four requests: a login, two new volumes a minute apart, and a request that a fault refuses.
fn used() -> Running {
    let nephos = Running::new();
    let login = nephos.login("default");
    nephos.volume("default", &login);
    nephos.request("PATCH", "/clock", json!({"advance": "1m"}));
    nephos.volume("default", &login);
    nephos.request("POST", "/faults", json!({"on": "cinder.volume.list", "status": 503}));
    let path = format!("/worlds/default/gozunga/cinder/v3/{}/volumes?limit=1", login.1);
    assert_eq!(nephos.send(CONTROL, "GET", &path, &[("X-Auth-Token", &login.0)], vec![]).status, 503);
    nephos
}

#[test]
fn entries_match_all_filters() {
    let nephos = used();
    for (query, count) in [
        ("", 4),
        ("operation=cinder.*", 3),
        ("status=2xx", 3),
        ("status=503", 1),
        ("service=keystone", 1),
        ("method=POST", 3),
        ("user=demo", 3),
        ("project=demo", 3),
        ("user=admin", 0),
        ("injected=true", 1),
        ("injected=false", 3),
        ("from=2030-01-01T12:01:00Z", 2),
        ("to=2030-01-01T12:01:00Z", 2),
        ("operation=cinder.volume.create&from=2030-01-01T12:01:00Z", 1),
        ("touched=gozunga/cinder/volumes/*", 2),
        ("since=3", 1),
        ("limit=2", 2),
    ] {
        let found = nephos.get(&format!("/journal?{query}"));
        assert_eq!(found["count"], count, "{query}");
    }
}

#[test]
fn an_unknown_filter_is_rejected_with_the_nearest_name() {
    let nephos = Running::new();
    let (status, answer) = nephos.request("GET", "/journal?opration=x", json!(null));
    assert_eq!(status, 400);
    assert!(answer["error"]["message"].as_str().unwrap().ends_with("operation?"), "{answer}");
    for query in ["from=noon", "injected=maybe", "since=x"] {
        assert_eq!(nephos.request("GET", &format!("/journal?{query}"), json!(null)).0, 400, "{query}");
    }
}

#[test]
fn an_http_archive_has_every_request_with_its_address() {
    let archive = used().get("/journal/har");
    let entries = archive["log"]["entries"].as_array().unwrap();
    assert_eq!((archive["log"]["version"].as_str(), entries.len()), (Some("1.2"), 4));
    let last = &entries[3];
    assert!(last["request"]["url"].as_str().unwrap().starts_with("http://127.0.0.1/worlds/default/gozunga/cinder/v3/"));
    assert_eq!(last["request"]["queryString"], json!([{"name": "limit", "value": "1"}]));
    assert_eq!(last["response"]["status"], 503);
    assert!(!archive.to_string().contains(r#"\"password\":\"nephos\""#));
}

#[test]
fn a_stream_has_new_entries_and_those_since_a_number() {
    let nephos = used();
    let response = nephos.send(CONTROL, "GET", "/journal/stream?operation=keystone.*", &[], vec![]);
    let Body::Events(mut follow) = response.body else { panic!("a stream") };
    let login = nephos.login("default");
    nephos.volume("default", &login);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entries = runtime.block_on(follow.next()).entries;
    assert_eq!(entries.iter().map(|entry| entry.operation).collect::<Vec<_>>(), ["keystone.token.create"]);
    let response = nephos.send(CONTROL, "GET", "/journal/stream?since=0", &[("Last-Event-ID", "4")], vec![]);
    let Body::Events(mut follow) = response.body else { panic!("a stream") };
    assert_eq!(runtime.block_on(follow.next()).entries.len(), 2);
}

#[test]
fn secrets_are_nowhere_in_the_journal() {
    let nephos = Running::new();
    let (token, project) = nephos.login("default");
    let keystone = "/worlds/default/gozunga/keystone/v3/auth/tokens";
    let send = |method, path: &str, body: serde_json::Value| {
        nephos.send(CONTROL, method, path, &[("X-Auth-Token", &token)], body.to_string().into_bytes())
    };
    let rescoped = json!({"auth": {
        "identity": {"methods": ["token"], "token": {"id": token}}, "scope": {"project": {"id": project}},
    }});
    assert_eq!(send("POST", keystone, rescoped).status, 201);
    let totp = json!({"user": {"id": "x", "passcode": "918273"}});
    send("POST", keystone, json!({"auth": {"identity": {"methods": ["totp"], "totp": totp}}}));
    send(
        "POST",
        keystone,
        json!({"auth": {"identity": {"methods": 1, "password": {"user": {"password": "hunter22"}}}}}),
    );
    let files = json!([{"path": "/x", "contents": "UEVSU09OQUxJVFk="}]);
    let server =
        json!({"name": "s", "flavorRef": "1", "imageRef": "", "user_data": "VVNFUkRBVEE=", "personality": files});
    send("POST", "/worlds/default/gozunga/nova/v2.1/servers", json!({"server": server}));
    send("GET", "/worlds/default/gozunga/nova/v2.1/os-console-auth-tokens/5ec2e7-console", json!(null));
    for path in ["/journal", "/journal/har"] {
        let shown = nephos.get(path).to_string();
        for secret in [&token, "918273", "hunter22", "UEVSU09OQUxJVFk=", "VVNFUkRBVEE=", "5ec2e7-console"] {
            assert!(!shown.contains(secret), "{path} shows {secret}");
        }
    }
}
