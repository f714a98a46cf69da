//! The Cloudzy Developer API in process with a frozen clock and seeded ids. Every successful response is validated
//! against its schema.

mod accounts;
#[path = "../support/any_request/mod.rs"]
mod any_request;
mod backups;
mod billing;
mod catalogue;
mod control;
mod downloads;
mod faults;
mod floating_ips;
mod instances;
mod listing;
mod requests_never_break;
mod resize;
mod snapshots;
mod ssh_keys;
mod tables;
mod validation;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use nephos::clouds::cloudzy::{self, Cloudzy, Settings};
use nephos::engine::{
    AnyService, Body, Call, Clock, Effect, Endpoints, Fault, Live, OperationInfo, Profile, Response, Timing, World,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

const CLOUD: &str = "cloudzy";
const TOKEN: &str = "nephos";
/// A product of the default catalogue that the API document's examples name.
const PRODUCT: &str = "fixed-plan-123";
const REGION: &str = "US-New-York";

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 1, 1, 12, 0, 0).unwrap()
}

struct Zy {
    pub live: Live,
    services: Vec<Arc<dyn AnyService>>,
}

pub struct Answered {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub text: String,
    pub body: Value,
}

impl Answered {
    /// Asserts success and returns the data in the envelope.
    #[track_caller]
    pub fn data(self) -> Value {
        assert_eq!((self.status, self.body["code"].as_str()), (200, Some("OKAY")), "{}", self.text);
        self.body["data"].clone()
    }

    /// Status and code of a refusal. Asserts that the envelope repeats the status.
    #[track_caller]
    pub fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.body["data"]["statusCode"], self.status, "{}", self.text);
        assert_eq!(self.body["data"]["detail"], self.body["detail"]);
        (self.status, self.body["code"].as_str().unwrap())
    }

    /// Location, message and type of every error of a 422.
    #[track_caller]
    pub fn errors(&self) -> Vec<(String, String, String)> {
        assert_eq!(self.status, 422, "{}", self.text);
        assert_eq!(self.body.as_object().unwrap().len(), 1, "a 422 has no envelope: {}", self.text);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all = self.body["detail"].as_array().unwrap().iter();
        all.map(|one| (one["loc"].to_string(), text(&one["msg"]), text(&one["type"]))).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Zy {
    fn new() -> Self {
        Zy::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let mut world = World::new(Clock::frozen_at(noon()), 7, Timing::of(Profile::Fast));
        world.add(CLOUD, cloudzy::seeded(settings).unwrap());
        Zy { live: Live::new(world, 7), services: cloudzy::services() }
    }

    /// Advances the clock and runs what becomes due.
    pub fn pass(&self, time: TimeDelta) {
        self.live.advance(time);
    }

    /// Advances the clock until all tasks that have begun are done.
    pub fn run_all_due(&self) {
        self.pass(TimeDelta::seconds(5));
    }

    pub fn send(&self, method: &'static str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        self.send_with(method, path, headers, body, vec![])
    }

    /// Sends a request for which these URLs were fetched.
    pub fn send_with(
        &self,
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        fetched: Vec<(String, Result<nephos::engine::Blob, String>)>,
    ) -> Answered {
        let mut call = self.call(method, path, headers, body);
        call.fetched = fetched;
        let answer = answered(self.services[0].dispatch(&self.live, &mut call));
        if answer.status == 200 {
            assert_documented(&call, &answer.body);
        }
        answer
    }

    pub fn call(&self, method: &'static str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Call {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut call = Call::new(method, path);
        call.query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        call.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        call.bytes = body.to_vec().into();
        call.cloud = CLOUD.into();
        call.endpoints = Endpoints::Paths(Arc::default());
        call
    }

    /// Sends a request with this token.
    pub fn ask_as(&self, token: &str, method: &'static str, path: &str, body: Value) -> Answered {
        let bytes = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
        let headers = [("API-Token", token), ("Content-Type", "application/json")];
        let headers = if body.is_null() { &headers[..1] } else { &headers[..] };
        self.send(method, &format!("/v1{path}"), headers, &bytes)
    }

    pub fn get(&self, path: &str) -> Answered {
        self.ask_as(TOKEN, "GET", path, Value::Null)
    }

    pub fn post(&self, path: &str, body: Value) -> Answered {
        self.ask_as(TOKEN, "POST", path, body)
    }

    pub fn put(&self, path: &str, body: Value) -> Answered {
        self.ask_as(TOKEN, "PUT", path, body)
    }

    pub fn patch(&self, path: &str, body: Value) -> Answered {
        self.ask_as(TOKEN, "PATCH", path, body)
    }

    /// A POST without a body: an action.
    pub fn act(&self, path: &str) -> Answered {
        self.ask_as(TOKEN, "POST", path, Value::Null)
    }

    pub fn delete(&self, path: &str) -> Answered {
        self.ask_as(TOKEN, "DELETE", path, Value::Null)
    }

    /// Creates an instance as in the API document's example and returns its id.
    #[track_caller]
    pub fn create(&self, hostname: &str) -> String {
        let data = self.post("/instances", instance(hostname)).data();
        data["instances"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Creates an instance, waits until it is active, and returns its id.
    #[track_caller]
    pub fn active(&self, hostname: &str) -> String {
        let id = self.create(hostname);
        self.run_all_due();
        assert_eq!(self.instance(&id)["status"], "active");
        id
    }

    #[track_caller]
    pub fn instance(&self, id: &str) -> Value {
        self.get(&format!("/instances/{id}")).data()
    }

    /// The balance in dollars, as the profile shows it.
    pub fn balance(&self) -> f64 {
        self.get("/profile").data()["balance"].as_str().unwrap().parse().unwrap()
    }

    /// Applies an admin change.
    pub fn change(&self, what: &str, how: Value) -> Result<Option<Value>, String> {
        self.live.admin_write(|world| world.change_cloud(CLOUD, what, &how))
    }

    /// Makes the transitions that match a glob fail for this reason.
    pub fn fail(&self, transitions: &str, reason: &str) {
        self.inject(Fault::new(transitions, Effect::Fails(reason.into())));
    }

    pub fn inject(&self, fault: Fault) {
        let injected = self.live.admin_write(|world| {
            world.add_fault(fault, None);
            Ok::<_, ()>(())
        });
        injected.unwrap();
    }

    pub fn operations(&self) -> Vec<OperationInfo> {
        self.services[0].operations()
    }

    /// Reads the state directly, for what no API shows.
    pub fn state<T>(&self, look: impl FnOnce(&Cloudzy) -> T) -> T {
        look(self.live.snapshot().cloud::<Cloudzy>(CLOUD).unwrap())
    }

    /// All rows of all tables.
    pub fn saved(&self) -> Vec<(String, Value)> {
        self.live.snapshot().tables(CLOUD, |_, resource, table| (resource.to_owned(), table.save().unwrap())).unwrap()
    }
}

fn instance(hostname: &str) -> Value {
    json!({
        "hostnames": [hostname], "productId": PRODUCT, "region": REGION, "assignIpv4": true, "osId": "ubuntu-22.04",
    })
}

/// The operation that answers with openapi/cloudzy.json itself: no envelope, no token.
const DOCUMENT: &str = "cloudzy.document.show";

/// The validators of responses by operation, from openapi/cloudzy.json.
static DOCUMENTED: LazyLock<HashMap<String, jsonschema::Validator>> = LazyLock::new(|| {
    let file = format!("{}/openapi/cloudzy.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| item.as_object().unwrap().values());
    let operations = operations.filter(|operation| operation.get("operationId").is_some_and(|id| id != DOCUMENT));
    operations
        .map(|operation| {
            let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            assert!(schema.is_object(), "{} says not what it answers", operation["operationId"]);
            let name = operation["operationId"].as_str().unwrap().to_owned();
            (name, jsonschema::options().should_validate_formats(true).build(schema).unwrap())
        })
        .collect()
});

fn assert_documented(call: &Call, body: &Value) {
    if call.operation == DOCUMENT {
        return assert!(body["paths"]["/developers/openapi.json"].is_object());
    }
    let validator = DOCUMENTED.get(call.operation).unwrap_or_else(|| panic!("{} is not documented", call.operation));
    let wrong: Vec<_> = validator.iter_errors(body).map(|e| format!("{} at {}", e, e.instance_path())).collect();
    assert!(wrong.is_empty(), "{}: {wrong:?}", call.operation);
}

fn answered(response: Response) -> Answered {
    let text = match response.body {
        Body::Json(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("everything is JSON, but not this: {other:?}"),
    };
    let body = serde_json::from_str(&text).unwrap();
    Answered { status: response.status, headers: response.headers, text, body }
}
