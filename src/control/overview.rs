//! What there is and how it does: readiness, clouds, operations, metrics; and the way back to the start.

use super::{Route, errors, json};
use crate::app::{App, RunningCloud};
use crate::clouds::openstack::seed;
use crate::clouds::openstackid;
use crate::config::{CloudConfig, Kind};
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
    let name = &cloud.config.name;
    match cloud.config.kind {
        Kind::OpenStack => value!({
            "name": name,
            "kind": "openstack",
            "region": cloud.config.region,
            "services": services,
            "domain": "Default",
            "users": users(&cloud.config),
        }),
        Kind::CloudSigma => {
            let logins = cloud.config.cloudsigma.logins().into_iter();
            let accounts: Vec<_> =
                logins.map(|login| value!({"email": login.email, "password": login.password})).collect();
            value!({"name": name, "kind": "cloudsigma", "services": services, "accounts": accounts})
        }
        Kind::OpenStackId => {
            let clients = cloud.config.openstackid.clients.iter();
            let clients: Vec<_> = clients.map(|one| value!({"id": one.id, "secret": one.secret})).collect();
            let scopes =
                openstackid::settings::SCOPES.map(|scope| format!("{}/{scope}", cloud.config.openstackid.scope_base));
            value!({"name": name, "kind": "openstackid", "services": services, "clients": clients, "scopes": scopes})
        }
        Kind::Cloudzy => {
            let accounts = cloud.config.cloudzy.accounts.iter();
            let accounts: Vec<_> = accounts.map(|one| value!({"name": one.name, "token": one.token})).collect();
            value!({"name": name, "kind": "cloudzy", "services": services, "accounts": accounts})
        }
    }
}

fn users(cloud: &CloudConfig) -> Vec<Value> {
    let mut users = vec![value!({"name": "admin", "password": seed::PASSWORD, "project": "admin"})];
    users.push(value!({"name": "demo", "password": seed::PASSWORD, "project": "demo"}));
    let own = cloud.users.iter();
    users.extend(own.map(|user| value!({"name": user.name, "password": user.password, "project": user.project})));
    users
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
