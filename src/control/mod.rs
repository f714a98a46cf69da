//! The emulator's own API on the control port: the clock, the journal, the state, what there is.
//! Every operation here has a command on the command line.

mod clock;
mod errors;
mod faults;
mod har;
mod journal;
mod limits;
mod overview;
mod scenarios;
mod snapshots;
mod state;
mod worlds;

use crate::app::App;
use crate::engine::{Answer, AnyService, Body, BodyKind, Call, Caller, Live, OperationInfo, Problem, Response};
use std::sync::Arc;

pub struct Control {
    app: Arc<App>,
    routes: matchit::Router<Vec<&'static Route>>,
}

/// One operation of the control API.
pub struct Route {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    handler: fn(&App, &Live, &Call) -> Answer,
}

const ROUTES: &[&[Route]] = &[
    overview::ROUTES,
    clock::ROUTES,
    journal::ROUTES,
    state::ROUTES,
    worlds::ROUTES,
    snapshots::ROUTES,
    faults::ROUTES,
    limits::ROUTES,
    scenarios::ROUTES,
];

impl Control {
    #[allow(clippy::panic, reason = "a mistake in the tables, which every test that starts it finds")]
    pub fn new(app: Arc<App>) -> Self {
        let mut paths: Vec<(&str, Vec<&'static Route>)> = vec![];
        for route in ROUTES.iter().copied().flatten() {
            match paths.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, routes)) => routes.push(route),
                None => paths.push((route.path, vec![route])),
            }
        }
        let mut routes = matchit::Router::new();
        for (path, rows) in paths {
            if let Err(error) = routes.insert(path, rows) {
                panic!("two rows of the control API disagree about {path}: {error}");
            }
        }
        Control { app, routes }
    }

    fn answer(&self, live: &Live, call: &mut Call) -> Answer {
        let found = self.routes.at(&call.path).map_err(|_| unknown_path(&self.app, &call.path))?;
        call.params = found.params.iter().map(|(key, value)| (key.into(), value.into())).collect();
        let method = if call.method == "HEAD" { "GET" } else { call.method };
        let route = found.value.iter().find(|route| route.method == method);
        let route = route.ok_or_else(|| {
            errors::no_such_method(&call.path, &found.value.iter().map(|route| route.method).collect::<Vec<_>>())
        })?;
        call.operation = route.name;
        call.caller = Caller::default();
        if !call.bytes.is_empty() {
            call.json = serde_json::from_slice(&call.bytes).map_err(|error| errors::not_json(&error.to_string()))?;
        }
        (route.handler)(&self.app, live, call)
    }
}

impl AnyService for Control {
    fn name(&self) -> &'static str {
        "control"
    }

    /// What is done here is not in the journal: it is no part of what a client of a cloud did.
    fn dispatch(&self, live: &Live, call: &mut Call) -> Response {
        call.now = live.snapshot().clock().now();
        let mut response = self.answer(live, call).unwrap_or_else(refuse);
        if response.status == 0 {
            response.status = 200;
        }
        response
    }

    fn operations(&self) -> Vec<OperationInfo> {
        vec![]
    }

    /// The file of a snapshot may be large.
    fn body_kind(&self, method: &str, path: &str) -> BodyKind {
        if method == "PUT" && path.starts_with("/snapshots/") { BodyKind::Blob } else { BodyKind::Json }
    }

    fn body_limit(&self) -> usize {
        1 << 20
    }
}

/// A path that nothing is at, or that leads into a world that does not exist.
fn unknown_path(app: &App, path: &str) -> Problem {
    let world = path.strip_prefix("/worlds/").and_then(|rest| rest.split_once('/')).map(|(world, _)| world);
    match world.filter(|world| app.worlds.get(world).is_none()) {
        Some(world) => errors::no_such_world(world, &worlds::names(app)),
        None => errors::no_such_path(path),
    }
}

fn refuse(problem: Problem) -> Response {
    let response = Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("message", &problem.message);
    });
    Response { headers: problem.headers, ..response.status(problem.status) }
}

/// A JSON value as an answer.
fn json(value: serde_json::Value) -> Response {
    Response { status: 0, headers: vec![], body: Body::Json(value.to_string().into()) }
}
