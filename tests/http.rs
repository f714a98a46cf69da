//! nephos behind real sockets: ports and paths, links, bodies, broken connections.

#[path = "http/fetch.rs"]
mod fetch;

use nephos::app::App;
use nephos::config::Config;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// One nephos for all tests of this file.
struct Listening {
    offset: u16,
    client: Client,
}

static NEPHOS: std::sync::LazyLock<Listening> = std::sync::LazyLock::new(|| {
    let offset = free_offset();
    let config = format!("port_offset = {offset}\n{ANN}");
    let app = Arc::new(App::new(Config::parse(&config).unwrap()).unwrap());
    let served = app.clone();
    std::thread::spawn(move || actix_web::rt::System::new().block_on(served.serve()));
    while !app.ready.load(Ordering::Acquire) {
        std::thread::yield_now();
    }
    Listening { offset, client: Client::builder().no_proxy().build().unwrap() }
});

/// A configuration that adds a user to xloud.
const ANN: &str = r#"
    allow_fetch = ["loopback"]
    [[cloud]]
    name = "xloud"
    [[cloud.user]]
    name = "ann"
    password = "secret"
    project = "research"
"#;

/// An offset at which all default ports are free.
fn free_offset() -> u16 {
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let ports = Config::parse("").unwrap().ports();
    let fits = |offset: &u16| ports.iter().all(|port| free(port + offset));
    (20_000..50_000).step_by(211).find(fits).expect("free ports")
}

impl Listening {
    fn url(&self, port: u16, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", port + self.offset)
    }

    fn get(&self, port: u16, path: &str) -> Response {
        self.client.get(self.url(port, path)).send().unwrap()
    }

    /// A token of `demo`, and the whole answer, from the Keystone at this address.
    fn login(&self, port: u16, path: &str) -> (String, Value) {
        let answer = self.ask_token(port, path, ("demo", "nephos", "demo"));
        assert_eq!(answer.status(), 201);
        let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
        (token, answer.json().unwrap())
    }
}

impl Listening {
    fn ask_token(&self, port: u16, path: &str, (user, password, project): (&str, &str, &str)) -> Response {
        let domain = json!({"id": "default"});
        let user = json!({"name": user, "domain": domain, "password": password});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": project, "domain": domain}},
        }});
        let url = self.url(port, &format!("{path}/v3/auth/tokens"));
        self.client.post(url).json(&body).send().unwrap()
    }
}

/// The public address of a service in the catalog of a token.
fn public(token: &Value, service: &str) -> String {
    let services = token["token"]["catalog"].as_array().unwrap();
    let found = services.iter().find(|one| one["type"] == service).expect("the service");
    let endpoints = found["endpoints"].as_array().unwrap();
    let endpoint = endpoints.iter().find(|one| one["interface"] == "public").expect("a public endpoint");
    endpoint["url"].as_str().unwrap().to_owned()
}

#[test]
fn every_service_answers_at_its_ports_and_paths() {
    for (port, path) in [(5000, "/v3"), (4991, "/identity/v3"), (4990, "/worlds/default/gozunga/keystone/v3")] {
        let answer = NEPHOS.get(port, path);
        assert_eq!(answer.status(), 200, "{path}");
        let document: Value = answer.json().unwrap();
        assert_eq!(document["version"]["links"][0]["href"], NEPHOS.url(port, &format!("{path}/")));
    }
    assert_eq!(NEPHOS.get(4991, "/nowhere").status(), 404);
}

#[test]
fn the_catalog_leads_back_to_the_address_that_the_client_used() {
    for (port, path) in [(5000, ""), (4991, "/identity"), (4990, "/worlds/default/xloud/keystone")] {
        let (token, document) = NEPHOS.login(port, path);
        let volumes = format!("{}/volumes", public(&document, "block-storage"));
        let answer = NEPHOS.client.get(&volumes).header("X-Auth-Token", token).send().unwrap();
        assert_eq!(answer.status(), 200, "{volumes}");
    }
}

#[test]
fn users_of_the_config_file_can_log_in_to_their_cloud_alone() {
    let ann = ("ann", "secret", "research");
    assert_eq!(NEPHOS.ask_token(4991, "/identity", ann).status(), 201);
    assert_eq!(NEPHOS.ask_token(5000, "", ann).status(), 401);
}

#[test]
fn a_token_of_one_cloud_is_invalid_in_another() {
    let (token, _) = NEPHOS.login(5000, "");
    let answer = NEPHOS.client.get(NEPHOS.url(4991, "/volume/v3/volumes")).header("X-Auth-Token", token).send();
    assert_eq!(answer.unwrap().status(), 401);
}

#[test]
fn links_start_with_the_host_that_the_client_named() {
    let answer = NEPHOS.client.get(NEPHOS.url(5000, "/v3")).header("Host", "cloud.example:81").send().unwrap();
    let document: Value = answer.json().unwrap();
    assert_eq!(document["version"]["links"][0]["href"], "http://cloud.example:81/v3/");
}

#[test]
fn links_do_not_depend_on_the_headers_of_proxies() {
    let plain = NEPHOS.get(5000, "/v3").text().unwrap();
    let request = NEPHOS.client.get(NEPHOS.url(5000, "/v3"));
    let request = request.header("X-Forwarded-Host", "cloud.example").header("X-Forwarded-Proto", "https");
    let proxied = request.header("Forwarded", "host=cloud.example;proto=https").send().unwrap();
    assert_eq!(proxied.text().unwrap(), plain);
}

#[test]
fn a_body_that_is_too_large_is_refused_by_the_service() {
    let (token, _) = NEPHOS.login(5000, "");
    let url = NEPHOS.url(8776, "/v3/volumes");
    let request = NEPHOS.client.post(url).header("X-Auth-Token", token).header("Content-Type", "application/json");
    let answer = request.body(vec![b' '; 200_000]).send().unwrap();
    assert_eq!(answer.status(), 413);
}

#[test]
fn the_head_of_an_answer_has_no_body() {
    let answer = NEPHOS.client.head(NEPHOS.url(5000, "/v3")).send().unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.bytes().unwrap().len(), 0);
}

#[test]
fn a_header_that_comes_twice_is_a_list() {
    let (token, _) = NEPHOS.login(5000, "");
    let name = "OpenStack-API-Version";
    let ask = |first: &str, second: &str| {
        let request = NEPHOS.client.get(NEPHOS.url(8774, "/v2.1/servers")).header("X-Auth-Token", &token);
        let answer = request.header(name, first).header(name, second).send().unwrap();
        answer.headers()[name].to_str().unwrap().to_owned()
    };
    assert_eq!(ask("volume 3.50", "compute 2.9"), "compute 2.9");
    assert_eq!(ask("compute 2.9", "volume 3.50"), "compute 2.9");
}

#[test]
fn paths_and_queries_that_are_not_utf8_do_no_harm() {
    let (token, _) = NEPHOS.login(5000, "");
    // As uWSGI does when Cinder cannot read the path.
    let broken = NEPHOS.client.get(NEPHOS.url(8776, "/v3/volumes/%ff%fe")).header("X-Auth-Token", &token).send();
    assert!(broken.is_err());
    for path in [
        "/v3/types?name=%fe",
        "/v3/volumes?name=%ff&limit=%00",
        "/v3/%2e%2e/volumes",
        "//v3//volumes",
        "/v3/volumes?&&=&a",
    ] {
        let answer = NEPHOS.client.get(NEPHOS.url(8776, path)).header("X-Auth-Token", &token).send().unwrap();
        assert!(answer.status().as_u16() < 500, "{path}: {}", answer.status());
    }
}

/// Adds a fault for requests with a trace header, makes such a request, and returns status and body.
fn disturbed(trace: &str, fault: Value) -> Result<(u16, Vec<u8>), reqwest::Error> {
    let mut fault = fault;
    fault["header"] = format!("X-Trace: {trace}").into();
    let added = NEPHOS.client.post(NEPHOS.url(4990, "/faults")).json(&fault).send().unwrap();
    assert_eq!(added.status(), 201, "{}", added.text().unwrap());
    let client = Client::builder().no_proxy().timeout(std::time::Duration::from_secs(2)).build().unwrap();
    let answer = client.get(NEPHOS.url(5000, "/v3")).header("X-Trace", trace).send()?;
    let status = answer.status().as_u16();
    Ok((status, answer.bytes()?.to_vec()))
}

#[test]
fn faults_break_connections() {
    let (_, whole) = disturbed("nothing", json!({"delay": "0s"})).unwrap();
    for (trace, fault) in [
        ("before", json!({"reset": "before"})),
        ("during", json!({"reset": "during"})),
        ("after", json!({"reset": "after"})),
        ("closed", json!({"outage": "closed"})),
    ] {
        let error = disturbed(trace, fault).expect_err(trace);
        assert!(!error.is_timeout(), "{trace}: {error:?}");
        assert_eq!(error.is_decode() || error.is_body(), trace == "during", "{trace}: {error:?}");
    }
    assert!(disturbed("stall", json!({"stall": true})).unwrap_err().is_timeout());
    assert_eq!(disturbed("short stall", json!({"stall": "50ms"})).unwrap(), (200, whole.clone()));
    assert_eq!(disturbed("truncate", json!({"truncate": true})).unwrap(), (200, whole[..whole.len() / 2].to_vec()));
    let (status, garbage) = disturbed("garbage", json!({"garbage": true})).unwrap();
    assert_eq!((status, garbage.len()), (200, whole.len()));
    assert!(serde_json::from_slice::<Value>(&garbage).is_err());
}

#[test]
fn a_fault_delays_an_answer() {
    let before = nephos::engine::Clock::real();
    assert_eq!(disturbed("late", json!({"delay": "300ms"})).unwrap().0, 200);
    assert!((nephos::engine::Clock::real() - before).num_milliseconds() >= 300);
}
