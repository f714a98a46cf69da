//! Starts nephos on a free port of this process, and sends requests to it over HTTP.

use nephos::app::App;
use nephos::config::Config;
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

pub struct Nephos {
    pub app: Arc<App>,
    client: Client,
}

/// A user who is logged in to the cloud `gozunga` of one world.
pub struct Session {
    client: Client,
    base: String,
    token: String,
}

/// A nephos with a frozen clock. It listens on free ports and ends with the process.
pub fn start() -> Result<Nephos, Box<dyn Error>> {
    let config = format!(
        r#"
        clock = "frozen"
        start = "2030-01-01T12:00:00Z"
        clouds = "own"
        control_port = {}
        [[cloud]]
        name = "gozunga"
        kind = "openstack"
        region = "fsd1"
        port = {}
        paths = {{ keystone = "/identity", cinder = "/volume" }}
        "#,
        free_port()?,
        free_port()?,
    );
    let app = Arc::new(App::new(Config::parse(&config)?)?);
    let served = app.clone();
    thread::spawn(move || nephos::http::run(served.serve()));
    while !app.ready.load(Ordering::Acquire) {
        thread::yield_now();
    }
    Ok(Nephos { app, client: Client::builder().no_proxy().build()? })
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Nephos {
    /// Logs `demo` in. Every world has its address on the control port.
    pub fn login(&self, world: &str) -> Result<Session, Box<dyn Error>> {
        let base = format!("http://127.0.0.1:{}/worlds/{world}/gozunga", self.app.config.control_port);
        let domain = json!({"id": "default"});
        let user = json!({"name": "demo", "domain": domain, "password": "nephos"});
        let scope = json!({"project": {"name": "demo", "domain": domain}});
        let auth = json!({"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope});
        let request = self.client.post(format!("{base}/keystone/v3/auth/tokens")).json(&json!({"auth": auth}));
        let answer = request.send()?.error_for_status()?;
        let token = answer.headers().get("X-Subject-Token").ok_or("no token")?.to_str()?.to_owned();
        Ok(Session { client: self.client.clone(), base, token })
    }
}

impl Session {
    pub fn get(&self, path: &str) -> Result<Value, Box<dyn Error>> {
        self.send(self.client.get(format!("{}/{path}", self.base)))
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Box<dyn Error>> {
        self.send(self.client.post(format!("{}/{path}", self.base)).json(body))
    }

    fn send(&self, request: RequestBuilder) -> Result<Value, Box<dyn Error>> {
        Ok(request.header("X-Auth-Token", &self.token).send()?.error_for_status()?.json()?)
    }
}
