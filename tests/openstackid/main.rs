//! The OpenStackID marketplace in process with a frozen clock and seeded tokens.

#[path = "../support/any_request/mod.rs"]
mod any_request;
mod identity;
mod marketplace;
mod public;
mod requests_never_break;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use nephos::clouds::openstackid::{self, Settings};
use nephos::engine::{AnyService, Body, Call, Clock, Endpoints, Live, Profile, Response, Timing, World};
use serde_json::Value;
use std::sync::Arc;

const CLOUD: &str = "openstackid";
const BASE: &str = "https://openstackid-resources.org";

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 1, 1, 12, 0, 0).unwrap()
}

struct Market {
    pub live: Live,
    services: Vec<Arc<dyn AnyService>>,
}

pub struct Answered {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub content_type: String,
    pub text: String,
    pub body: Value,
}

impl Answered {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The values of a field of the list's entries.
    pub fn column(&self, field: &str) -> Vec<&str> {
        self.body["data"].as_array().unwrap().iter().map(|entry| entry[field].as_str().unwrap()).collect()
    }
}

impl Market {
    fn new() -> Self {
        Market::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let mut world = World::new(Clock::frozen_at(noon()), 7, Timing::of(Profile::Fast));
        world.add(CLOUD, openstackid::seeded(settings).unwrap());
        Market { live: Live::new(world, 7), services: openstackid::services() }
    }

    pub fn pass(&self, seconds: i64) {
        self.live.advance(TimeDelta::seconds(seconds));
    }

    /// Every row of every table.
    pub fn saved(&self) -> Vec<(String, Value)> {
        self.live.snapshot().tables(CLOUD, |_, table, rows| (table.to_owned(), rows.save().unwrap())).unwrap()
    }

    pub fn ask(
        &self,
        service: &str,
        method: &'static str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answered {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut call = Call::new(method, path);
        call.query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        call.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        call.bytes = body.to_owned().into_bytes().into();
        call.cloud = CLOUD.into();
        call.origin = "http://market.example:4994".into();
        call.endpoints = Endpoints::Paths(Arc::default());
        let service = self.services.iter().find(|one| one.name() == service).unwrap();
        let answer = answered(service.dispatch(&self.live, &mut call));
        if answer.status == 200 && answer.content_type == "application/json" {
            assert_documented(&call, &answer.body);
        }
        answer
    }

    /// Requests a token for scopes such as `consultants/read`.
    pub fn token(&self, scopes: &[&str]) -> String {
        let scopes: Vec<_> = scopes.iter().map(|scope| format!("{BASE}/{scope}")).collect();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", &scopes.join(" "))
            .append_pair("client_id", "nephos")
            .append_pair("client_secret", "nephos")
            .finish();
        let answer = self.ask("identity", "POST", "/oauth2/token", &[], &form);
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends a GET under `/v1/marketplace` with a token for all scopes and these headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answered {
        let token = format!("Bearer {}", self.token(&openstackid::settings::SCOPES));
        let mut all = vec![("Authorization", token.as_str())];
        all.extend(headers);
        self.ask("marketplace", "GET", &format!("/v1/marketplace{path}"), &all, "")
    }

    pub fn get(&self, path: &str) -> Answered {
        self.get_with(path, &[])
    }
}

/// Validates a response against the schema in openapi/openstackid.json.
fn assert_documented(call: &Call, body: &Value) {
    let file = format!("{}/openapi/openstackid.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let operation = operations.find(|operation| operation["operationId"] == call.operation).expect(call.operation);
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    if schema.is_object() {
        let wrong: Vec<_> =
            jsonschema::validator_for(schema).unwrap().iter_errors(body).map(|e| e.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", call.operation);
    }
}

fn answered(response: Response) -> Answered {
    let (content_type, text) = match response.body {
        Body::Json(bytes) => ("application/json".to_owned(), String::from_utf8(bytes.to_vec()).unwrap()),
        Body::Text(content_type, text) => (content_type.to_owned(), text),
        _ => (String::new(), String::new()),
    };
    let body = serde_json::from_str(&text).unwrap_or_default();
    Answered { status: response.status, headers: response.headers, content_type, text, body }
}
