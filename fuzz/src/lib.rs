//! What the fuzz targets share: all clouds in process, and requests as text.
//!
//! An input is one or more requests, with a line `---` between two of them:
//!
//! ```text
//! POST 8776 /v3/{project}/volumes?x=y
//! X-Auth-Token: {token}
//! Content-Type: application/json
//!
//! {"volume": {"size": 1}}
//! ```
//!
//! `{token}` and `{project}` are those of the administrator of gozunga, `{bearer}` is a token of the marketplace.

mod mutate;

pub use mutate::{Seeds, mutate};

use nephos::app::App;
use nephos::config::Config;
use nephos::engine::{Body, BodyKind, Call, DEFAULT, Response, World};
use nephos::http::Router;
use nephos::listeners::Listeners;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub const KEYSTONE: u16 = 5000;
/// The ports of gozunga: Keystone, Nova, Cinder, Placement, Glance, Neutron.
pub const OPENSTACK: &[u16] = &[KEYSTONE, 8774, 8776, 8778, 9292, 9696];
pub const CLOUDSIGMA: &[u16] = &[4992];
pub const CLOUDZY: &[u16] = &[4993];
pub const OPENSTACKID: &[u16] = &[4994];
pub const CONTROL: &[u16] = &[4990];

const CONFIG: &str = "clock = \"frozen\"\nstart = 2030-01-01T12:00:00Z\ntiming = \"instant\"\n";
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// All clouds on a frozen clock, and the world that every input finds.
pub struct Clouds {
    app: Arc<App>,
    listeners: Listeners,
    before: Arc<World>,
    /// What stands for what in an input.
    words: Vec<(&'static str, String)>,
}

impl Clouds {
    /// # Panics
    ///
    /// If the default configuration is not valid or a login fails: nothing can be tried then.
    pub fn new() -> Self {
        let config = Config::parse(CONFIG).expect("the configuration is valid");
        let app = Arc::new(App::new(config).expect("the clouds are made"));
        app.ready.store(true, Ordering::Release);
        let listeners = Listeners::new(app.clone()).expect("no port is used twice");
        let mut clouds = Self { before: app.live.snapshot(), app, listeners, words: vec![] };
        clouds.log_in();
        clouds.before = clouds.app.live.snapshot();
        clouds
    }

    fn log_in(&mut self) {
        let domain = json!({"id": "default"});
        let user = json!({"name": "admin", "domain": domain, "password": "nephos"});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": "admin", "domain": domain}},
        }});
        let input = format!("POST {KEYSTONE} /v3/auth/tokens\nContent-Type: application/json\n\n{body}");
        let answer = self.send(&[KEYSTONE], input.as_bytes()).expect("Keystone is there");
        let token = answer.headers.iter().find(|(name, _)| *name == "X-Subject-Token").map(|(_, token)| token.clone());
        let project = json_of(&answer)["token"]["project"]["id"].as_str().map(str::to_owned);
        let form = "POST 4994 /oauth2/token\nAuthorization: Basic bmVwaG9zOm5lcGhvcw==\n\
                    Content-Type: application/x-www-form-urlencoded\n\ngrant_type=client_credentials&\
                    scope=https://openstackid-resources.org/public-clouds/read";
        let bearer = self.send(OPENSTACKID, form.as_bytes()).map(|answer| json_of(&answer)["access_token"].clone());
        self.words = vec![
            ("{token}", token.expect("the login succeeds")),
            ("{project}", project.expect("the token has a project")),
            ("{bearer}", bearer.and_then(|token| token.as_str().map(str::to_owned)).unwrap_or_default()),
        ];
    }

    /// Sends the requests of an input to these ports and checks that none is answered with a server error. libFuzzer
    /// itself ends the process at a panic, also at one that a service would catch.
    ///
    /// # Panics
    ///
    /// If an answer is a server error, other than what the real services do not implement either (501).
    pub fn answer(&self, ports: &[u16], input: &[u8]) {
        self.app.live.restore(self.before.clone());
        for request in split(input, b"\n---\n") {
            if let Some(answer) = self.send(ports, request) {
                assert!(answer.status < 500 || answer.status == 501, "{}: {:?}", answer.status, answer.body);
            }
        }
        self.only_default_world();
    }

    fn only_default_world(&self) {
        for (name, _) in self.app.worlds.all().iter().filter(|(name, _)| **name != *DEFAULT) {
            self.app.worlds.remove(name);
        }
    }

    /// The seeds of a target that sends requests to these ports.
    ///
    /// # Panics
    ///
    /// If a seed is no request, or is refused: nothing but refusals would be tried then.
    pub fn seeds(&self, target: &str, ports: &[u16]) -> Seeds {
        let seeds = Seeds::of(target, self.operations(ports));
        for file in seeds.files() {
            self.app.live.restore(self.before.clone());
            for request in split(file, b"\n---\n") {
                let sent = String::from_utf8_lossy(request);
                let answer = self.send(ports, request).expect("a seed is a request");
                assert!(answer.status < 400, "{target}: {} {:?} to {sent}", answer.status, answer.body);
            }
            self.only_default_world();
        }
        seeds
    }

    /// The first lines of requests to every operation at these ports, with parameters left open: `GET 8774 /v2.1/servers/{server_id}`.
    pub fn operations(&self, ports: &[u16]) -> Vec<String> {
        let mounts = ports.iter().filter_map(|port| Some((port, self.listeners.find(*port, "/")?)));
        let lines = mounts.flat_map(|(port, mount)| {
            let operations = mount.service.operations();
            operations.into_iter().map(move |one| format!("{} {port} {}", one.method, one.path))
        });
        lines.collect()
    }

    /// The saved world as a JSON value.
    pub fn saved(&self) -> Value {
        let mut saved = save(&self.before);
        if let Some(fields) = saved.as_object_mut() {
            fields.remove("sha256");
        }
        saved
    }

    /// Loads a saved world. If that succeeds, the world is used for a while and must be the same once saved again.
    ///
    /// # Panics
    ///
    /// If what was loaded is not what is saved.
    pub fn load(&self, saved: Value) {
        let Ok(world) = self.before.load(saved) else { return };
        let saved = save(&world);
        let again = self.before.load(saved.clone()).expect("what was saved can be loaded");
        assert_eq!(save(&again), saved);
        self.app.live.restore(Arc::new(world));
        for path in [
            "8774 /v2.1/servers/detail",
            "8776 /v3/{project}/volumes/detail",
            "9292 /v2/images",
            "9696 /v2.0/ports",
            "5000 /v3/users",
        ] {
            let request = format!("GET {path}\nX-Auth-Token: {{token}}\n\n");
            self.send(OPENSTACK, request.as_bytes());
        }
    }

    /// The answer to one request; `None` if its first line is no request.
    fn send(&self, ports: &[u16], input: &[u8]) -> Option<Response> {
        let input = self.with_words(input);
        let (head, body) = split_once(&input, b"\n\n").unwrap_or((&input, b""));
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let mut first = lines.next()?.splitn(3, ' ');
        let method = first.next().and_then(|sent| METHODS.iter().find(|method| **method == sent))?;
        let port = first.next().and_then(|port| port.parse().ok()).filter(|port| ports.contains(port));
        let target = uri(first.next()?);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mount = self.listeners.find(port.unwrap_or(*ports.first()?), path)?;
        let mut call = Call::new(method, path.get(mount.prefix.len()..)?);
        let pairs =
            query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        call.query = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let headers = lines.filter_map(|line| line.split_once(": "));
        call.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        call.prefix.clone_from(&mount.prefix);
        call.endpoints = mount.endpoints.clone();
        call.cloud = mount.cloud.clone();
        match mount.service.receive(&mount.live, &mut call, false).body {
            BodyKind::Blob => call.blob = Some(bytes::Bytes::copy_from_slice(body).into()),
            _ => call.bytes = bytes::Bytes::copy_from_slice(body),
        }
        Some(mount.service.dispatch(&mount.live, &mut call))
    }

    fn with_words(&self, input: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(input) else { return input.to_vec() };
        let filled = self.words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
        filled.into_bytes()
    }
}

impl Default for Clouds {
    fn default() -> Self {
        Self::new()
    }
}

fn save(world: &World) -> Value {
    world.save().expect("the contents of images can be read")
}

/// A target as an HTTP library lets it through: other bytes are percent-encoded, and it begins with a slash.
fn uri(sent: &str) -> String {
    let encoded = sent.bytes().map(|byte| match byte {
        b'!'..=b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    format!("/{}", encoded.collect::<String>().trim_start_matches('/'))
}

fn json_of(answer: &Response) -> Value {
    match &answer.body {
        Body::Json(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        _ => Value::Null,
    }
}

fn split_once<'b>(bytes: &'b [u8], by: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = bytes.windows(by.len()).position(|window| window == by)?;
    Some((&bytes[..at], &bytes[at + by.len()..]))
}

fn split<'b>(bytes: &'b [u8], by: &[u8]) -> Vec<&'b [u8]> {
    let (mut parts, mut rest) = (vec![], bytes);
    while let Some((part, after)) = split_once(rest, by) {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}
