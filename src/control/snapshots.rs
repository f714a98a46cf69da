//! Snapshots of a world, in memory and as files, and the rewind of its last writes.

use super::route::{Route, delete, get, post, put};
use super::{errors, json, worlds};
use crate::app::App;
use crate::engine::{Answer, Call, Live, Problem, Snapshots, World};
use serde_json::{Value, json as value};
use std::io::BufReader;
use std::sync::Arc;

/// The largest snapshot file in bytes. Its values are in memory while it is read, and take several times as much there.
const LARGEST_FILE: u64 = 1 << 30;
/// How many bytes of a file are read at a time.
const READ_AHEAD: usize = 256 << 10;

pub const ROUTES: &[Route] = &[
    get("/snapshots", "control.snapshot.list", list).summary("Lists the snapshots of the world."),
    post("/snapshots", "control.snapshot.take", take).summary("Takes a snapshot of the world."),
    get("/snapshots/{name}", "control.snapshot.save", save).summary("Shows a snapshot as a file."),
    put("/snapshots/{name}", "control.snapshot.load", load).blob_body().summary("Stores a snapshot from a file."),
    delete("/snapshots/{name}", "control.snapshot.delete", delete_snapshot).summary("Deletes a snapshot."),
    post("/snapshots/{name}/restore", "control.snapshot.restore", restore)
        .summary("Makes the world what it was when the snapshot was taken, including its clock unless it is kept."),
    post("/rewind", "control.rewind", rewind).summary("Undoes the last writes of clients."),
];

fn list(_app: &App, live: &Live, _call: &Call) -> Answer {
    let all = live.snapshots.all();
    let snapshots: Vec<_> = all.iter().map(|(name, world)| view(name, world)).collect();
    Ok(json(value!({"snapshots": snapshots})))
}

/// `{"name": "before"}`. A snapshot of the same name is replaced.
fn take(_app: &App, live: &Live, call: &Call) -> Answer {
    let name = worlds::name(call, "snapshot")?;
    let world = Arc::new(live.read_current().0.checkpoint());
    let view = view(name, &world);
    store(live, name, world)?;
    Ok(json(view).status(201))
}

fn save(_app: &App, live: &Live, call: &Call) -> Answer {
    let world = find(live, call)?;
    world.save().map(json).map_err(|reason| errors::unwritable_snapshot(&reason))
}

/// The world itself does not change until the snapshot is restored.
fn load(_app: &App, live: &Live, call: &Call) -> Answer {
    let file = call.content().map_err(errors::snapshot_not_stored)?;
    if file.len() > LARGEST_FILE {
        return Err(errors::snapshot_too_large(LARGEST_FILE));
    }
    let saved = serde_json::from_reader(BufReader::with_capacity(READ_AHEAD, file.reader()));
    let loaded = saved.map_err(|error| format!("not JSON: {error}"));
    let loaded = loaded.and_then(|saved: Value| live.snapshot().load(saved));
    let world = Arc::new(loaded.map_err(|reason| errors::unreadable_snapshot(&reason))?);
    let name = call.param("name");
    store(live, name, world.clone())?;
    Ok(json(view(name, &world)))
}

fn store(live: &Live, name: &str, world: Arc<World>) -> Result<(), Problem> {
    if live.snapshots.insert(name, world) { Ok(()) } else { Err(errors::too_many_snapshots(Snapshots::MOST)) }
}

fn delete_snapshot(_app: &App, live: &Live, call: &Call) -> Answer {
    let name = call.param("name");
    if live.snapshots.remove(name) { Ok(json(value!({"deleted": name}))) } else { Err(unknown(live, name)) }
}

/// `{"keep_clock": true}` lets the clock go on where it is, and what is due by then happen. It never goes back.
fn restore(_app: &App, live: &Live, call: &Call) -> Answer {
    let world = find(live, call)?;
    let clock = live.snapshot().clock();
    live.restore(Arc::new(world.resume()));
    if call.json["keep_clock"] == true && clock.now() > live.snapshot().clock().now() {
        live.move_clock(|_| Some(clock)).map_err(errors::clock_not_moved)?;
    }
    let mut shown = view(call.param("name"), &world);
    shown["clock_before"] = value!(clock.now());
    shown["clock"] = value!(live.snapshot().clock().now());
    Ok(json(shown))
}

/// `{"writes": 5}`: the world becomes what it was before the last five writes of clients.
fn rewind(_app: &App, live: &Live, call: &Call) -> Answer {
    let writes = call.json.get("writes").and_then(Value::as_u64).filter(|writes| *writes > 0);
    let writes = writes.ok_or_else(errors::rewind_count)?;
    let world = live.rewind(writes).map_err(|available| errors::cannot_rewind(writes, available))?;
    Ok(json(value!({"rewound": writes, "now": world.changed_at()})))
}

pub(super) fn names(live: &Live) -> Vec<String> {
    live.snapshots.all().into_iter().map(|(name, _)| name).collect()
}

fn find(live: &Live, call: &Call) -> Result<Arc<World>, Problem> {
    let name = call.param("name");
    live.snapshots.get(name).ok_or_else(|| unknown(live, name))
}

fn unknown(live: &Live, name: &str) -> Problem {
    errors::no_such_snapshot(name, &names(live))
}

/// `taken` is virtual time; `pending` is the number of scheduled transitions.
fn view(name: &str, world: &World) -> Value {
    value!({"name": name, "taken": world.changed_at(), "pending": world.pending()})
}
