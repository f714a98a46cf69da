//! Snapshots of a world, in memory and as a file; and the way back over its last writes.

use super::{Route, errors, json, worlds};
use crate::app::App;
use crate::engine::{Answer, Call, Live, Problem, World};
use serde_json::{Value, json as value};
use std::sync::Arc;

pub const ROUTES: &[Route] = &[
    Route { name: "control.snapshot.list", method: "GET", path: "/snapshots", handler: list },
    Route { name: "control.snapshot.take", method: "POST", path: "/snapshots", handler: take },
    Route { name: "control.snapshot.save", method: "GET", path: "/snapshots/{name}", handler: save },
    Route { name: "control.snapshot.load", method: "PUT", path: "/snapshots/{name}", handler: load },
    Route { name: "control.snapshot.delete", method: "DELETE", path: "/snapshots/{name}", handler: delete },
    Route { name: "control.snapshot.restore", method: "POST", path: "/snapshots/{name}/restore", handler: restore },
    Route { name: "control.rewind", method: "POST", path: "/rewind", handler: rewind },
];

fn list(_app: &App, live: &Live, _call: &Call) -> Answer {
    let all = live.snapshots.all();
    let snapshots: Vec<_> = all.iter().map(|(name, world)| view(name, world)).collect();
    Ok(json(value!({"snapshots": snapshots})))
}

/// `{"name": "before"}`: the world as it is now, in place of what had that name.
fn take(_app: &App, live: &Live, call: &Call) -> Answer {
    let name = worlds::name(call, "snapshot")?;
    let world = Arc::new(live.read_current().0.checkpoint());
    let view = view(name, &world);
    live.snapshots.keep(name, world);
    Ok(json(view).status(201))
}

/// The file.
fn save(_app: &App, live: &Live, call: &Call) -> Answer {
    Ok(json(named(live, call)?.save()))
}

/// Takes a file; its world is kept under the name, and nothing else changes.
fn load(_app: &App, live: &Live, call: &Call) -> Answer {
    let bytes = match &call.blob {
        Some(blob) => blob.read(0, blob.len() as usize),
        None => Ok(call.bytes.clone()),
    };
    let saved = bytes.map_err(|error| error.to_string());
    let saved = saved.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| format!("no JSON: {error}")));
    let loaded = saved.and_then(|saved: Value| live.snapshot().load(saved));
    let world = Arc::new(loaded.map_err(|reason| errors::unreadable_snapshot(&reason))?);
    let name = call.param("name");
    live.snapshots.keep(name, world.clone());
    Ok(json(view(name, &world)))
}

fn delete(_app: &App, live: &Live, call: &Call) -> Answer {
    let name = call.param("name");
    if live.snapshots.remove(name) { Ok(json(value!({"deleted": name}))) } else { Err(unknown(live, name)) }
}

/// The world becomes what it was, clock included.
fn restore(_app: &App, live: &Live, call: &Call) -> Answer {
    let world = named(live, call)?;
    live.restore(Arc::new(world.resume()));
    Ok(json(view(call.param("name"), &world)))
}

/// `{"writes": 5}`: the world becomes what it was before the last five writes of clients.
fn rewind(_app: &App, live: &Live, call: &Call) -> Answer {
    let writes = call.json.get("writes").and_then(Value::as_u64).filter(|writes| *writes > 0);
    let writes = writes.ok_or_else(errors::rewind_how_far)?;
    let world = live.rewind(writes).map_err(|kept| errors::cannot_rewind(writes, kept))?;
    Ok(json(value!({"rewound": writes, "now": world.changed_at()})))
}

pub(super) fn names(live: &Live) -> Vec<String> {
    live.snapshots.all().into_iter().map(|(name, _)| name).collect()
}

fn named(live: &Live, call: &Call) -> Result<Arc<World>, Problem> {
    let name = call.param("name");
    live.snapshots.get(name).ok_or_else(|| unknown(live, name))
}

fn unknown(live: &Live, name: &str) -> Problem {
    errors::no_such_snapshot(name, &names(live))
}

fn view(name: &str, world: &World) -> Value {
    value!({"name": name, "taken": world.changed_at(), "pending": world.pending()})
}
