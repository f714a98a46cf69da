//! Readiness, the clouds and their addresses, the operations, metrics, and the reset of the world.

use super::route::{Route, get, post};
use super::{errors, json};
use crate::app::{App, RunningCloud};
use crate::engine::{Answer, Call, Live, Response};
use serde_json::{Value, json as value};
use std::sync::atomic::Ordering;

pub const ROUTES: &[Route] = &[
    get("/", "control.index", index).summary("Lists the operations of the control API."),
    get("/health", "control.health", health).summary("Answers as long as the process runs.").immediate(),
    get("/ready", "control.ready", ready).summary("Answers 200 once every port listens, 503 before.").immediate(),
    get("/clouds", "control.clouds", clouds).summary("Lists the clouds with the addresses of their services."),
    get("/operations", "control.operations", operations).summary("Lists the operations of the clouds."),
    get("/metrics", "control.metrics", metrics).summary("Shows request counts and times in Prometheus's text format."),
    post("/reset", "control.reset", reset).summary("Resets the world and its journal to how they began."),
];

fn index(_app: &App, _live: &Live, _call: &Call) -> Answer {
    let paths: Vec<_> = super::rows().map(|row| format!("{} {}", row.method, row.path)).collect();
    Ok(json(value!({"name": "nephos", "version": env!("CARGO_PKG_VERSION"), "operations": paths})))
}

fn health(_app: &App, _live: &Live, _call: &Call) -> Answer {
    Ok(json(value!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})))
}

fn ready(app: &App, _live: &Live, _call: &Call) -> Answer {
    if app.ready.load(Ordering::Acquire) { Ok(json(value!({"status": "ready"}))) } else { Err(errors::not_ready()) }
}

fn clouds(app: &App, _live: &Live, call: &Call) -> Answer {
    Ok(json(value!({"clouds": app.clouds.iter().map(|cloud| view(app, cloud, call)).collect::<Vec<_>>()})))
}

/// The addresses are on the host that the client used: the ports of the default world, or the paths of a world where
/// its control API is asked.
fn view(app: &App, cloud: &RunningCloud, call: &Call) -> Value {
    let origin = crate::engine::without_port(&call.origin);
    let mut services = serde_json::Map::new();
    for service in &cloud.services {
        let Ok(Some((port, path))) = cloud.public_place(&app.config, service.name()) else { continue };
        let address = match call.prefix.as_str() {
            "" => format!("{origin}:{port}{path}"),
            world => format!("{}{world}/{}/{}", call.origin, cloud.config.name, service.name()),
        };
        services.insert(service.name().into(), address.into());
    }
    let mut shown = value!({"name": cloud.config.name, "kind": cloud.config.kind.name, "services": services});
    for (key, value) in cloud.settings.shown() {
        shown[key] = value;
    }
    shown
}

/// A service that several clouds have is listed once. `?service=` selects one; `control` is the control API itself.
fn operations(app: &App, _live: &Live, call: &Call) -> Answer {
    let mut seen = vec![];
    let mut rows = if call.query("service") == Some("control") { super::operations() } else { vec![] };
    for service in app.clouds.iter().flat_map(|cloud| &cloud.services) {
        if !seen.contains(&service.name()) {
            seen.push(service.name());
            rows.extend(service.operations());
        }
    }
    let service = call.query("service");
    rows.retain(|row| service.is_none_or(|service| row.service == service));
    Ok(json(value!({"operations": rows})))
}

fn metrics(_app: &App, live: &Live, _call: &Call) -> Answer {
    Ok(Response::text("text/plain; version=0.0.4; charset=utf-8", live.metrics.encode()))
}

fn reset(_app: &App, live: &Live, _call: &Call) -> Answer {
    live.reset();
    Ok(json(value!({"status": "reset"})))
}
