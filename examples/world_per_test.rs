//! A world for each test: forks of one cloud, used at the same time, that do not see each other.
//!
//! `cargo run --example world_per_test`

mod support;

use chrono::TimeDelta;
use serde_json::json;
use std::error::Error;
use std::thread;

fn main() -> Result<(), Box<dyn Error>> {
    let nephos = support::start()?;
    // What all tests need is set up once …
    nephos.login("default")?.post("cinder/v3/volumes", &json!({"volume": {"size": 1, "name": "shared"}}))?;
    nephos.app.live.advance(TimeDelta::seconds(1));

    // … and each test works in its own fork of it.
    let nephos = &nephos;
    thread::scope(|threads| {
        let test = |number| threads.spawn(move || test(nephos, number).map_err(|error| error.to_string()));
        let tests: Vec<_> = (0..4).map(test).collect();
        tests.into_iter().try_for_each(|test| test.join().unwrap_or_else(|_| Err("a test panicked".into())))
    })?;

    let left = nephos.login("default")?.get("cinder/v3/volumes")?;
    println!("the default world still has {} volume", left["volumes"].as_array().map_or(0, Vec::len));
    Ok(())
}

fn test(nephos: &support::Nephos, number: u64) -> Result<(), Box<dyn Error>> {
    let world = format!("test-{number}");
    nephos.app.worlds.add(&world, nephos.app.live.fork()).map_err(|reason| format!("{world}: {reason:?}"))?;
    let cloud = nephos.login(&world)?;
    for _ in 0..number {
        cloud.post("cinder/v3/volumes", &json!({"volume": {"size": 1}}))?;
    }
    let volumes = cloud.get("cinder/v3/volumes")?;
    assert_eq!(volumes["volumes"].as_array().map(Vec::len), Some(1 + usize::try_from(number)?));
    println!("{world} has {} volumes", 1 + number);
    nephos.app.worlds.remove(&world);
    Ok(())
}
