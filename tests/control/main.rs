//! The control API, in process.

mod command_line;
mod faults;
mod journal;
mod limits;
mod scenarios;
mod snapshots;
mod state;
mod strict;
mod worlds;

use nephos::app::App;
use nephos::config::Config;
use nephos::engine::{Body, BodyKind, Call, Response};
use nephos::http::Router as _;
use nephos::listeners::Listeners;
use serde_json::{Value, json};
use std::sync::Arc;

/// A nephos without sockets, on a frozen clock.
struct Running {
    app: Arc<App>,
    listeners: Listeners,
}

/// The port of the control API.
const CONTROL: u16 = 4990;
const KEYSTONE: u16 = 5000;

impl Running {
    fn new() -> Self {
        Running::configured("")
    }

    fn configured(more: &str) -> Self {
        let config = format!("clock = \"frozen\"\nstart = 2030-01-01T12:00:00Z\n{more}");
        let app = Arc::new(App::new(Config::parse(&config).unwrap()).unwrap());
        Running { listeners: Listeners::new(app.clone()).unwrap(), app }
    }

    /// A request to the control API.
    fn request(&self, method: &'static str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
        answer(self.send(CONTROL, method, path, &[], body))
    }

    fn get(&self, path: &str) -> Value {
        let (status, value) = self.request("GET", path, Value::Null);
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    /// A request to a port.
    fn send(&self, port: u16, method: &'static str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mount = self.listeners.find(port, path).expect("a service is mounted there");
        let mut call = Call::new(method, &path[mount.prefix.len()..]);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        call.query = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        call.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        call.prefix.clone_from(&mount.prefix);
        call.endpoints = mount.endpoints.clone();
        call.cloud = mount.cloud.clone();
        if !body.is_empty() {
            call.headers.push(("Content-Type".into(), "application/json".into()));
        }
        match mount.service.body_kind(method, &call.path) {
            BodyKind::Blob => call.blob = Some(bytes::Bytes::from(body).into()),
            _ => call.bytes = body.into(),
        }
        mount.service.dispatch(&mount.live, &mut call)
    }

    /// The status of a request to the Keystone of a cloud, without a token.
    fn version_of_cloud(&self, cloud: &str, path: &str) -> u16 {
        let mut call = Call::new("GET", path);
        call.cloud = cloud.into();
        let service = &self.app.clouds[0].services[0];
        nephos::engine::AnyService::dispatch(&**service, &self.app.live, &mut call).status
    }

    /// A token of `demo` and the id of its project, from the Keystone of gozunga in a world.
    fn login(&self, world: &str) -> (String, String) {
        let domain = json!({"id": "default"});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {"name": "demo", "domain": domain, "password": "nephos"}}},
            "scope": {"project": {"name": "demo", "domain": domain}},
        }});
        let path = format!("/worlds/{world}/gozunga/keystone/v3/auth/tokens");
        let response = self.send(CONTROL, "POST", &path, &[], body.to_string().into_bytes());
        let token = response.headers.iter().find(|(name, _)| *name == "X-Subject-Token");
        let token = token.expect("a token").1.clone();
        let (status, body) = answer(response);
        assert_eq!(status, 201, "{body}");
        (token, body["token"]["project"]["id"].as_str().unwrap().to_owned())
    }

    /// Creates a volume in a world as `demo` and returns its path in Cinder.
    fn volume(&self, world: &str, (token, project): &(String, String)) -> String {
        let path = format!("/worlds/{world}/gozunga/cinder/v3/{project}/volumes");
        let body = json!({"volume": {"size": 1}}).to_string().into_bytes();
        let (status, body) = answer(self.send(CONTROL, "POST", &path, &[("X-Auth-Token", token)], body));
        assert_eq!(status, 202, "{body}");
        format!("/v3/{project}/volumes/{}", body["volume"]["id"].as_str().unwrap())
    }

    /// The status of a volume in a world; `None` if it does not exist there.
    fn status(&self, world: &str, token: &str, volume: &str) -> Option<String> {
        let path = format!("/worlds/{world}/gozunga/cinder{volume}");
        let (_, body) = answer(self.send(CONTROL, "GET", &path, &[("X-Auth-Token", token)], vec![]));
        body["volume"]["status"].as_str().map(str::to_owned)
    }
}

fn answer(response: Response) -> (u16, Value) {
    let Body::Json(bytes) = response.body else { return (response.status, Value::Null) };
    (response.status, serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn the_catalog_and_the_list_of_clouds_have_the_ports_by_which_clients_come() {
    let nephos = Running::configured("public_ports = { \"5000\" = 15000, \"8776\" = 18776, \"4991\" = 14991 }");
    let clouds = nephos.get("/clouds");
    let services = &clouds["clouds"][0]["services"];
    assert_eq!(
        (&services["keystone"], &services["cinder"]),
        (&json!("http://127.0.0.1:15000"), &json!("http://127.0.0.1:18776"))
    );
    assert_eq!(services["nova"], "http://127.0.0.1:8774");
    assert_eq!(clouds["clouds"][1]["services"]["cinder"], "http://127.0.0.1:14991/volume");
    let endpoints = &nephos.app.clouds[0].endpoints;
    let mut call = Call::new("GET", "/");
    call.endpoints = endpoints.clone();
    assert_eq!(call.base_of("cinder").as_deref(), Some("http://127.0.0.1:18776"));
    assert!(Config::parse("public_ports = { http = 80 }").is_err());
}

#[test]
fn printed_addresses_are_addresses() {
    let host = |bind: &str| Config::parse(&format!("bind = \"{bind}\"")).unwrap().public_host();
    assert_eq!(["127.0.0.1", "0.0.0.0", "::1", "::"].map(host), ["127.0.0.1", "127.0.0.1", "[::1]", "[::1]"]);
    let config = Config::parse("public_host = \"ci.example\"").unwrap();
    assert_eq!(config.public_host(), "ci.example");
}

#[test]
fn the_clock_advances_freezes_and_runs() {
    let nephos = Running::new();
    let (status, clock) = nephos.request("PATCH", "/clock", json!({"advance": "90s"}));
    assert_eq!((status, &clock["now"], &clock["frozen"]), (200, &json!("2030-01-01T12:01:30Z"), &json!(true)));
    let (_, clock) = nephos.request("PATCH", "/clock", json!({"speed": 10}));
    assert_eq!((&clock["speed"], &clock["frozen"]), (&json!(10.0), &json!(false)));
    let (_, clock) = nephos.request("PATCH", "/clock", json!({"frozen": true}));
    assert_eq!(clock["frozen"], true);
}

#[test]
fn an_invalid_clock_change_is_rejected_and_changes_nothing() {
    let nephos = Running::new();
    for body in [
        json!({}),
        json!({"advance": "soon"}),
        json!({"speed": 0}),
        json!({"speed": -1}),
        json!({"advance": "1s", "speed": 2}),
        json!({"now": "tomorrow"}),
        json!({"advance": "999999999d"}),
        json!({"advance": "3000000d"}),
        json!({"now": "+262142-01-01T00:00:00Z"}),
        json!({"now": "+10000-01-01T00:00:00Z"}),
        json!({"now": "0001-01-01T00:00:00Z"}),
        json!({"now": "-262143-01-01T00:00:00Z"}),
        json!([1]),
    ] {
        let (status, answer) = nephos.request("PATCH", "/clock", body.clone());
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(nephos.request("GET", "/clock", Value::Null).1["now"], "2030-01-01T12:00:00Z");
}

#[test]
fn the_journal_has_the_requests_to_all_clouds() {
    let nephos = Running::new();
    assert_eq!(nephos.version_of_cloud("gozunga", "/v3"), 200);
    assert_eq!(nephos.version_of_cloud("xloud", "/nowhere"), 404);
    let (_, all) = nephos.request("GET", "/journal", Value::Null);
    assert_eq!(all["entries"].as_array().unwrap().len(), 2);
    let (_, refused) = nephos.request("GET", "/journal?status=4xx", Value::Null);
    assert_eq!(refused["entries"][0]["path"], "/nowhere");
    let (_, shown) = nephos.request("GET", "/journal?operation=keystone.version.*", Value::Null);
    assert_eq!(shown["entries"].as_array().unwrap().len(), 1);
    assert_eq!(nephos.request("GET", "/journal?since=x", Value::Null).0, 400);
}

#[test]
fn a_reset_restores_the_seeded_world_and_its_clock() {
    let nephos = Running::new();
    nephos.request("PATCH", "/clock", json!({"advance": "1h"}));
    assert_eq!(nephos.request("POST", "/reset", Value::Null).0, 200);
    assert_eq!(nephos.request("GET", "/clock", Value::Null).1["now"], "2030-01-01T12:00:00Z");
}

#[test]
fn operations_are_listed_once_with_method_path_and_summary() {
    let nephos = Running::new();
    let (_, all) = nephos.request("GET", "/operations", Value::Null);
    let rows = all["operations"].as_array().unwrap();
    let create = rows.iter().filter(|row| row["name"] == "cinder.volume.create").collect::<Vec<_>>();
    assert_eq!(create.len(), 1);
    assert_eq!((&create[0]["method"], &create[0]["service"]), (&json!("POST"), &json!("cinder")));
    assert_eq!(nephos.request("POST", "/operations", Value::Null).0, 405);
    assert!(rows.iter().all(|row| row["service"] != "control"));
    let own = nephos.get("/operations?service=control");
    let own = own["operations"].as_array().unwrap();
    assert!(own.iter().any(|row| row["path"] == "/worlds/{world}" && row["method"] == "DELETE"));
    let unsummarised: Vec<_> = own.iter().filter(|row| !row["summary"].as_str().unwrap().ends_with('.')).collect();
    assert!(unsummarised.is_empty(), "{unsummarised:?}");
}

#[test]
fn it_is_ready_once_all_ports_listen() {
    let nephos = Running::new();
    assert_eq!(nephos.request("GET", "/ready", Value::Null).0, 503);
    nephos.app.ready.store(true, std::sync::atomic::Ordering::Release);
    assert_eq!(nephos.request("GET", "/ready", Value::Null).0, 200);
}
