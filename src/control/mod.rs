//! The control API: nephos's own API on the control port, to move the clock, inspect the journal and the state,
//! order faults, and manage snapshots and worlds. Every operation has a counterpart on the command line.
//!
//! All paths exist twice: at the root for the default world, and under `/worlds/{world}` for every world.

mod clock;
mod errors;
mod faults;
mod har;
mod journal;
mod limits;
mod overview;
mod route;
mod scenarios;
mod snapshots;
mod state;
mod worlds;

use crate::app::App;
use crate::engine::Answer;
use crate::engine::{
    AnyService, Body, BodyKind, Call, Caller, Live, OperationInfo, Pace, Problem, Reception, Response, Routes,
    UnmatchedRequest, path_params,
};
use route::Route;
use std::sync::Arc;

/// The control API as a service that listeners can mount. It has no dialect, no tokens, no faults and no limits, and
/// its requests are not in the journal.
pub struct Control {
    app: Arc<App>,
    routes: Routes<Route>,
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

/// The largest body in bytes, except for snapshot files.
const BODY_LIMIT: usize = 1 << 20;

impl Control {
    #[allow(clippy::panic, reason = "a mistake in the tables, which every test that starts it finds")]
    pub fn new(app: Arc<App>) -> Self {
        let mut routes = Routes::default();
        routes.mount("the control API", rows().map(|row| (row.path.to_owned(), row)).collect());
        Control { app, routes }
    }

    fn answer(&self, live: &Live, call: &mut Call) -> Answer {
        let found = self.routes.at(&call.path, false).ok_or_else(|| unknown_path(&self.app, call))?;
        let method = if call.method == "HEAD" { "GET" } else { call.method };
        let row = found.value.iter().find(|row| row.method == method);
        let row = row.ok_or_else(|| {
            errors::no_such_method(&call.path, &found.value.iter().map(|row| row.method).collect::<Vec<_>>())
        })?;
        call.params = path_params(&found, false);
        call.operation = row.name;
        call.caller = Caller::default();
        if !call.bytes.is_empty() {
            call.json = serde_json::from_slice(&call.bytes).map_err(|error| errors::not_json(&error.to_string()))?;
        }
        (row.handler)(&self.app, live, call)
    }
}

impl AnyService for Control {
    fn name(&self) -> &'static str {
        "control"
    }

    fn dispatch(&self, live: &Live, call: &mut Call) -> Response {
        // Without the lock: `/health` answers while a long change is made.
        (_, call.now) = live.read_published();
        let mut response = self.answer(live, call).unwrap_or_else(refuse);
        if response.status == 0 {
            response.status = 200;
        }
        response
    }

    fn operations(&self) -> Vec<OperationInfo> {
        operations()
    }

    fn receive(&self, _live: &Live, call: &mut Call, _large: bool) -> Reception {
        let found = self.routes.at(&call.path, false);
        let row = found.and_then(|found| found.value.iter().find(|row| row.method == call.method));
        let pace = if row.is_some_and(|row| row.immediate) { Pace::Quick } else { Pace::Waits };
        Reception { pace, ..Reception::of(row.map_or(BodyKind::Json, |row| row.body_kind)) }
    }

    fn body_limit(&self) -> usize {
        BODY_LIMIT
    }
}

fn rows() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().copied().flatten()
}

/// The control API's own operations, for `GET /operations?service=control`.
fn operations() -> Vec<OperationInfo> {
    rows().map(Route::info).collect()
}

/// A path that does not exist, or that leads into a world that does not exist. Below `/worlds/` it is probably the
/// path of a service with a wrong world, cloud or service, so `--strict` reports it.
fn unknown_path(app: &App, call: &Call) -> Problem {
    let path = call.path.as_str();
    let whole = format!("{}{path}", call.prefix);
    if whole.starts_with("/worlds/") {
        let (cloud, method) = ("control".into(), call.method);
        app.live.strict.record(UnmatchedRequest { cloud, service: "", method, path: whole });
    }
    let world = path.strip_prefix("/worlds/").and_then(|rest| rest.split_once('/')).map(|(world, _)| world);
    match world.filter(|world| app.worlds.get(world).is_none()) {
        Some(world) => errors::no_such_world(world, &worlds::names(app)),
        None => errors::no_such_path(path),
    }
}

/// `{"error": {"code": 404, "message": "…"}}`
fn refuse(problem: Problem) -> Response {
    let response = Response::one("error", |o| {
        o.set("code", problem.status);
        o.set("message", &problem.message);
    });
    Response { headers: problem.headers, ..response.status(problem.status) }
}

fn json(value: serde_json::Value) -> Response {
    Response { status: 0, headers: vec![], body: Body::Json(value.to_string().into()) }
}
