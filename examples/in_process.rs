//! A cloud inside your own process: no ports, no HTTP client, and time moves only when you say so.
//!
//! `cargo run --example in_process`

use nephos::app::App;
use nephos::config::Config;
use nephos::engine::{Body, Call, Response};
use serde_json::{Value, json};

/// The clock stands still from the start, so every run prints the same.
const CONFIG: &str = r#"
    clock = "frozen"
    start = "2030-01-01T12:00:00Z"
"#;

fn main() -> Result<(), String> {
    let app = App::new(Config::parse(CONFIG)?)?;

    let password = json!({"user": {"name": "demo", "domain": {"id": "default"}, "password": "nephos"}});
    let scope = json!({"project": {"name": "demo", "domain": {"id": "default"}}});
    let auth = json!({"auth": {"identity": {"methods": ["password"], "password": password}, "scope": scope}});
    let answer = send(&app, "keystone", "POST", "/v3/auth/tokens", "", &auth)?;
    let token = answer.headers.iter().find(|(name, _)| *name == "X-Subject-Token").map(|(_, value)| value.clone());
    let token = token.ok_or("the login failed")?;

    let answer = send(&app, "cinder", "POST", "/v3/volumes", &token, &json!({"volume": {"size": 1}}))?;
    let id = body(&answer)["volume"]["id"].as_str().unwrap_or_default().to_owned();
    let status = |app: &App| {
        let answer = send(app, "cinder", "GET", &format!("/v3/volumes/{id}"), &token, &Value::Null)?;
        Ok::<_, String>(body(&answer)["volume"]["status"].clone())
    };
    println!("volume {id} is {}", status(&app)?);
    app.live.advance(chrono::TimeDelta::seconds(1));
    println!("a second later it is {}", status(&app)?);
    for entry in app.live.journal.entries(|_| true) {
        println!("{} {} {} {}", entry.at.time(), entry.status, entry.operation, entry.path);
    }
    Ok(())
}

/// Sends a request to a service of the cloud `gozunga`.
fn send(
    app: &App,
    service: &str,
    method: &'static str,
    path: &str,
    token: &str,
    body: &Value,
) -> Result<Response, String> {
    let cloud = app.clouds.iter().find(|cloud| cloud.config.name == "gozunga").ok_or("no such cloud")?;
    let service = cloud.services.iter().find(|one| one.name() == service).ok_or("no such service")?;
    let mut call = Call::new(method, path);
    call.cloud = "gozunga".into();
    call.endpoints = cloud.endpoints.clone();
    call.headers = vec![("X-Auth-Token".into(), token.into()), ("Content-Type".into(), "application/json".into())];
    call.bytes = if body.is_null() { Default::default() } else { body.to_string().into() };
    Ok(service.dispatch(&app.live, &mut call))
}

fn body(response: &Response) -> Value {
    match &response.body {
        Body::Json(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        _ => Value::Null,
    }
}
