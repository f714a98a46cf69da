//! The emulator's own API on the control port: the clock, the journal, the state, what there is.
//! Every operation here has a command on the command line.

mod clock;
mod errors;
mod journal;
mod overview;
mod state;

use crate::app::App;
use crate::engine::{Answer, Body, Call, Caller, Intake, Live, Mounted, OperationInfo, Problem, Response};
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
    handler: fn(&App, &Call) -> Answer,
}

const ROUTES: &[&[Route]] = &[overview::ROUTES, clock::ROUTES, journal::ROUTES, state::ROUTES];

impl Control {
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

    fn answer(&self, call: &mut Call) -> Answer {
        let found = self.routes.at(&call.path).map_err(|_| errors::no_such_path(&call.path))?;
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
        (route.handler)(&self.app, call)
    }
}

impl Mounted for Control {
    fn name(&self) -> &'static str {
        "control"
    }

    /// What is done here is not in the journal: it is no part of what a client of a cloud did.
    fn dispatch(&self, live: &Live, call: &mut Call) -> Response {
        call.now = live.snapshot().clock().now();
        let mut response = self.answer(call).unwrap_or_else(refuse);
        if response.status == 0 {
            response.status = 200;
        }
        response
    }

    fn operations(&self) -> Vec<OperationInfo> {
        vec![]
    }

    fn intake(&self, _method: &str, _path: &str) -> Intake {
        Intake::Json
    }

    fn body_limit(&self) -> usize {
        1 << 20
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
