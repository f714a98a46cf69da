//! An OpenStack cloud in process, on a frozen clock with a fixed seed, and a builder for requests to it.

#![allow(dead_code, reason = "each test uses a part of it")]

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use nephos::clouds::openstack::{self, OpenStack, Site};
use nephos::engine::{
    AnyService, Body, Call, Clock, Effect, Endpoints, Fault, Live, OperationInfo, Profile, Timing, World,
};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::Arc;

pub const CLOUD: &str = "gozunga";

/// The virtual time at which every test begins.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 1, 1, 12, 0, 0).unwrap()
}

/// An OpenStack cloud with the default seed data. Requests are dispatched to the services without sockets.
pub struct Cloud {
    pub live: Live,
    services: Vec<Arc<dyn AnyService>>,
    /// User, token and project of the tokens that were issued so far.
    tokens: RefCell<Vec<(String, String, String)>>,
}

pub struct Answered {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
    pub text: String,
}

impl Answered {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The `message` of an error, whatever the key around it.
    pub fn message(&self) -> &str {
        let fault = self.body.as_object().and_then(|body| body.values().next());
        fault.and_then(|fault| fault["message"].as_str()).unwrap_or_default()
    }
}

/// A request: `cloud.post("cinder", "/v3/volumes").user("demo").version("volume 3.50").json(…).send()`.
pub struct RequestBuilder<'c> {
    cloud: &'c Cloud,
    service: &'static str,
    call: Call,
    user: Option<String>,
}

impl Cloud {
    pub fn new() -> Self {
        let mut world = World::new(Clock::frozen_at(noon()), 7, Timing::of(Profile::Fast));
        world.add(CLOUD, openstack::seed::seeded(Site { region: "fsd1".into(), ..Site::default() }));
        Cloud { live: Live::new(world, 7), services: openstack::services::all(), tokens: RefCell::default() }
    }

    pub fn ask(&self, method: &'static str, service: &'static str, path: &str) -> RequestBuilder<'_> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut call = Call::new(method, path);
        call.query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        RequestBuilder { cloud: self, service, call, user: Some("demo".into()) }
    }

    pub fn get(&self, service: &'static str, path: &str) -> RequestBuilder<'_> {
        self.ask("GET", service, path)
    }

    pub fn post(&self, service: &'static str, path: &str, body: Value) -> RequestBuilder<'_> {
        self.ask("POST", service, path).json(body)
    }

    pub fn put(&self, service: &'static str, path: &str, body: Value) -> RequestBuilder<'_> {
        self.ask("PUT", service, path).json(body)
    }

    pub fn patch(&self, service: &'static str, path: &str, body: Value) -> RequestBuilder<'_> {
        self.ask("PATCH", service, path).json(body)
    }

    pub fn delete(&self, service: &'static str, path: &str) -> RequestBuilder<'_> {
        self.ask("DELETE", service, path)
    }

    /// Advances the clock and runs the transitions that are due by then.
    pub fn pass(&self, seconds: i64) {
        self.live.advance(TimeDelta::seconds(seconds));
    }

    /// Adds a fault.
    pub fn add_fault(&self, fault: Fault) {
        let added = self.live.admin_write(|world| {
            world.add_fault(fault, None);
            Ok::<_, ()>(())
        });
        added.expect("the write succeeds");
    }

    /// Makes all transitions whose names match the glob fail with a reason.
    pub fn fail(&self, transitions: &str, reason: &str) {
        self.add_fault(Fault::new(transitions, Effect::Fails(reason.into())));
    }

    /// Reads the state directly, for what no API shows.
    pub fn state<T>(&self, look: impl FnOnce(&OpenStack) -> T) -> T {
        look(self.live.snapshot().cloud::<OpenStack>(CLOUD).unwrap())
    }

    /// The operations of all services.
    pub fn operations(&self) -> Vec<OperationInfo> {
        self.services.iter().flat_map(|service| service.operations()).collect()
    }

    /// All rows of all tables, by `service/table`.
    pub fn saved(&self) -> Vec<(String, Value)> {
        let saved = self
            .live
            .snapshot()
            .tables(CLOUD, |service, table, rows| (format!("{service}/{table}"), rows.save().unwrap()));
        saved.unwrap()
    }

    /// Lets users log in again.
    pub fn forget_tokens(&self) {
        self.tokens.borrow_mut().clear();
    }

    /// A token of the user for the project of the same name, and the id of that project.
    pub fn token(&self, user: &str) -> (String, String) {
        if let Some((_, token, project)) = self.tokens.borrow().iter().find(|(name, ..)| name == user) {
            return (token.clone(), project.clone());
        }
        let domain = json!({"id": "default"});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {"name": user, "domain": domain, "password": "nephos"}}},
            "scope": {"project": {"name": user, "domain": domain}},
        }});
        let answer = self.post("keystone", "/v3/auth/tokens", body).nobody().send();
        assert_eq!(answer.status, 201, "{}", answer.text);
        let token = answer.header("x-subject-token").unwrap().to_owned();
        let project = answer.body["token"]["project"]["id"].as_str().unwrap().to_owned();
        self.tokens.borrow_mut().push((user.into(), token.clone(), project.clone()));
        (token, project)
    }
}

impl RequestBuilder<'_> {
    pub fn user(mut self, user: &str) -> Self {
        self.user = Some(user.into());
        self
    }

    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.call.query.push((name.into(), value.into()));
        self
    }

    /// Without a token.
    pub fn nobody(mut self) -> Self {
        self.user = None;
        self
    }

    pub fn version(self, version: &str) -> Self {
        self.header("OpenStack-API-Version", version)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.call.headers.push((name.into(), value.into()));
        self
    }

    pub fn json(self, body: Value) -> Self {
        self.header("Content-Type", "application/json").bytes(body.to_string().into_bytes())
    }

    pub fn bytes(mut self, body: Vec<u8>) -> Self {
        self.call.bytes = body.into();
        self
    }

    /// The body could not be stored, for this reason.
    pub fn unstored(mut self, reason: nephos::engine::Unstored) -> Self {
        self.call.unstored = Some(reason);
        self
    }

    /// Sets the content of an address that the operation fetches.
    pub fn finding(mut self, address: &str, content: &[u8]) -> Self {
        self.call.fetched.push((address.into(), Ok(bytes::Bytes::copy_from_slice(content).into())));
        self
    }

    pub fn send(mut self) -> Answered {
        if let Some(user) = &self.user {
            let (token, project) = self.cloud.token(user);
            self.call.headers.push(("X-Auth-Token".into(), token));
            self.call.path = self.call.path.replace("{project}", &project);
        }
        self.call.cloud = CLOUD.into();
        self.call.origin = "http://cloud.example".into();
        let services = &self.cloud.services;
        let paths = services.iter().map(|one| (one.name().to_owned(), format!("/{}", one.name()))).collect();
        self.call.endpoints = Endpoints::Paths(Arc::new(paths));
        let service = services.iter().find(|one| one.name() == self.service).expect("a service of that name");
        if service.body_kind(self.call.method, &self.call.path) == nephos::engine::BodyKind::Blob {
            self.call.blob = Some(std::mem::take(&mut self.call.bytes).into());
        }
        let response = service.dispatch(&self.cloud.live, &mut self.call);
        let text = match response.body {
            Body::Empty | Body::Events(_) => String::new(),
            Body::Json(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Body::Text(_, text) => text,
            Body::Blob(blob, from, length) => {
                String::from_utf8_lossy(&blob.read(from, length as usize).unwrap()).into_owned()
            }
        };
        let body = serde_json::from_str(&text).unwrap_or_default();
        Answered { status: response.status, headers: response.headers, body, text }
    }
}
