//! CloudSigma in process with a frozen clock and seeded ids. One file per resource, as in src/clouds/cloudsigma.

#[path = "../support/any_request/mod.rs"]
mod any_request;
mod billing;
mod checkable;
mod drives;
mod faults;
mod groups;
mod profile;
mod requests_never_break;
mod resources;
mod scenarios;
mod servers;
mod subscriptions;
mod tables;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use nephos::clouds::cloudsigma::{self, CloudSigma, Settings};
use nephos::engine::{AnyService, Body, BodyKind, Call, Clock, Effect, Endpoints, Fault, Live, Profile, Timing, World};
use serde_json::Value;
use std::sync::Arc;

const CLOUD: &str = "cloudsigma";
const DEMO: &str = "demo@example.com";
const ANN: &str = "ann@example.com";

/// The virtual time at the start of every test.
fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 1, 1, 12, 0, 0).unwrap()
}

/// A cloud with the account of the default configuration and with Ann's.
struct Sigma {
    pub live: Live,
    services: Vec<Arc<dyn AnyService>>,
}

pub struct Answered {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    pub text: String,
}

impl Answered {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The value of a key of the first record.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.text.lines().take_while(|line| !line.is_empty()).find_map(|line| {
            let (known, value) = line.split_once(' ')?;
            (known == key).then_some(value)
        })
    }

    pub fn lines(&self) -> Vec<&str> {
        self.text.lines().collect()
    }

    /// Asserts the whole response.
    #[track_caller]
    pub fn is(&self, status: u16, text: &str) {
        assert_eq!((self.status, self.text.as_str()), (status, text));
    }

    /// Asserts status 200.
    #[track_caller]
    pub fn good(self) -> Self {
        assert!(self.status < 300, "{} {}", self.status, self.text);
        self
    }
}

impl Sigma {
    fn new() -> Self {
        Sigma::with("[[account]]\nemail = \"ann@example.com\"\npassword = \"nephos\"\n")
    }

    fn with(settings: &str) -> Self {
        let settings: Settings = toml::from_str(settings).unwrap();
        let mut world = World::new(Clock::frozen_at(noon()), 7, Timing::of(Profile::Fast));
        world.add(CLOUD, cloudsigma::seeded(&settings).unwrap());
        Sigma { live: Live::new(world, 7), services: cloudsigma::services() }
    }

    pub fn pass(&self, seconds: i64) {
        self.live.advance(TimeDelta::seconds(seconds));
    }

    /// Makes the transitions that match a glob end this way from now on.
    pub fn inject(&self, transitions: &str, effect: Effect) {
        let injected = self.live.admin_write(|world| {
            world.add_fault(Fault::new(transitions, effect), None);
            Ok::<_, ()>(())
        });
        injected.unwrap();
    }

    pub fn state<T>(&self, look: impl FnOnce(&CloudSigma) -> T) -> T {
        look(self.live.snapshot().cloud::<CloudSigma>(CLOUD).unwrap())
    }

    /// Every row of every table, by the table's name.
    pub fn saved(&self) -> Vec<(String, Value)> {
        let saved = self.live.snapshot().tables(CLOUD, |_, table, rows| (table.to_owned(), rows.save().unwrap()));
        saved.unwrap()
    }

    pub fn send(&self, method: &'static str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        let mut call = Call::new(method, path);
        call.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        call.bytes = body.to_vec().into();
        call.cloud = CLOUD.into();
        call.endpoints = Endpoints::Paths(Arc::default());
        let service = &self.services[0];
        if service.body_kind(method, path) == BodyKind::Blob {
            call.blob = Some(std::mem::take(&mut call.bytes).into());
        }
        let response = service.dispatch(&self.live, &mut call);
        let (content_type, bytes) = match response.body {
            Body::Text(content_type, text) => (content_type, text.into_bytes()),
            Body::Blob(blob, from, length) => {
                ("application/octet-stream", blob.read(from, length as usize).unwrap().to_vec())
            }
            Body::Json(bytes) => ("application/json", bytes.to_vec()),
            _ => ("", vec![]),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answered { status: response.status, headers: response.headers, content_type, bytes, text }
    }

    /// Sends a request with the account of this email.
    pub fn ask_as(&self, email: &str, method: &'static str, path: &str, body: &str) -> Answered {
        self.send(method, path, &[("Authorization", &basic(email, "nephos"))], body.as_bytes())
    }

    pub fn get(&self, path: &str) -> Answered {
        self.ask_as(DEMO, "GET", path, "")
    }

    pub fn post(&self, path: &str, body: &str) -> Answered {
        self.ask_as(DEMO, "POST", path, body)
    }

    /// Creates a drive and returns its UUID.
    pub fn drive(&self, settings: &str) -> String {
        let answer = self.post("/drives/create", settings).good();
        answer.value("drive").unwrap().to_owned()
    }

    /// Creates a server with these settings in addition to its name and size, and returns its UUID.
    pub fn server(&self, settings: &str) -> String {
        let answer = self.post("/servers/create", &format!("name s\ncpu 1000\nmem 1000\n{settings}")).good();
        answer.value("server").unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
    }

    pub fn start(&self, server: &str) -> Answered {
        self.get(&format!("/servers/{server}/start"))
    }

    pub fn show(&self, server: &str) -> Answered {
        self.get(&format!("/servers/{server}/info")).good()
    }

    /// The balance of the demo account.
    pub fn balance(&self) -> f64 {
        self.get("/balance/info").value("balance").unwrap().parse().unwrap()
    }
}

pub fn basic(email: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{email}:{password}")))
}
