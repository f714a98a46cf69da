//! The control API: nephos's own API on the control port, to move the clock, inspect the journal and the state,
//! order faults, and manage snapshots and worlds. Every operation has a counterpart on the command line.
//!
//! All paths exist twice: at the root for the default world, and under `/worlds/{world}` for every world.

mod access;
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
    AnyService, Body, BodyKind, Call, Caller, Entry, Live, OperationInfo, Pace, Problem, Reception, Response, Routes,
    UnmatchedRequest, panic_message, path_params,
};
use access::Access;
use route::Route;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The control API as a service that listeners can mount. It has no dialect, no faults and no limits, and its requests
/// are not in the journal unless a handler panics.
pub struct Control {
    app: Arc<App>,
    access: Access,
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
        Control::with(app, rows())
    }

    fn with(app: Arc<App>, rows: impl Iterator<Item = &'static Route>) -> Self {
        let mut routes = Routes::default();
        routes.mount("the control API", rows.map(|row| (row.path.to_owned(), row)).collect());
        Control { access: Access::new(&app.config), app, routes }
    }

    fn answer(&self, live: &Live, call: &mut Call) -> Answer {
        let found = self.routes.at(&call.path, false);
        if found.is_none() {
            report_unmatched(&self.app, call);
        }
        self.access.check(call)?;
        if call.oversized {
            return Err(errors::too_large(BODY_LIMIT));
        }
        let found = found.ok_or_else(|| unknown_path(&self.app, call))?;
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

    /// Answers the call. If the handler panics, the world is what it was, and the panic is in the journal.
    fn catch_panic(&self, live: &Live, call: &mut Call) -> Response {
        let answer = catch_unwind(AssertUnwindSafe(|| {
            // Without the lock: `/health` answers while a long change is made.
            (_, call.now) = live.read_published();
            self.answer(live, call)
        }));
        let panic = match answer {
            Ok(answer) => return answer.unwrap_or_else(refuse),
            Err(panic) => panic_message(&*panic),
        };
        tracing::error!(operation = call.operation, "a handler of the control API panicked");
        let response = refuse(errors::crashed());
        live.record(Entry {
            at: call.now,
            cloud: call.cloud.clone(),
            service: self.name(),
            operation: call.operation,
            method: call.method,
            path: call.path.clone(),
            status: response.status,
            request_id: live.request_id(),
            base: call.base(),
            panic: Some(panic),
            ..Entry::default()
        });
        response
    }
}

impl AnyService for Control {
    fn name(&self) -> &'static str {
        "control"
    }

    fn dispatch(&self, live: &Live, call: &mut Call) -> Response {
        let mut response = self.catch_panic(live, call);
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
        let refused = self.access.check(call).is_err();
        call.unread = refused;
        Reception { pace, refused, body: row.map_or(BodyKind::Json, |row| row.body_kind) }
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

/// Tells `--strict` of a path below `/worlds/` that does not exist: it is probably the path of a service with a wrong
/// world, cloud or service.
fn report_unmatched(app: &App, call: &Call) {
    let whole = format!("{}{}", call.prefix, call.path);
    if whole.starts_with("/worlds/") {
        let (cloud, method) = ("control".into(), call.method);
        app.live.strict.record(UnmatchedRequest { cloud, service: "", method, path: whole });
    }
}

/// A path that does not exist, or that leads into a world that does not exist.
fn unknown_path(app: &App, call: &Call) -> Problem {
    let path = call.path.as_str();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const PANICS: Route = route::post("/panics", "control.panics", |_, live, _| {
        live.admin_write(|world| -> Answer {
            world.set_clock(crate::engine::Clock::frozen_at(chrono::DateTime::UNIX_EPOCH));
            panic!("on purpose")
        })
    });

    #[test]
    fn a_panic_of_a_handler_is_an_internal_error_and_in_the_journal() {
        let app = Arc::new(App::new(Config::parse("clock = \"frozen\"").unwrap()).unwrap());
        let control = Control::with(app.clone(), [&PANICS].into_iter());
        let before = app.live.read_current().1;
        let response = control.dispatch(&app.live, &mut Call::new("POST", "/panics"));
        let Body::Json(body) = response.body else { panic!("not JSON") };
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((response.status, &body["error"]["code"]), (500, &serde_json::json!(500)));
        assert!(!body.to_string().contains("on purpose"), "{body}");
        assert_eq!(app.live.read_current().1, before);
        let journal = Control::new(app.clone()).dispatch(&app.live, &mut Call::new("GET", "/journal"));
        let Body::Json(journal) = journal.body else { panic!("not JSON") };
        let journal: serde_json::Value = serde_json::from_slice(&journal).unwrap();
        assert_eq!(journal["entries"][0]["panic"], "on purpose");
        assert_eq!(journal["entries"][0]["path"], "/panics");
    }
}
