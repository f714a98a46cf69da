//! What there is and how it does: readiness, clouds, operations, metrics; and the way back to the start.

use super::{Route, errors, json};
use crate::app::{App, RunningCloud};
use crate::engine::{Answer, Call, Live, Response};
use serde_json::{Value, json as value};
use std::sync::atomic::Ordering;

pub const ROUTES: &[Route] = &[
    Route { name: "control.index", method: "GET", path: "/", handler: index },
    Route { name: "control.health", method: "GET", path: "/health", handler: health },
    Route { name: "control.ready", method: "GET", path: "/ready", handler: ready },
    Route { name: "control.clouds", method: "GET", path: "/clouds", handler: clouds },
    Route { name: "control.operations", method: "GET", path: "/operations", handler: operations },
    Route { name: "control.metrics", method: "GET", path: "/metrics", handler: metrics },
    Route { name: "control.reset", method: "POST", path: "/reset", handler: reset },
];

fn index(_app: &App, _live: &Live, _call: &Call) -> Answer {
    let paths: Vec<_> =
        super::ROUTES.iter().copied().flatten().map(|row| format!("{} {}", row.method, row.path)).collect();
    Ok(json(value!({"name": "nephos", "version": env!("CARGO_PKG_VERSION"), "operations": paths})))
}

fn health(_app: &App, _live: &Live, _call: &Call) -> Answer {
    Ok(json(value!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})))
}

fn ready(app: &App, _live: &Live, _call: &Call) -> Answer {
    if app.ready.load(Ordering::Acquire) { Ok(json(value!({"status": "ready"}))) } else { Err(errors::not_ready()) }
}

fn clouds(app: &App, _live: &Live, call: &Call) -> Answer {
    Ok(json(value!({"clouds": app.clouds.iter().map(|cloud| show(app, cloud, call)).collect::<Vec<_>>()})))
}

fn show(app: &App, cloud: &RunningCloud, call: &Call) -> Value {
    let origin = call.origin.rsplit_once(':').map_or(call.origin.as_str(), |(host, _)| host);
    let mut services = serde_json::Map::new();
    for service in &cloud.services {
        let Ok(Some((port, path))) = cloud.place(&app.config, service.name()) else { continue };
        let at = match call.prefix.as_str() {
            "" => format!("{origin}:{port}{path}"),
            world => format!("{}{world}/{}/{}", call.origin, cloud.config.name, service.name()),
        };
        services.insert(service.name().into(), at.into());
    }
    let mut shown = value!({"name": cloud.config.name, "kind": cloud.config.kind.name, "services": services});
    for (key, value) in cloud.settings.shown() {
        shown[key] = value;
    }
    shown
}

/// Every row of the tables of operations, each service once however many clouds have it.
fn operations(app: &App, _live: &Live, call: &Call) -> Answer {
    let mut seen = vec![];
    let mut rows = vec![];
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

/// The world as it began, clock included, and an empty journal.
fn reset(_app: &App, live: &Live, _call: &Call) -> Answer {
    live.reset();
    Ok(json(value!({"status": "reset"})))
}
