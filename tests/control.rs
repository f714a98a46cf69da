//! The control API, in process.

use nephos::app::App;
use nephos::config::Config;
use nephos::control::Control;
use nephos::engine::{Body, Call, Mounted};
use serde_json::{Value, json};
use std::sync::Arc;

struct Running {
    app: Arc<App>,
    control: Control,
}

impl Running {
    fn new() -> Self {
        let config = Config::parse("clock = \"frozen\"\nstart = 2030-01-01T12:00:00Z").unwrap();
        let app = Arc::new(App::new(config).unwrap());
        Running { control: Control::new(app.clone()), app }
    }

    fn ask(&self, method: &'static str, path: &str, body: Value) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut call = Call::new(method, path);
        call.query = query.split_once('=').map(|(key, value)| (key.into(), value.into())).into_iter().collect();
        call.bytes = if body.is_null() { Default::default() } else { body.to_string().into() };
        answer(self.control.dispatch(&self.app.live, &mut call))
    }

    /// A version document of a cloud: a request that needs no token.
    fn ask_cloud(&self, cloud: &str, path: &str) -> u16 {
        let mut call = Call::new("GET", path);
        call.cloud = cloud.into();
        let service = &self.app.clouds[0].services[0];
        service.dispatch(&self.app.live, &mut call).status
    }
}

fn answer(response: nephos::engine::Response) -> (u16, Value) {
    let Body::Json(bytes) = response.body else { return (response.status, Value::Null) };
    (response.status, serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn the_clock_advances_freezes_and_runs() {
    let nephos = Running::new();
    let (status, clock) = nephos.ask("PATCH", "/clock", json!({"advance": "90s"}));
    assert_eq!((status, &clock["now"], &clock["frozen"]), (200, &json!("2030-01-01T12:01:30Z"), &json!(true)));
    let (_, clock) = nephos.ask("PATCH", "/clock", json!({"speed": 10}));
    assert_eq!((&clock["speed"], &clock["frozen"]), (&json!(10.0), &json!(false)));
    let (_, clock) = nephos.ask("PATCH", "/clock", json!({"frozen": true}));
    assert_eq!(clock["frozen"], true);
}

#[test]
fn a_clock_change_that_makes_no_sense_is_refused_and_changes_nothing() {
    let nephos = Running::new();
    for body in [
        json!({}),
        json!({"advance": "soon"}),
        json!({"speed": 0}),
        json!({"speed": -1}),
        json!({"advance": "1s", "speed": 2}),
        json!({"now": "tomorrow"}),
        json!({"advance": "999999999d"}),
        json!([1]),
    ] {
        let (status, answer) = nephos.ask("PATCH", "/clock", body.clone());
        assert_eq!(status, 400, "{body}: {answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
    }
    assert_eq!(nephos.ask("GET", "/clock", Value::Null).1["now"], "2030-01-01T12:00:00Z");
}

#[test]
fn the_journal_tells_what_was_asked_of_which_cloud() {
    let nephos = Running::new();
    assert_eq!(nephos.ask_cloud("gozunga", "/v3"), 200);
    assert_eq!(nephos.ask_cloud("xloud", "/nowhere"), 404);
    let (_, all) = nephos.ask("GET", "/journal", Value::Null);
    assert_eq!(all["entries"].as_array().unwrap().len(), 2);
    let (_, refused) = nephos.ask("GET", "/journal?status=4xx", Value::Null);
    assert_eq!(refused["entries"][0]["path"], "/nowhere");
    let (_, shown) = nephos.ask("GET", "/journal?operation=keystone.version.*", Value::Null);
    assert_eq!(shown["entries"].as_array().unwrap().len(), 1);
    assert_eq!(nephos.ask("GET", "/journal?since=x", Value::Null).0, 400);
}

#[test]
fn a_reset_brings_back_the_seeded_world_and_its_clock() {
    let nephos = Running::new();
    nephos.ask("PATCH", "/clock", json!({"advance": "1h"}));
    assert_eq!(nephos.ask("POST", "/reset", Value::Null).0, 200);
    assert_eq!(nephos.ask("GET", "/clock", Value::Null).1["now"], "2030-01-01T12:00:00Z");
}

#[test]
fn the_state_shows_every_table_and_its_rows() {
    let nephos = Running::new();
    let (_, counts) = nephos.ask("GET", "/state", Value::Null);
    assert_eq!(counts["gozunga"]["cinder"]["volumes"], 0);
    let (status, users) = nephos.ask("GET", "/state/gozunga/keystone/users", Value::Null);
    assert_eq!(status, 200);
    let id = users["users"][0]["id"].as_str().unwrap();
    let (_, user) = nephos.ask("GET", &format!("/state/gozunga/keystone/users/{id}"), Value::Null);
    assert_eq!(user["id"], id);
    for path in ["/state/none/keystone/users", "/state/gozunga/keystone/cats", "/state/gozunga/keystone/users/none"] {
        let (status, answer) = nephos.ask("GET", path, Value::Null);
        assert_eq!(status, 404, "{path}");
        assert!(answer["error"]["message"].is_string());
    }
}

#[test]
fn operations_are_listed_once_each_with_method_and_path() {
    let nephos = Running::new();
    let (_, all) = nephos.ask("GET", "/operations", Value::Null);
    let rows = all["operations"].as_array().unwrap();
    let create = rows.iter().filter(|row| row["name"] == "cinder.volume.create").collect::<Vec<_>>();
    assert_eq!(create.len(), 1);
    assert_eq!((&create[0]["method"], &create[0]["service"]), (&json!("POST"), &json!("cinder")));
    assert_eq!(nephos.ask("POST", "/operations", Value::Null).0, 405);
}

#[test]
fn it_is_ready_once_the_ports_listen() {
    let nephos = Running::new();
    assert_eq!(nephos.ask("GET", "/ready", Value::Null).0, 503);
    nephos.app.ready.store(true, std::sync::atomic::Ordering::Release);
    assert_eq!(nephos.ask("GET", "/ready", Value::Null).0, 200);
}
