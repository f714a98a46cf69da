//! A cloud that fails on purpose: every second volume ends in `error`, and later all logins are refused for a while.
//!
//! `cargo run --example scenario`

mod support;

use chrono::TimeDelta;
use nephos::engine::parse_scenario;
use serde_json::json;
use std::error::Error;

/// The same text in a file would work with `nephos serve --scenario FILE` and `nephos scenario apply FILE`.
const SCENARIO: &str = r#"
description = "The storage backend is nearly full, and Keystone goes down for two minutes."

[[fault]]
on = "cinder.volume.create"
every = 2
fails = "The backend has no room left."

[[at]]
time = "1m"
fault = { service = "keystone", outage = "503", for = "2m" }
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let nephos = support::start()?;
    let scenario = parse_scenario("scenario.rs", "nearly-full", SCENARIO, &nephos.app.names)?;
    nephos.app.live.admin_write(|world| world.apply(scenario.into()))?;

    let cloud = nephos.login("default")?;
    for name in ["one", "two", "three", "four"] {
        cloud.post("cinder/v3/volumes", &json!({"volume": {"size": 1, "name": name}}))?;
    }
    nephos.app.live.advance(TimeDelta::seconds(1));
    for volume in cloud.get("cinder/v3/volumes/detail?sort=created_at:asc")?["volumes"].as_array().into_iter().flatten()
    {
        println!("{}: {}", volume["name"], volume["status"]);
    }

    for minutes in [0, 1, 2] {
        nephos.app.live.advance(TimeDelta::minutes(minutes));
        let now = nephos.app.live.snapshot().clock().now();
        match nephos.login("default") {
            Ok(_) => println!("{now}: the login works"),
            Err(error) => println!("{now}: {error}"),
        }
    }
    Ok(())
}
